"""The order of the stages: speech and emotion to a performance, a performance and a portrait to frames.

The only module that knows the order, and the one way in; what was acted and shown is kept by `talkgen.output`.
"""

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

from talkgen.audio.base import AudioEncoder, silence
from talkgen.emotion.base import Course, Scene, course, no_line
from talkgen.export.base import Picture
from talkgen.face.fit import fit_face
from talkgen.face.rig import FaceRig, load_rig
from talkgen.joins import FADE, ROUND, Spoken, crossfade, ease, loop, pose
from talkgen.lib.grammar import parse_emotion
from talkgen.lib.media import open_audio
from talkgen.lib.timeline import frame_count, frame_times, frames_of
from talkgen.live import LiveTake, Stream
from talkgen.members import available, member
from talkgen.motion.base import MotionGenerator, Style
from talkgen.output import check_output, output_rate, save
from talkgen.portrait.base import open_portrait
from talkgen.render.base import Renderer, View
from talkgen.space import NEUTRAL
from talkgen.takes import LOOP, is_take, load_take, retime
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
REST = "rest"
"""The pose of a face that does nothing."""
DEVICES = ("cpu", "cuda")
SHORTEST_IDLE, LONGEST_IDLE = 1.0, 3600.0
"""Seconds."""


@dataclass(frozen=True)
class TalkingHead:
    """Speech, an emotion and a portrait in; a performance, then frames, out. Parts are chosen by name and load when first used."""

    motion: str = "diffusion"
    renderer: str = "dit"
    device: str = "cpu"
    hearing: str = "mel"
    steps: int | None = None

    @classmethod
    def from_pretrained(
        cls,
        motion: str = "diffusion",
        renderer: str = "dit",
        device: str = "cpu",
        hearing: str = "mel",
        steps: int | None = None,
    ) -> Self:
        """A talking head of shipped parts; nothing is downloaded.

        `hearing`, `motion` and `renderer` may name the folder of their weights after a colon (`wav2vec2:folder`). `steps` are those
        of a renderer that draws in steps; None is its own number. `device` is where its network computes, "cpu" or "cuda".
        Raises `TalkgenError` when there is no such part or device.
        """
        for stage, part in (("motion", motion), ("render", renderer), ("audio", hearing)):
            name = part.partition(":")[0]
            if name not in available(stage):
                raise TalkgenError(f"There is no {stage} part called {name!r}; available: {', '.join(available(stage))}.")
        if device not in DEVICES:
            raise TalkgenError(f"There is no device {device!r}; a renderer's network computes on {' or '.join(DEVICES)}.")
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
            return frames_of(motion, slice(-1, None) if end == "start" else slice(1))
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
            return _feeling(_spec(text), scene)

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
        """The expression `(52,)`, 0..1, that the face in a picture wears. Raises `TalkgenError` for a picture without a face."""
        found = portrait if isinstance(portrait, Portrait) else open_portrait(Path(portrait))
        return fit_face(self.rig, found).rest.clip(0, 1)  # a smile that is broader than the rig's is acted in full

    def animate(
        self, portrait: Portrait | Path | str, performance: Performance, view: View | None = None, fps: float = MOTION_FPS
    ) -> Picture:
        """The performance on a portrait: frames, made as they are asked for, to the end of the sound.

        Raises `TalkgenError` for a picture without a face that can be animated, and for an impossible size or rate.
        """
        played = retime(performance, fps)
        portrait = portrait if isinstance(portrait, Portrait) else open_portrait(Path(portrait))
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
        motion = played.motion

        def landmarks(k: int) -> Array:
            return shot.landmarks_at(motion.blendshapes[k], motion.head_rotation[k], motion.head_translation[k])

        frames = shot.frames(motion, played.emotion)
        return Picture(frames, shot.width, shot.height, len(motion), fps, landmarks, info)

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
        renderer: Renderer = member("render", name).load(self.rig, Path(folder) if folder else None, self.steps, self.device)
        return renderer


def _spec(emotion: EmotionSpec | str) -> EmotionSpec:
    return parse_emotion(emotion, available("emotion")) if isinstance(emotion, str) else emotion


def _track(feeling: Course, n_frames: int) -> EmotionTrack:
    """A feeling on the motion clock."""
    weights, beyond, embedding = feeling.at(frame_times(n_frames, MOTION_FPS))
    return EmotionTrack(weights, MOTION_FPS, beyond, embedding)


def _feeling(spec: EmotionSpec, scene: Scene) -> Course:
    """What a specification asks for, read by its sources."""
    return course(spec, {term.source: member("emotion", term.source).read for key in spec.keys for term in key.terms}, scene)
