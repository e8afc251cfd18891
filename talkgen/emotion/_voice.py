"""What a voice tells of its feeling, in a few numbers, each about 0 for a calm voice and about as large as its spread."""

import numpy as np
from numpy.typing import NDArray

from talkgen.types import Array, AudioFeatures, TalkgenError

_USUAL = np.array([0.3, 0.3, 0.1, 0.23, 2.45, 0.2])
_SPREAD = np.array([0.12, 0.1, 0.4, 0.03, 0.25, 0.1])


def has_voice(features: AudioFeatures) -> bool:
    """Whether anybody speaks."""
    return all(bool(mask.any()) for mask in _sounding(features))


def voice_numbers(features: AudioFeatures) -> Array:
    """`(6,)`: vocal effort, range and height of the pitch, how far the loudness varies, how fast the mouth moves, share of pauses.

    Raises `TalkgenError` where there is no voice, and `ValueError` for features without affect.
    """
    if features.affect is None:
        raise ValueError("these features hold no affect")
    voiced, speaking = _sounding(features)
    if not has_voice(features):
        raise TalkgenError("There is no voice in which an emotion could be heard; give one, or name the emotion.")
    change = np.abs(np.diff(features.visemes, axis=0)).sum(axis=1)[speaking[1:]]
    pace = change.mean() * features.fps / 10 if len(change) else 0.0
    values = [*features.affect[voiced].mean(axis=0), features.loudness[speaking].std(), pace, 1 - speaking.mean()]
    numbers: Array = ((np.array(values) - _USUAL) / _SPREAD).astype(np.float32)
    return numbers


def _sounding(features: AudioFeatures) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where there is a voice, and where there is speech."""
    return features.voicing > 0.5, features.visemes[:, 0] < 0.5
