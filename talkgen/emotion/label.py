"""Emotion by name: `happy` is a one at `happy`."""

import numpy as np

from talkgen.emotion._embedder import embedder
from talkgen.emotion.base import Feeling, Scene, spread_out
from talkgen.lib.grammar import nearest
from talkgen.space import EMOTIONS
from talkgen.types import TalkgenError


def read(argument: str, scene: Scene) -> Feeling:
    """One of `EMOTIONS` at strength 1. Raises `TalkgenError` naming the nearest for any other word."""
    if argument not in EMOTIONS:
        raise TalkgenError(f"{argument!r} is not an emotion; {nearest(argument, EMOTIONS)}")
    weights = np.zeros(len(EMOTIONS), np.float32)
    weights[EMOTIONS.index(argument)] = 1
    return spread_out(weights, embedder().place("label", weights))
