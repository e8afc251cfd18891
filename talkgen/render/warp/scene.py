"""A portrait as one textured mesh: everything about it that does not depend on the motion.

One mesh carries the rig's head (skin, eyeballs, teeth, gums, tongue, mouth) and the surroundings; one atlas holds the
photograph, the completed eyes and a swatch for each colour of the mouth. What hides what is left to the z-buffer.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from talkgen.face.rig import FaceRig, project, rotation_matrix
from talkgen.lib.raster import interpolate, rasterize, vertex_normals
from talkgen.render._picture import Picture
from talkgen.render.warp.atlas import AtlasBuilder
from talkgen.render.warp.light import Light, estimate_light
from talkgen.render.warp.mouth import luminance
from talkgen.render.warp.plate import background_plate, foreground
from talkgen.render.warp.regions import FaceRegion, face_region
from talkgen.render.warp.shade import GAIN, U, V
from talkgen.render.warp.surround import Surround, build_surround, polygon_mask, seen
from talkgen.render.warp.teeth import find_teeth, set_teeth
from talkgen.types import Array, FaceFit, Frame

BIAS = {
    "eye_right": 0.0015,
    "eye_left": 0.0015,
    "teeth_upper": 0.004,
    "teeth_lower": 0.004,
    "gums_upper": 0.004,
    "gums_lower": 0.004,
}
"""Metres by which parts lie deeper than fitted, so that a loose fit never pushes them through lids and lips."""
DEEP = 0.006


@dataclass(frozen=True)
class Scene:
    """`triangles (F, 3)` over the rig's V vertices, then the S of `surround`; `vertex (V + S, 7)` attributes for
    `shade.shade` at rest; `rest (V, 3)` the posed head at rest in camera axes (metres); `bias (V,)` pixels of depth."""

    picture: Picture
    atlas: Array
    plate: Frame
    triangles: NDArray[np.int32]
    head: NDArray[np.int32]
    vertex: Array
    rest: Array
    rest_shade: Array
    bias: Array
    region: FaceRegion
    surround: Surround
    light: Light
    photographed: Array
    """`(V,)` 0..1, how much of a mouth's vertex is the photograph's own (teeth), with its own light."""
    folds: Array
    """`(2, V)` 0..1, how much of a vertex a fold of smiling takes, on the subject's right and left."""
    wrinkles: Array
    """`(groups, V)` 0..1, how far each of `wrinkles.GROUPS` wrinkles a vertex."""
    background: Frame
    """The picture without anything of the person; the plate holds what of them never moves."""
    still: Array
    """`(H, W)` 0..1, how much of the plate is the person."""


def build_scene(rig: FaceRig, picture: Picture) -> Scene:
    """Prepare a portrait for `frames`."""
    teeth = find_teeth(picture)
    fit = replace(picture.fit, neutral=set_teeth(rig, picture, teeth))
    picture = replace(picture, fit=fit)
    posed = rig.pose(fit.neutral, fit.rest)
    rest = (posed @ rotation_matrix(fit.rotation).T).astype(np.float32)
    points = project(posed, fit.rotation, fit.scale, fit.translation)
    skin = np.ascontiguousarray(rig.triangles[rig.part[rig.triangles[:, 0]] == rig.parts.index("skin")])
    normals = vertex_normals(rest, skin)
    region = face_region(rig, rest, normals)
    height, width = picture.image.shape[:2]

    matte = np.where(_face_mask(picture), 1, picture.matte).astype(np.float32)
    plate = background_plate(picture.image, matte)
    surround = _surround(picture, points, skin, region)

    bias = np.zeros(len(rest), np.float32)
    for k, part in enumerate(rig.parts):
        bias[rig.part == k] = BIAS.get(part, 0 if part == "skin" else DEEP) * fit.scale
    inner = rig.triangles[~np.isin(rig.part[rig.triangles[:, 0]], [rig.parts.index(p) for p in ("skin", "eye_socket")])]
    inner = inner[_facing(rig.neutral[inner]) > -0.3]  # the backs of teeth and eyeballs never show
    head = np.ascontiguousarray(np.concatenate([region.triangles, inner]))
    rim = points[region.rim, :2]
    surround, still = seen(surround, rim, matte)
    background = plate.copy()
    plate[still] = picture.image[still]
    outer = _joined(surround, region, len(rest))

    deep = points.copy()
    deep[:, 2] += bias
    index, _ = rasterize(deep, np.ascontiguousarray(head), width, height)
    shown = np.where(index >= 0, rig.part[head[np.maximum(index, 0), 0]], 255)
    builder = AtlasBuilder(picture, foreground(picture.image, matte, plate), rig, points, shown, teeth)
    vertex = np.zeros((len(rest) + len(surround.points), 7), np.float32)
    vertex[:, GAIN] = 1
    vertex[: len(rest), [U, V]] = points[:, :2]
    vertex[len(rest) :, [U, V]] = surround.points[:, :2]
    _hidden_to_visible(vertex, points, skin, region, picture.fit.scale)
    photographed = builder.interior(vertex)
    builder.lids(vertex, region)
    folds, wrinkles = builder.folds(vertex, region)
    visible = region.lit > 0.5
    light = estimate_light(_brightness(picture.image, points[visible]), normals[visible])
    return Scene(
        picture, builder.atlas(), plate, np.ascontiguousarray(np.concatenate([head, outer]).astype(np.int32)), head, vertex, rest,
        light.shade(vertex_normals(rest, head)), bias, region, surround, light, photographed, folds, wrinkles,
        background, np.where(still, matte, 0).astype(np.float32),
    )  # fmt: skip


def _joined(surround: Surround, region: FaceRegion, n_head: int) -> NDArray[np.int32]:
    """The triangles of the surroundings, numbered as vertices of the whole: the head's, then the surroundings' own."""
    own = surround.triangles < len(surround.points)
    on_rim = region.rim[np.where(own, 0, surround.triangles - len(surround.points))]
    return np.where(own, surround.triangles + n_head, on_rim).astype(np.int32)


def _facing(triangles: Array) -> Array:
    """`(F,)` how far each of `triangles (F, 3, 3)` faces forward, -1 to 1."""
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    facing: Array = normals[:, 2] / np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
    return facing


def to_pixels(camera: Array, fit: FaceFit) -> Array:
    """Points `(V, 3)` in camera axes, metres, as pixels and depth (smaller is nearer)."""
    return project(camera, np.zeros(3, np.float32), fit.scale, fit.translation)


def _face_mask(picture: Picture) -> NDArray[np.bool_]:
    """Pixels inside the convex hull of the landmarks: the person, whatever the matte says."""
    points = picture.landmarks[:468, :2]
    return polygon_mask(points[ConvexHull(points).vertices], picture.image.shape)


def _surround(picture: Picture, points: Array, skin: NDArray[np.int32], region: FaceRegion) -> Surround:
    height, width = picture.image.shape[:2]
    index, weights = rasterize(points, skin, width, height)
    depth = interpolate(index, weights, skin, points[:, 2:])[..., 0]
    depth[index < 0] = np.nan
    if np.isnan(depth).all():
        depth[:] = 0
    marks = picture.landmarks
    return build_surround(points[region.rim, :2], depth, marks[[468, 473], :2].mean(0), marks[152, :2], picture.iris_distance)


def _hidden_to_visible(vertex: Array, points: Array, skin: NDArray[np.int32], region: FaceRegion, scale: float) -> None:
    """Skin that the photograph does not show (the inside of closed lips, folded lids) borrows the nearest shown of its sheet."""
    height, width = (int(points[:, k].max()) + 8 for k in (1, 0))
    index, weights = rasterize(points, region.triangles, max(width, 8), max(height, 8))
    depth = interpolate(index, weights, region.triangles, points[:, 2:])[..., 0]
    x, y = (np.clip(np.round(points[:, k]).astype(int), 0, index.shape[1 - k] - 1) for k in (0, 1))
    shown = (points[:, 2] < depth[y, x] + 0.0025 * scale) | (index[y, x] < 0)
    for sheet in np.unique(region.sheet[region.member]):
        of_sheet = region.member & (region.sheet == sheet)
        hidden, seen = np.flatnonzero(of_sheet & ~shown), np.flatnonzero(of_sheet & shown)
        if len(hidden) and len(seen):
            nearest = np.linalg.norm(points[hidden, None] - points[None, seen], axis=2).argmin(1)
            vertex[hidden, U], vertex[hidden, V] = points[seen[nearest], 0], points[seen[nearest], 1]


def _brightness(image: Frame, points: Array) -> Array:
    x, y = (np.clip(np.round(points[:, k]).astype(int), 0, image.shape[1 - k] - 1) for k in (0, 1))
    soft = ndimage.gaussian_filter(luminance(image.astype(np.float32)), 1.5)
    picked: Array = soft[y, x]
    return picked
