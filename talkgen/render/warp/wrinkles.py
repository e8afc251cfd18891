"""Wrinkles that an expression brings: a second picture of the skin that has them, blended in as far as the muscles contract.

Wrinkle maps, as games use them (Oat 2007, "Animated Wrinkle Maps"), drawn where the face has them (FACS, Ekman, Friesen, Hager
2002): each line is a crease that lies in shadow beside a bulge that catches light.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from talkgen.face.landmark_mesh import FOREHEAD, WRINKLES
from talkgen.face.rig import SIDES
from talkgen.space import INDEX
from talkgen.types import Array, Frame

ACTIONS = {
    "smile": {"mouthSmile": 1.3, "noseSneer": 0.7, "mouthUpperUp": 0.5},
    "squint": {"eyeSquint": 0.8, "cheekSquint": 0.8},
    "frown": {"browDown": 1.4, "noseSneer": 0.4},
    "sneer": {"noseSneer": 1.2},
    "raise": {"browOuterUp": 1.2},
}
"""How much each pair of curves contracts the skin of such lines, per change from how the face was photographed; on either side."""
RAISED = 1.2
"""The same of `browInnerUp` and the middle of the forehead."""
GROUPS = [f"{kind} {side}" for kind in ACTIONS for side in SIDES] + ["raise middle"]
LINES = {"smile": (0.18, 0.026), "squint": (0.10, 0.018), "frown": (0.20, 0.028), "sneer": (0.08, 0.022), "raise": (0.11, 0.030)}
"""Light that the deepest place of such a line loses, and half its width in iris distances."""
BULGE = 0.2
"""Of what a crease loses what the bulges beside it gain."""
REDDER = np.array([0.9, 1.1, 1.2], np.float32)
"""Powers of the loss in red, green and blue: skin in its own shadow is redder."""
REACH = 0.20
"""How far from its lines a group counts, iris distances."""
UNLIKE = 0.25
"""Change of brightness, as a share, from which on a place is no bare skin but hair, a brow or a frame of glasses."""
Points = tuple[tuple[int, ...], ...]
"""Of a line, each the middle of some landmarks."""


@dataclass(frozen=True)
class Creased:
    """`image (h, w, 3)` float32 0..255, a window of the picture with all wrinkles; `share (groups, h, w)` 0..1 of each of
    `GROUPS` there."""

    image: Array
    share: Array


def crease(image: Frame, landmarks: Array, skin: Array, iris_distance: float) -> Creased:
    """Wrinkle `image (h, w, 3)`, with `landmarks (478, 2)` in its pixels; the cheeks have the colour `skin (3,)`."""
    likeness = np.exp(-np.square((image.mean(-1) / max(float(skin.mean()), 1.0) - 1) / (2 * UNLIKE)))
    loss = np.zeros(image.shape[:2], np.float32)
    share = {group: np.zeros(image.shape[:2], np.float32) for group in GROUPS}
    reach = REACH * iris_distance
    for kind, points, parts in lines():
        line = np.array([np.mean(landmarks[list(point)], axis=0) for point in points], np.float32)
        depth, width = LINES[kind][0], LINES[kind][1] * iris_distance
        corners = (line.min(0) - 1.4 * reach, line.max(0) + 1.4 * reach)
        low, high = (np.clip(corner, 0, image.shape[1::-1]).astype(int) for corner in corners)
        near = np.s_[low[1] : high[1], low[0] : high[0]]
        y, x = np.mgrid[near].astype(np.float32)
        off, along = beside(x, y, smooth(line))
        taper = np.sin(np.pi * np.clip(along, 0.02, 0.98)) ** 0.7
        bulge = BULGE * np.exp(-np.square((off - 2.2 * width) / (1.3 * width)))
        loss[near] += depth * taper * (np.exp(-np.square(off / width)) - bulge)
        for group, part in parts.items():
            counts = np.clip(1.4 - 1.4 * beside(x, y, line[part])[0] / reach, 0, 1)
            share[group][near] = np.maximum(share[group][near], counts)
    kept = np.clip(1 - loss * likeness, 0.5, 1.2)[..., None] ** REDDER
    return Creased((image * kept).clip(0, 255).astype(np.float32), np.stack(list(share.values())))


def lines() -> Iterator[tuple[str, Points, dict[str, slice]]]:
    """Every line with its kind, the points it runs through, and the part of it that each group contracts."""
    for kind, sides in WRINKLES.items():
        for side, those in sides.items():
            yield from ((kind, points, {f"{kind} {side}": slice(None)}) for points in those)
    for points in FOREHEAD:
        yield "raise", points, {"raise right": slice(3), "raise middle": slice(2, 7), "raise left": slice(6, None)}


def contracted(change: Array) -> Array:
    """`(groups,)` 0..1 how far a `change (52,)` of the curves contracts each of `GROUPS`."""
    sums = [
        sum(factor * change[INDEX[name + side.capitalize()]] for name, factor in parts.items())
        for parts in ACTIONS.values()
        for side in SIDES
    ]
    result: Array = np.clip(np.array([*sums, RAISED * change[INDEX["browInnerUp"]]], np.float32), 0, 1)
    return result


def smooth(line: Array, pieces: int = 6) -> Array:
    """A Catmull-Rom curve through a polyline `(N, 2)`."""
    padded = np.concatenate([2 * line[:1] - line[1:2], line, 2 * line[-1:] - line[-2:-1]])
    t = (np.arange(pieces) / pieces)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate([*parts, line[-1:]]).astype(np.float32)


def beside(x: Array, y: Array, line: Array) -> tuple[Array, Array]:
    """Of each point the distance to a polyline `(N, 2)`, and how far along it the nearest place lies, 0 to 1."""
    lengths = np.linalg.norm(np.diff(line, axis=0), axis=1)
    begins = np.concatenate([[0], np.cumsum(lengths)]) / max(float(lengths.sum()), 1e-6)
    best, along = np.full(x.shape, np.inf, np.float32), np.zeros(x.shape, np.float32)
    for k, (start, end) in enumerate(pairwise(line)):
        step = end - start
        dx, dy = x - start[0], y - start[1]
        t = np.clip((dx * step[0] + dy * step[1]) / max(float(step @ step), 1e-6), 0, 1)
        off = np.hypot(dx - t * step[0], dy - t * step[1])
        along = np.where(off < best, begins[k] + t * (begins[k + 1] - begins[k]), along)
        best = np.minimum(best, off)
    return best, along
