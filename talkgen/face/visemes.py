"""The mouth of each viseme: how speech looks in blendshapes, and which visemes a mouth shows."""

import numpy as np
from numpy.typing import NDArray

from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import VISEMES, Array

MOUTHS: dict[str, dict[str, float]] = {
    "sil": {},
    "PP": {"jawOpen": 0.05, "mouthPress": 0.3, "mouthRollLower": 0.2, "mouthRollUpper": 0.12},
    "FF": {"jawOpen": 0.06, "mouthRollLower": 0.4, "mouthUpperUp": 0.1},
    "TH": {"jawOpen": 0.11, "mouthLowerDown": 0.2, "mouthUpperUp": 0.08, "tongueOut": 0.2},
    "DD": {"jawOpen": 0.11, "mouthLowerDown": 0.28, "mouthUpperUp": 0.12},
    "kk": {"jawOpen": 0.13, "mouthLowerDown": 0.22, "mouthUpperUp": 0.1},
    "CH": {"jawOpen": 0.06, "mouthFunnel": 0.26, "mouthPucker": 0.12, "mouthLowerDown": 0.15, "mouthUpperUp": 0.12},
    "SS": {"jawOpen": 0.07, "mouthLowerDown": 0.42, "mouthUpperUp": 0.22, "mouthStretch": 0.06, "mouthSmile": 0.03},
    "nn": {"jawOpen": 0.11, "mouthLowerDown": 0.2, "mouthUpperUp": 0.1},
    "RR": {"jawOpen": 0.1, "mouthFunnel": 0.12, "mouthPucker": 0.2, "mouthLowerDown": 0.12, "mouthUpperUp": 0.05},
    "aa": {"jawOpen": 0.36, "mouthLowerDown": 0.24, "mouthUpperUp": 0.14, "mouthStretch": 0.06},
    "E": {"jawOpen": 0.28, "mouthLowerDown": 0.28, "mouthUpperUp": 0.18, "mouthStretch": 0.1, "mouthSmile": 0.05},
    "ih": {"jawOpen": 0.19, "mouthLowerDown": 0.3, "mouthUpperUp": 0.16, "mouthStretch": 0.12, "mouthSmile": 0.08},
    "oh": {"jawOpen": 0.25, "mouthFunnel": 0.14, "mouthPucker": 0.22, "mouthLowerDown": 0.06},
    "ou": {"jawOpen": 0.12, "mouthFunnel": 0.15, "mouthPucker": 0.42},
}
"""ARKit shapes (both sides of a paired one) of each of `types.VISEMES` in a clear voice. Opening and width are near the means that
real speakers (51 words of one, half a minute of free speech of another) showed while each was heard."""

HEARD_BY = ("jaw", "mouthFunnel", "mouthPucker", "mouthRoll", "mouthPress", "mouthLowerDown", "mouthUpperUp", "tongueOut")
"""Beginnings of the shapes by which visemes are told apart. What feelings do as well (smile, frown, stretch) is not among them."""
EVEN, WHOLE = 0.02, 1.0
"""How hard shares are kept alike where the mouth does not tell visemes apart, and to a sum of one."""
HELD, LONG = 0.05, 25
"""What a mouth does in all but this share of a take is mood and not speech, if the take has at least `LONG` frames."""


def viseme_mouths() -> NDArray[np.float64]:
    """`(15, 52)` from `MOUTHS`, in the order of `types.VISEMES`."""
    table = np.zeros((len(VISEMES), len(BLENDSHAPES)))
    for row, viseme in enumerate(VISEMES):
        for name, value in MOUTHS[viseme].items():
            table[row, [INDEX[shape] for shape in (name, f"{name}Left", f"{name}Right") if shape in INDEX]] = value
    return table


def visemes_of(blendshapes: Array) -> Array:
    """`(T, 15)` float32, 0..1, each row a sum of 1: the mixture of `MOUTHS` that comes nearest to `blendshapes (T, 52)`.

    Least squares with shares that are not negative (Lawson & Hanson 1974). A mouth tells little of what happens behind the teeth:
    DD, kk and nn, which look alike, share what they look like.
    """
    from scipy.optimize import nnls

    columns = [index for index, name in enumerate(BLENDSHAPES) if name.startswith(HEARD_BY)]
    mouths = viseme_mouths()[:, columns]
    n = len(mouths)
    system = np.concatenate([mouths.T, EVEN * np.eye(n), np.full((1, n), WHOLE)])
    shares = np.zeros((len(blendshapes), n), np.float32)
    moved = blendshapes[:, columns].astype(float)
    if len(moved) >= LONG:
        moved = np.maximum(moved - np.quantile(moved, HELD, axis=0), 0)
    for share, mouth in zip(shares, moved, strict=True):
        share[:] = nnls(system, np.concatenate([mouth, np.zeros(n), [WHOLE]]))[0]
    shares /= shares.sum(1, keepdims=True)
    return shares
