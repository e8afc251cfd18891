"""What an emotion source is, and how the sources of a specification become one track."""

from collections.abc import Callable, Mapping

import numpy as np

from talkgen.lib.grammar import MAX_STRENGTH
from talkgen.space import EMOTIONS, FIELDS, expand_region
from talkgen.types import Array, EmotionKey, EmotionSpec, EmotionTrack

EmotionSource = Callable[[str], Array]
"""Reads the argument of a term (`happy` of `label`, `0.6,-0.2` of `vad`) into weights of `EMOTIONS`: `(E,)` for the whole face, or
`(R, E)` where fields differ. A member offers `read`."""


def key_weights(key: EmotionKey, sources: Mapping[str, EmotionSource]) -> Array:
    """`(R, E)` weights of one key, 0..1.5: the sum of its terms in their regions."""
    weights = np.zeros((len(FIELDS), len(EMOTIONS)), np.float32)
    for term in key.terms:
        rows = [FIELDS.index(field) for field in expand_region(term.region)]
        weights[rows] += term.strength * np.broadcast_to(sources[term.source](term.argument), weights.shape)[rows]
    return np.minimum(weights, MAX_STRENGTH)


def emotion_track(spec: EmotionSpec, n_frames: int, fps: float, sources: Mapping[str, EmotionSource]) -> EmotionTrack:
    """The specification on the motion clock: smoothstep between keys, held before the first and after the last."""
    table = np.stack([key_weights(key, sources) for key in spec.keys])
    times = np.array([key.time for key in spec.keys])
    now = np.arange(n_frames) / fps
    right = np.clip(np.searchsorted(times, now, side="right"), 1, max(len(times) - 1, 1))
    left = right - 1
    if len(times) == 1:
        return EmotionTrack(np.repeat(table, n_frames, axis=0), fps)
    share = np.clip((now - times[left]) / np.maximum(times[right] - times[left], 1e-6), 0, 1)
    share = (share * share * (3 - 2 * share))[:, None, None]
    return EmotionTrack(((1 - share) * table[left] + share * table[right]).astype(np.float32), fps)
