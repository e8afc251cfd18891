"""The atlas: the photograph, and beside it what the photograph does not show: whole eyes, closed lids, colours of the mouth."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from talkgen.face.landmark_mesh import BROWS, LIPS, LOWER_LIDS, NOSTRILS, UPPER_LIDS
from talkgen.face.rig import SIDES, FaceRig, project
from talkgen.lib.raster import interpolate, rasterize
from talkgen.render._picture import Picture
from talkgen.render.warp.dentition import Row, read_row
from talkgen.render.warp.eyes import eye_texture
from talkgen.render.warp.folds import soften_folds
from talkgen.render.warp.lids import closed_eye
from talkgen.render.warp.mouth import interior_colours, luminance, thrown_light
from talkgen.render.warp.plate import push_pull
from talkgen.render.warp.regions import FaceRegion, grown
from talkgen.render.warp.shade import DOWN, U2, V2, U, V
from talkgen.render.warp.surround import polygon_mask
from talkgen.render.warp.teeth import longer_crowns
from talkgen.render.warp.wrinkles import GROUPS, crease
from talkgen.space import INDEX
from talkgen.types import Array

CHEEKS = (50, 280, 205, 425, 151)
"""Landmarks in the middle of cheeks and forehead."""
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
        """Set the atlas positions of eyes, teeth (the second in the shade of lips) and mouth; returns `(V,)` how much of a mouth's
        vertex is the photograph's own."""
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
        colours = interior_colours(self._cheeks(), np.mean(whites, 0), own)
        photographed = np.zeros(len(self.points), np.float32)
        scale = picture.fit.scale / 1000
        for row in (read_row(rig, "upper"), read_row(rig, "lower")):
            columns, rows = row.places(scale)
            tooth, gum = colours.pop(f"teeth_{row.jaw}"), colours.pop(f"gums_{row.jaw}")
            longer = longer_crowns(rig, picture.fit.neutral) if row.jaw == "upper" else 0.0
            painted = row.paint(tooth, gum, scale, longer)
            if row.jaw == "upper" and self.teeth.any():
                painted = self._with_own_teeth(painted, row, columns, rows)
                photographed[row.members] = 1
            vertex[row.members, U] = columns + self._add(painted)
            vertex[row.members, U2] = columns + self._add(painted * thrown_light(gum))
            vertex[row.members, V] = vertex[row.members, V2] = rows
        for name, colour in colours.items():
            of_part = rig.members(name)
            vertex[of_part, U] = self._add(np.broadcast_to(colour, (SWATCH, SWATCH, 3)).astype(np.float32)) + SWATCH / 2
            vertex[of_part, V] = SWATCH / 2
        return photographed

    def _with_own_teeth(self, painted: Array, row: Row, columns: Array, rows: Array) -> Array:
        """A painted row with the photographed teeth where they show, and in their light where they do not."""
        height, width = painted.shape[:2]
        places = np.zeros((len(self.points), 3), np.float32)
        places[row.members] = np.column_stack([columns, rows, self.points[row.members, 2]])
        triangles = np.ascontiguousarray(self.rig.triangles[np.isin(self.rig.triangles, row.members).all(1)])
        index, weights = rasterize(places, triangles, width, height)
        spots = interpolate(index, weights, triangles, self.points[:, :2])
        x, y = (np.clip(np.round(spots[..., k]).astype(int), 0, self.teeth.shape[1 - k] - 1) for k in (0, 1))
        known = ((index >= 0) & ndimage.binary_erosion(self.teeth)[y, x]).astype(np.float32)
        photo = np.stack(
            [ndimage.map_coordinates(self.picture.image[..., k], [spots[..., 1], spots[..., 0]], np.float32, 1) for k in range(3)],
            axis=2,
        )
        tone = push_pull((photo / np.maximum(painted, 1)).astype(np.float32), known)
        filled = painted * ndimage.gaussian_filter(tone, (1.5, 1.5, 0)).clip(0.4, 1.6)
        share = (ndimage.gaussian_filter(known, 0.7) * known)[..., None]
        result: Array = share * photo + (1 - share) * filled
        return result

    def _cheeks(self) -> Array:
        """`(3,)` the skin's colour."""
        x, y = np.round(self.picture.landmarks[list(CHEEKS), :2]).astype(int).T
        near = [self.picture.image[max(b - 2, 0) : b + 3, max(a - 2, 0) : a + 3].reshape(-1, 3) for a, b in zip(x, y, strict=True)]
        colour: Array = np.median(np.concatenate(near), 0).astype(np.float32)
        return colour

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

    def folds(self, vertex: Array, region: FaceRegion) -> tuple[Array, Array]:
        """Set the second atlas position of skin that folds, where it is smoother, and the third, where it is wrinkled; returns
        `(2, V)` how much a smile that goes smooths a vertex, on the right and on the left, and `(groups, V)` how much each of
        `wrinkles.GROUPS` wrinkles it."""
        picture, rig = self.picture, self.rig
        marks = picture.landmarks[:, :2]
        lips = polygon_mask(marks[list(LIPS)], picture.image.shape)
        skin = (self.shown == rig.parts.index("skin")) & ~lips & ~polygon_mask(marks[list(NOSTRILS)], picture.image.shape)
        soft = soften_folds(picture.image, marks, skin, picture.iris_distance)
        (left, top), (height, width) = soft.origin, soft.image.shape[:2]
        window = picture.image[top : top + height, left : left + width]
        creased = crease(window, marks - soft.origin.astype(np.float32), self._cheeks(), picture.iris_distance)
        share, wrinkled = np.zeros((2, len(self.points)), np.float32), np.zeros((len(GROUPS), len(self.points)), np.float32)
        lids = grown(np.concatenate([lid.vertices for lid in region.lids]), region.triangles)
        bare = np.setdiff1d(np.flatnonzero(region.member), lids)
        x, y = (np.clip(np.round(self.points[bare, k]).astype(int), 0, picture.image.shape[1 - k] - 1) for k in (0, 1))
        share[:, bare] = soft.share[:, y, x]
        column, row = x - left, y - top
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        wrinkled[:, bare[inside]] = creased.share[:, row[inside], column[inside]] * region.lit[bare[inside]]
        share[:, grown(lids, region.triangles)] = 0  # no triangle may reach from one patch of the atlas to another
        wrinkled[:, grown(lids, region.triangles)] = 0
        both = [np.pad(image, ((0, GAP), (0, 0), (0, 0)), mode="edge") for image in (soft.image, creased.image)]
        vertex[bare, U2] = self.points[bare, 0] - left + self._add(np.concatenate(both))
        vertex[bare, V2] = self.points[bare, 1] - top
        vertex[bare, DOWN] = len(both[0])
        return share, wrinkled

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
