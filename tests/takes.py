"""Takes to write: noise in every curve, and a head that nods, turns or tilts."""

import numpy as np

from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS
from talkgen.types import EmotionTrack, MotionClip, Performance

NODS_DOWN, TURNS_LEFT, TILTS_RIGHT = range(3)
"""What each component of `head_rotation` does where it is positive; left and right are the subject's own."""


def noisy_take(n: int = 50, fps: float = 30.0, seed: int = 0) -> Performance:
    """Every curve different from every other, at a rate that engines take as it is."""
    rng = np.random.default_rng(seed)
    shapes = rng.random((n, len(BLENDSHAPES)), np.float32)
    head = rng.normal(0, 0.1, (2, n, 3)).astype(np.float32)
    track = EmotionTrack(rng.random((n, len(FIELDS), len(EMOTIONS)), np.float32), fps)
    return Performance(MotionClip(shapes, head[0], head[1] / 10, fps), track, info={"seed": seed, "audio": "line.wav"})


def moving_head(axis: int, angle: float = 0.2, n: int = 40, fps: float = 30.0) -> Performance:
    """A face at rest on a head that moves evenly from 0 to `angle` radians about one axis."""
    rotation = np.zeros((n, 3), np.float32)
    rotation[:, axis] = np.linspace(0, angle, n)
    still = np.zeros((n, 3), np.float32)
    return Performance(MotionClip(np.zeros((n, len(BLENDSHAPES)), np.float32), rotation, still, fps))
