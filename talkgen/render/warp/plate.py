"""What stands behind the person: the picture with the person taken out and the hole filled from around it."""

import numpy as np
from scipy import ndimage

from talkgen.types import Array, Frame


def background_plate(image: Frame, matte: Array) -> Frame:
    """`(H, W, 3)` uint8 picture without the person; `matte (H, W)` 0..1.

    Only a rim as wide as the head moves is ever seen, so a smooth fill is enough: push-pull over an image pyramid
    (Gortler et al., The Lumigraph, 1996).
    """
    person = ndimage.maximum_filter(matte, size=_odd(0.012 * max(matte.shape))) > 0.03
    known = (~person).astype(np.float32)
    if known.sum() < 16:
        return image
    filled = push_pull(image.astype(np.float32), known)
    plate: Frame = np.clip(filled + 0.5, 0, 255).astype(np.uint8)
    return plate


def foreground(image: Frame, matte: Array, plate: Frame) -> Array:
    """`(H, W, 4)` float32: the person's colour 0..255 premultiplied by coverage, and the coverage 0..1.

    Unmixed with the plate, so that laying it back over the plate gives the picture exactly.
    """
    cover = matte[..., None]
    return np.concatenate([image - (1 - cover) * plate, cover], axis=2).astype(np.float32)


def unmix(frame: Frame, cover: Array, background: Frame) -> Frame:
    """`(H, W, 4)` uint8: what gives `frame (H, W, 3)` when laid over `background (H, W, 3)` by `cover (H, W)` 0..1."""
    share = cover[..., None]
    colour = (frame - (1 - share) * background) / np.maximum(share, 1 / 255)
    cut: Frame = (np.clip(np.concatenate([colour, 255 * share], axis=2), 0, 255) + 0.5).astype(np.uint8)
    return cut


def push_pull(values: Array, known: Array) -> Array:
    """`values (H, W, K)` where `known (H, W)` is 1, filled smoothly where it is 0."""
    height, width = known.shape
    if min(height, width) <= 2:
        mean = (values * known[..., None]).sum((0, 1)) / max(float(known.sum()), 1e-6)
        return np.where(known[..., None] > 0, values, mean)
    padded = ((0, height % 2), (0, width % 2))
    weight = np.pad(known, padded)
    colour = np.pad(values, (*padded, (0, 0))) * weight[..., None]
    weight_small = _halve(weight)
    colour_small = (_halve(colour) / np.maximum(weight_small, 1e-6)[..., None]).astype(np.float32)
    some = np.minimum(weight_small * 2, 1).astype(np.float32)
    coarse = push_pull(colour_small, some)
    grown = ndimage.zoom(coarse, (2, 2, 1), order=1, grid_mode=True, mode="nearest")[:height, :width]
    share = known[..., None]
    filled: Array = share * values + (1 - share) * grown
    return filled


def _halve(array: Array) -> Array:
    mean: Array = (array[0::2, 0::2] + array[1::2, 0::2] + array[0::2, 1::2] + array[1::2, 1::2]) / np.float32(4)
    return mean


def _odd(size: float) -> int:
    return 2 * round(size / 2) + 1
