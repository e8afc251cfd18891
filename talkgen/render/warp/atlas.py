"""The atlas: the photograph, and beside it what the photograph does not show: whole eyes, closed lids, colours of the mouth."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from talkgen.face.landmark_mesh import BROWS, LIPS, LOWER_LIDS, NOSTRILS, UPPER_LIDS
from talkgen.face.rig import SIDES, FaceRig, project
from talkgen.render._picture import Picture
from talkgen.render.warp.eyes import eye_texture
from talkgen.render.warp.folds import soften_folds
from talkgen.render.warp.lids import closed_eye
from talkgen.render.warp.mouth import interior_colours, luminance
from talkgen.render.warp.regions import FaceRegion, grown
from talkgen.render.warp.shade import MIX, U2, V2, U, V
from talkgen.render.warp.surround import polygon_mask
from talkgen.render.warp.teeth import teeth_texture
from talkgen.space import INDEX
from talkgen.types import Array

SWATCH, GAP = 8, 4
"""Pixels: side of a plain colour, distance between patches."""


class AtlasBuilder:
    """Lays the patches beside the photograph and points the interior's vertices at them."""

    def __init__(
        self, picture: Picture, person: Array, rig: FaceRig, points: Array, shown: NDArray[np.uint8], teeth: NDArray[np.bool_]
    ) -> None:
        self.picture, self.rig, self.points, self.shown, self.teeth = picture, rig, points, shown, teeth
        self.patches: list[Array] = []
        self.person = np.pad(person, ((0, GAP), (0, GAP), (0, 0)), mode="edge")
        self.column = self.person.shape[1]

    def interior(self, vertex: Array) -> Array:
        """Set the atlas positions of eyes, teeth and mouth; returns `(V,)` how much of a mouth's vertex is the photograph's own."""
        rig, picture, image = self.rig, self.picture, self.picture.image
        whites = []
        for side, first in (("eye_right", 468), ("eye_left", 473)):
            part = rig.parts.index(side)
            texture = eye_texture(image, self.shown == part, picture.landmarks[first : first + 5, :2])
            ball = np.flatnonzero(rig.part == part)
            vertex[ball, U] = self.points[ball, 0] - texture.origin[0] + self._add(texture.whole)
            vertex[ball, U2] = self.points[ball, 0] - texture.origin[0] + self._add(texture.rest)
            vertex[ball, V] = vertex[ball, V2] = self.points[ball, 1] - texture.origin[1]
            bright = luminance(texture.whole)
            whites.append(texture.whole[bright > np.percentile(bright, 70)].mean(0))
        own = image[self.teeth].mean(0).astype(np.float32) if self.teeth.any() else None
        colours = interior_colours(image, picture.landmarks[list(LIPS), :2], np.mean(whites, 0), own)
        for name, colour in colours.items():
            of_part = rig.members(name)
            vertex[of_part, U] = self._add(np.broadcast_to(colour, (SWATCH, SWATCH, 3)).astype(np.float32)) + SWATCH / 2
            vertex[of_part, V] = SWATCH / 2
        return self._own_teeth(vertex)

    def _own_teeth(self, vertex: Array) -> Array:
        """Put the photographed teeth, where there are any, on the upper teeth, and on gums that stand where they show."""
        share = np.zeros(len(self.points), np.float32)
        if self.teeth.any():
            upper, gums = self.rig.members("teeth_upper"), self.rig.members("gums_upper")
            both = np.concatenate([upper, gums])
            x, y = (np.clip(np.round(self.points[:, k]).astype(int), 0, self.teeth.shape[1 - k] - 1) for k in (0, 1))
            share[both] = np.clip(2 * ndimage.gaussian_filter(self.teeth.astype(np.float32), 1.5), 0, 1)[y[both], x[both]]
            low = np.floor(self.points[both, :2].min(0)).astype(int).clip(0)
            high = np.ceil(self.points[both, :2].max(0)).astype(int) + 1
            texture = teeth_texture(self.picture.image, self.teeth, np.s_[low[1] : high[1], low[0] : high[0]])
            column = self._add(texture) - low[0]
            vertex[upper, U], vertex[upper, V] = self.points[upper, 0] + column, self.points[upper, 1] - low[1]
            vertex[gums, U2], vertex[gums, V2] = self.points[gums, 0] + column, self.points[gums, 1] - low[1]
            vertex[gums, MIX] = share[gums]
            share[upper] = 1  # hidden parts are filled in its own light
        return share

    def lids(self, vertex: Array, region: FaceRegion) -> None:
        """Set the second atlas position of the upper lids: where in the closed eye each point comes to lie."""
        rig, picture, fit = self.rig, self.picture, self.picture.fit
        shut = fit.rest.copy()
        shut[[INDEX["eyeBlinkRight"], INDEX["eyeBlinkLeft"]]] = 1
        closed = project(rig.pose(fit.neutral, shut), fit.rotation, fit.scale, fit.translation)[:, :2]
        for side, lid, contact in zip(SIDES, region.lids, rig.lids, strict=True):
            contour = picture.landmarks[list(UPPER_LIDS[side] + LOWER_LIDS[side][-2:0:-1]), :2]
            brow = picture.landmarks[list(BROWS[side][5:]), :2]
            patch = closed_eye(picture.image, contour, brow, closed[contact.pairs[:, 0]], picture.iris_distance)
            around = grown(lid.vertices, region.triangles)
            vertex[around, U2] = closed[around, 0] - patch.origin[0] + self._add(patch.image)
            vertex[around, V2] = closed[around, 1] - patch.origin[1]

    def folds(self, vertex: Array, region: FaceRegion) -> Array:
        """Set the second atlas position of skin that smiling folds; returns `(2, V)` how much, on the right and on the left."""
        picture, rig = self.picture, self.rig
        marks = picture.landmarks[:, :2]
        lips = polygon_mask(marks[list(LIPS)], picture.image.shape)
        skin = (self.shown == rig.parts.index("skin")) & ~lips & ~polygon_mask(marks[list(NOSTRILS)], picture.image.shape)
        soft = soften_folds(picture.image, marks, skin, picture.iris_distance)
        share = np.zeros((2, len(self.points)), np.float32)
        lids = grown(np.concatenate([lid.vertices for lid in region.lids]), region.triangles)
        bare = np.setdiff1d(np.flatnonzero(region.member), lids)
        x, y = (np.clip(np.round(self.points[bare, k]).astype(int), 0, picture.image.shape[1 - k] - 1) for k in (0, 1))
        share[:, bare] = soft.share[:, y, x]
        share[:, grown(lids, region.triangles)] = 0  # no triangle may reach from one patch of the atlas to another
        vertex[bare, U2] = self.points[bare, 0] - soft.origin[0] + self._add(soft.image)
        vertex[bare, V2] = self.points[bare, 1] - soft.origin[1]
        return share

    def _add(self, patch: Array) -> int:
        """Place a patch to the right of what is there, a gap apart; returns its first column."""
        column = int(self.column)
        self.patches.append(np.pad(patch, ((0, 0), (0, GAP), (0, 0)), mode="edge"))
        self.column += patch.shape[1] + GAP
        return column

    def atlas(self) -> Array:
        """`(A, B, 4)` float32: the person, then the patches in a row; patches are opaque."""
        height = max(self.person.shape[0], *(len(p) for p in self.patches))
        atlas = np.zeros((height, self.column, 4), np.float32)
        atlas[: self.person.shape[0], : self.person.shape[1]] = self.person
        column = self.person.shape[1]
        for patch in self.patches:
            atlas[: len(patch), column : column + patch.shape[1], :3] = patch
            atlas[: len(patch), column : column + patch.shape[1], 3] = 1
            column += patch.shape[1]
        return atlas
