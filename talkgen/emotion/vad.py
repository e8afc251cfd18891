"""Emotion as a point of valence, arousal and dominance: the nearest mixture of the named emotions (`_affect`)."""

import numpy as np

from talkgen.emotion._affect import nearest_mixture
from talkgen.emotion._embedder import embedder
from talkgen.emotion.base import Feeling, Scene, spread_out
from talkgen.types import TalkgenError


def read(argument: str, scene: Scene) -> Feeling:
    """The feeling at "valence,arousal" or "valence,arousal,dominance", each -1 to 1; dominance is 0 when left out.

    Raises `TalkgenError` for anything else.
    """
    point = _read_point(argument)
    return spread_out(nearest_mixture(point), embedder().place("vad", point))


def _read_point(argument: str) -> np.ndarray:
    try:
        point = np.array([float(number) for number in argument.split(",")])
    except ValueError:
        point = np.empty(0)
    if len(point) not in (2, 3) or not np.all(np.abs(point) <= 1):
        raise TalkgenError(
            f"vad:{argument} is not two or three numbers from -1 to 1; write valence,arousal,dominance: vad:0.6,-0.2,0.1."
        )
    return np.array([*point, 0.0][:3])
