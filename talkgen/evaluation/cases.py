"""A manifest's clips, opened: their sound, the real speaker's lips, where lips must close, and takes of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from talkgen.evaluation.lips import Lips, reference_lips, rig_lips
from talkgen.evaluation.manifest import Line
from talkgen.evaluation.tracks import Curve, Track, agree
from talkgen.lib.media import audio_from_samples, open_audio, read_samples
from talkgen.lib.timeline import frame_count
from talkgen.members import member
from talkgen.motion.base import Style
from talkgen.pipeline import TalkingHead
from talkgen.space import EMOTIONS, FIELDS
from talkgen.types import MOTION_FPS, SAMPLE_RATE, AudioClip, EmotionTrack, MotionClip, Phone

SEEN = 0.9
"""Least share of a reference's frames with a face."""
FAR, BETTER, CLEAR = 0.12, 0.1, 0.3
"""A curve made from the sound lies off the lips when its quick part follows theirs best more than `FAR` seconds off, `BETTER`
(in r) than nearer by, and `CLEAR` enough for the difference to mean something."""
WITNESS = ("phones", "procedural")
"""A reference is doubted when its loudness and what these two make of its sound both lie off to the same side. They are fixed, so
that every model is measured on the same clips."""
DOUBT_REACH = 0.3
"""Seconds within which that is sought; farther off one syllable is taken for the next."""
FRAME = 0.01
"""Seconds between two values of loudness."""


@dataclass(frozen=True)
class Case:
    """One clip: `lips` of the real speaker where there is a reference; `doubt` says why that reference cannot be trusted."""

    line: Line
    audio: AudioClip
    lips: Lips | None
    doubt: str | None

    @cached_property
    def level(self) -> Track:
        """Decibels of full scale, 100 a second."""
        return loudness(self.audio)

    @cached_property
    def phones(self) -> tuple[Phone, ...]:
        """Phones of the words of the transcript that were found in the sound; none without a transcript that fits."""
        from talkgen.audio.phones import acoustics, recogniser, transcribed

        if self.line.english is None:
            return ()
        heard = acoustics.analyse(self.audio)
        silent = acoustics.silence(heard)
        blocks = list(recogniser.blocks(heard, silent))
        return tuple(transcribed.aligned(self.audio, heard, blocks, silent, self.line.english)[0])

    def is_known(self, times: Curve) -> NDArray[np.bool_]:
        """`(N,)` whether a phone, or silence, is known at `times` in seconds."""
        level = self.level
        known = is_silent(level)[np.minimum((times * level.fps).astype(int), len(level.values) - 1)]
        result: NDArray[np.bool_] = known | self.is_spoken(times)
        return result

    def is_spoken(self, times: Curve) -> NDArray[np.bool_]:
        """`(N,)` whether a phone is known at `times` in seconds."""
        spoken = np.zeros(len(times), bool)
        for phone in self.phones:
            spoken |= (times >= phone.start) & (times < phone.end)
        return spoken


@dataclass(frozen=True)
class Actor:
    """The talking head that is evaluated, and how it acts where a measure does not say otherwise."""

    head: TalkingHead
    seed: int = 0
    articulation: float = 1.0

    def act(
        self,
        case: Case,
        emotion: str = "neutral",
        seed: int | None = None,
        *,
        with_text: bool = True,
        audio: AudioClip | None = None,
    ) -> MotionClip:
        """A take of a case: with its transcript where there is one, unless without `with_text`; `audio` stands in for its sound."""
        text = case.line.english if with_text else None
        style = Style(articulation=self.articulation)
        return self.head.perform(audio or case.audio, emotion, text, self.seed if seed is None else seed, style).motion


def open_case(line: Line) -> Case:
    """Open a line's sound and look at its reference. Raises `TalkgenError` for a file that cannot be used."""
    audio = open_audio(line.audio, with_picture=line.reference is not None)
    lips = reference_lips(line.reference, line.clip or line.name) if line.reference is not None else None
    return Case(line, audio, lips, _doubt(audio, lips) if lips else None)


def loudness(audio: AudioClip) -> Track:
    """Level of a sound in decibels of full scale, 100 times a second, floored 45 dB below its loud parts."""
    hop = round(FRAME * SAMPLE_RATE)
    samples = read_samples(audio, 0, -(-audio.n_samples // hop) * hop).reshape(-1, hop)
    level = 10 * np.log10(np.square(samples, dtype=np.float64).mean(1) + 1e-10)
    smooth = np.convolve(np.pad(level, 2, mode="edge"), np.full(5, 0.2), "valid")
    return Track(np.maximum(smooth, np.percentile(smooth, 95) - 45), 1 / FRAME)


def is_silent(level: Track) -> np.ndarray:
    """`(T,)` bool: within 10 dB of the floor of `loudness`, or below -70 dB of full scale."""
    quiet: np.ndarray = level.values < max(float(level.values.max()) - 35, -70)
    return quiet


def joined(cases: list[Case], duration: float) -> AudioClip:
    """The sounds of cases one after another, from the first again where they are too short, `duration` seconds of them."""
    sounds = [read_samples(case.audio, 0, case.audio.n_samples) for case in cases]
    return audio_from_samples(np.resize(np.concatenate(sounds), round(duration * SAMPLE_RATE)), SAMPLE_RATE)


def _doubt(audio: AudioClip, lips: Lips) -> str | None:
    level = loudness(audio)
    if lips.aperture.seen < SEEN:
        return f"the face is seen in {lips.aperture.seen:.0%} of the frames"
    off = _offset(level, lips)
    if off is None:
        return "its lips or its sound never move"
    if not off:
        return None
    features = member("audio", WITNESS[0]).load()(audio, None)
    neutral = EmotionTrack(np.zeros((frame_count(audio.duration, MOTION_FPS), len(FIELDS), len(EMOTIONS)), np.float32), MOTION_FPS)
    acted = rig_lips(member("motion", WITNESS[1]).load()(features, neutral, 0, Style())).aperture
    also = _offset(acted, lips)
    return f"its lips follow its own sound best {1000 * off:+.0f} ms off" if also and also * off > 0 else None


def _offset(ours: Track, lips: Lips) -> float | None:
    """Seconds by which a curve made from the sound lies off the lips: 0 unless clearly so; None where one of them never moves."""
    near, far = (agree(ours.quick(), lips.aperture.quick(), reach) for reach in (FAR, DOUBT_REACH))
    if near is None or far is None:
        return None
    return far.lag if far.best_r > max(near.best_r + BETTER, CLEAR) else 0.0
