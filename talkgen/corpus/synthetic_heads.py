"""Made-up people: the rig's head with another shape, skin, light and background each, drawn wearing any expression.

They have whole teeth, gums and a tongue, and skin that shades as its surface turns, both of which few photographs show.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator
from scipy.ndimage import gaussian_filter, map_coordinates

from talkgen.face.landmark_mesh import BROWS, IRISES, LIPS
from talkgen.face.rig import FaceRig, project, rotation_matrix
from talkgen.lib.raster import interpolate, rasterize, vertex_normals
from talkgen.render._picture import Picture
from talkgen.types import Array, FaceFit, Frame

SIDE, MARGIN, IRIS_PIXELS = 340, 28, 84
"""Pixels of a picture, of the margin around it, and between the irises."""
_SAMPLES = 2  # a pixel's along each side
_LIGHTEST, _DARKEST = np.array([232.0, 196, 176]), np.array([78.0, 52, 42])
_PORES = 384  # cells of the skin's texture along each side
_PORES_REACH = 0.24  # metres that it spans
_DIMMING = 0.05  # metres into a mouth over which light falls to a third
_WITHIN = 0.8  # of all light, what a wide mouth's flesh gets from all sides


@dataclass(frozen=True)
class SyntheticHead:
    """One person before one camera."""

    rig: FaceRig
    neutral: Array
    rotation: Array
    colours: Array
    """`(V, 3)` sRGB 0..255."""
    gloss: Array
    lights: Array
    """`(L, 4)`: direction and strength; the last one is ambient, without direction."""
    pores: Array
    background: Array

    @cached_property
    def scale(self) -> float:
        """Pixels per metre."""
        marks = self.rig.landmarks(self.neutral)
        return IRIS_PIXELS / float(np.linalg.norm(marks[IRISES["right"][0]] - marks[IRISES["left"][0]]))

    @cached_property
    def translation(self) -> Array:
        """Pixels, margin counted in, where the pivot projects: such that the face is in the middle."""
        turned = self.rig.landmarks(self.neutral) @ rotation_matrix(self.rotation).T
        middle = turned[:468].mean(0)[:2] * [1, -1] * self.scale
        result: Array = (MARGIN + SIDE / 2 - middle).astype(np.float32)
        return result

    def photographed(self, weights: Array) -> Picture:
        """The picture of the person wearing `weights (52,)`, and all that is known of it."""
        posed = self.rig.pose(self.neutral, weights)
        image, matte = self.draw(posed, rotation_matrix(self.rotation))
        marks = project(self.rig.landmarks(posed), self.rotation, self.scale, self.translation)
        fit = FaceFit(weights, self.rotation, self.scale, self.translation, self.neutral, 0.0)
        return Picture(image, matte, marks, fit, MARGIN)

    def draw(self, posed: Array, turn: Array) -> tuple[Frame, Array]:
        """The picture with its margin, and the person's cover, of `posed (V, 3)` turned by `turn (3, 3)`."""
        camera = (posed @ turn.T).astype(np.float32)
        points = project(camera, np.zeros(3, np.float32), self.scale, self.translation)
        side = SIDE + 2 * MARGIN
        fine = points * _SAMPLES
        fine[:, :2] += (_SAMPLES - 1) / 2
        index, weights = rasterize(fine, self.rig.triangles, side * _SAMPLES, side * _SAMPLES)
        values = np.concatenate([self._lit(camera), self.neutral[:, :2], self._skin[:, None]], axis=1).astype(np.float32)
        seen = interpolate(index, weights, self.rig.triangles, values)
        cells = (seen[..., 3:5].transpose(2, 0, 1)[::-1] / _PORES_REACH + 0.5) * _PORES
        grain = 1 + seen[..., 5:] * (map_coordinates(self.pores, cells, order=1, mode="wrap")[..., None] - 1)
        cover = (index >= 0)[..., None].astype(np.float32)
        lit = cover * seen[..., :3] * grain
        lit, cover = (x.reshape(side, _SAMPLES, side, _SAMPLES, -1).mean((1, 3)) for x in (lit, cover))
        picture = lit + (1 - cover) * self.background
        return np.clip(picture + 0.5, 0, 255).astype(np.uint8), cover[..., 0].astype(np.float32)

    @cached_property
    def _skin(self) -> Array:
        result: Array = (self.rig.part == self.rig.parts.index("skin")).astype(np.float32)
        return result

    def _lit(self, camera: Array) -> Array:
        normals = vertex_normals(camera, self.rig.triangles)
        shade = np.full(len(camera), self.lights[-1, 3], np.float32)
        shine = np.zeros(len(camera), np.float32)
        for *direction, strength in self.lights[:-1]:
            facing = np.maximum(normals @ np.array(direction, np.float32), 0)
            half = np.add(direction, (0, 0, 1))
            shade += strength * facing
            shine += strength * np.maximum(normals @ (half / np.linalg.norm(half)).astype(np.float32), 0) ** 24
        lips = self.rig.landmark_vertices[13, 0]
        inside = np.isin(self.rig.part, [k for k, name in enumerate(self.rig.parts) if not name.startswith(("skin", "eye"))])
        depth = np.maximum(camera[lips, 2] - camera[:, 2] - 0.004, 0) * inside
        soft = np.isin(self.rig.part, [k for k, name in enumerate(self.rig.parts) if name.startswith(("mouth", "gums", "tongue"))])
        shade = np.where(soft, 0.3 * shade + 0.7 * _WITHIN * self.lights[:, 3].sum(), shade)  # flesh glows with what falls in
        shade, shine = (light * np.exp(-depth / _DIMMING) for light in (shade, shine))
        result: Array = self.colours * shade[:, None] + 255 * (self.gloss * shine)[:, None]
        return result


def draw_head(rig: FaceRig, rng: Generator) -> SyntheticHead:
    """A person, a light and a background."""
    people = rng.normal(size=len(rig.identity)).astype(np.float32) * 0.8
    neutral = (rig.neutral + np.tensordot(people, rig.identity, 1)).astype(np.float32)
    rotation = (rng.normal(size=3) * np.radians([5, 9, 4])).astype(np.float32)
    count = int(rng.integers(1, 3))
    direction = np.column_stack([rng.normal(size=count) * 0.6, rng.uniform(-0.2, 0.9, count), np.ones(count)])
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    strength = rng.uniform(0.35, 0.8, count)
    lights = np.column_stack([direction, strength])
    lights = np.concatenate([lights, [[0, 0, 0, rng.uniform(0.25, 0.5)]]])
    lights[:, 3] *= rng.uniform(0.8, 1.15) / (strength @ direction[:, 2] + lights[-1, 3])
    colours, gloss = _paint(rig, rng)
    pores = 1 + 0.05 * rng.normal(size=(_PORES, _PORES)) + 0.25 * gaussian_filter(rng.normal(size=(_PORES, _PORES)), 2, mode="wrap")
    side = SIDE + 2 * MARGIN
    backing = rng.uniform(30, 220, 3) + 400 * gaussian_filter(rng.normal(size=(side, side, 1)), (25, 25, 0))
    backing = backing.clip(0, 255).astype(np.float32)
    return SyntheticHead(rig, neutral, rotation, colours, gloss, lights.astype(np.float32), pores.astype(np.float32), backing)


def _paint(rig: FaceRig, rng: Generator) -> tuple[Array, Array]:
    """Colours `(V, 3)` and gloss `(V,)` of a person."""
    skin = _LIGHTEST + rng.random() ** 0.8 * (_DARKEST - _LIGHTEST) + rng.normal(size=3) * 6
    flesh = 0.5 * skin * [1.0, 0.7, 0.7] + 0.5 * np.array([180.0, 90, 92])
    enamel = np.array([240.0, 234, 220]) * rng.uniform(0.8, 1.0) + rng.normal(size=3) * 4
    by_part = {"teeth": enamel, "gums": flesh, "tongue": flesh * 0.95, "mouth": flesh * 0.85, "eye_socket": flesh * 0.7}
    by_part |= {"eye": np.array([228.0, 222, 218]), "skin": skin}
    colours = np.array([next(by_part[key] for key in by_part if part.startswith(key)) for part in rig.parts])[rig.part]
    marks, dark = rig.landmarks(rig.neutral), skin * rng.uniform(0.15, 0.6)
    lips = flesh + rng.uniform(0, 0.5) * (np.array([170.0, 40, 60]) - flesh)
    bare = rig.part == rig.parts.index("skin")
    for points, colour, reach in ((LIPS, lips, 0.006), (BROWS["right"] + BROWS["left"], dark, 0.006)):
        share = np.exp(-((_away(rig.neutral, marks[list(points)]) / reach) ** 2)) * bare
        colours = colours + share[:, None] * (colour - colours)
    for contact in rig.lids:
        share = np.exp(-((_away(rig.neutral, rig.neutral[contact.pairs.ravel()]) / 0.0012) ** 2)) * bare
        colours = colours + 0.8 * share[:, None] * (dark * 0.5 - colours)
    iris = rng.uniform(25, 140) * np.array([0.8, 0.9, 1.0]) ** rng.normal()
    for side, centre in zip(("right", "left"), rig.eye_centres, strict=True):
        ball = rig.members(f"eye_{side}")
        away = rig.neutral[ball] - centre
        front = away[:, 2] / np.maximum(np.linalg.norm(away, axis=1), 1e-6)
        colours[ball[front > 0.88]] = iris
        colours[ball[front > 0.97]] = (12, 12, 14)
    gloss = np.array([{"tee": 0.25, "ton": 0.2, "gum": 0.2, "eye": 0.15}.get(part[:3], 0.04) for part in rig.parts])[rig.part]
    return colours.astype(np.float32), (gloss * rng.uniform(0.3, 1.2)).astype(np.float32)


def _away(vertices: Array, points: Array) -> Array:
    """`(V,)` metres to the nearest of `points (N, 3)`."""
    from scipy.spatial import cKDTree

    distance: Array = cKDTree(points).query(vertices)[0]
    return distance
