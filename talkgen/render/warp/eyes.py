"""Eye textures: the visible part of each photographed eye, completed to what the lids hide, so that it can look around."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from talkgen.render.warp.mouth import luminance
from talkgen.render.warp.plate import push_pull
from talkgen.types import Array, Frame

PALEST = 0.92
"""How bright the whites of the eyes are at the least, as a share of skin."""


@dataclass(frozen=True)
class EyeTexture:
    """`whole (h, w, 3)` float32 0..255 at the picture's scale; its pixel (0, 0) is picture pixel `origin (2,)` (x, y).

    `rest` is the same with the photograph where the eye shows in it, lashes at its edge included.
    """

    whole: Array
    rest: Array
    origin: NDArray[np.int64]


def eye_texture(image: Frame, visible: NDArray[np.bool_], iris: Array) -> EyeTexture:
    """Complete one eye.

    `visible (H, W)`: where the eyeball shows in the picture; `iris (5, 2)` pixels: the centre, then four rim points.
    Hidden iris is filled from its mirror image and its ring of the same radius, hidden white from the white around it.
    """
    centre = iris[0]
    radius = float(np.linalg.norm(iris[1:] - centre, axis=1).mean())
    half = np.array([3.6 * radius + 4, 3.0 * radius + 4]).astype(int)
    origin = np.round(centre).astype(int) - half
    rows = np.clip(np.arange(origin[1], origin[1] + 2 * half[1]), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(origin[0], origin[0] + 2 * half[0]), 0, image.shape[1] - 1)
    patch = image[np.ix_(rows, columns)].astype(np.float32)
    known = ndimage.binary_erosion(visible[np.ix_(rows, columns)], iterations=max(1, round(radius / 8)))
    y, x = np.mgrid[: patch.shape[0], : patch.shape[1]].astype(np.float32)
    dx, dy = x + origin[0] - centre[0], y + origin[1] - centre[1]
    distance = np.hypot(dx, dy) / radius

    in_iris = distance < 1.08
    white = _white(patch, known & (distance > 1.2), visible[np.ix_(rows, columns)])
    white *= np.clip(1.04 - 0.10 * np.maximum(distance - 1.6, 0), 0.7, 1)[..., None]  # the ball turns away from the light
    iris_fill = _iris(patch, known & (distance < 1.15), distance, origin, centre)
    rim = np.clip((1.12 - distance) / 0.16, 0, 1)[..., None]
    filled = rim * iris_fill + (1 - rim) * white
    share = ndimage.gaussian_filter(known.astype(np.float32), max(0.6, radius / 12))[..., None] * known[..., None]
    share = np.where((in_iris & known)[..., None], np.maximum(share, 0.5), share)
    whole = (share * patch + (1 - share) * filled).astype(np.float32)
    seen = ndimage.binary_dilation(visible[np.ix_(rows, columns)], iterations=2)[..., None]
    return EyeTexture(whole, np.where(seen, patch, whole), origin)


def _iris(patch: Array, known: NDArray[np.bool_], distance: Array, origin: NDArray[np.int64], centre: Array) -> Array:
    """The whole iris: mirrored about its horizontal where the mirror image is seen, else the mean colour at that radius."""
    bins = np.clip((distance * 10).astype(int), 0, 13)
    count = np.bincount(bins[known], minlength=14).astype(np.float32)
    seen = count > 2
    if known.sum() < 12 or not seen.any():
        return np.broadcast_to(np.array([60, 45, 40], np.float32), patch.shape)
    ring = np.stack([np.bincount(bins[known], patch[..., k][known], minlength=14) for k in range(3)], 1)
    ring = np.stack([np.interp(np.arange(14), np.flatnonzero(seen), (ring[seen] / count[seen, None])[:, k]) for k in range(3)], 1)
    fill = ring[bins].astype(np.float32)
    mirror_row = np.round(2 * (centre[1] - origin[1]) - np.arange(patch.shape[0])).astype(int)
    within = (mirror_row >= 0) & (mirror_row < patch.shape[0])
    mirrored, mirrored_known = fill.copy(), np.zeros_like(known)
    mirrored[within], mirrored_known[within] = patch[mirror_row[within]], known[mirror_row[within]]
    soft = ndimage.gaussian_filter(mirrored_known.astype(np.float32), 1.0)[..., None] * mirrored_known[..., None]
    result: Array = soft * mirrored + (1 - soft) * fill
    return result


def _white(patch: Array, known: NDArray[np.bool_], eye: NDArray[np.bool_]) -> Array:
    """The white of the whole ball from what is `known` of it. The slits that narrowed eyes show are shadow and rim, so it is kept
    from being much darker than skin, and half as colourful as seen."""
    skin = float(np.median(luminance(patch)[~eye]))
    white = push_pull(patch, known.astype(np.float32)) if known.sum() > 12 else np.full_like(patch, skin)
    grey = luminance(white)[..., None]
    lift = max(1.0, PALEST * skin / max(float(np.median(grey)), 1.0))
    return np.minimum(lift * (grey + 0.5 * (white - grey)), 245).astype(np.float32)
