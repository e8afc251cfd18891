"""Folds of a photographed smile, softened: they are ink in the photograph, and would stay when the smile goes.

The inverse of adding wrinkles by ratio images: where smiling creases the skin (from the wings of the nose past the corners of
the mouth, and beside the eyes) the brightness between pores and cheek is replaced by that of the skin around.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from talkgen.face.landmark_mesh import OVAL, SMILE_FOLDS
from talkgen.render.warp.wrinkles import beside
from talkgen.types import Array, Frame

REACH = 0.3
"""How far from these lines skin is softened, in iris distances."""
BROAD, FINE = 0.2, 0.018
"""Sizes between which brightness counts as a fold, in iris distances."""
KEEP_OFF = 0.07
"""Distance kept from lips, eyes and nostrils, in iris distances."""


@dataclass(frozen=True)
class Softened:
    """`image (h, w, 3)` float32 0..255 without folds at the picture's scale, up to the top of the forehead; its pixel (0, 0) is
    picture pixel `origin (2,)` (x, y). `share (2, H, W)` 0..1, where in the picture it should replace the photograph: on the
    subject's right, left."""

    image: Array
    origin: NDArray[np.int64]
    share: Array


def soften_folds(image: Frame, landmarks: Array, skin: NDArray[np.bool_], iris_distance: float) -> Softened:
    """Soften the folds of `image (H, W, 3)`; `skin (H, W)` is where there is bare skin: no lips, eyes, nostrils."""
    lines = {side: [landmarks[list(line), :2] for line in both] for side, both in SMILE_FOLDS.items()}
    reach = REACH * iris_distance
    every = np.concatenate([landmarks[list(OVAL[:1]), :2], *(line for both in lines.values() for line in both)])
    low = np.maximum(np.floor(every.min(0) - 2 * reach), 0).astype(int)
    high = np.minimum(np.ceil(every.max(0) + 2 * reach), [image.shape[1], image.shape[0]]).astype(int)
    window = np.s_[low[1] : high[1], low[0] : high[0]]
    patch, bare = image[window].astype(np.float32), skin[window].astype(np.float32)
    broad = _masked_blur(patch, bare, BROAD * iris_distance)
    fine = _masked_blur(patch, bare, FINE * iris_distance)
    clear = np.clip(ndimage.distance_transform_edt(bare) / (KEEP_OFF * iris_distance) - 0.3, 0, 1)
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    share = np.zeros((2, *image.shape[:2]), np.float32)
    for side, both in enumerate(lines.values()):
        near = np.min([beside(x, y, line)[0] for line in both], axis=0) / reach
        share[(side, *window)] = np.clip(1.4 - 1.4 * near, 0, 1) * clear
    return Softened((patch + broad - fine).clip(0, 255).astype(np.float32), low, share)


def _masked_blur(image: Array, mask: Array, sigma: float) -> Array:
    weight = ndimage.gaussian_filter(mask, sigma)[..., None]
    blurred = ndimage.gaussian_filter(image * mask[..., None], (sigma, sigma, 0))
    result: Array = np.where(weight > 1e-3, blurred / np.maximum(weight, 1e-3), image)
    return result
