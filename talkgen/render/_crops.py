"""What a network sees of a face: crops that stay with the head, maps of what each of their pixels shows, and the way back.

A crop is the projection of a small rectangle that is fixed to the skull, so that a pixel of it shows the same place of the head
in every frame: the mouth and either eye finely, the whole face coarsely or, with a GPU, finely too. What is learnt does not depend
on size or pose, and noise that is fixed in a crop is fixed to the face.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from talkgen.face.landmark_mesh import IRISES, LOWER_LIP_INNER, N_MESH, UPPER_LIDS, UPPER_LIP_INNER
from talkgen.face.rig import FaceRig, rotation_matrix
from talkgen.lib.image import crop_affine
from talkgen.lib.raster import Canvas
from talkgen.render.warp.shot import Placed, WarpShot
from talkgen.types import Array, Frame

DENSITY = 80
"""Pixels of a fine crop between the irises, about as many as a face of 512 pixels has."""
PATCH = 8
"""Pixels along each side of what one token of a network holds."""
MAPS = 7
"""Where on the head a pixel lies (x, y), how far it has moved from where it was photographed (x, y), iris distances; and whether
it shows an eyeball, a tooth, or the inside of the mouth."""
SOFT = 10
"""Pixels over which a fine crop fades into what is around it."""
OVAL_REACH, OVAL_FADE = (0.92, 0.94), 0.3
"""Half axes of the face in its crop, as shares of half the crop, and the share of them over which it fades inwards."""


@dataclass(frozen=True)
class Crop:
    """A rectangle of `height` × `width` pixels, each `step` pixels of `DENSITY` long; its middle lies `down` iris distances below
    its anchor."""

    name: str
    height: int
    width: int
    step: int = 1
    down: float = 0.0

    @property
    def tokens(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return self.height // PATCH, self.width // PATCH


Layout = tuple[Crop, ...]
_PARTS = (Crop("mouth", 80, 112, down=0.2), Crop("eye_right", 48, 64), Crop("eye_left", 48, 64))
LAYOUTS: dict[str, Layout] = {
    "parts": (*_PARTS, Crop("face", 64, 48, 4, down=0.1)),
    "whole": (*_PARTS, Crop("face", 256, 192, down=0.1)),
}
"""Mouth and eyes finely and the face coarsely, 284 tokens, which two CPU cores can draw; or all of it finely, 1,004 tokens."""
Crops = dict[str, Array]
"""An array `(height, width, channels)` of every crop, by its name."""
Grids = dict[Crop, Array]
"""For every crop the `(2, 3)` matrix from its positions to the frame's, corners of pixels at whole numbers."""


def count_tokens(layout: Layout, patch: int = PATCH) -> int:
    """Patches of that size in all crops."""
    return sum((crop.height // patch) * (crop.width // patch) for crop in layout)


def layout_of(crops: Mapping[str, NDArray[Any]]) -> Layout:
    """The layout by which such crops were cut."""
    return next(layout for layout in LAYOUTS.values() if all(crops[crop.name].shape[0] == crop.height for crop in layout))


@dataclass(frozen=True)
class Anchors:
    """Where the crops of a `layout` are fixed to a person's neutral head: `points (4, 3)` in their order, and the `unit`, the
    distance of the irises; metres."""

    layout: Layout
    points: Array
    unit: float


def anchors(rig: FaceRig, neutral: Array, layout: Layout = LAYOUTS["parts"]) -> Anchors:
    """The anchors of a person."""
    marks = rig.landmarks(neutral)
    unit = float(np.linalg.norm(marks[IRISES["right"][0]] - marks[IRISES["left"][0]]))
    lips = marks[list(UPPER_LIP_INNER + LOWER_LIP_INNER)].mean(0)
    eyes = [marks[[UPPER_LIDS[side][0], UPPER_LIDS[side][-1]]].mean(0) for side in ("right", "left")]
    face = np.append((marks[:N_MESH, :2].min(0) + marks[:N_MESH, :2].max(0)) / 2, lips[2])
    return Anchors(layout, np.array([lips, *eyes, face], np.float32), unit)


def grids(anchors: Anchors, shot: WarpShot, turn: Array, shift: Array) -> Grids:
    """Where the crops lie in a frame of a head so placed; see `Placed`."""
    fit, margin = shot.scene.picture.fit, shot.scene.picture.margin
    result = {}
    for crop, point in zip(anchors.layout, anchors.points, strict=True):
        middle = point - np.array([0, crop.down * anchors.unit, 0], np.float32)
        seen = (turn @ middle + shift)[:2] * [1, -1] * fit.scale + fit.translation - margin + 0.5
        axes = np.array([[turn[0, 0], -turn[0, 1]], [-turn[1, 0], turn[1, 1]]])
        axes = axes * (fit.scale * anchors.unit * crop.step / DENSITY)
        result[crop] = np.column_stack([axes, seen - axes @ [crop.width / 2, crop.height / 2]])
    return result


def resting_grids(anchors: Anchors, shot: WarpShot) -> Grids:
    """The same for the photograph."""
    return grids(anchors, shot, rotation_matrix(shot.scene.picture.fit.rotation), np.zeros(3, np.float32))


def within_face(layout: Layout) -> Crops:
    """How much of a change counts, `(height, width, 1)` of each crop: all of it in mouth and eyes, of the face that of an oval, for
    beyond it are hair, clothes and background, which only get worse."""
    face = layout[-1]
    y, x = np.mgrid[: face.height, : face.width] + 0.5
    away = np.hypot((2 * x / face.width - 1) / OVAL_REACH[0], (2 * y / face.height - 1) / OVAL_REACH[1])
    fade = np.clip((1 - away) / OVAL_FADE, 0, 1)
    result = {crop.name: np.ones((crop.height, crop.width, 1), np.float32) for crop in layout}
    result[face.name] = (fade * fade * (3 - 2 * fade))[..., None].astype(np.float32)
    return result


def cut(frame: Frame, places: Grids) -> Crops:
    """The crops of a picture `(H, W, C)`, in its units."""
    return {crop.name: crop_affine(frame, matrix, crop.width, crop.height) for crop, matrix in places.items()}


class Charts:
    """What is known of every vertex of a shot's mesh without its motion, to make the maps of its frames."""

    def __init__(self, rig: FaceRig, shot: WarpShot, anchors: Anchors) -> None:
        self.shot, self.unit = shot, np.float32(anchors.unit)
        scene = shot.scene
        self._rest = rig.pose(scene.picture.fit.neutral, scene.picture.fit.rest)
        self._values = np.zeros((len(scene.vertex), MAPS), np.float32)
        n = len(rig.part)
        self._values[:n, :2] = (scene.picture.fit.neutral - anchors.points[-1])[:, :2] / self.unit
        for column, start in enumerate(("eye_", "teeth", ""), 4):
            parts = [p for p in rig.parts if p != "skin" and p.startswith(start) and (start or not p.startswith(("eye", "teeth")))]
            self._values[rig.members(*parts), column] = 1

    def maps(self, placed: Placed, places: Grids) -> Crops:
        """The maps `(height, width, MAPS)` of the frame that the shot drew last, with the head `placed`."""
        n, inverse = len(self._rest), np.linalg.inv(placed.turn).astype(np.float32)
        posed = (placed.vertices - placed.shift) @ inverse.T
        self._values[:n, 2:4] = (posed - self._rest)[:, :2] / self.unit
        result = {}
        for crop, matrix in places.items():
            out = np.empty((crop.height, crop.width, MAPS), np.float32)
            canvas: Canvas = self.shot.canvas
            _look_up(canvas.index, canvas.weights, self.shot.scene.triangles, self._values, matrix, out)
            result[crop.name] = out
        return result


@njit(cache=True, fastmath=True)
def _look_up(
    index: NDArray[np.int32], weights: Array, triangles: NDArray[np.int32], values: Array, matrix: Array, out: Array
) -> None:
    """`values (V, K)` at each pixel of a crop, 0 beside the mesh."""
    rows, columns = index.shape
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            x = int(np.floor(matrix[0, 0] * (j + 0.5) + matrix[0, 1] * (i + 0.5) + matrix[0, 2]))
            y = int(np.floor(matrix[1, 0] * (j + 0.5) + matrix[1, 1] * (i + 0.5) + matrix[1, 2]))
            f = index[y, x] if 0 <= x < columns and 0 <= y < rows else -1
            for k in range(out.shape[2]):
                if f < 0:
                    out[i, j, k] = 0
                else:
                    a, b, c = triangles[f]
                    out[i, j, k] = (
                        weights[y, x, 0] * values[a, k] + weights[y, x, 1] * values[b, k] + weights[y, x, 2] * values[c, k]
                    )


def paste(frame: Frame, change: Crops, places: Grids) -> Frame:
    """`frame` with the `change (height, width, 3)` of every crop added where the crop lies, without a visible boundary."""
    out = frame.copy()
    inverse = np.stack([_inverse(matrix) for matrix in places.values()])
    face = list(places)[-1]
    corners = np.array([[0, 0, 1], [face.width, 0, 1], [0, face.height, 1], [face.width, face.height, 1]])
    seen = corners @ places[face].T
    low = np.maximum(np.floor(seen.min(0)), 0).astype(np.int64)
    high = np.minimum(np.ceil(seen.max(0)), frame.shape[1::-1]).astype(np.int64)
    _add(out, low, high, inverse, *(np.ascontiguousarray(change[crop.name], np.float32) for crop in places))
    return out


def _inverse(matrix: Array) -> Array:
    turned = np.linalg.inv(matrix[:, :2])
    result: Array = np.column_stack([turned, -turned @ matrix[:, 2]])
    return result


@njit(cache=True, parallel=True, fastmath=True)
def _add(
    out: Frame,
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    inverse: Array,
    mouth: Array,
    right: Array,
    left: Array,
    face: Array,
) -> None:
    for y in prange(low[1], high[1]):
        change = np.empty(3, np.float32)  # one for a row: memory is dear in the innermost loop
        for x in range(low[0], high[0]):
            change[:] = 0
            _blend(change, face, inverse[3], x, y, 1.0)
            _blend(change, mouth, inverse[0], x, y, SOFT)
            _blend(change, right, inverse[1], x, y, SOFT)
            _blend(change, left, inverse[2], x, y, SOFT)
            for k in range(3):
                out[y, x, k] = np.uint8(min(max(out[y, x, k] + change[k] + 0.5, 0.0), 255.0))


@njit(cache=True, fastmath=True)
def _blend(change: Array, crop: Array, inverse: Array, x: int, y: int, soft: float) -> None:
    """Replace `change (3,)` by what a crop says of the pixel, as far as the pixel lies inside of it."""
    u = inverse[0, 0] * (x + 0.5) + inverse[0, 1] * (y + 0.5) + inverse[0, 2]
    v = inverse[1, 0] * (x + 0.5) + inverse[1, 1] * (y + 0.5) + inverse[1, 2]
    height, width = crop.shape[0], crop.shape[1]
    edge = min(u, v, width - u, height - v) / soft
    if edge <= 0:
        return
    edge = min(edge, 1.0)
    share = edge * edge * (3 - 2 * edge)
    u, v = min(max(u - 0.5, 0.0), width - 1.0), min(max(v - 0.5, 0.0), height - 1.0)
    column, row = min(int(u), width - 2), min(int(v), height - 2)
    s, t = u - column, v - row
    for k in range(3):
        above = (1 - s) * crop[row, column, k] + s * crop[row, column + 1, k]
        below = (1 - s) * crop[row + 1, column, k] + s * crop[row + 1, column + 1, k]
        change[k] += share * ((1 - t) * above + t * below - change[k])
