"""The per-pixel half of a frame: read the atlas where the mesh says, relight, lay over the background plate."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from talkgen.types import Array, Frame

CORNER = np.dtype(np.float32)
U, V, U2, V2, MIX, GAIN = range(6)
"""Columns of the vertex attributes: atlas position, second atlas position, share of the second, brightness."""


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


@njit(cache=True, parallel=True, fastmath=True)
def shade(
    index: NDArray[np.int32], weights: Array, triangles: NDArray[np.int32], vertex: Array, atlas: Array, plate: Frame, out: Frame
) -> None:
    """Write `out (H, W, 3)` uint8 from a rasterised mesh.

    `index (H, W)` and `weights (H, W, 3)` as `lib.raster.rasterize` gives them; `vertex (V, 6)` float32 attributes;
    `atlas (A, B, 4)` float32, colour 0..255 premultiplied by the coverage 0..1 in its last channel, read by Catmull-Rom
    interpolation (bilinear blurs more or less as the head moves by fractions of a pixel, which reads as shimmer);
    `plate (H, W, 3)` uint8 is what shows where coverage is below 1.
    """
    height, width = index.shape
    last_y, last_x = atlas.shape[0] - 1, atlas.shape[1] - 1
    one = np.float32(1)
    for y in prange(height):
        for x in range(width):
            f = index[y, x]
            if f < 0:
                for k in range(3):
                    out[y, x, k] = plate[y, x, k]
                continue
            wa, wb, wc = weights[y, x, 0], weights[y, x, 1], weights[y, x, 2]
            a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
            u = wa * vertex[a, 0] + wb * vertex[b, 0] + wc * vertex[c, 0]
            v = wa * vertex[a, 1] + wb * vertex[b, 1] + wc * vertex[c, 1]
            mix = wa * vertex[a, 4] + wb * vertex[b, 4] + wc * vertex[c, 4]
            gain = wa * vertex[a, 5] + wb * vertex[b, 5] + wc * vertex[c, 5]
            u = min(max(u, np.float32(0)), np.float32(last_x))
            v = min(max(v, np.float32(0)), np.float32(last_y))
            x0, y0 = int(u), int(v)
            tx, ty = u - np.float32(x0), v - np.float32(y0)
            cx0, cx1, cx2, cx3 = _cubic(tx)
            cy0, cy1, cy2, cy3 = _cubic(ty)
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
            if mix > np.float32(0.004):
                u = wa * vertex[a, 2] + wb * vertex[b, 2] + wc * vertex[c, 2]
                v = wa * vertex[a, 3] + wb * vertex[b, 3] + wc * vertex[c, 3]
                u = min(max(u, np.float32(0)), np.float32(last_x))
                v = min(max(v, np.float32(0)), np.float32(last_y))
                x0, y0 = int(u), int(v)
                x1, y1 = min(x0 + 1, last_x), min(y0 + 1, last_y)
                tx, ty = u - np.float32(x0), v - np.float32(y0)
                w0, w1, w2, w3 = (one - tx) * (one - ty), tx * (one - ty), (one - tx) * ty, tx * ty
                keep = one - mix
                red = keep * red + mix * (w0 * atlas[y0, x0, 0] + w1 * atlas[y0, x1, 0] + w2 * atlas[y1, x0, 0] + w3 * atlas[y1, x1, 0])
                green = keep * green + mix * (w0 * atlas[y0, x0, 1] + w1 * atlas[y0, x1, 1] + w2 * atlas[y1, x0, 1] + w3 * atlas[y1, x1, 1])
                blue = keep * blue + mix * (w0 * atlas[y0, x0, 2] + w1 * atlas[y0, x1, 2] + w2 * atlas[y1, x0, 2] + w3 * atlas[y1, x1, 2])
                cover = keep * cover + mix * (w0 * atlas[y0, x0, 3] + w1 * atlas[y0, x1, 3] + w2 * atlas[y1, x0, 3] + w3 * atlas[y1, x1, 3])
            behind = one - min(max(cover, np.float32(0)), one)
            out[y, x, 0] = np.uint8(min(max(red * gain + behind * plate[y, x, 0] + np.float32(0.5), np.float32(0)), np.float32(255)))
            out[y, x, 1] = np.uint8(min(max(green * gain + behind * plate[y, x, 1] + np.float32(0.5), np.float32(0)), np.float32(255)))
            out[y, x, 2] = np.uint8(min(max(blue * gain + behind * plate[y, x, 2] + np.float32(0.5), np.float32(0)), np.float32(255)))
