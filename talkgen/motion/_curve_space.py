"""The motion space of the diffusion stage: 58 numbers a frame, each about as large as its spread, and what is heard beside them."""

from collections.abc import Sequence

import numpy as np

from talkgen.lib.timeline import sample_rows
from talkgen.space import BLENDSHAPES, FIELDS, INDEX, fields_of_shape
from talkgen.types import VISEMES, Array, AudioFeatures, MotionClip

CHANNELS = len(BLENDSHAPES) + 6
"""Blendshapes, head rotation (rad) and translation (m)."""
HEAD = slice(len(BLENDSHAPES), CHANNELS)
"""Rotation and translation of the head."""
_SPREAD = np.full(CHANNELS, 0.15, np.float32)
_SPREAD[[INDEX[name] for name in BLENDSHAPES if name.startswith(("eyeBlink", "mouthSmile", "brow"))]] = 0.25
_SPREAD[-6:-3], _SPREAD[-3:] = 0.05, 0.004
HEARD = 2 * (len(VISEMES) + 5) + 3
"""Columns of `heard`."""


SLOW = [
    index
    for index, name in enumerate(BLENDSHAPES)
    if name.startswith(("brow", "cheek", "nose", "eyeSquint", "eyeWide", "mouthSmile", "mouthFrown", "mouthDimple"))
] + list(range(len(BLENDSHAPES), CHANNELS))
"""Columns in which nothing happens faster than in a few frames: all but lids, gaze and what speaks."""


MOUTH = [index for index, name in enumerate(BLENDSHAPES) if name.startswith(("mouth", "jaw"))]
_LARGE, _IDLE = 1.0, 0.1
"""Where all is silent: a movement that the mouth follows wholly, and the share that it follows of the least ones."""
NOISE = np.ones(CHANNELS, np.float32)
NOISE[MOUTH] = 0.4
"""Spread of the noise that motion is made from: what is said leaves the mouth less freedom than life leaves the rest."""

DRAWN = NOISE.copy()
"""The same when motion is sampled: a few steps lose some of the spread of what is free, and with it blinks and glances, so that
there it is drawn wider."""
DRAWN[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = 1.2
DRAWN[[index for index, name in enumerate(BLENDSHAPES) if name.startswith("eyeLook")]] = 1.35
DRAWN[HEAD] = 1.15

OWNERS = np.zeros((len(FIELDS), CHANNELS), np.float32)
"""The share of each column that belongs to each field; the head's own are its field's."""
for _index, _name in enumerate(BLENDSHAPES):
    _fields = [FIELDS.index(field) for field in fields_of_shape(_name)]
    OWNERS[_fields, _index] = 1 / len(_fields)
OWNERS[FIELDS.index("head"), HEAD] = 1


def to_numbers(motion: MotionClip) -> Array:
    """`(T, 58)` of a clip."""
    rows = np.concatenate([motion.blendshapes, motion.head_rotation, motion.head_translation], axis=1) / _SPREAD
    return rows.astype(np.float32)


def composed(rows: Array, face_of: Sequence[int]) -> Array:
    """`(T, 58)`: a face from the rows `(K, T, 58)` of several, where each of `space.FIELDS` takes its columns from one."""
    shares = np.zeros((len(rows), CHANNELS), np.float32)
    np.add.at(shares, list(face_of), OWNERS)
    result: Array = np.einsum("kc,ktc->tc", shares, rows)
    return result


def steadied(rows: Array) -> Array:
    """Rows `(T, 58)` whose slow columns have lost what is left of the noise they were made from, in a window of five frames."""
    return steadied_live(np.pad(rows, ((2, 2), (0, 0)), mode="edge"), rows)


def steadied_live(around: Array, rows: Array) -> Array:
    """The same, of `rows (T, 58)` in the middle of rows `around (T + 4, 58)` them, or, where those to come are not there yet, at
    their end: slow columns then come two frames late."""
    slow, result = around[:, SLOW], rows.copy()
    result[:, SLOW] = sum(weight * slow[k : k + len(rows)] for k, weight in enumerate((1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)))
    return result


def silence(heard_rows: Array, before: int = 10, after: int = 3) -> Array:
    """`(T,)`, 0..1: how sure it is that a frame is silent, so many frames `before` it were and so many `after` it stay so."""
    around = np.pad(heard_rows[:, 0], (before, after), mode="edge")
    least: Array = np.lib.stride_tricks.sliding_window_view(around, before + after + 1).min(axis=1)
    return least


def rested(rows: Array, silent: Array, last: Array | None = None) -> Array:
    """Rows `(T, 58)`, going on from `last (58,)`, whose mouth does not quiver where all is `silent (T,)`.

    There it follows large movements, such as lips that part for the next word, and small ones hardly.
    """
    mouth = np.concatenate([rows[:1] if last is None else last[None], rows])[:, MOUTH]
    for k in range(1, len(mouth)):
        move = mouth[k] - mouth[k - 1]
        mouth[k] -= silent[k - 1] * (1 - np.clip(np.abs(move) / _LARGE, _IDLE, 1)) * move
    result = rows.copy()
    result[:, MOUTH] = mouth[1:]
    return result


def to_motion(rows: Array, fps: float) -> MotionClip:
    """The clip that `(T, 58)` numbers are; blendshapes are kept within 0 and 1."""
    values = (rows * _SPREAD).astype(np.float32)
    return MotionClip(np.clip(values[:, : len(BLENDSHAPES)], 0, 1), values[:, -6:-3], values[:, -3:], fps)


def heard(features: AudioFeatures, n_frames: int, fps: float) -> Array:
    """What was heard at and half a frame after each of `n_frames`, `(n_frames, HEARD)`; silence after the end.

    Raises `ValueError` for features without lips or affect.
    """
    if features.lips is None or features.affect is None:
        raise ValueError("these features hold no lips or no affect")
    now = np.column_stack([features.visemes, features.lips, features.loudness, features.voicing, features.pitch / 12])
    rest = np.zeros(now.shape[1], np.float32)
    rest[0] = 1
    times = np.arange(n_frames) / fps
    rows = [_until(now, rest, features.fps, times + shift / fps) for shift in (0, 0.5)]
    return np.concatenate([*rows, _until(features.affect, 0 * features.affect[0], features.fps, times)], axis=1, dtype=np.float32)


def _until(rows: Array, rest: Array, fps: float, times: np.ndarray) -> Array:
    """Rows at `times`, and `rest` from their end on."""
    inside = (times < len(rows) / fps)[:, None]
    result: Array = np.where(inside, sample_rows(rows.astype(np.float32), fps, times), rest).astype(np.float32)
    return result
