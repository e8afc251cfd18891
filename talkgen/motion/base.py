"""What a motion generator is, and the style a take is played in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from talkgen.types import AudioFeatures, EmotionTrack, MotionClip


@dataclass(frozen=True)
class Style:
    """How a take is played.

    `intensity` maps names of `space.expand_region` (plus `blink`) to gains (1 is normal, 0 to 2): for face regions it scales the emotional part
    of the motion, never the articulation; for `head`, `gaze` and `blink` the motion itself (`head=0` holds the head still).
    `articulation` scales the speech part of the mouth (0.5 mumbled to 1.5 theatrical). Lip closures hold whatever the gains.
    """

    intensity: Mapping[str, float] = field(default_factory=dict)
    articulation: float = 1.0


class MotionGenerator(Protocol):
    """Acts. A member offers `load() -> MotionGenerator`."""

    def __call__(self, features: AudioFeatures, track: EmotionTrack, seed: int, style: Style) -> MotionClip:
        """A take of `len(track.weights)` frames at `track.fps`. The same arguments give the same bytes."""
        ...
