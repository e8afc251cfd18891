"""Lips of speech that nobody filmed, from its phones: what the lips of those who were filmed do around such phones.

Few speakers are filmed, saying few words. The rule below is linear in the mouth shapes and the loudness around, so that it cannot
learn those words by heart as a network can, and it holds for the free speech of every voice whose phones are known.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from talkgen.training._examples import LABELS, Example
from talkgen.types import VISEMES, Array

TRUST = 0.3
"""Weight in the loss of lips that were not seen, beside 1 for those that were."""
_REACH, _EVERY = 30, 3  # steps of 10 ms that shape the lips to either side, and how far apart they are looked at
_RIDGE = 100.0
_LIPS = slice(len(VISEMES), len(VISEMES) + LABELS["lips"])
_LOUDNESS = len(VISEMES) + LABELS["lips"] + LABELS["speech"] + LABELS["voicing"]


def fit(clips: Sequence[Example]) -> Array | None:
    """Weights `(columns, 2)` by ridge regression over clips with phones and lips; None where there are none."""
    pairs = [(_around(clip)[seen], clip.labels[seen, _LIPS].astype(np.float32)) for clip in clips if (seen := _seen(clip)).any()]
    if not pairs:
        return None
    rows, lips = (np.concatenate(part) for part in zip(*pairs, strict=True))
    weights: Array = np.linalg.solve(rows.T @ rows + _RIDGE * np.eye(rows.shape[1]), rows.T @ lips)
    return weights


def spoken(clip: Example, weights: Array) -> Example:
    """The clip with lips, known to `TRUST`, where its phones are known and its lips were not seen."""
    missing = (clip.known[:, 0] > 0) & (clip.known[:, _LIPS] == 0).all(1)
    labels, known = clip.labels.copy(), clip.known.copy()
    labels[missing, _LIPS] = (_around(clip) @ weights)[missing]
    known[missing, _LIPS] = TRUST
    return replace(clip, labels=labels, known=known)


def _seen(clip: Example) -> NDArray[np.bool_]:
    seen: NDArray[np.bool_] = (clip.known[:, 0] > 0) & (clip.known[:, _LIPS] == 1).all(1)
    return seen


def _around(clip: Example) -> Array:
    """The mouth shapes and the loudness before, at and after each step `(T, columns)`, and 1."""
    columns = clip.labels[:, [*range(len(VISEMES)), _LOUDNESS]].astype(np.float32)
    columns = np.pad(columns, ((_REACH, _REACH), (0, 0)), "edge")
    views = [columns[lag : lag + len(clip.labels)] for lag in range(0, 2 * _REACH + 1, _EVERY)]
    return np.concatenate([*views, np.ones((len(clip.labels), 1), np.float32)], axis=1)
