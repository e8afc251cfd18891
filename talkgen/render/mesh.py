"""The rig's own head instead of the photograph: posed, lit and plainly coloured, where the portrait's head would be.

Drawn by pyrender where it is installed and OpenGL works without a screen (EGL), and otherwise by the CPU rasteriser.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from talkgen.face.paint import paint
from talkgen.face.rig import FaceRig, project, rotation_matrix
from talkgen.lib.raster import rasterize, vertex_normals
from talkgen.members import missing_extra
from talkgen.render._picture import frame_picture
from talkgen.render.base import View, without_weights
from talkgen.types import Array, EmotionTrack, FaceFit, Frame, MotionClip, Portrait, TalkgenError

_log = logging.getLogger(__name__)
PAPER = (38, 40, 46)
LIGHTS = ((0.35, 0.45, 0.82, 0.75), (-0.75, 0.1, 0.65, 0.25))
"""Direction towards each light (camera axes: x right, y up, z to the viewer) and its strength."""
AMBIENT = 0.22
SMOOTHING = 2
"""Samples per pixel and direction."""


class Drawer(Protocol):
    """Draws one posed head."""

    def __call__(self, points: Array, colours: Array) -> Frame:
        """`(height, width, 3)` of `points (V, 3)` pixels (depth smaller nearer) with `colours (V, 3)`, sRGB 0..1."""
        ...


@dataclass(frozen=True)
class MeshRenderer:
    """Prepares heads; holds nothing but the rig."""

    rig: FaceRig

    def prepare(self, portrait: Portrait, fit: FaceFit, view: View) -> "MeshShot":
        """See `render.base.Renderer`."""
        picture = frame_picture(portrait, fit, view)
        height, width = picture.image.shape[:2]
        return MeshShot(self.rig, picture.fit, picture.landmarks, width, height)


def load(rig: FaceRig, source: Path | None = None, steps: int | None = None, device: str = "cpu") -> MeshRenderer:
    """The renderer for a rig. Raises `TalkgenError` for weights, steps or a GPU, for which it has no use."""
    without_weights("mesh", source, steps, device)
    return MeshRenderer(rig)


@dataclass(frozen=True)
class MeshShot:
    """One person's head, ready to move."""

    rig: FaceRig
    fit: FaceFit
    landmarks: Array
    width: int
    height: int

    def frames(self, motion: MotionClip, emotion: EmotionTrack | None = None) -> Iterator[Frame]:
        """See `render.base.Shot`."""
        colours = paint(self.rig)
        for weights, rotation, translation in zip(motion.blendshapes, motion.head_rotation, motion.head_translation, strict=True):
            yield self._draw(self._points(weights, rotation, translation), colours)

    def landmarks_at(self, weights: Array, rotation: Array, translation: Array) -> Array:
        """See `render.base.Shot`."""
        return self.rig.landmarks(self._points(weights, rotation, translation))

    def _points(self, weights: Array, rotation: Array, translation: Array) -> Array:
        """The posed head in pixels `(V, 3)`."""
        posed = self.rig.pose(self.fit.neutral, weights) @ rotation_matrix(rotation).T + translation
        return project(posed, self.fit.rotation, self.fit.scale, self.fit.translation)

    @cached_property
    def _draw(self) -> Drawer:
        try:
            drawer: Drawer = OpenGL(self.rig, self.width, self.height)
        except TalkgenError as error:
            _log.info("Drawing with the CPU rasteriser: %s", error)
            drawer = Rasteriser(self.rig, self.width, self.height)
        return drawer


@dataclass(frozen=True)
class Rasteriser:
    """Draws on the CPU, with Gouraud shading."""

    rig: FaceRig
    width: int
    height: int

    def __call__(self, points: Array, colours: Array) -> Frame:
        """See `Drawer`."""
        width, height = SMOOTHING * self.width, SMOOTHING * self.height
        index, weights = rasterize(points * SMOOTHING + (SMOOTHING - 1) / 2, self.rig.triangles, width, height)
        normals = vertex_normals(points * np.array([1, -1, -1], np.float32), self.rig.triangles)
        lit = colours * shine(normals)[:, None]
        frame = np.empty((self.height, self.width, 3), np.uint8)
        _resolve(index, weights, self.rig.triangles, lit.astype(np.float32), np.array(PAPER, np.float32), frame)
        return frame


@njit(cache=True, parallel=True)
def _resolve(
    index: NDArray[np.int32], weights: Array, triangles: NDArray[np.int32], colours: Array, paper: Array, out: Frame
) -> None:
    """Average the samples of each pixel into `out (H, W, 3)`: `colours (V, 3)` 0..1 on a triangle, else `paper (3,)` 0..255."""
    share = np.float32(1 / SMOOTHING**2)
    for y in prange(out.shape[0]):
        for x in range(out.shape[1]):
            for k in range(3):
                total = np.float32(0)
                for sample in range(SMOOTHING**2):
                    i, j = y * SMOOTHING + sample // SMOOTHING, x * SMOOTHING + sample % SMOOTHING
                    if index[i, j] < 0:
                        total += paper[k]
                        continue
                    a, b, c = triangles[index[i, j]]
                    wa, wb, wc = weights[i, j]
                    value = wa * colours[a, k] + wb * colours[b, k] + wc * colours[c, k]
                    total += np.float32(255) * min(max(value, np.float32(0)), np.float32(1))
                out[y, x, k] = np.uint8(total * share + np.float32(0.5))


def shine(normals: Array) -> Array:
    """`(V,)` brightness of `normals (V, 3)`, camera axes."""
    total = np.full(len(normals), AMBIENT, np.float32)
    for *direction, strength in LIGHTS:
        total += strength * np.maximum(normals @ np.array(direction, np.float32), 0)
    return total


class OpenGL:
    """Draws with pyrender. Raises `TalkgenError` when it is not installed or no EGL context can be had."""

    def __init__(self, rig: FaceRig, width: int, height: int) -> None:
        self.rig, self.size = rig, (width, height)
        self._pyrender = import_pyrender()
        try:
            self._renderer = self._pyrender.OffscreenRenderer(width, height)
        except Exception as error:  # whatever a driver raises, the CPU can still draw
            raise TalkgenError(
                f"No EGL context can be made ({error}); on Debian: apt-get install libegl1 libgl1-mesa-dri."
            ) from error

    def __call__(self, points: Array, colours: Array) -> Frame:
        """See `Drawer`."""
        pyrender, (width, height) = self._pyrender, self.size
        vertices = (points - np.array([width / 2 - 0.5, height / 2 - 0.5, 0], np.float32)) * np.array([1, -1, -1], np.float32)
        normals = vertex_normals(vertices, self.rig.triangles)
        lit = np.clip(colours * shine(normals)[:, None], 0, 1)
        head = pyrender.Primitive(positions=vertices, indices=self.rig.triangles, color_0=lit.astype(np.float32))
        scene = pyrender.Scene(bg_color=[value / 255 for value in PAPER])
        scene.add(pyrender.Mesh([head]))
        reach = 4.0 * max(width, height)
        camera = np.eye(4)
        camera[2, 3] = reach
        scene.add(pyrender.OrthographicCamera(width / 2, height / 2, 0.1, 2 * reach), pose=camera)
        frame: Frame = self._renderer.render(scene, flags=pyrender.RenderFlags.FLAT)[0]
        return frame


def import_pyrender() -> Any:
    """The package, told to do without a screen. Raises `TalkgenError` with the line that installs it."""
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")  # read once, when OpenGL is imported
    vars(np).setdefault("infty", np.inf)  # what pyrender 0.1.45 still calls it, and numpy 2 no longer
    try:
        import pyrender
    except ImportError as error:
        raise missing_extra("pyrender", "mesh", "Drawing with OpenGL") from error
    return pyrender
