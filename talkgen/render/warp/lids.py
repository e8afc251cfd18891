"""Closed eyes: the photograph with each eye filled in by the skin around it, for lids to show when they come down.

The thin strip of lid that an open eye shows, stretched over the whole eyeball, would be a smear of lashes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from talkgen.render.warp.mouth import luminance
from talkgen.render.warp.plate import push_pull
from talkgen.render.warp.surround import inside
from talkgen.types import Array, Frame

LASHES = 0.085
"""How far lashes and their shadow reach from the opening, in iris distances."""
LASH_LINE = 0.011
"""Half the thickness of the line of closed lashes, in iris distances."""


@dataclass(frozen=True)
class ClosedEye:
    """`image (h, w, 3)` float32 0..255 at the picture's scale; its pixel (0, 0) is picture pixel `origin (2,)` (x, y)."""

    image: Array
    origin: NDArray[np.int64]


def closed_eye(image: Frame, contour: Array, brow: Array, seam: Array, iris_distance: float) -> ClosedEye:
    """Fill in one eye of `image (H, W, 3)`.

    `contour (N, 2)` the opening, `brow (M, 2)` the lower edge of its brow, `seam (P, 2)` where the lids meet once closed,
    from one corner to the other; pixels.
    """
    reach = 0.4 * iris_distance
    low, high = np.floor(contour.min(0) - reach).astype(int), np.ceil(contour.max(0) + reach).astype(int)
    rows = np.clip(np.arange(low[1], high[1]), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(low[0], high[0]), 0, image.shape[1] - 1)
    patch = image[np.ix_(rows, columns)].astype(np.float32)
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    eye = inside(np.stack([x.ravel(), y.ravel()], 1), contour).reshape(x.shape)
    away = ndimage.distance_transform_edt(~eye)
    hole = away < LASHES * iris_distance
    order = np.argsort(brow[:, 0])
    skin = ~hole & (y > np.interp(x, brow[order, 0], brow[order, 1]) + 0.03 * iris_distance)
    skin = _even(luminance(patch), skin & (away < 0.3 * iris_distance))
    blur = 0.025 * iris_distance
    filled = ndimage.gaussian_filter(push_pull(patch, skin.astype(np.float32)), (blur, blur, 0))
    share = ndimage.gaussian_filter(np.clip(1.6 - away / (LASHES * iris_distance), 0, 1), 0.5 * blur)[..., None]
    filled = share * filled + (1 - share) * patch
    return ClosedEye((filled * _lash_line(patch, filled, eye, away, seam, x, y, iris_distance)).astype(np.float32), low)


def _even(bright: Array, skin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`skin` without what is no skin: hair, the rim of glasses, reflections."""
    if skin.sum() < 16:
        return skin
    middle = float(np.median(bright[skin]))
    spread = 1.5 * float(np.median(np.abs(bright[skin] - middle))) + 6
    even = skin & (np.abs(bright - middle) < 2 * spread)
    return even if even.sum() > 16 else skin


def _lash_line(
    patch: Array, filled: Array, eye: NDArray[np.bool_], away: Array, seam: Array, x: Array, y: Array, iris_distance: float
) -> Array:
    """`(h, w, 1)` what the closed lashes leave of the light: as dark as the darkest of the photographed lid edge."""
    edge = (away < 0.03 * iris_distance) & (ndimage.distance_transform_edt(eye) < 0.03 * iris_distance)
    dark = float(np.percentile(luminance(patch)[edge], 15)) if edge.any() else 40.0
    depth = np.clip(1 - dark / max(float(luminance(filled)[eye].mean() if eye.any() else 128.0), 1.0), 0.15, 0.7)
    order = np.argsort(seam[:, 0])
    line = np.interp(x, seam[order, 0], seam[order, 1])
    width = max(LASH_LINE * iris_distance, 0.6)
    within = np.clip((x - seam[:, 0].min()) / (0.12 * iris_distance), 0, 1) * np.clip(
        (seam[:, 0].max() - x) / (0.12 * iris_distance), 0, 1
    )
    below = np.where(y > line, 1.6, 1.0) * width  # lashes point down
    result: Array = (1 - depth * within * np.exp(-0.5 * ((y - line) / below) ** 2))[..., None]
    return result
