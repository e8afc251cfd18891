"""The photograph on moving geometry: `warp`, the renderer that needs no weights.

Per frame: pose the rig, project it, move the surroundings along, rasterise once, shade once. The face keeps its identity
because every pixel of skin is the photograph's own; expression ratio images relight it, the rig's own eyes, teeth and
mouth show where lids and lips part.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


from talkgen.face.rig import FaceRig
from talkgen.lib.raster import FAR, fill, vertex_normals
from talkgen.render.base import View
from talkgen.render.warp.light import ratio
from talkgen.render.warp.picture import frame_picture
from talkgen.render.warp.scene import Scene, build_scene, project, rotation_matrix
from talkgen.render.warp.shade import GAIN, MIX, shade
from talkgen.space import INDEX
from talkgen.types import Array, FaceFit, Frame, MotionClip, Portrait

RELIGHT = 1.25
"""Exponent of the ratio images. Above 1, since a smooth rig folds less sharply than skin."""


def load(rig: FaceRig) -> "WarpRenderer":
    """The renderer for a rig."""
    return WarpRenderer(rig)


@dataclass(frozen=True)
class WarpRenderer:
    """Prepares portraits; holds nothing but the rig."""

    rig: FaceRig

    def prepare(self, portrait: Portrait, fit: FaceFit, view: View) -> "WarpShot":
        """See `render.base.Renderer`."""
        return WarpShot(self.rig, build_scene(self.rig, frame_picture(portrait, fit, view)))


class WarpShot:
    """One portrait, ready to move."""

    def __init__(self, rig: FaceRig, scene: Scene) -> None:
        self.rig, self.scene = rig, scene
        self.height, self.width = scene.picture.image.shape[:2]
        self.landmarks = scene.picture.landmarks
        self._index = np.empty((self.height, self.width), np.int32)
        self._depth = np.empty((self.height, self.width), np.float32)
        self._weights = np.empty((self.height, self.width, 3), np.float32)
        self._points = np.empty((len(scene.vertex), 3), np.float32)

    def frames(self, motion: MotionClip) -> Iterator[Frame]:
        """See `render.base.Shot`."""
        for weights, rotation, translation in zip(motion.blendshapes, motion.head_rotation, motion.head_translation, strict=True):
            yield self._frame(weights, rotation, translation)

    def _frame(self, weights: Array, rotation: Array, translation: Array) -> Frame:
        scene = self.scene
        vertex = self._place(weights, rotation, translation)
        self._index.fill(-1)
        self._depth.fill(FAR)
        fill(self._points, scene.triangles, self._index, self._weights, self._depth)
        out = np.empty((self.height, self.width, 3), np.uint8)
        shade(self._index, self._weights, scene.triangles, vertex, scene.atlas, scene.plate, out)
        return out

    def _place(self, weights: Array, rotation: Array, translation: Array) -> Array:
        """Move every vertex into `_points`; returns the vertex attributes of this frame."""
        scene, fit = self.scene, self.scene.picture.fit
        photographed = rotation_matrix(fit.rotation)
        turn = photographed @ rotation_matrix(rotation)  # the head turns about its own axes, then is seen as photographed
        shift = photographed @ translation
        posed = self.rig.pose(fit.neutral, weights)
        camera = (posed @ turn.T + shift).astype(np.float32)
        points = project(camera, fit.scale, fit.translation)
        n_head = len(points)
        self._points[:n_head] = points
        self._points[:n_head, 2] += scene.bias
        self._move_surround(points, turn @ photographed.T, shift)
        vertex = scene.vertex.copy()
        self._relight(vertex, camera, weights)
        return vertex

    def _move_surround(self, points: Array, relative: Array, shift: Array) -> None:
        scene, fit = self.scene, self.scene.picture.fit
        surround, rim = scene.surround, scene.region.rim
        centre = np.append(fit.translation, 0)
        flip = np.array([1, -1, -1], np.float32)  # pixels (x right, y down, depth away) to camera axes and back
        rest = (surround.points - centre) * flip
        moved = (rest @ relative.T + shift * fit.scale) * flip + centre
        rigid_rim = project(scene.rest[rim] @ relative.T + shift, fit.scale, fit.translation)
        expression = points[rim] - rigid_rim
        self._points[len(points) :] = surround.points + surround.head[:, None] * (moved - surround.points) + surround.pull @ expression

    def _relight(self, vertex: Array, camera: Array, weights: Array) -> None:
        scene, region = self.scene, self.scene.region
        normals = vertex_normals(camera, self.rig.triangles)
        n_head = len(camera)
        gain = ratio(scene.light, normals, scene.rest_shade, RELIGHT)
        vertex[:n_head, GAIN] = 1 + region.lit * (gain - 1)
        inner = scene.bias > 0
        vertex[:n_head, GAIN][inner] = self._interior(normals, camera, weights)[inner]
        for lid, side in zip(region.lids, ("Right", "Left"), strict=True):
            name = INDEX[f"eyeBlink{side}"]
            closing = np.clip(weights[name] - scene.picture.fit.rest[name], 0, 1)
            share = np.clip((closing * lid.travel - 0.15) / 0.35, 0, 1) * np.clip((1 - lid.travel) / 0.08, 0, 1)
            vertex[lid.vertices, MIX] = share

    def _interior(self, normals: Array, camera: Array, weights: Array) -> Array:
        """Brightness of what lies inside mouth and lids: lit by the portrait's light, darker the deeper it lies."""
        scene, rig = self.scene, self.rig
        lips = camera[rig.landmark_vertices[13, 0], 2]
        depth = np.maximum(lips - camera[:, 2] - 0.004, 0)
        opening = np.clip(weights[INDEX["jawOpen"]] * 3, 0, 1)
        lit = np.clip(scene.light.shade(normals), 0.2, 1.3) ** 0.45 * np.exp(-depth / (0.018 + 0.02 * opening))
        eyes = (rig.part == rig.parts.index("eye_right")) | (rig.part == rig.parts.index("eye_left"))
        shown = scene.photographed
        result: Array = np.where(eyes, 1, shown + (1 - shown) * lit * 0.95).astype(np.float32)
        return result


__all__ = ["WarpRenderer", "WarpShot", "load"]
