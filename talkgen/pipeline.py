"""The order of the stages: speech and emotion to a performance, a performance and a portrait to frames, either to a file.

The only module that knows the order, and the one way in: the command line and the tests call what stands here.
"""

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from talkgen.audio.base import AudioEncoder, silence
from talkgen.emotion.base import Course, Scene, course, no_line
from talkgen.export.base import Picture, exporter_for
from talkgen.face.fit import fit_face
from talkgen.face.rig import FaceRig, load_rig
from talkgen.joins import FADE, ROUND, Spoken, crossfade, ease, frames, loop, pose
from talkgen.lib.files import check_writable, replacing
from talkgen.lib.grammar import parse_emotion
from talkgen.lib.media import open_audio
from talkgen.lib.timeline import frame_count, frame_times, join_motion, resample_motion, sample_rows
from talkgen.live import LiveTake, Stream
from talkgen.members import available, member
from talkgen.motion.base import MotionGenerator, Style
from talkgen.portrait.base import open_portrait
from talkgen.render.base import Renderer, View
from talkgen.space import NEUTRAL
from talkgen.types import (
    MOTION_FPS,
    Array,
    AudioClip,
    AudioFeatures,
    EmotionSpec,
    EmotionTrack,
    MotionClip,
    Performance,
    Portrait,
    TalkgenError,
)

_log = logging.getLogger(__name__)
_ADDRESSES = {"osc": "osc://127.0.0.1:39539", "livelink": "livelink://127.0.0.1:11111"}
REST = "rest"
"""The pose of a face that does nothing."""
LOOP = "loop"
"""What the `info` of a performance says that goes round."""
SHORTEST_IDLE, LONGEST_IDLE = 1.0, 3600.0
"""Seconds."""
OUT_OF_STEP = 0.1
"""Seconds by which a take and the sound it is shown with may differ in length."""


@dataclass(frozen=True)
class TalkingHead:
    """Speech, an emotion and a portrait in; a performance, then frames, out. Parts are chosen by name and load when first used."""

    motion: str = "diffusion"
    renderer: str = "warp"
    device: str = "cpu"
    hearing: str = "mel"
    steps: int | None = None

    @classmethod
    def from_pretrained(
        cls,
        motion: str = "diffusion",
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
        live: bool = False,
    ) -> Performance:
        """Act a line: its curves on the motion clock, ceil(duration * 25) frames.

        `transcript` is what is said, in English, where known; the emotion `auto` also looks at a `portrait`. The same arguments
        give the same bytes. What could not be heard or aligned is logged. `live` acts as `stream` does, which knows of every moment
        only the sound until 0.2 s after it, and no transcript for the lips. Raises `TalkgenError` for sound or an emotion that
        cannot be used.
        """
        spec = _spec(emotion)
        clip = audio if isinstance(audio, AudioClip) else open_audio(Path(audio))
        style = style or Style()
        feeling = _feeling(spec, self.scene(clip, transcript, portrait))
        track = _track(feeling, frame_count(clip.duration, MOTION_FPS))
        if live:
            motion = self._take(feeling, seed, style).whole(clip)
        else:
            features = self.hear(clip, transcript)
            for note in features.notes:
                _log.warning(note)
            motion = self._act(features, track, seed, style)
        heard = {"audio": clip.source.name, "hearing": self.hearing.partition(":")[0], "transcript": transcript}
        return Performance(motion, track, clip, heard | self._told(spec, seed, style))

    def idle(
        self, seconds: float, emotion: EmotionSpec | str = "neutral", seed: int = 0, style: Style | None = None
    ) -> Performance:
        """A face that waits, alive and silent, for `seconds`; played again and again its last frame goes on into its first.

        Raises `TalkgenError` for a length, an emotion or a style that cannot be played.
        """
        if not SHORTEST_IDLE <= seconds <= LONGEST_IDLE:
            raise TalkgenError(f"{seconds:g} s cannot be idled; give {SHORTEST_IDLE:g} to {LONGEST_IDLE:g} seconds.")
        spec, style, n_frames = _spec(emotion), style or Style(), round(seconds * MOTION_FPS)
        whole = n_frames + min(n_frames, round(ROUND * MOTION_FPS))
        feeling = _feeling(spec, self.scene(None))
        motion = loop(self._act(silence(2 * whole, 2 * MOTION_FPS), _track(feeling, whole), seed, style), n_frames)
        return Performance(motion, _track(feeling, n_frames), None, {LOOP: True} | self._told(spec, seed, style))

    def ease(self, take: Performance, start: str | None = None, end: str | None = None) -> Performance:
        """The same take, no longer and no shorter, beginning and ending in a pose: `rest`, the face of an emotion in the grammar of
        `perform`, or a finished take (`.json`, `.npz`), at whose end it begins and at whose beginning it ends.

        Lips still close for every p, b and m that is heard. Raises `TalkgenError` for a pose that there is not.
        """
        poses = {end: text for end, text in (("start", start), ("end", end)) if text is not None}
        if not poses:
            return take
        found = {end: self.pose(text, end) for end, text in poses.items()}
        motion = ease(take.motion, found.get("start"), found.get("end"), self._spoken(take))
        return replace(take, motion=motion, info=take.info | poses)

    def crossfade(self, first: Performance, second: Performance, seconds: float = FADE) -> Performance:
        """One take that fades into another: for `seconds` both play. It has no sound; theirs are played where they begin.

        Raises `TalkgenError` for takes at different rates.
        """
        rates = first.motion.fps, second.motion.fps
        if rates[0] != rates[1]:
            raise TalkgenError(f"The takes play at {rates[0]:g} and {rates[1]:g} frames per second; give two of one rate.")
        motion = crossfade(first.motion, second.motion, seconds, (self._spoken(first), self._spoken(second)))
        return Performance(motion, None, None, {"first": first.info, "second": second.info, "fade": seconds})

    def pose(self, text: str, end: str) -> MotionClip:
        """The one frame of a pose that `ease` reads for the "start" or the "end" of a take. Raises `TalkgenError` as that does."""
        if is_take(text):
            motion = load_take(text).motion
            return frames(motion, slice(-1, None) if end == "start" else slice(1))
        return pose(_feeling(_spec(NEUTRAL if text == REST else text), self.scene(None)))

    def _spoken(self, take: Performance) -> Spoken | None:
        """What of a take's mouth is speech, as far as its sound tells."""
        if take.audio is None:
            return None
        return Spoken.of(self.hear(take.audio, take.info.get("transcript")), len(take.motion), take.motion.fps)

    def _told(self, spec: EmotionSpec, seed: int, style: Style) -> dict[str, Any]:
        """How a take was played."""
        told = {"emotion": spec.text, "motion": self.motion.partition(":")[0], "seed": seed}
        told |= {"articulation": style.articulation, "intensity": dict(style.intensity)}
        return told | ({"guidance": asdict(style.guidance)} if style.guidance else {})

    def stream(
        self,
        chunks: Iterable[Array] | None = None,
        emotion: str = "neutral",
        seed: int = 0,
        style: Style | None = None,
        transcript: str | None = None,
        portrait: Portrait | Path | str | None = None,
    ) -> Stream:
        """Act speech while it comes in, 16 kHz `chunks` of any size, or what is given to `Stream.push`; see `live.Stream`.

        Frames come two at a time, the first 0.2 s after its sound. Joined they are `perform(live=True)`. One talking head acts many
        streams at once. Raises `TalkgenError` for parts that do not act live, and for an emotion that cannot be read.
        """
        scene = self.scene(None, transcript, portrait)

        def read(text: str) -> Course:
            return _feeling(parse_emotion(text, available("emotion")), scene)

        return Stream(self._take(read(emotion), seed, style or Style()), read, chunks)

    def _take(self, feeling: Course, seed: int, style: Style) -> LiveTake:
        """A take that grows with its sound."""
        for part, name in ((self._encoder, f"hearing {self.hearing}"), (self._act, f"motion {self.motion}")):
            if not hasattr(part, "live"):
                raise TalkgenError(f"The {name} takes a line as a whole; what is live is the hearing mel and the motion diffusion.")
        return LiveTake(self._encoder.live(), self._act.live(seed, style), feeling)  # type: ignore[attr-defined]

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
        motion = _on_clock(performance, fps)
        view = view or View()
        if view.cutout and not getattr(member("render", self.renderer.partition(":")[0]), "cuts_out", False):
            raise TalkgenError(f"The renderer {self.renderer} cannot cut the head out of its background; give --renderer warp.")
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
        fps: float | None = None,
    ) -> None:
        """`animate` into a video (`line.mp4`), a contact sheet (`sheet.png`) or a folder of pictures (`frames/`); see `save`."""
        exporter = check_output(output, has_picture=True, fps=fps)
        view = replace(view or View(), cutout=getattr(exporter, "needs_alpha", False))
        save(performance, output, self.animate(portrait, performance, view, output_rate(exporter, fps)))

    @cached_property
    def rig(self) -> FaceRig:
        """The measured head that portraits are fitted with."""
        return load_rig()

    @cached_property
    def _encoder(self) -> AudioEncoder:
        name, _, folder = self.hearing.partition(":")
        encoder: AudioEncoder = member("audio", name).load(Path(folder) if folder else None)
        return encoder

    @cached_property
    def _hear(self) -> AudioEncoder:
        hear: AudioEncoder = lru_cache(maxsize=1)(self._encoder)
        return hear

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


def is_take(pose: str) -> bool:
    """Whether a pose is a frame of a finished take, rather than a feeling (such as `plan:file.json`)."""
    return pose.endswith((".json", ".npz")) and pose.partition(":")[0] not in available("emotion")


def _spec(emotion: EmotionSpec | str) -> EmotionSpec:
    return parse_emotion(emotion, available("emotion")) if isinstance(emotion, str) else emotion


def _track(feeling: Course, n_frames: int) -> EmotionTrack:
    """A feeling on the motion clock."""
    weights, beyond, embedding = feeling.at(frame_times(n_frames, MOTION_FPS))
    return EmotionTrack(weights, MOTION_FPS, beyond, embedding)


def _feeling(spec: EmotionSpec, scene: Scene) -> Course:
    """What a specification asks for, read by its sources."""
    return course(spec, {term.source: member("emotion", term.source).read for key in spec.keys for term in key.terms}, scene)


def duration(performance: Performance) -> float:
    """Seconds that a performance lasts: its sound, or its motion where it has none."""
    return performance.audio.duration if performance.audio else len(performance.motion) / performance.motion.fps


def _on_clock(performance: Performance, fps: float) -> MotionClip:
    """The motion at another rate; after the last frame of a loop comes its first."""
    motion = performance.motion
    if performance.info.get(LOOP):
        motion = join_motion([motion, frames(motion, slice(1))])
    return resample_motion(motion, fps, duration(performance))


def check_rate(fps: float) -> None:
    """Raise `TalkgenError` unless pictures or curves can come `fps` times a second."""
    if not 1 <= fps <= 240:
        raise TalkgenError(f"{fps:g} frames per second are not possible; give 1 to 240.")


def retime(performance: Performance, fps: float) -> Performance:
    """The same performance on another clock. Raises `TalkgenError` for an impossible rate."""
    check_rate(fps)
    if fps == performance.motion.fps:
        return performance
    motion, track = _on_clock(performance, fps), performance.emotion
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


def save(
    performance: Performance,
    output: Path | str,
    picture: Picture | None = None,
    format: str | None = None,
    fps: float | None = None,
    **options: Path | str | None,
) -> None:
    """Write a performance as curves or, given its `picture`, as a video, a contact sheet or a folder of pictures.

    The suffix of `output` tells the format, or `format` does where several share it. Curves are written at `fps`, or the rate of
    their format. `options` are files that some formats use (`export.base.Exporter`). The file appears under its name only when
    complete; whatever interrupts the work, nothing else is left behind. An address (`osc://host:port`) is played to, in real time.
    Raises `TalkgenError` as `check_output` does, and for a full disk.
    """
    exporter = check_output(output, picture is not None, format, fps, **options)
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if picture is None:
        performance = retime(performance, output_rate(exporter, fps, performance.motion.fps))
    if hasattr(exporter, "send"):
        exporter.send(performance, *read_address(str(output)), **given)
        return
    with replacing(Path(output)) as path:
        exporter.write(performance, picture, path, **given)


def output_rate(exporter: ModuleType, fps: float | None, otherwise: float = MOTION_FPS) -> float:
    """Frames per second at which a format is written: as asked, or its own, or else `otherwise`."""
    return float(getattr(exporter, "fps", otherwise) if fps is None else fps)


def check_output(
    output: Path | str, has_picture: bool, format: str | None = None, fps: float | None = None, **options: Path | str | None
) -> ModuleType:
    """The exporter for an output, once it is sure that it can be written: nobody waits for a video that has nowhere to go.

    Raises `TalkgenError` for an unknown suffix or format, one that does not go with a picture (or without), with this rate or
    these files, and for an unwritable place.
    """
    exporter, path = exporter_for(str(output), format), Path(output)
    if has_picture and not exporter.needs_picture:
        raise TalkgenError(f"{output} holds curves and no picture; talkgen animate makes it.")
    if exporter.needs_picture and not has_picture:
        raise TalkgenError(f"{output} shows a picture, which curves have not; talkgen render makes it.")
    if fps is not None:
        check_rate(fps)
    _check_options(exporter, str(output), fps, {name: value for name, value in options.items() if value is not None})
    if hasattr(exporter, "send"):
        read_address(str(output))
        return exporter
    check_writable(path)
    if "/" in exporter.suffixes:
        if path.exists() and not (path.is_dir() and all(file.suffix == ".png" and file.stem.isdigit() for file in path.iterdir())):
            raise TalkgenError(f"{output} already holds other files; give a new or an empty folder.")
    elif path.is_dir():
        raise TalkgenError(f"{output} is a folder; give the name of a file, or end it in / for a folder of pictures.")
    return exporter


def _check_options(exporter: ModuleType, output: str, fps: float | None, options: dict[str, Path | str]) -> None:
    for name in options:
        if name not in getattr(exporter, "options", ()):
            takers = [key for key in available("export") if name in getattr(member("export", key), "options", ())]
            raise TalkgenError(f"--{name} changes nothing in {output}; it goes with the formats {', '.join(takers)}.")
    if hasattr(exporter, "check"):
        exporter.check(fps, **options)


def read_address(output: str) -> tuple[str, int]:
    """Host and port of `scheme://host:port`. Raises `TalkgenError` for anything else."""
    host, colon, port = output.partition("://")[2].rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        example = _ADDRESSES[output.partition(":")[0].lower()]
        raise TalkgenError(f"{output} is not an address; write it as {example}, with the host and the port.")
    return host.strip("[]"), int(port)
