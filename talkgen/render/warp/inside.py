"""What lies between parted lips as a photograph would have it: in the light that gets in, and no sharper than the face."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from talkgen.face.landmark_mesh import LOWER_LIP_INNER, UPPER_LIP_INNER
from talkgen.face.rig import FaceRig
from talkgen.lib.raster import Canvas
from talkgen.render.warp.dentition import each_tooth
from talkgen.render.warp.light import GAMMA
from talkgen.render.warp.scene import Scene
from talkgen.render.warp.shade import GAIN, MIX
from talkgen.types import Array, Frame

SMILING = 0.8
"""Share of the light that teeth get in a smile, from which their brightness was learnt."""
DARKEST = 0.03
"""The least share of it that reaches anything: lips and cheeks let some through."""
NEAREST = 0.008
"""Metres that everything lies behind the lips at least."""
ABOVE = 0.7
"""Share of the light that comes from above."""
LEAST, BRIGHTEST = 0.3, 1.1
"""Share of the light that photographed teeth had at the least, for they would not show otherwise; and how much more than usual
anything gets at the most."""
OWN = 0.5
"""How far photographed teeth follow the light, as an exponent: a smile that shows them was lit for them."""
FAINT = 0.3
"""Pixels of blur that nobody sees."""


class Inside:
    """The inside of one portrait's mouth."""

    def __init__(self, rig: FaceRig, scene: Scene) -> None:
        self.rig, self.scene = rig, scene
        mouth = np.isin(rig.part, [k for k, part in enumerate(rig.parts) if part != "skin" and not part.startswith("eye")])
        self._members = np.flatnonzero(mouth)
        self._own = scene.photographed[self._members] > 0
        drawn = mouth & (scene.photographed == 0)
        self._drawn = np.append(drawn, np.zeros(len(scene.vertex) - len(drawn), bool))[scene.triangles[:, 0]]
        self._rows = [_row(rig, jaw, self._members) for jaw in ("upper", "lower")]
        self._usual = np.full(len(self._members), SMILING, np.float32)
        share, between = self._reached(rig.pose(scene.picture.fit.neutral, scene.picture.fit.rest))
        if (self._own & between).any():
            for row, _ in self._rows:
                self._usual[row] = max(float(share[self._own & between].mean()), LEAST)

    def light(self, vertex: Array, posed: Array, normals: Array) -> None:
        """Set what `shade` is told of the mouth's vertices: how bright they are, and of teeth how far they lie in the shade, whose
        light has the colour of flesh. `posed (V, 3)` is the head in its own axes, `normals (V, 3)` in the camera's."""
        members = self._members
        reached = np.minimum(self._reached(posed)[0] / self._usual, BRIGHTEST)
        reached[self._own] **= OWN
        turned = np.clip(self.scene.light.shade(normals[members]), 0.5, 1.3)
        lit = np.where(self._own, reached, reached * turned)
        vertex[members, GAIN] = lit ** np.float32(1 / GAMMA)
        for row, _ in self._rows:
            vertex[members[row], MIX] = 1 - np.minimum(reached[row], 1)

    def _reached(self, posed: Array) -> tuple[Array, NDArray[np.bool_]]:
        """See `reached`; of the mouth's vertices. Gaps between teeth, which show their gums, are lit as their fronts are."""
        marks, points = self.rig.landmarks(posed), posed[self._members]
        for row, fronts in self._rows:
            points[row, 2] = np.interp(points[row, 0], points[fronts, 0], points[fronts, 2])
        return reached(points, marks[list(UPPER_LIP_INNER)], marks[list(LOWER_LIP_INNER)])

    def blur(self, out: Frame, canvas: Canvas, points: Array) -> None:
        """Make what is drawn in the mouth of a frame, and the lips' edge to it, as unsharp as the portrait is; `canvas` is what the
        frame was just drawn on, `points` where the rig's vertices lie."""
        sigma = self.scene.picture.blur
        lips = points[self.rig.lips.pairs.ravel(), :2]
        reach = 4 * sigma + 2
        left, top = np.maximum(np.floor(lips.min(0) - reach).astype(int), 0)
        right, bottom = np.maximum(np.ceil(lips.max(0) + reach).astype(int), 0)
        index, window = canvas.index[top:bottom, left:right], out[top:bottom, left:right]
        inside = (index >= 0) & self._drawn[np.maximum(index, 0)]
        if sigma < FAINT or not inside.any():
            return
        share = np.minimum(2 * ndimage.gaussian_filter(inside.astype(np.float32), sigma), 1)[..., None]
        soft = ndimage.gaussian_filter(window.astype(np.float32), (sigma, sigma, 0))
        window[:] = (share * soft + (1 - share) * window + 0.5).astype(np.uint8)


def reached(points: Array, upper: Array, lower: Array) -> tuple[Array, NDArray[np.bool_]]:
    """`(N,)` 0..1: the share of a room's light that gets through parted lips to `points (N, 3)` behind them; and which of them lie
    between the lips.

    `upper (n, 3)` and `lower (n, 3)` are the lips' inner edges; metres, x along the mouth, y up, z forwards. Behind a long slit
    whose edges a point sees at the angles a and b above the horizon, an even light is (sin a - sin b) / 2 of what it is before it.
    Points count as half as far above or below the slit's middle as they are: light is thrown about inside, and meshes are coarse.
    """
    (top, front), (bottom, low_front) = (
        [np.interp(points[:, 0], lip[order, 0], lip[order, k]) for k in (1, 2)]
        for lip, order in ((lip, lip[:, 0].argsort()) for lip in (upper, lower))
    )
    between = (points[:, 1] < top) & (points[:, 1] > bottom)
    height = ((top + bottom) / 2 + np.clip(points[:, 1], np.minimum(bottom, top), top)) / 2
    share = np.zeros(len(points))
    for part, edge, lip in ((ABOVE, top, front), (ABOVE - 1, bottom, low_front)):
        share += part * (edge - height) / np.hypot(edge - height, np.maximum(lip - points[:, 2], NEAREST))
    return np.clip(share, DARKEST, 1).astype(np.float32), between


def _row(rig: FaceRig, jaw: str, members: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of `members` are a row of teeth with its gums; and of each tooth, from side to side, the foremost."""
    teeth = [tooth[rig.neutral[tooth, 2].argmax()] for tooth in each_tooth(rig, rig.members(f"teeth_{jaw}"))]
    fronts = sorted(teeth, key=lambda vertex: float(rig.neutral[vertex, 0]))
    return np.searchsorted(members, rig.members(f"teeth_{jaw}", f"gums_{jaw}")), np.searchsorted(members, fronts)
