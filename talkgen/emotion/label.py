"""Emotion by name: `happy` is a one at `happy`."""

import numpy as np

from talkgen.lib.grammar import nearest
from talkgen.space import EMOTIONS
from talkgen.types import Array, TalkgenError


def read(argument: str) -> Array:
    """`(E,)` weights of one of `EMOTIONS`. Raises `TalkgenError` naming the nearest for any other word."""
    if argument not in EMOTIONS:
        raise TalkgenError(f"{argument!r} is not an emotion; {nearest(argument, EMOTIONS)}")
    weights = np.zeros(len(EMOTIONS), np.float32)
    weights[EMOTIONS.index(argument)] = 1
    return weights
