"""A prepared portrait in motion. Per frame: pose the rig, carry the surroundings along, relight, rasterise once, shade once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from talkgen.face.contact import Contact
from talkgen.face.rig import FaceRig, rotation_matrix
from talkgen.lib.raster import Canvas, vertex_normals
from talkgen.render.warp.inside import Inside
from talkgen.render.warp.light import ratio
from talkgen.render.warp.plate import unmix
from talkgen.render.warp.scene import Scene, to_pixels
from talkgen.render.warp.shade import FINE, GAIN, MIX, coverage, shade, soften
from talkgen.render.warp.wrinkles import contracted
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array, EmotionTrack, Frame, MotionClip

RELIGHT = 1.25
"""Exponent of the ratio images. Above 1, since a smooth rig folds less sharply than skin."""

FOLDS, FAINTEST = 1.2, 0.9
"""How soon the folds of a photographed smile go, per smile weight taken away, and how far: lines are part of who one is."""
GAP = 3
"""Pixels by which the face's triangles may gape."""
LOOKS = [
    [index for index, name in enumerate(BLENDSHAPES) if name.startswith("eyeLook") and name.endswith(side)]
    for side in ("Right", "Left")
]
SMILES = [INDEX["mouthSmileRight"], INDEX["mouthSmileLeft"]]


@dataclass(frozen=True)
class Placed:
    """A posed head before the camera: `vertices (V, 3)` metres, camera axes; of a point that moves as the skull does, `turn (3, 3)`
    and `shift (3,)` give the place: `turn @ point + shift`."""

    vertices: Array
    turn: Array
    shift: Array


class WarpShot:
    """One portrait, ready to move."""

    def __init__(self, rig: FaceRig, scene: Scene, cutout: bool = False) -> None:
        self.rig, self.scene, self.cutout = rig, scene, cutout
        margin = scene.picture.margin
        self.height, self.width = (side - 2 * margin for side in scene.picture.image.shape[:2])
        self.landmarks = scene.picture.landmarks - np.array([margin, margin, 0], np.float32)
        self._plate = np.ascontiguousarray(scene.plate[margin : margin + self.height, margin : margin + self.width])
        self.canvas = Canvas(self.height, self.width)
        self._points, self._vertex = np.empty((len(scene.vertex), 3), np.float32), scene.vertex
        self._inside = Inside(rig, scene)
        self._eyeballs = (rig.members("eye_right"), rig.members("eye_left"))
        self._edges = [
            _Edge(scene, contact, height) for contact, height in ((rig.lips, 1.1), (rig.lids[0], 0.5), (rig.lids[1], 0.5))
        ]

    def frames(self, motion: MotionClip, emotion: EmotionTrack | None = None) -> Iterator[Frame]:
        """See `render.base.Shot`."""
        for weights, rotation, translation in zip(motion.blendshapes, motion.head_rotation, motion.head_translation, strict=True):
            yield self.finish(self.draw(weights, self.place(weights, rotation, translation)))

    def place(self, weights: Array, rotation: Array, translation: Array) -> Placed:
        """The head wearing `weights (52,)`, turned and moved from how it was photographed."""
        fit = self.scene.picture.fit
        photographed = rotation_matrix(fit.rotation)
        turn = photographed @ rotation_matrix(rotation)  # the head turns about its own axes, then is seen as photographed
        shift = photographed @ translation
        return Placed((self.rig.pose(fit.neutral, weights) @ turn.T + shift).astype(np.float32), turn, shift.astype(np.float32))

    def landmarks_at(self, weights: Array, rotation: Array, translation: Array) -> Array:
        """See `render.base.Shot`."""
        picture, placed = self.scene.picture, self.place(weights, rotation, translation)
        margin = np.array([picture.margin, picture.margin, 0], np.float32)
        return to_pixels(self.rig.landmarks(placed.vertices), picture.fit) - margin

    def draw(self, weights: Array, placed: Placed) -> Frame:
        """The frame `(height, width, 3)` of a head that wears `weights (52,)`. `canvas` holds afterwards what each pixel shows."""
        scene, canvas = self.scene, self.canvas
        self._vertex = vertex = self._arrange(weights, placed)
        canvas.draw(self._points, scene.triangles)
        canvas.mend()
        out = np.empty((self.height, self.width, 3), np.uint8)
        shade(canvas.index, canvas.weights, scene.triangles, vertex, scene.atlas, self._plate, out)
        for edge in self._edges:
            edge.soften(self._points, self.rig, vertex, scene.atlas, out)
        self._inside.blur(out, canvas, self._points)
        return out

    def finish(self, frame: Frame) -> Frame:
        """A frame just drawn as it is shown; of a cutout `(height, width, 4)`, the person unmixed from the background, and how much
        of a pixel they are."""
        if not self.cutout:
            return frame
        scene, canvas, margin = self.scene, self.canvas, self.scene.picture.margin
        rows, columns = slice(margin, margin + self.height), slice(margin, margin + self.width)
        cover = np.empty((self.height, self.width), np.float32)
        coverage(canvas.index, canvas.weights, scene.triangles, self._vertex, scene.atlas, scene.still[rows, columns], cover)
        of_face: NDArray[np.bool_] = np.all(scene.triangles < len(scene.rest), axis=1)
        face = (canvas.index >= 0) & of_face[canvas.index]
        cover[ndimage.binary_closing(face, iterations=GAP)] = 1  # a face is opaque, and so are gaps at the corners of its eyes
        cover[(cover == 0) & ndimage.binary_closing(cover > 0.5)] = 1  # nor does its seam let anything through
        return unmix(frame, cover, scene.background[rows, columns])

    def _arrange(self, weights: Array, placed: Placed) -> Array:
        """Move every vertex into `_points`; returns the vertex attributes of this frame."""
        scene, fit = self.scene, self.scene.picture.fit
        points = to_pixels(placed.vertices, fit)
        n_head = len(points)
        self._points[:n_head] = points
        self._points[:n_head, 2] += scene.bias
        self._move_surround(points, (placed.turn @ rotation_matrix(fit.rotation).T).astype(np.float32), placed.shift)
        self._points[:, :2] -= scene.picture.margin
        vertex = scene.vertex.copy()
        normals = vertex_normals(placed.vertices, scene.head)
        gain = ratio(scene.light, normals, scene.rest_shade, RELIGHT)
        vertex[:n_head, GAIN] = 1 + scene.region.lit * (gain - 1)
        self._inside.light(vertex, ((placed.vertices - placed.shift) @ placed.turn).astype(np.float32), normals)
        self._fold(vertex, weights)
        self._change_lids(vertex, weights)
        return vertex

    def _move_surround(self, points: Array, relative: Array, shift: Array) -> None:
        scene, fit = self.scene, self.scene.picture.fit
        surround, rim = scene.surround, scene.region.rim
        centre = np.append(fit.translation, np.float32(0))
        flip = np.array([1, -1, -1], np.float32)  # pixels (x right, y down, depth away) to camera axes and back
        rest = (surround.points - centre) * flip
        moved = (rest @ relative.T + shift * np.float32(fit.scale)) * flip + centre
        expression = points[rim] - to_pixels(scene.rest[rim] @ relative.T + shift, fit)
        self._points[len(points) :] = (
            surround.points + surround.head[:, None] * (moved - surround.points) + surround.pull @ expression
        )

    def _fold(self, vertex: Array, weights: Array) -> None:
        """The folds of a photographed smile go as far as the smile does; what contracts more than in the photograph wrinkles."""
        scene, change = self.scene, weights - self.scene.picture.fit.rest
        gone = np.clip(FOLDS * -change[SMILES], 0, FAINTEST)
        vertex[: len(scene.rest), MIX] += gone @ scene.folds - np.minimum(contracted(change) @ scene.wrinkles, 1)

    def _change_lids(self, vertex: Array, weights: Array) -> None:
        """Lids show the closed eye's skin in step with how far they have come down from where they were photographed; eyes that
        open wider or look elsewhere leave the photographed lashes at their edge behind."""
        change = weights - self.scene.picture.fit.rest
        for looks, ball, lid, contact in zip(LOOKS, self._eyeballs, self.scene.region.lids, self.rig.lids, strict=True):
            closing = float(change @ contact.closing.mean(1))
            vertex[ball, MIX] = np.clip(1 - 3 * max(-closing, 0) - np.abs(change[looks]).sum(), 0, 1)
            vertex[lid.vertices, MIX] = np.clip((closing - 0.1) / 0.3, 0, 1) * np.clip((lid.travel - 0.1) / 0.25, 0, 1)


class _Edge:
    """The window around a pair of lips or lids, drawn finer to smooth what lies behind them against them."""

    def __init__(self, scene: Scene, contact: Contact, height: float) -> None:
        scale = scene.picture.iris_distance
        self.line = contact.pairs.ravel()
        points = to_pixels(scene.rest, scene.picture.fit)[:, :2]
        low, high = points[self.line].min(0), points[self.line].max(0)
        self.width, self.tallest = int(1.3 * (high[0] - low[0])) + 8, int(height * scale)
        reach = 0.6 * height * scale
        near = ((points > low - reach) & (points < high + reach)).all(1)
        head = scene.triangles[(scene.triangles < len(points)).all(1)]
        self.triangles = np.ascontiguousarray(head[near[head].any(1)])
        self.canvas = Canvas(self.tallest * FINE, self.width * FINE)

    def soften(self, points: Array, rig: FaceRig, vertex: Array, atlas: Array, out: Frame) -> None:
        """See `shade.soften`."""
        line = points[self.line, :2]
        low, high = line.min(0), line.max(0)
        left, top = round(float(low[0] + high[0] - self.width) / 2), int(low[1]) - 4
        rows = min(int(high[1]) + 5 - top, self.tallest) * FINE
        fine = points[: len(rig.part)].copy()
        fine[:, :2] = (fine[:, :2] - (left, top) + 0.5) * FINE - 0.5
        self.canvas.draw(fine, self.triangles, rows)
        index, weights = self.canvas.index[:rows], self.canvas.weights[:rows]
        soften(index, weights, self.triangles, rig.part, vertex, atlas, out, (left, top))
