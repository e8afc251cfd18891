"""Finished takes: read from their files, and put on another clock."""

from dataclasses import replace
from pathlib import Path

from talkgen.export.base import exporter_for
from talkgen.lib.media import open_audio
from talkgen.lib.timeline import frame_count, frame_times, frames_of, join_motion, resample_motion, sample_rows
from talkgen.members import available
from talkgen.types import AudioClip, EmotionTrack, MotionClip, Performance, TalkgenError

LOOP = "loop"
"""What the `info` of a performance says that goes round."""
OUT_OF_STEP = 0.1
"""Seconds by which a take and the sound it is shown with may differ in length."""


def is_take(pose: str) -> bool:
    """Whether a pose is a frame of a finished take, rather than a feeling (such as `plan:file.json`)."""
    return pose.endswith((".json", ".npz")) and pose.partition(":")[0] not in available("emotion")


def load_take(path: Path | str, audio: AudioClip | Path | str | None = None) -> Performance:
    """A performance from a `.json` or `.npz` that `save` wrote, with the sound it was made for, or silent.

    Raises `TalkgenError` for any other file, and when sound and motion differ in length.
    """
    path = Path(path)
    reader = exporter_for(path.name)
    if not hasattr(reader, "read"):
        raise TalkgenError(f"{path} cannot be read as a take; give a .json or .npz file that talkgen animate wrote.")
    if not path.is_file():
        raise TalkgenError(f"There is no take {path}.")
    take: Performance = reader.read(path)
    if audio is None:
        return take
    clip = audio if isinstance(audio, AudioClip) else open_audio(Path(audio))
    if abs(duration(take) - clip.duration) > OUT_OF_STEP + 1 / take.motion.fps:
        lengths = f"{path} lasts {duration(take):.2f} s and {clip.source} {clip.duration:.2f} s"
        raise TalkgenError(f"{lengths}; give the sound that the take was made for.")
    return replace(take, audio=clip, info={**take.info, "audio": clip.source.name})


def duration(performance: Performance) -> float:
    """Seconds that a performance lasts: its sound, or its motion where it has none."""
    return performance.audio.duration if performance.audio else len(performance.motion) / performance.motion.fps


def check_rate(fps: float) -> None:
    """Raise `TalkgenError` unless pictures or curves can come `fps` times a second."""
    if not 1 <= fps <= 240:
        raise TalkgenError(f"{fps:g} frames per second are not possible; give 1 to 240.")


def retime(performance: Performance, fps: float) -> Performance:
    """The same performance on another clock, to the end of its sound. Raises `TalkgenError` for an impossible rate."""
    check_rate(fps)
    if fps == performance.motion.fps and len(performance.motion) == frame_count(duration(performance), fps):
        return performance
    motion, track = _on_clock(performance, fps), performance.emotion
    if track is not None:
        times = frame_times(len(motion), fps)
        parts = (track.weights, track.beyond, track.embedding)
        weights, beyond, embedding = (None if part is None else sample_rows(part, track.fps, times) for part in parts)
        assert weights is not None
        track = EmotionTrack(weights, fps, beyond, embedding)
    return replace(performance, motion=motion, emotion=track)


def _on_clock(performance: Performance, fps: float) -> MotionClip:
    """The motion at another rate; after the last frame of a loop comes its first."""
    motion = performance.motion
    if performance.info.get(LOOP):
        motion = join_motion([motion, frames_of(motion, slice(1))])
    return resample_motion(motion, fps, duration(performance))
