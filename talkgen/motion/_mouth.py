"""Speech on the mouth: viseme targets and coarticulation.

Every viseme has a target in mouth shapes and dominance functions that say how strongly and how long it rules the lips and
the jaw, each apart (Cohen & Massaro 1993, "Modeling coarticulation in synthetic visual speech"); the face is the mean of
the targets weighed by dominance. Lips and jaw have strengths of their own after JALI (Edwards et al. 2016, "JALI: an
animator-centric viseme model for expressive lip synchronization"), and the jaw opens further where the voice is loud,
or, where the lips themselves are heard, as far as that says.
"""

import numpy as np
from numpy.typing import NDArray

from talkgen.face.visemes import viseme_mouths
from talkgen.lib.timeline import frame_times, sample_rows
from talkgen.motion._curves import Curve, pulses, saturate, smooth
from talkgen.motion._prosody import Prosody
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import VISEMES, AudioFeatures

#             strength on the lips and on the jaw; seconds to come and to go
DOMINANCE = {
    "sil": (0.9, 0.9, 0.07, 0.07), "PP": (1.6, 1.0, 0.04, 0.04), "FF": (1.6, 1.0, 0.04, 0.04), "TH": (0.7, 0.6, 0.04, 0.04),
    "DD": (0.3, 0.5, 0.04, 0.04), "kk": (0.2, 0.3, 0.04, 0.04), "CH": (1.4, 1.1, 0.08, 0.07), "SS": (0.7, 1.2, 0.06, 0.05),
    "nn": (0.3, 0.5, 0.04, 0.04), "RR": (0.9, 0.5, 0.08, 0.06), "aa": (0.8, 1.0, 0.06, 0.06), "E": (0.8, 0.9, 0.06, 0.06),
    "ih": (0.7, 0.7, 0.06, 0.06), "oh": (1.2, 1.0, 0.08, 0.07), "ou": (1.5, 0.7, 0.11, 0.09),
}  # fmt: skip
_OPENING = {
    "jawOpen": 1.0, "mouthLowerDownLeft": 0.12, "mouthLowerDownRight": 0.12, "mouthUpperUpLeft": 0.1, "mouthUpperUpRight": 0.1,
}  # fmt: skip
"""What parts the lips, and how far compared with the jaw."""
_COLUMNS, _PARTING = [INDEX[name] for name in _OPENING], np.array([*_OPENING.values()])
OPENEST = 0.4
"""Opening, in units of the jaw, that is heard as 1."""
GAINS = (0.3, 1.6)
"""Least and most by which the shapes of a sound are made to open as heard."""
ASTIR = (0.3, 0.25)
"""Seconds before and after speech in which the mouth still moves."""
_SHUT = [VISEMES.index("PP"), VISEMES.index("FF")]
_LEAD = 0.02  # seconds by which a mouth is ahead of its sound; measured on the same speakers
_BLOCK, _MARGIN = 20.0, 1.0  # seconds worked on at a time, and beyond which nothing is felt
_FLOOR = 0.04  # dominance below this share of its peak is none, so that a mouth comes to rest


def articulate(features: AudioFeatures, prosody: Prosody, n_frames: int, fps: float, articulation: float) -> Curve:
    """`(n_frames, 52)` speech part of the mouth and jaw, exactly zero in silence. `articulation` scales it (softly, below 1)."""
    times = frame_times(n_frames, fps)
    curves = np.zeros((n_frames, len(BLENDSHAPES)))
    if not prosody.speaking.any():
        return curves
    for first in np.arange(0, n_frames / fps, _BLOCK):
        part = slice(round(first * fps), round((first + _BLOCK) * fps))
        begin = max(round((first - _MARGIN) * features.fps), 0)
        heard = slice(begin, round((first + _BLOCK + _MARGIN) * features.fps))
        if len(features.visemes[heard]):
            shapes = _mouth_shapes(features, prosody, heard)
            curves[part] = sample_rows(shapes, features.fps, times[part] + _LEAD - begin / features.fps)
    curves[:, INDEX["jawOpen"]] += 0.05 * _breath_in(prosody, times)
    return saturate(articulation * curves)


def _mouth_shapes(features: AudioFeatures, prosody: Prosody, heard: slice) -> Curve:
    """`(T, 52)` on the feature clock for a stretch of it."""
    silent = np.eye(len(VISEMES))[VISEMES.index("sil")]
    visemes = np.where(prosody.speaking[heard, None], features.visemes[heard], silent)
    lips, jaw = (_shares(visemes, features.fps, column) for column in (0, 1))
    targets = viseme_mouths()
    shapes = lips @ targets
    shapes[:, INDEX["jawOpen"]] = jaw @ targets[:, INDEX["jawOpen"]]
    if features.lips is None:
        shapes[:, _COLUMNS] *= (0.75 + 0.5 * smooth(features.loudness[heard], 0.1, features.fps))[:, None]
    else:
        opening = OPENEST * features.lips[heard, 0] * _astir(prosody.speaking[heard], features.fps)
        shapes = _open_as_heard(shapes, opening, lips[:, _SHUT].sum(axis=1))
    return smooth(shapes, 0.06, features.fps)


def _open_as_heard(shapes: Curve, opening: Curve, shut: Curve) -> Curve:
    """Mouth shapes `(T, 52)` opened as far as `opening (T,)` says, in units of the jaw: each in its own way, and what that leaves
    with the jaw, but for moments that are `shut (T,)`, 0 to 1."""
    own = shapes[:, _COLUMNS] @ _PARTING
    gain = np.clip(opening / np.maximum(own, 1e-3), *GAINS)
    result = shapes.copy()
    result[:, _COLUMNS] *= gain[:, None]
    result[:, INDEX["jawOpen"]] += np.maximum(opening - gain * own, 0) * (1 - shut)
    return result


def _astir(speaking: NDArray[np.bool_], fps: float) -> Curve:
    """1 while someone speaks and, fading, shortly before and after: a mouth opens ahead of its first sound."""
    before, after = (round(seconds * fps) for seconds in ASTIR)
    padded = np.pad(speaking, (after, before))
    near = np.lib.stride_tricks.sliding_window_view(padded, before + after + 1).any(axis=1)
    return smooth(near.astype(float), 0.2, fps)


def _shares(visemes: Curve, fps: float, column: int) -> Curve:
    """`(T, V)` share of each viseme in the lips (column 0) or the jaw (1): the strongest dominance that any moment of it has."""
    table = np.array([DOMINANCE[name] for name in VISEMES])
    time = frame_times(len(visemes), fps)[:, None]
    level = np.log(np.maximum(visemes, 1e-6))
    coming, going = time / table[:, 2], time / table[:, 3]
    after = np.maximum.accumulate(level + going) - going
    before = np.maximum.accumulate((level - coming)[::-1])[::-1] + coming
    dominance = table[:, column] * np.maximum(np.exp(np.maximum(after, before)) - _FLOOR, 0)
    shares: Curve = dominance / np.maximum(dominance.sum(axis=1, keepdims=True), 1e-9)
    return shares


def _breath_in(prosody: Prosody, times: Curve) -> Curve:
    """0..1: the lips part a little before a phrase that follows a pause."""
    pause = prosody.onsets - np.concatenate([[0.0], prosody.offsets[:-1]])
    return pulses(times, prosody.onsets[pause > 0.4] - 0.06, 1.0, 0.28, 0.1)
