"""Rows of teeth in their gums as they are painted where the photograph shows none: crowns, the lines between them, the gum's edge.

The rig's teeth are bare, roots and all, and taper, and its gums lie behind them; so both show one picture, which is laid along the
row. Heights of crowns after Nelson (2014), "Wheeler's Dental Anatomy", from the middle backwards.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from talkgen.face.rig import FaceRig
from talkgen.lib.image import resize
from talkgen.types import Array

CROWNS = {
    "upper": (10.5, 9.0, 10.0, 8.5, 8.5, 7.5, 7.0, 6.5),
    "lower": (9.0, 9.5, 11.0, 8.5, 8.0, 7.5, 7.0, 7.0),
}
"""Millimetres, from the middle backwards."""
FINE = 8
"""Pixels of a millimetre as it is painted, before it is brought to the photograph's size."""
REACH = 26
"""Millimetres of teeth, gums and roots from the edge of the teeth upwards or downwards."""
BEYOND = 2
"""Millimetres that are painted past the edges."""
PAPILLA, ROUND = 0.3, 4
"""Share of a crown's height that the gum reaches up between two teeth, and the power that its edge runs by."""
LINE, DARKEST = 0.2, 0.28
"""Half the width of the line between two teeth, millimetres, and the light it loses."""
FRONT, BACK, BEHIND = 13, 32, {"upper": 0.3, "lower": 0.65}
"""Millimetres along the row, from its middle, up to which cheeks take no light and from which on no more than `BEHIND` is left;
lower teeth show only in an open mouth, which lets light in."""
REDDER = np.array([1.0, 1.5, 1.6], np.float32)
"""Powers of that light in red, green and blue: what reaches the back has been thrown from flesh to flesh."""
SOFT = 0.35
"""Millimetres over which gum becomes tooth."""


@dataclass(frozen=True)
class Row:
    """The teeth and gums of one jaw: `members` of the rig's vertices, and for each of them `along` the row from its middle and
    `up` from the edge of the teeth towards the roots, millimetres."""

    jaw: str
    members: NDArray[np.int64]
    along: Array
    up: Array
    borders: Array
    """Between neighbouring teeth, along the row; `(teeth + 1,)`."""

    @cached_property
    def length(self) -> float:
        """Millimetres from end to end."""
        return float(self.borders[-1] - self.borders[0])

    def paint(self, enamel: Array, gum: Array, scale: float, longer: float = 0.0) -> Array:
        """The row's picture `(h, w, 3)` 0..255 at `scale` pixels a millimetre, from its colours `(3,)`; crowns are so many
        millimetres `longer` than usual."""
        along = (np.arange(round((self.length + 2 * BEYOND) * FINE)) + 0.5) / FINE + self.borders[0] - BEYOND
        up = (np.arange((REACH + BEYOND) * FINE) + 0.5)[:, None] / FINE - BEYOND
        tooth = np.clip(np.searchsorted(self.borders, along) - 1, 0, len(self.borders) - 2)
        left, right = self.borders[tooth], self.borders[tooth + 1]
        aside = np.clip(np.abs(2 * along - left - right) / (right - left), 0, 1)  # 0 in a tooth's middle, 1 between two
        crowns = np.array(CROWNS[self.jaw]) + longer
        crown = np.concatenate([crowns[::-1], crowns])[tooth]
        edge = crown * (1 - PAPILLA * aside**ROUND)
        bare = 1 / (1 + np.exp((up - edge) / (SOFT / 2)))
        gap = np.minimum(along - left, right - along)
        line = 1 - DARKEST * np.exp(-((gap / LINE) ** 2)) - 0.08 * aside**2
        lit = np.interp(np.abs(along), [FRONT, BACK], [1, BEHIND[self.jaw]])
        height = np.clip(up / crown, 0, 1)
        shade = line * (1 - 0.10 * height**2 - 0.06 * np.exp(-np.maximum(up, 0) / 0.6))
        warm = 1 - np.array([0.0, 0.02, 0.09]) * height[..., None] ** 2  # necks of teeth are yellower
        below = np.exp(-np.maximum(edge - up, 0) / 0.5)[..., None] * np.array([0.02, 0.10, 0.09])  # gum shines through
        teeth = enamel * shade[..., None] * warm * (1 - below)
        gums = gum * (1 - 0.12 * np.exp(-np.maximum(up - edge, 0) / 0.7) + 0.05 * (1 - aside**2))[..., None]
        picture = (bare[..., None] * teeth + (1 - bare[..., None]) * gums) * lit[:, None] ** REDDER
        size = [max(round(side * scale / FINE), 2) for side in picture.shape[1::-1]]
        result: Array = resize(np.clip(picture + 0.5, 0, 255).astype(np.uint8), *size).astype(np.float32)
        return result

    def places(self, scale: float) -> tuple[Array, Array]:
        """Columns and rows of the `members` in that picture."""
        inside = np.clip(self.along, self.borders[0] - BEYOND / 2, self.borders[-1] + BEYOND / 2)
        column = (inside - self.borders[0] + BEYOND) * scale - 0.5
        return column.astype(np.float32), ((np.clip(self.up, 0, REACH) + BEYOND) * scale - 0.5).astype(np.float32)


def read_row(rig: FaceRig, jaw: str) -> Row:
    """The "upper" or "lower" row of a rig."""
    teeth = sorted(each_tooth(rig, rig.members(f"teeth_{jaw}")), key=lambda tooth: float(rig.neutral[tooth, 0].mean()))
    centres = np.array([rig.neutral[tooth][:, [0, 2]].mean(0) for tooth in teeth])
    ends = 2 * centres[[0, -1]] - centres[[1, -2]]
    corners = np.concatenate([ends[:1], centres, ends[1:]])
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    dense = np.linspace(0, steps[-1], 2000)
    line = np.column_stack([np.interp(dense, steps, corners[:, k]) for k in (0, 1)])
    tree, middle = cKDTree(line), steps[-1] / 2

    def along(vertices: NDArray[np.int64]) -> Array:
        found: Array = 1000 * (dense[tree.query(rig.neutral[vertices][:, [0, 2]])[1]] - middle)
        return found

    spans = [(along(tooth).min(), along(tooth).max()) for tooth in teeth]
    inner = [(last + first) / 2 for (_, last), (first, _) in pairwise(spans)]
    towards = 1 if jaw == "upper" else -1
    tips = [1000 * float((towards * rig.neutral[tooth, 1]).min()) for tooth in teeth]
    members = np.concatenate([rig.members(f"teeth_{jaw}"), rig.members(f"gums_{jaw}")]).astype(np.int64)
    where = along(members)
    edge = np.interp(where, [(first + last) / 2 for first, last in spans], tips)
    return Row(jaw, members, where, 1000 * towards * rig.neutral[members, 1] - edge, np.array([spans[0][0], *inner, spans[-1][1]]))


def each_tooth(rig: FaceRig, vertices: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """The teeth of a row, apart: the connected parts of the mesh among `vertices`."""
    inside = rig.triangles[np.isin(rig.triangles, vertices).all(1)]
    links = np.concatenate([inside[:, :2], inside[:, 1:]])
    graph = coo_matrix((np.ones(len(links)), links.T), shape=(len(rig.part), len(rig.part)))
    _, label = connected_components(graph, directed=False)
    return [np.flatnonzero(label == k) for k in np.unique(label[vertices])]
