"""Triangles to pixels on the CPU: a z-buffer rasteriser and vertex normals, compiled with numba.

Pixel (row y, column x) is sampled at its centre, the point (x, y); depth grows away from the viewer. Rows are split into
bands that threads share, so the result does not depend on how many threads there are.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from talkgen.types import Array

Index = NDArray[np.int32]
BANDS = 16
FAR = np.float32(1e9)


class Canvas:
    """Where triangles are drawn: `index (height, width)` int32 of the triangle at each pixel, -1 where there is none, and its
    barycentric `weights (height, width, 3)` float32 there. Drawing again starts afresh in the same memory."""

    def __init__(self, height: int, width: int) -> None:
        self.index = np.empty((height, width), np.int32)
        self.weights = np.zeros((height, width, 3), np.float32)
        self._depth = np.empty((height, width), np.float32)

    def draw(self, points: Array, triangles: Index, rows: int | None = None) -> None:
        """Rasterise `triangles (F, 3)` int32, either winding; `points (V, 3)` float32: x, y and depth (smaller is nearer).

        `rows` limits drawing to the first so many rows; the others keep what they hold.
        """
        index, weights, depth = self.index[:rows], self.weights[:rows], self._depth[:rows]
        index.fill(-1)
        depth.fill(FAR)
        _fill(points, triangles, index, weights, depth)

    def mend(self) -> None:
        """Close cracks of one pixel between triangles with what lies beside: a background that shone through would sparkle."""
        _mend(self.index, self.weights)


def rasterize(points: Array, triangles: Index, width: int, height: int) -> tuple[Index, Array]:
    """Which triangle covers each pixel, and where in it: `index` and `weights` of a new `Canvas`."""
    canvas = Canvas(height, width)
    canvas.draw(points, triangles)
    return canvas.index, canvas.weights


@njit(cache=True, fastmath=True)
def _rows(points: Array, triangles: Index, height: int) -> tuple[Index, Index]:
    """The first and last pixel row of each triangle; none (first after last) where it covers no pixel centre for sure."""
    first, last = np.empty(len(triangles), np.int32), np.empty(len(triangles), np.int32)
    for f in range(len(triangles)):
        a, b, c = triangles[f]
        ay, by, cy = points[a, 1], points[b, 1], points[c, 1]
        area = (points[b, 0] - points[a, 0]) * (cy - ay) - (by - ay) * (points[c, 0] - points[a, 0])
        first[f] = max(int(np.ceil(min(ay, by, cy))), 0) if abs(area) > 1e-8 else height
        last[f] = min(int(np.floor(max(ay, by, cy))), height - 1)
    return first, last


@njit(cache=True, parallel=True, fastmath=True)
def _fill(points: Array, triangles: Index, index: Index, weights: Array, depth: Array) -> None:
    """Draw into cleared buffers."""
    height, width = index.shape
    first, last = _rows(points, triangles, height)
    for band in prange(BANDS):
        top, bottom = band * height // BANDS, (band + 1) * height // BANDS
        for f in range(len(triangles)):
            y0, y1 = max(first[f], top), min(last[f], bottom - 1)
            if y0 > y1:
                continue
            a, b, c = triangles[f]
            ax, ay, bx, by, cx, cy = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
            x0 = max(int(np.ceil(min(ax, bx, cx))), 0)
            x1 = min(int(np.floor(max(ax, bx, cx))), width - 1)
            inverse = np.float32(1.0) / ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))
            za, zb, zc = points[a, 2], points[b, 2], points[c, 2]
            dx1, dx2 = (cy - ay) * inverse, -(by - ay) * inverse
            for y in range(y0, y1 + 1):
                u = ((x0 - ax) * (cy - ay) - (y - ay) * (cx - ax)) * inverse
                v = ((bx - ax) * (y - ay) - (by - ay) * (x0 - ax)) * inverse
                for x in range(x0, x1 + 1):
                    w = np.float32(1.0) - u - v
                    if u >= -1e-4 and v >= -1e-4 and w >= -1e-4:
                        z = za * w + zb * u + zc * v
                        if z < depth[y, x]:
                            depth[y, x] = z
                            index[y, x] = f
                            weights[y, x, 0] = w
                            weights[y, x, 1] = u
                            weights[y, x, 2] = v
                    u += dx1
                    v += dx2


@njit(cache=True)
def _mend(index: Index, weights: Array) -> None:
    height, width = index.shape
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            if index[y, x] >= 0:
                continue
            if index[y, x - 1] >= 0 and index[y, x + 1] >= 0:
                index[y, x], weights[y, x] = index[y, x - 1], weights[y, x - 1]
            elif index[y - 1, x] >= 0 and index[y + 1, x] >= 0:
                index[y, x], weights[y, x] = index[y - 1, x], weights[y - 1, x]


def interpolate(index: Index, weights: Array, triangles: Index, values: Array) -> Array:
    """Vertex `values (V, K)` at every pixel of a rasterised mesh: `(height, width, K)` float32, 0 where there is no triangle."""
    corners = values[triangles[np.maximum(index, 0)]]  # (H, W, 3, K)
    return np.where(index[..., None] >= 0, np.einsum("hwc,hwck->hwk", weights, corners), 0).astype(np.float32)


@njit(cache=True, fastmath=True)
def vertex_normals(vertices: Array, triangles: Index) -> Array:
    """Area-weighted unit normals `(V, 3)` of counter-clockwise `triangles`; zero for a vertex that no triangle uses."""
    normals = np.zeros_like(vertices)
    for f in range(len(triangles)):
        a, b, c = triangles[f]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for v in range(len(normals)):
        length = np.sqrt(normals[v, 0] ** 2 + normals[v, 1] ** 2 + normals[v, 2] ** 2)
        if length > 0:
            for k in range(3):
                normals[v, k] /= length
    return normals
