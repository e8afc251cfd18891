"""The order of the stages: speech and emotion to a performance, a performance and a portrait to frames, either to a file.

The only module that knows the order, and the one way in: the command line and the tests call what stands here.
"""

import logging
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from talkgen.audio.base import AudioEncoder
from talkgen.emotion.base import Scene, emotion_track, no_line
from talkgen.export.base import Picture
from talkgen.face.fit import fit_face
from talkgen.face.rig import FaceRig, load_rig
from talkgen.lib.files import check_writable, replacing
from talkgen.lib.grammar import parse_emotion
from talkgen.lib.media import open_audio
from talkgen.lib.timeline import frame_count, frame_times, resample_motion, sample_rows
from talkgen.members import available, member
from talkgen.motion.base import MotionGenerator, Style
from talkgen.portrait.base import open_portrait
from talkgen.render.base import Renderer, View
from talkgen.types import (
    MOTION_FPS,
    Array,
    AudioClip,
    AudioFeatures,
    EmotionSpec,
    EmotionTrack,
    Performance,
    Portrait,
    TalkgenError,
)

_log = logging.getLogger(__name__)
OUT_OF_STEP = 0.1
"""Seconds by which a take and the sound it is shown with may differ in length."""


@dataclass(frozen=True)
class TalkingHead:
    """Speech, an emotion and a portrait in; a performance, then frames, out. Parts are chosen by name and load when first used."""

    motion: str = "procedural"
    renderer: str = "warp"
    device: str = "cpu"
    hearing: str = "mel"
    steps: int | None = None

    @classmethod
    def from_pretrained(
        cls,
        motion: str = "procedural",
        renderer: str = "warp",
        device: str = "cpu",
        hearing: str = "mel",
        steps: int | None = None,
    ) -> Self:
        """A talking head of shipped parts; nothing is downloaded.

        `hearing`, `motion` and `renderer` may name the folder of their weights after a colon (`wav2vec2:folder`). `steps` are those
        of a renderer that draws in steps; None is its own number. Raises `TalkgenError` when there is no such part or device.
        """
        for stage, part in (("motion", motion), ("render", renderer), ("audio", hearing)):
            name = part.partition(":")[0]
            if name not in available(stage):
                raise TalkgenError(f"There is no {stage} part called {name!r}; available: {', '.join(available(stage))}.")
        if device != "cpu":
            raise TalkgenError(f"The device {device!r} cannot be used: every part of this version computes on the CPU; give cpu.")
        return cls(motion, renderer, device, hearing, steps)

    def perform(
        self,
        audio: AudioClip | Path | str,
        emotion: EmotionSpec | str = "neutral",
        transcript: str | None = None,
        seed: int = 0,
        style: Style | None = None,
        portrait: Portrait | Path | str | None = None,
    ) -> Performance:
        """Act a line: its curves on the motion clock, ceil(duration * 25) frames.

        `transcript` is what is said, in English, where known; the emotion `auto` also looks at a `portrait`. The same arguments
        give the same bytes. What could not be heard or aligned is logged. Raises `TalkgenError` for sound or an emotion that
        cannot be used.
        """
        spec = parse_emotion(emotion, available("emotion")) if isinstance(emotion, str) else emotion
        clip = audio if isinstance(audio, AudioClip) else open_audio(Path(audio))
        style = style or Style()
        sources = {term.source: member("emotion", term.source).read for key in spec.keys for term in key.terms}
        scene = self.scene(clip, transcript, portrait)
        track = emotion_track(spec, frame_count(clip.duration, MOTION_FPS), MOTION_FPS, sources, scene)
        features = self.hear(clip, transcript)
        for note in features.notes:
            _log.warning(note)
        info: dict[str, Any] = {"audio": clip.source.name, "emotion": spec.text, "hearing": self.hearing.partition(":")[0]}
        info |= {"motion": self.motion.partition(":")[0], "seed": seed}
        info |= {"articulation": style.articulation, "intensity": dict(style.intensity), "transcript": transcript}
        info |= {"guidance": asdict(style.guidance)} if style.guidance else {}
        return Performance(self._act(features, track, seed, style), track, clip, info)

    def scene(self, audio: AudioClip | None, transcript: str | None = None, portrait: Portrait | Path | str | None = None) -> Scene:
        """What the sources of an emotion may look at, as far as it is there."""
        return Scene(
            line=(lambda: self.hear(audio, transcript)) if audio else no_line,
            hear=lambda path: self.hear(open_audio(path)),
            see=self.look_at,
            resting=lambda: None if portrait is None else self.look_at(portrait),
            transcript=transcript,
        )

    def hear(self, audio: AudioClip, transcript: str | None = None) -> AudioFeatures:
        """What is heard in speech, on the feature clock. The last line is remembered: it is often acted several times."""
        return self._hear(audio, transcript)

    def look_at(self, portrait: Portrait | Path | str) -> Array:
        """The expression `(52,)` that the face in a picture wears. Raises `TalkgenError` for a picture without a face."""
        found = portrait if isinstance(portrait, Portrait) else open_portrait(Path(portrait))
        return fit_face(self.rig, found).rest

    def animate(
        self, portrait: Portrait | Path | str, performance: Performance, view: View | None = None, fps: float = MOTION_FPS
    ) -> Picture:
        """The performance on a portrait: frames, made as they are asked for, to the end of the sound.

        Raises `TalkgenError` for a picture without a face that can be animated, and for an impossible size or rate.
        """
        check_rate(fps)
        portrait = portrait if isinstance(portrait, Portrait) else open_portrait(Path(portrait))
        motion = resample_motion(performance.motion, fps, duration(performance))
        view = view or View()
        shot = self.show.prepare(portrait, fit_face(self.rig, portrait), view)
        info = {
            "portrait": portrait.name,
            "renderer": self.renderer.partition(":")[0],
            "crop": view.crop,
            "size": view.size,
            "fps": fps,
        }
        return Picture(
            shot.frames(motion, retime(performance, fps).emotion), shot.width, shot.height, len(motion), fps, shot.landmarks, info
        )

    def render(
        self,
        portrait: Portrait | Path | str,
        performance: Performance,
        output: Path | str,
        view: View | None = None,
        fps: float = MOTION_FPS,
    ) -> None:
        """`animate` into a video (`line.mp4`), a contact sheet (`sheet.png`) or a folder of pictures (`frames/`); see `save`."""
        check_output(output, has_picture=True)
        save(performance, output, self.animate(portrait, performance, view, fps))

    @cached_property
    def rig(self) -> FaceRig:
        """The measured head that portraits are fitted with."""
        return load_rig()

    @cached_property
    def _hear(self) -> AudioEncoder:
        name, _, folder = self.hearing.partition(":")
        encoder: AudioEncoder = lru_cache(maxsize=1)(member("audio", name).load(Path(folder) if folder else None))
        return encoder

    @cached_property
    def _act(self) -> MotionGenerator:
        name, _, folder = self.motion.partition(":")
        generator: MotionGenerator = member("motion", name).load(Path(folder) if folder else None)
        return generator

    @cached_property
    def show(self) -> Renderer:
        """The renderer."""
        name, _, folder = self.renderer.partition(":")
        renderer: Renderer = member("render", name).load(self.rig, Path(folder) if folder else None, self.steps)
        return renderer


def duration(performance: Performance) -> float:
    """Seconds that a performance lasts: its sound, or its motion where it has none."""
    return performance.audio.duration if performance.audio else len(performance.motion) / performance.motion.fps


def check_rate(fps: float) -> None:
    """Raise `TalkgenError` unless pictures or curves can come `fps` times a second."""
    if not 1 <= fps <= 240:
        raise TalkgenError(f"{fps:g} frames per second are not possible; give 1 to 240.")


def retime(performance: Performance, fps: float) -> Performance:
    """The same performance on another clock. Raises `TalkgenError` for an impossible rate."""
    check_rate(fps)
    if fps == performance.motion.fps:
        return performance
    motion, track = resample_motion(performance.motion, fps, duration(performance)), performance.emotion
    if track is not None:
        times = frame_times(len(motion), fps)
        parts = (track.weights, track.beyond, track.embedding)
        weights, beyond, embedding = (None if part is None else sample_rows(part, track.fps, times) for part in parts)
        assert weights is not None
        track = EmotionTrack(weights, fps, beyond, embedding)
    return replace(performance, motion=motion, emotion=track)


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


def save(performance: Performance, output: Path | str, picture: Picture | None = None) -> None:
    """Write a performance (`.json`, `.npz`) or, given its `picture`, a video, a contact sheet or a folder of pictures.

    The file appears under its name only when complete; whatever interrupts the work, nothing else is left behind.
    Raises `TalkgenError` as `check_output` does, and for a full disk.
    """
    exporter = check_output(output, picture is not None)
    with replacing(Path(output)) as path:
        exporter.write(performance, picture, path)


def check_output(output: Path | str, has_picture: bool) -> ModuleType:
    """The exporter for an output, once it is sure that it can be written: nobody waits for a video that has nowhere to go.

    Raises `TalkgenError` for an unknown suffix, one that does not go with a picture (or without), and an unwritable place.
    """
    exporter, path = exporter_for(str(output)), Path(output)
    if has_picture and not exporter.needs_picture:
        raise TalkgenError(f"{output} holds curves and no picture; talkgen animate makes it.")
    if exporter.needs_picture and not has_picture:
        raise TalkgenError(f"{output} shows a picture, which curves have not; talkgen render makes it.")
    check_writable(path)
    if "/" in exporter.suffixes:
        if path.exists() and not (path.is_dir() and all(file.suffix == ".png" and file.stem.isdigit() for file in path.iterdir())):
            raise TalkgenError(f"{output} already holds other files; give a new or an empty folder.")
    elif path.is_dir():
        raise TalkgenError(f"{output} is a folder; give the name of a file, or end it in / for a folder of pictures.")
    return exporter


def exporter_for(output: str) -> ModuleType:
    """The export member that serves an output's suffix; "/" at the end asks for a folder. Raises `TalkgenError` when none does."""
    members = [member("export", name) for name in available("export")]
    suffix = "/" if output.endswith("/") else Path(output).suffix.lower()
    for exporter in members:
        if suffix in exporter.suffixes:
            return exporter
    known = ", ".join(name for exporter in members for name in exporter.suffixes)
    raise TalkgenError(f"{output} has no suffix that talkgen knows; give one of {known} (a folder of pictures ends in /).")
