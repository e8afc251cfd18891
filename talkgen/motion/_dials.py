"""What a style does to sampled motion: which faces are sampled at all, and the gains of head, gaze and lids."""

from dataclasses import replace

import numpy as np

from talkgen.motion._closure import Closures, close
from talkgen.motion.base import Style
from talkgen.space import BLENDSHAPES, FIELDS, INDEX
from talkgen.types import Array, MotionClip

_LIDS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
_LOOKS = [index for index, name in enumerate(BLENDSHAPES) if name.startswith("eyeLook")]
_DROOP = 0.01  # of the way, in a frame: how fast lids close that must not blink
_ALWAYS = ("head", "gaze")  # fields whose gain is of the movement, not of the feeling


def faces(embedding: Array, style: Style) -> tuple[list[Array], list[float], list[int]]:
    """The distinct feelings `(T, D)` in an `embedding (T, R, D)`, how far each is taken, and which of them each field has."""
    places: list[Array] = []
    scales: list[float] = []
    face_of = []
    for row, (field, gain) in enumerate(zip(FIELDS, map(float, style.field_gains()), strict=True)):
        place, scale = embedding[:, row], 1.0 if field in _ALWAYS else gain
        same = (k for k, known in enumerate(places) if scales[k] == scale and np.array_equal(known, place))
        face_of.append(next(same, len(places)))
        if face_of[-1] == len(places):
            places.append(place)
            scales.append(scale)
    return places, scales, face_of


def manner(style: Style) -> Array:
    """`(S,)`: the style that the network is told."""
    return np.array([style.articulation, style.intensity.get("blink", 1.0)], np.float32)


def dialled(motion: MotionClip, style: Style, lids: Array | None = None) -> MotionClip:
    """Motion, going on from `lids (2,)`, whose head and gaze move as far as the style says, and whose lids blink only if they
    may."""
    gains = dict(zip(FIELDS, style.field_gains(), strict=True))
    shapes = motion.blendshapes.copy()
    shapes[:, _LOOKS] *= gains["gaze"]
    if style.intensity.get("blink") == 0:
        ramp = _DROOP * np.arange(len(shapes) + 1, dtype=np.float32)[:, None]
        closing = np.concatenate([shapes[:1, _LIDS] if lids is None else lids[None], shapes[:, _LIDS]]) - ramp
        shapes[:, _LIDS] = (ramp + np.minimum.accumulate(closing, axis=0))[1:]
    return replace(
        motion,
        blendshapes=shapes,
        head_rotation=gains["head"] * motion.head_rotation,
        head_translation=gains["head"] * motion.head_translation,
    )


def lids_of(motion: MotionClip) -> Array:
    """`(2,)`: how far the lids are closed at the end."""
    result: Array = motion.blendshapes[-1, _LIDS]
    return result


def closed(shapes: Array, closures: Closures) -> Array:
    """`shapes (T, 52)` with lips that close where they must, within 0 and 1."""
    wide = shapes.astype(np.float64)
    return np.clip(close(wide, wide, closures), 0, 1).astype(np.float32)
