"""Which part of the rig's head the photograph textures, its rim, its lids, and where relighting fades out."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talkgen.face.landmark_mesh import NOSTRILS, OVAL
from talkgen.face.rig import FaceRig
from talkgen.render.warp.surround import inside
from talkgen.space import INDEX
from talkgen.types import Array

FADE = {"rim": 0.016, "opening": 0.0035, "nostril": 0.005}
"""Metres over which relighting fades in from the face's outline, from lips and lids, and from the nostrils."""


@dataclass(frozen=True)
class Lid:
    """An upper lid: `vertices (n,)` and their `travel (n,)`, 0 at the crease to 1 at the edge, the share of a full blink's way."""

    vertices: NDArray[np.int64]
    travel: Array


@dataclass(frozen=True)
class FaceRegion:
    """`triangles (F, 3)` that show the photograph; `member (V,)` their vertices; `rim (B,)` the outer loop in order;
    `lit (V,)` 0..1, how much relighting applies; `lids` the subject's right and left."""

    triangles: NDArray[np.int32]
    member: NDArray[np.bool_]
    sheet: NDArray[np.uint8]
    rim: NDArray[np.int64]
    lit: Array
    lids: tuple[Lid, Lid]


def face_region(rig: FaceRig, rest: Array, normals: Array) -> FaceRegion:
    """The face as photographed: `rest (V, 3)` the posed head in camera axes, `normals (V, 3)` of its skin."""
    marks = np.einsum("lk,lkc->lc", rig.landmark_weights, rig.neutral[rig.landmark_vertices])
    member = inside(rig.neutral[:, :2], marks[list(OVAL), :2] * 0.985 + 0.015 * marks[:468, :2].mean(0))
    member &= (rig.neutral[:, 2] > np.percentile(marks[list(OVAL), 2], 5) - 0.01) & (rig.part == rig.parts.index("skin"))
    triangles = rig.triangles[member[rig.triangles].all(1)]
    for _ in range(6):  # the far side of a turned face folds behind its outline: peel it off
        loop = boundary_loops(triangles)[0]
        away = (normals[triangles].mean(1)[:, 2] < 0.12) & np.isin(triangles, loop).any(1)
        if not away.any():
            break
        triangles = triangles[~away]
    loops = boundary_loops(triangles)
    triangles = _connected_to(triangles, loops[0])
    loops = boundary_loops(triangles)
    used = np.zeros(len(rest), bool)
    used[triangles] = True
    lit = used.astype(np.float32)
    edges = [(loops[0], FADE["rim"])] + [(loop, FADE["opening"]) for loop in loops[1:]]
    for points, fade in [(rig.neutral[loop], fade) for loop, fade in edges] + [(marks[list(NOSTRILS)], FADE["nostril"])]:
        distance = np.linalg.norm(rig.neutral[:, None] - points[None], axis=2).min(1)
        lit *= np.clip(distance / fade - 0.25, 0, 1)
    lids = (_lid(rig, used, "eyeBlinkRight"), _lid(rig, used, "eyeBlinkLeft"))
    return FaceRegion(np.ascontiguousarray(triangles), used, rig.sheet, loops[0], lit.astype(np.float32), lids)


def boundary_loops(triangles: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Closed loops of edges that only one triangle uses, the longest first."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    _, inverse, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    following: dict[int, list[int]] = defaultdict(list)
    for a, b in edges[count[inverse.ravel()] == 1]:
        following[int(a)].append(int(b))
    loops = []
    while following:
        start = next(iter(following))
        loop, here = [], start
        while here in following:
            loop.append(here)
            after = following[here].pop()
            if not following[here]:
                del following[here]
            here = after
        loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)


def grown(vertices: NDArray[np.int64], triangles: NDArray[np.int32]) -> NDArray[np.int64]:
    """`vertices` and those that share a triangle with them."""
    return np.union1d(vertices, triangles[np.isin(triangles, vertices).any(1)])


def _connected_to(triangles: NDArray[np.int32], loop: NDArray[np.int64]) -> NDArray[np.int32]:
    """The triangles that hang together with `loop`; islands left by peeling are dropped."""
    reached = np.zeros(triangles.max() + 1, bool)
    reached[loop] = True
    while True:
        touching = reached[triangles].any(1)
        before = reached.sum()
        reached[triangles[touching]] = True
        if reached.sum() == before:
            return triangles[touching]


def _lid(rig: FaceRig, used: NDArray[np.bool_], shape: str) -> Lid:
    offsets = rig.shapes[INDEX[shape]]
    travel = np.where(used & (offsets[:, 1] < 0), np.linalg.norm(offsets, axis=1), 0)
    travel /= travel.max()
    vertices = np.flatnonzero(travel > 0.04)
    return Lid(vertices, travel[vertices].astype(np.float32))
