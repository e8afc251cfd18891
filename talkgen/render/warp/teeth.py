"""The portrait's own teeth: found in the photograph, the rig's put where they are, and completed to what the lips hide."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from talkgen.face.landmark_mesh import LOWER_LIP_INNER, UPPER_LIP_INNER
from talkgen.face.rig import FaceRig, project
from talkgen.render._picture import Picture
from talkgen.render.warp.mouth import luminance
from talkgen.render.warp.plate import push_pull
from talkgen.render.warp.surround import polygon_mask
from talkgen.types import Array, Frame

WIDER = 1.12
"""Teeth grow by this, each in its place: those of the rig taper, and the mouth's darkness would show between them."""
LOWEST, HIGHEST = 0.007, -0.002
"""Metres by which the upper teeth may hang lower than the rig's, and higher."""
NEAR_LIP = 0.09
"""Iris distances between teeth and the landmarks of the lip that they may rest on."""
FEWEST = 40
"""Pixels of teeth below which a photograph shows none."""


def find_teeth(picture: Picture) -> NDArray[np.bool_]:
    """`(H, W)` pixels between the lips that show teeth: bright, and greyer than lips, gums and tongue. None where there are few."""
    image = picture.image
    lips = picture.landmarks[list(UPPER_LIP_INNER + LOWER_LIP_INNER[-2:0:-1]), :2]
    where: NDArray[np.bool_] = ndimage.binary_erosion(polygon_mask(lips, image.shape))
    nothing = np.zeros_like(where)
    if where.sum() < FEWEST:
        return nothing
    pixels = image.astype(np.float32)
    bright = luminance(pixels)
    redness = (pixels[..., 0] - pixels[..., 1]) / np.maximum(bright, 20)
    level = np.percentile(bright[where], 90)
    teeth: NDArray[np.bool_] = where & (bright > 0.62 * level) & (redness < np.median(redness[where]) + 0.06)
    return teeth if level > 70 and np.count_nonzero(teeth) > FEWEST else nothing


def set_teeth(rig: FaceRig, picture: Picture, teeth: NDArray[np.bool_]) -> Array:
    """The fitted neutral head `(V, 3)` with closed rows of teeth, the upper ones with their edge where the photograph has it."""
    fit, neutral = picture.fit, picture.fit.neutral.copy()
    for part in ("teeth_upper", "teeth_lower"):
        for tooth in _each(rig, rig.members(part)):
            middle = neutral[tooth].mean(0)
            neutral[tooth] += (WIDER - 1) * (neutral[tooth] - middle) * np.array([1, 0, 1], np.float32)
    if not teeth.any():
        return neutral
    upper = rig.members("teeth_upper")
    placed = project(rig.pose(neutral, fit.rest)[upper], fit.rotation, fit.scale, fit.translation)
    columns = np.flatnonzero(teeth.any(0))
    first, last = np.quantile(columns, [0.25, 0.75]).astype(int)
    inner = np.arange(first, last + 1)[teeth[:, first : last + 1].any(0)]
    edges = _down_to_lip(picture, inner, teeth.shape[0] - 1 - teeth[::-1, inner].argmax(0))
    reach = 0.004 * fit.scale
    near = np.abs(placed[None, :, 0] - inner[:, None]) < reach
    known = near.any(1)
    own = np.where(near, placed[None, :, 1], -np.inf).max(1)
    if known.any():
        lower = np.clip(np.median(edges[known] - own[known]) / fit.scale, HIGHEST, LOWEST)
        neutral[rig.members("teeth_upper", "gums_upper"), 1] -= np.float32(lower)
    return neutral


def _down_to_lip(picture: Picture, columns: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """The lower edge of the teeth at some columns, put on the lip's where nothing dark lies between: lip landmarks tend to lie low,
    and what opens under teeth that rest on a lip would be black."""
    lip = picture.landmarks[list(LOWER_LIP_INNER), :2]
    order = np.argsort(lip[:, 0])
    line = np.interp(columns, lip[order, 0], lip[order, 1]).astype(int)
    bright = luminance(picture.image.astype(np.float32))
    down = edges.copy()
    for k, (column, top, bottom) in enumerate(zip(columns, edges, line, strict=True)):
        between = bright[top + 1 : bottom, column]
        if 0 < len(between) < NEAR_LIP * picture.iris_distance and between.min() > 0.7 * bright[bottom, column]:
            down[k] = bottom
    return down


def teeth_texture(image: Frame, teeth: NDArray[np.bool_], around: tuple[slice, slice]) -> Array:
    """The window `around` of `image`, all teeth: what shows of them, and in their colour what does not; `(h, w, 3)` 0..255."""
    known = ndimage.binary_erosion(teeth)[around].astype(np.float32)
    patch = image[around].astype(np.float32)
    filled = push_pull(patch, known)
    share = ndimage.gaussian_filter(known, 0.7)[..., None] * known[..., None]
    result: Array = share * patch + (1 - share) * ndimage.gaussian_filter(filled, (1.5, 1.5, 0))
    return result


def between_teeth(rig: FaceRig) -> Array:
    """`(V,)` 0..1: how near a tooth's vertex lies to its neighbours, where teeth are darker; 0 for all that is no tooth."""
    near = np.zeros(len(rig.part), np.float32)
    for part in ("teeth_upper", "teeth_lower"):
        for tooth in _each(rig, rig.members(part)):
            away = np.abs(rig.neutral[tooth][:, [0, 2]] - rig.neutral[tooth][:, [0, 2]].mean(0)).sum(1)
            near[tooth] = (away / away.max()) ** 2
    return near


def _each(rig: FaceRig, vertices: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """The teeth of a row, apart: the connected parts of the mesh among `vertices`."""
    inside = rig.triangles[np.isin(rig.triangles, vertices).all(1)]
    links = np.concatenate([inside[:, :2], inside[:, 1:]])
    graph = coo_matrix((np.ones(len(links)), links.T), shape=(len(rig.part), len(rig.part)))
    _, label = connected_components(graph, directed=False)
    return [np.flatnonzero(label == k) for k in np.unique(label[vertices])]
