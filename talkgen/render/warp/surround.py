"""Everything of the person that the face mesh does not cover: hair, ears, neck, shoulders, on a loose grid around the face.

Each grid point has a depth (from the rig's head, carried outward), a share of the head's motion (1 at the head, 0 at the
shoulders) and a share of what the rim of the face does (a dropping jaw pulls the skin under the chin).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import Delaunay

from talkgen.lib.raster import rasterize
from talkgen.types import Array

SPACING = 0.3
"""Grid spacing in iris distances."""
REACH = 0.9
"""How far the rim of the face pulls its surroundings, in iris distances."""


@dataclass(frozen=True)
class Surround:
    """`points (S, 3)` pixels and depth at rest; `head (S,)` share of the head's motion; `pull (S, B)` shares of the B rim
    vertices' own displacement; `triangles (F, 3)` over the S grid points (0..S-1) followed by the B rim vertices."""

    points: Array
    head: Array
    pull: Array
    triangles: NDArray[np.int32]


def build_surround(rim: Array, depth: Array, eyes: Array, chin: Array, iris_distance: float) -> Surround:
    """A grid around the closed loop `rim (B, 2)` of face mesh points, pixels, in order.

    `depth (H, W)` pixels, NaN where the rig's head does not project; `eyes (2,)` the point between the eyes and
    `chin (2,)`, pixels.
    """
    height, width = depth.shape
    spacing = SPACING * iris_distance
    down = (chin - eyes) / np.linalg.norm(chin - eyes)
    unit = float(np.linalg.norm(chin - eyes))
    grid = np.stack(np.meshgrid(_ticks(width, spacing), _ticks(height, spacing)), -1).reshape(-1, 2)
    reach = (grid - eyes) @ np.stack([[-down[1], down[0]], down], 1) / unit
    near = (np.abs(reach[:, 0]) < 3.0) & (reach[:, 1] > -3.0) & (reach[:, 1] < 2.4)
    distance = np.linalg.norm(grid[:, None] - rim[None], axis=2)  # (S, B)
    keep = near & ~inside(grid, rim) & (distance.min(1) > 0.45 * spacing)
    grid, reach, distance = grid[keep], reach[keep], distance[keep]

    side = 1 - _smooth(np.abs(reach[:, 0]), 1.7, 2.8)
    head = side * (1 - _smooth(-reach[:, 1], 1.9, 2.9)) * (1 - _smooth(reach[:, 1], 1.0, 1.95))
    falloff = (1 - _smooth(distance.min(1), 0.0, REACH * iris_distance)) ** 2
    share = 1 / np.maximum(distance, 1e-3) ** 2
    pull = falloff[:, None] * share / share.sum(1, keepdims=True)

    corners = np.concatenate([grid, rim])
    triangles = Delaunay(corners).simplices
    triangles = triangles[_reaches_out(corners[triangles], rim)]
    z = _sample(_extend(depth, spacing), grid)
    points = np.concatenate([grid, z[:, None]], 1)
    return Surround(points.astype(np.float32), head.astype(np.float32), pull.astype(np.float32), triangles.astype(np.int32))


def seen(surround: Surround, rim: Array, matte: Array) -> tuple[Surround, NDArray[np.bool_]]:
    """`surround` without the triangles that hold nothing of the person by `matte (H, W)`, for there the plate shows anyway,
    and without those that never move (shoulders); and where in the picture nothing moves."""
    points = np.concatenate([surround.points, np.pad(rim, ((0, 0), (0, 1)))]).astype(np.float32)
    index, _ = rasterize(points, surround.triangles, matte.shape[1], matte.shape[0])
    covers = np.zeros(len(surround.triangles), bool)
    covers[index[(ndimage.maximum_filter(matte, size=5) > 0) & (index >= 0)]] = True
    movable = np.append((surround.head > 0) | np.any(surround.pull, axis=1), np.ones(len(rim), bool))
    moves: NDArray[np.bool_] = np.any(movable[surround.triangles], axis=1)
    still = ~polygon_mask(rim, matte.shape) & np.where(index >= 0, ~moves[np.maximum(index, 0)], True)
    return replace(surround, triangles=np.ascontiguousarray(surround.triangles[covers & moves])), still


def inside(points: Array, polygon: Array) -> NDArray[np.bool_]:
    """Whether each of `points (N, 2)` lies within a closed `polygon (B, 2)`, by the even-odd rule."""
    x, y = points[:, 0, None], points[:, 1, None]
    x1, y1 = polygon[:, 0], polygon[:, 1]
    x2, y2 = np.roll(x1, -1), np.roll(y1, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    odd: NDArray[np.bool_] = crossing.sum(1) % 2 == 1
    return odd


def polygon_mask(polygon: Array, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """`(H, W)` pixels of a picture of `shape` inside a closed `polygon (B, 2)`."""
    height, width = shape[:2]
    mask = np.zeros((height, width), bool)
    low, high = np.floor(polygon.min(0)).astype(int).clip(0), np.ceil(polygon.max(0)).astype(int) + 1
    x, y = np.meshgrid(np.arange(low[0], min(high[0], width)), np.arange(low[1], min(high[1], height)))
    mask[y, x] = inside(np.stack([x.ravel(), y.ravel()], 1), polygon).reshape(x.shape)
    return mask


def _reaches_out(triangles: Array, rim: Array) -> NDArray[np.bool_]:
    """Which of `triangles (F, 3, 2)` lie outside the rim at least in part: where it is dented, they may lie across it."""
    outside = np.zeros(len(triangles), bool)
    for shares in ((1, 1, 1), (8, 1, 1), (1, 8, 1), (1, 1, 8), (6, 6, 1), (1, 6, 6), (6, 1, 6)):
        probe = np.average(triangles, axis=1, weights=shares)
        outside |= ~inside(probe, rim)
    return outside


def _ticks(length: int, spacing: float) -> Array:
    """Positions that cover 0..length-1 and a little more on both ends, so that the frame's edge lies inside the grid."""
    n = max(2, int(np.ceil(length / spacing)) + 1)
    ticks: Array = np.linspace(-0.02 * length, 1.02 * length - 1, n, dtype=np.float32)
    return ticks


def _smooth(x: Array, low: float, high: float) -> Array:
    t = np.clip((x - low) / (high - low), 0, 1)
    result: Array = t * t * (3 - 2 * t)
    return result


def _extend(depth: Array, blur: float) -> Array:
    """The depth map carried outward from the head's outline and smoothed."""
    rows, columns = ndimage.distance_transform_edt(np.isnan(depth), return_distances=False, return_indices=True)
    smooth: Array = ndimage.gaussian_filter(depth[rows, columns], blur)
    return smooth


def _sample(values: Array, points: Array) -> Array:
    x = np.clip(np.round(points[:, 0]).astype(int), 0, values.shape[1] - 1)
    y = np.clip(np.round(points[:, 1]).astype(int), 0, values.shape[0] - 1)
    picked: Array = values[y, x]
    return picked
