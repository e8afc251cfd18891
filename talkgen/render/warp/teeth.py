"""The portrait's own teeth: found in the photograph, the rig's put where they are, and completed to what the lips hide."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from talkgen.face.landmark_mesh import LOWER_LIP_INNER, UPPER_LIP_INNER
from talkgen.face.rig import FaceRig, project
from talkgen.render._picture import Picture
from talkgen.render.warp.dentition import each_tooth
from talkgen.render.warp.mouth import luminance
from talkgen.render.warp.surround import polygon_mask
from talkgen.types import Array

WIDER = 1.12
"""Teeth grow by this, each in its place: those of the rig taper, and the mouth's darkness would show between them."""
LOWEST, HIGHEST = 0.007, -0.002
"""Metres by which the upper teeth may hang lower than the rig's, and higher."""
NEAR_LIP = 0.09
"""Iris distances between teeth and the landmarks of the lip that they may rest on."""
FEWEST = 0.03
"""Squared iris distances of teeth below which a photograph shows none: what parted lips show lies in their shadow."""
APART = 0.04
"""Iris distances between the rows of teeth."""
SHOWN, OVERLAP = 0.0025, 0.0025
"""Metres of upper teeth that parted lips at rest leave bare, and by which closed rows lie over each other."""


def find_teeth(picture: Picture) -> NDArray[np.bool_]:
    """`(H, W)` pixels between the lips that show upper teeth: bright, and greyer than lips, gums and tongue. None where there are
    few."""
    image = picture.image
    lips = picture.landmarks[list(UPPER_LIP_INNER + LOWER_LIP_INNER[-2:0:-1]), :2]
    where: NDArray[np.bool_] = ndimage.binary_erosion(polygon_mask(lips, image.shape))
    fewest = FEWEST * picture.iris_distance**2
    if where.sum() < fewest:
        return np.zeros_like(where)
    pixels = image.astype(np.float32)
    bright = luminance(pixels)
    redness = (pixels[..., 0] - pixels[..., 1]) / np.maximum(bright, 20)
    level = np.percentile(bright[where], 90)
    teeth = _upper_row(where & (bright > 0.62 * level) & (redness < np.median(redness[where]) + 0.06), picture.iris_distance)
    return teeth if level > 70 and np.count_nonzero(teeth) > fewest else np.zeros_like(where)


def _upper_row(teeth: NDArray[np.bool_], iris_distance: float) -> NDArray[np.bool_]:
    """Of every column what lies above the first gap."""
    gap = max(round(APART * iris_distance), 1)
    joined = ndimage.binary_closing(teeth, np.ones((gap + 1, 1), bool))
    begun = np.logical_or.accumulate(joined, axis=0)
    ended = np.logical_or.accumulate(begun & ~joined, axis=0)
    upper: NDArray[np.bool_] = teeth & ~ended
    return upper


def set_teeth(rig: FaceRig, picture: Picture, teeth: NDArray[np.bool_]) -> Array:
    """The fitted neutral head `(V, 3)` with closed rows of teeth: the upper ones with their edge where the photograph has it, or
    else as much below the upper lip as is usual (Vig & Brundo 1978, "The kinetics of anterior tooth display"); the lower ones
    behind them."""
    neutral = picture.fit.neutral.copy()
    for part in ("teeth_upper", "teeth_lower"):
        for tooth in each_tooth(rig, rig.members(part)):
            middle = neutral[tooth].mean(0)
            neutral[tooth] += (WIDER - 1) * (neutral[tooth] - middle) * np.array([1, 0, 1], np.float32)
    lip = _upper_lip(rig, neutral)
    upper, lower = (rig.members(f"teeth_{jaw}", f"gums_{jaw}") for jaw in ("upper", "lower"))
    front = {part: _front(neutral, rig.members(part)) for part in ("teeth_upper", "teeth_lower")}
    edge = float(neutral[front["teeth_upper"], 1].min())
    neutral[upper, 1] -= np.float32(_lower(rig, picture, teeth, neutral) if teeth.any() else edge - lip + SHOWN)
    neutral[lower, 1] += np.float32(lip - SHOWN + OVERLAP - neutral[front["teeth_lower"], 1].max())
    return neutral


def longer_crowns(rig: FaceRig, neutral: Array) -> float:
    """Millimetres by which the upper teeth of a head that `set_teeth` made hang lower than usual: so much more of them shows before
    the gum does."""
    edge = float(neutral[_front(neutral, rig.members("teeth_upper")), 1].min())
    return max(0.0, 1000 * (_upper_lip(rig, neutral) - SHOWN - edge))


def _upper_lip(rig: FaceRig, neutral: Array) -> float:
    return float(rig.landmarks(neutral)[UPPER_LIP_INNER[len(UPPER_LIP_INNER) // 2], 1])


def _front(neutral: Array, part: NDArray[np.int32]) -> NDArray[np.int32]:
    """The middle four teeth, more or less."""
    x = neutral[part, 0]
    near: NDArray[np.int32] = part[np.abs(x - (x.min() + x.max()) / 2) < 0.12 * np.ptp(x)]
    return near


def _lower(rig: FaceRig, picture: Picture, teeth: NDArray[np.bool_], neutral: Array) -> float:
    """Metres by which the photographed upper teeth hang lower than those of a fitted head."""
    fit = picture.fit
    placed = project(rig.pose(neutral, fit.rest)[rig.members("teeth_upper")], fit.rotation, fit.scale, fit.translation)
    columns = np.flatnonzero(teeth.any(0))
    first, last = np.quantile(columns, [0.25, 0.75]).astype(int)
    inner = np.arange(first, last + 1)[teeth[:, first : last + 1].any(0)]
    edges = _down_to_lip(picture, inner, teeth.shape[0] - 1 - teeth[::-1, inner].argmax(0))
    near = np.abs(placed[None, :, 0] - inner[:, None]) < 0.004 * fit.scale
    known = near.any(1)
    own = np.where(near, placed[None, :, 1], -np.inf).max(1)
    if not known.any():
        return 0.0
    return float(np.clip(np.median(edges[known] - own[known]) / fit.scale, HIGHEST, LOWEST))


def _down_to_lip(picture: Picture, columns: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """The lower edge of the teeth at some columns, put on the lip's where nothing dark lies between: lip landmarks tend to lie low,
    and what opens under teeth that rest on a lip would be black."""
    lip = picture.landmarks[list(LOWER_LIP_INNER), :2]
    order = np.argsort(lip[:, 0])
    line = np.interp(columns, lip[order, 0], lip[order, 1]).astype(int)
    bright = luminance(picture.image.astype(np.float32))
    down = edges.copy()
    for k, (column, top, bottom) in enumerate(zip(columns, edges, line, strict=True)):
        between = bright[top + 1 : bottom, column]
        if 0 < len(between) < NEAR_LIP * picture.iris_distance and between.min() > 0.7 * bright[bottom, column]:
            down[k] = bottom
    return down
