"""From the few points that another finder sees to all 478 landmarks, through the average face."""

import numpy as np
from numpy.typing import NDArray

from talkgen import checkpoints
from talkgen.types import Array

# fmt: off
POINTS_68 = (
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301,
    168, 197, 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
    78, 82, 13, 312, 308, 317, 14, 87,
)
# fmt: on
"""Where the 68 points of Multi-PIE / iBUG 300-W (jaw, brows, nose, eyes, outer and inner lips) lie among the 478."""


def completed(points: Array, known: tuple[int, ...]) -> Array:
    """`(478, 3)` landmarks that pass through `points (N, 2 or 3)`, which are the landmarks `known`.

    The average face is posed to the points under scaled orthography, then bent onto them by a thin-plate spline (Bookstein 1989)
    of what is left. Depth comes from the posed face, or from the points where they have it.
    """
    from scipy.interpolate import RBFInterpolator

    layout = checkpoints.read_arrays("face_layout", "layout")["points"].astype(np.float64)
    posed = _posed(layout, layout[list(known)], points.astype(np.float64))
    size = points.shape[1]
    anchors = posed[list(known), :2]
    bend = RBFInterpolator(anchors, points - posed[list(known), :size], kernel="thin_plate_spline")
    posed[:, :size] += bend(posed[:, :2])
    posed[list(known), :size] = points
    return posed.astype(np.float32)


def _posed(layout: NDArray[np.float64], source: NDArray[np.float64], target: NDArray[np.float64]) -> np.ndarray:
    """`layout` turned, scaled and moved so that `source`, some of its points, meets `target (N, 2 or 3)` in x and y."""
    centre = source.mean(0)
    rows = np.linalg.lstsq(source - centre, target[:, :2] - target[:, :2].mean(0), rcond=None)[0].T
    u, scales, vt = np.linalg.svd(rows, full_matrices=False)
    first, second = u @ vt
    turn: np.ndarray = np.stack([first, second, np.cross(first, second)])
    posed: np.ndarray = scales.mean() * (layout - centre) @ turn.T
    posed[:, :2] += target[:, :2].mean(0)
    if target.shape[1] == 3:
        posed[:, 2] += (target[:, 2] - scales.mean() * (source - centre) @ turn[2]).mean()
    return posed
