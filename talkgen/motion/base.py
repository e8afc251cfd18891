"""What a motion generator is, and the style a take is played in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from talkgen.space import FIELDS, expand_region
from talkgen.types import Array, AudioFeatures, EmotionTrack, MotionClip


@dataclass(frozen=True)
class Guidance:
    """How far motion goes beyond what it would be without the speech, and without the emotion: 1 is no further, 0 to 3."""

    audio: float = 2.0
    emotion: float = 1.5


@dataclass(frozen=True)
class Style:
    """How a take is played.

    `intensity` maps names of `space.expand_region` (plus `blink`) to gains (1 is normal, 0 to 2): for face regions it scales the
    emotional part of the motion, never the articulation; for `head` and `gaze` the motion itself (`head=0` holds the head
    still), for `blink` how often.
    Where names overlap the narrower wins: `all=0.5,head=0` is half of everything and no head motion.
    `articulation` scales the speech part of the mouth (0.5 mumbled to 1.5 theatrical). Lip closures hold whatever the gains.
    `guidance` is for generators that are guided; None is their own.
    """

    intensity: Mapping[str, float] = field(default_factory=dict)
    articulation: float = 1.0
    guidance: Guidance | None = None

    def field_gains(self) -> Array:
        """`(R,)` gain of each of `space.FIELDS`, `blink` left out."""
        gains = np.ones(len(FIELDS), np.float32)
        named = [(expand_region(name), gain) for name, gain in self.intensity.items() if name != "blink"]
        for fields, gain in sorted(named, key=lambda item: -len(item[0])):
            gains[[FIELDS.index(name) for name in fields]] = gain
        return gains


class MotionGenerator(Protocol):
    """Acts. A member offers `load(source: Path | None = None) -> MotionGenerator`; `source` is the folder named for it.

    A generator that can act live offers `live(seed, style) -> LiveGenerator` as well.
    """

    def __call__(self, features: AudioFeatures, track: EmotionTrack, seed: int, style: Style) -> MotionClip:
        """A take of `len(track.weights)` frames at `track.fps`. The same arguments give the same bytes.

        Raises `TalkgenError` for a style that it cannot play.
        """
        ...


Feel = Callable[[np.ndarray], Array]
"""The feeling `(n, R, D)`, points of the emotion space, at `(n,)` seconds of the take."""


class LiveGenerator(Protocol):
    """Acts a stream. What it does at a moment does not depend on how the features were cut into pieces."""

    def push(self, features: AudioFeatures, feel: Feel) -> MotionClip:
        """Take in what was heard next; the frames, none or a few, that can be acted now, with what is felt then."""
        ...
