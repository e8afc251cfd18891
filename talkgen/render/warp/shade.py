"""The per-pixel half of a frame: read the atlas where the mesh says, relight, lay over the background plate."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from talkgen.types import Array, Frame

U, V, U2, V2, MIX, GAIN, DOWN = range(7)
"""Columns of the vertex attributes: atlas position, second atlas position, share of the second, brightness; a share below 0 is that
of a third, so many rows below the second."""
FINE = 3
"""Samples along each side of a pixel on an edge between parts."""
Colour = tuple[float, float, float, float]
"""Red, green, blue 0..255 and coverage 0..1, premultiplied."""


@njit(cache=True, fastmath=True, inline="always")
def _cubic(t: float) -> tuple[float, float, float, float]:
    """Catmull-Rom weights of the four taps around a position `t` (0..1) past the second."""
    half = np.float32(0.5)
    t2 = t * t
    t3 = t2 * t
    return (
        half * (-t3 + np.float32(2) * t2 - t),
        half * (np.float32(3) * t3 - np.float32(5) * t2 + np.float32(2)),
        half * (np.float32(-3) * t3 + np.float32(4) * t2 + t),
        half * (t3 - t2),
    )


@njit(cache=True, fastmath=True, inline="always")
def _sharp(atlas: Array, u: float, v: float) -> Colour:
    """The atlas at column `u`, row `v` by Catmull-Rom interpolation."""
    last_y, last_x = atlas.shape[0] - 1, atlas.shape[1] - 1
    u = min(max(u, np.float32(0)), np.float32(last_x))
    v = min(max(v, np.float32(0)), np.float32(last_y))
    x0, y0 = int(u), int(v)
    cx0, cx1, cx2, cx3 = _cubic(u - np.float32(x0))
    cy0, cy1, cy2, cy3 = _cubic(v - np.float32(y0))
    xa, xb, xc = max(x0 - 1, 0), min(x0 + 1, last_x), min(x0 + 2, last_x)
    red, green, blue, cover = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    for j in range(4):
        row = min(max(y0 + j - 1, 0), last_y)
        wy = cy0 if j == 0 else cy1 if j == 1 else cy2 if j == 2 else cy3
        w0, w1, w2, w3 = wy * cx0, wy * cx1, wy * cx2, wy * cx3
        red += w0 * atlas[row, xa, 0] + w1 * atlas[row, x0, 0] + w2 * atlas[row, xb, 0] + w3 * atlas[row, xc, 0]
        green += w0 * atlas[row, xa, 1] + w1 * atlas[row, x0, 1] + w2 * atlas[row, xb, 1] + w3 * atlas[row, xc, 1]
        blue += w0 * atlas[row, xa, 2] + w1 * atlas[row, x0, 2] + w2 * atlas[row, xb, 2] + w3 * atlas[row, xc, 2]
        cover += w0 * atlas[row, xa, 3] + w1 * atlas[row, x0, 3] + w2 * atlas[row, xb, 3] + w3 * atlas[row, xc, 3]
    return red, green, blue, cover


@njit(cache=True, fastmath=True, inline="always")
def _smooth(atlas: Array, u: float, v: float) -> Colour:
    """The atlas at column `u`, row `v` by bilinear interpolation."""
    last_y, last_x = atlas.shape[0] - 1, atlas.shape[1] - 1
    u = min(max(u, np.float32(0)), np.float32(last_x))
    v = min(max(v, np.float32(0)), np.float32(last_y))
    x0, y0 = int(u), int(v)
    x1, y1 = min(x0 + 1, last_x), min(y0 + 1, last_y)
    tx, ty, one = u - np.float32(x0), v - np.float32(y0), np.float32(1)
    w0, w1, w2, w3 = (one - tx) * (one - ty), tx * (one - ty), (one - tx) * ty, tx * ty
    return (
        w0 * atlas[y0, x0, 0] + w1 * atlas[y0, x1, 0] + w2 * atlas[y1, x0, 0] + w3 * atlas[y1, x1, 0],
        w0 * atlas[y0, x0, 1] + w1 * atlas[y0, x1, 1] + w2 * atlas[y1, x0, 1] + w3 * atlas[y1, x1, 1],
        w0 * atlas[y0, x0, 2] + w1 * atlas[y0, x1, 2] + w2 * atlas[y1, x0, 2] + w3 * atlas[y1, x1, 2],
        w0 * atlas[y0, x0, 3] + w1 * atlas[y0, x1, 3] + w2 * atlas[y1, x0, 3] + w3 * atlas[y1, x1, 3],
    )


@njit(cache=True, fastmath=True, inline="always")
def _surface(a: int, b: int, c: int, wa: float, wb: float, wc: float, vertex: Array, atlas: Array) -> Colour:
    """The colour at one point of the triangle `a, b, c`."""
    red, green, blue, cover = _sharp(
        atlas,
        wa * vertex[a, U] + wb * vertex[b, U] + wc * vertex[c, U],
        wa * vertex[a, V] + wb * vertex[b, V] + wc * vertex[c, V],
    )
    mix = wa * vertex[a, MIX] + wb * vertex[b, MIX] + wc * vertex[c, MIX]
    if abs(mix) > np.float32(0.004):
        row = wa * vertex[a, V2] + wb * vertex[b, V2] + wc * vertex[c, V2]
        if mix < np.float32(0):
            mix, row = -mix, row + vertex[a, DOWN]
        red2, green2, blue2, cover2 = _smooth(atlas, wa * vertex[a, U2] + wb * vertex[b, U2] + wc * vertex[c, U2], row)
        keep = np.float32(1) - mix
        red, green, blue = keep * red + mix * red2, keep * green + mix * green2, keep * blue + mix * blue2
        cover = keep * cover + mix * cover2
    gain = wa * vertex[a, GAIN] + wb * vertex[b, GAIN] + wc * vertex[c, GAIN]
    return red * gain, green * gain, blue * gain, cover


@njit(cache=True, fastmath=True, inline="always")
def _byte(value: float) -> int:
    return np.uint8(min(max(value + np.float32(0.5), np.float32(0)), np.float32(255)))


@njit(cache=True, parallel=True, fastmath=True)
def shade(
    index: NDArray[np.int32], weights: Array, triangles: NDArray[np.int32], vertex: Array, atlas: Array, plate: Frame, out: Frame
) -> None:
    """Write `out (H, W, 3)` uint8 from a rasterised mesh.

    `index (H, W)` and `weights (H, W, 3)` as `lib.raster.rasterize` gives them; `vertex (V, 7)` float32 attributes;
    `atlas (A, B, 4)` float32, colour 0..255 premultiplied by the coverage 0..1 in its last channel, read by Catmull-Rom
    interpolation (bilinear blurs more or less as the head moves by fractions of a pixel, which reads as shimmer);
    `plate (H, W, 3)` uint8 is what shows where coverage is below 1.
    """
    height, width = index.shape
    one = np.float32(1)
    for y in prange(height):
        for x in range(width):
            f = index[y, x]
            if f < 0:
                for k in range(3):
                    out[y, x, k] = plate[y, x, k]
                continue
            a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
            red, green, blue, cover = _surface(a, b, c, weights[y, x, 0], weights[y, x, 1], weights[y, x, 2], vertex, atlas)
            behind = one - min(max(cover, np.float32(0)), one)
            out[y, x, 0] = _byte(red + behind * plate[y, x, 0])
            out[y, x, 1] = _byte(green + behind * plate[y, x, 1])
            out[y, x, 2] = _byte(blue + behind * plate[y, x, 2])


@njit(cache=True, parallel=True, fastmath=True)
def coverage(
    index: NDArray[np.int32],
    weights: Array,
    triangles: NDArray[np.int32],
    vertex: Array,
    atlas: Array,
    still: Array,
    out: Array,
) -> None:
    """Write `out (H, W)` float32, 0..1: how much of each pixel that `shade` drew is the person.

    `still (H, W)` is how much of the plate is the person, where what never moves of them belongs to it.
    """
    height, width = index.shape
    zero, one = np.float32(0), np.float32(1)
    for y in prange(height):
        for x in range(width):
            f, behind = index[y, x], still[y, x]
            if f < 0:
                out[y, x] = behind
                continue
            a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
            cover = _surface(a, b, c, weights[y, x, 0], weights[y, x, 1], weights[y, x, 2], vertex, atlas)[3]
            cover = min(max(cover, zero), one)
            out[y, x] = cover + (one - cover) * behind


@njit(cache=True, parallel=True, fastmath=True)
def soften(
    index: NDArray[np.int32],
    weights: Array,
    triangles: NDArray[np.int32],
    part: NDArray[np.uint8],
    vertex: Array,
    atlas: Array,
    out: Frame,
    corner: tuple[int, int],
) -> None:
    """Smooth the edges between parts (lips and teeth, lids and eyes) in a window of a shaded frame `out (H, W, 3)`, in place.

    `index (h * FINE, w * FINE)` and `weights` are the window at `corner` (column, row), rasterised finer; `part (V,)` tells
    the parts apart. Only pixels that an edge crosses are shaded anew, as the mean of their samples.
    """
    left, top = corner
    for y in prange(max(-top, 0), min(index.shape[0] // FINE, out.shape[0] - top)):
        for x in range(max(-left, 0), min(index.shape[1] // FINE, out.shape[1] - left)):
            if not _crossed(index, triangles, part, x * FINE, y * FINE):
                continue
            red, green, blue = np.float32(0), np.float32(0), np.float32(0)
            for j in range(FINE):
                for i in range(FINE):
                    row, column = y * FINE + j, x * FINE + i
                    f = index[row, column]
                    a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
                    colour = _surface(
                        a, b, c, weights[row, column, 0], weights[row, column, 1], weights[row, column, 2], vertex, atlas
                    )
                    red, green, blue = red + colour[0], green + colour[1], blue + colour[2]
            share = np.float32(1 / FINE**2)
            out[top + y, left + x, 0] = _byte(red * share)
            out[top + y, left + x, 1] = _byte(green * share)
            out[top + y, left + x, 2] = _byte(blue * share)


@njit(cache=True)
def _crossed(index: NDArray[np.int32], triangles: NDArray[np.int32], part: NDArray[np.uint8], column: int, row: int) -> bool:
    """Whether the samples of one pixel belong to several parts, and none to the background."""
    if index[row, column] < 0:
        return False
    first, edge = part[triangles[index[row, column], 0]], False
    for j in range(FINE):
        for i in range(FINE):
            f = index[row + j, column + i]
            if f < 0:
                return False
            edge |= part[triangles[f, 0]] != first
    return edge
