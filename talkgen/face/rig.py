"""The rig: a mesh with named sheets that 52 blendshape weights move.

The shapes are measured (ICT-FaceKit, USC, MIT licence; see `checkpoints/rig/CARD.md`), scaled to a person's proportions, added
linearly, and corrected where that fails: eyeballs turn, lips and lids touch (`contact`). Two meshes ship, with the same
fields: the `head` (skin, mouth, teeth, tongue, eyes) and `landmarks` (the 468 points of the face
mesh, then of either eye the five iris points and the back of the ball).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from talkgen.checkpoints import read_arrays, read_config
from talkgen.face.contact import LID_REACH, LIP_REACH, Contact, clear_of_ball, rim, set_lids, set_lips
from talkgen.space import BLENDSHAPES, INDEX, REGION_OF
from talkgen.types import Array, check_shape

Index = NDArray[np.int32]
SIDES = ("right", "left")
GAZE_SIDE, GAZE_HEIGHT = np.radians(30.0), np.radians(25.0)
"""How far an eye turns at weight 1."""
SOFT = ("skin", "mouth_socket", "eye_socket")
"""The parts that are one stretching skin."""
_SPAN_OF = np.array([{"brows": 2, "nose": 2, "eyes": 1, "gaze": 1}.get(REGION_OF[name], 0) for name in BLENDSHAPES])
"""Which span of a face (mouth, eye, face) each shape grows with."""
_NO_EYE = np.empty(0, np.int32)
HEADROOM = 0.25
"""A weight above 1 saturates softly at 1 + HEADROOM."""
LID_CLEARANCE = 0.0002
"""Metres between eyeball and lid."""


@dataclass(frozen=True, eq=False)
class FaceRig:
    """A mesh of V vertices and what moves it. Metres, head frame; left and right are the subject's own.

    `neutral (V, 3)` the mean face; `triangles (F, 3)`, counter-clockwise from outside; `shapes (52, V, 3)` offsets at weight 1;
    `identity (K, V, 3)` how faces differ, per standard deviation; `part (V,)` index into `parts`, `sheet (V,)` into `sheets`.
    Landmark i is the point of `landmark_vertices (478, 3)` with barycentric `landmark_weights (478, 3)`; the last ten are the
    irises. `eye_centres (2, 3)`: right, left. `lips` and `lids` (right, left) are the contacts. `gains (52,)` calibrate the shapes.
    """

    neutral: Array
    triangles: Index
    shapes: Array
    identity: Array
    part: NDArray[np.uint8]
    parts: tuple[str, ...]
    sheet: NDArray[np.uint8]
    sheets: tuple[str, ...]
    landmark_vertices: Index
    landmark_weights: Array
    eye_centres: Array
    lips: Contact
    lids: tuple[Contact, Contact]
    gains: Array
    _by_axis: Array  # (3, 52, V) contiguous, what `pose` multiplies

    def members(self, *parts: str) -> Index:
        """Vertices of the named parts."""
        return np.flatnonzero(np.isin(self.part, [self.parts.index(p) for p in parts])).astype(np.int32)

    def landmarks(self, vertices: Array) -> Array:
        """`(478, 3)` landmarks of posed or neutral `vertices (V, 3)`."""
        result: Array = np.einsum("lk,lkc->lc", self.landmark_weights, vertices[self.landmark_vertices])
        return result

    def pose(self, neutral: Array, weights: Array, out: Array | None = None) -> Array:
        """The person `neutral (V, 3)` wearing `weights (52,)`: `(V, 3)` float32 vertices, into `out` where given."""
        out = self.add(neutral, weights, out)
        weights = self.calibrated(weights)
        set_lips(out, neutral, self.lips)
        for side, contact in zip(SIDES, self.lids, strict=True):
            set_lids(out, neutral, weights, contact)
            self._turn_eye(out, neutral, weights, side, contact)
        return out

    def add(self, neutral: Array, weights: Array, out: Array | None = None) -> Array:
        """`pose` without contact and eyeball rotation: the shapes added up."""
        check_shape("neutral", neutral, self.neutral.shape)
        check_shape("weights", weights, (len(BLENDSHAPES),))
        scaled = self.calibrated(weights)[:, None] * self.proportions(neutral)
        active = np.flatnonzero(scaled[:, 0])
        out = np.empty_like(self.neutral) if out is None else out
        for axis in range(3):
            np.add(neutral[:, axis], scaled[active, axis] @ self._by_axis[axis, active], out=out[:, axis])
        return out

    def calibrated(self, weights: Array) -> Array:
        """`weights (52,)` times the gains, saturated softly; `mouthClose` closes no more than `jawOpen` opened."""
        result = saturate(np.asarray(weights, np.float32) * self.gains)
        result[INDEX["mouthClose"]] = min(result[INDEX["mouthClose"]], result[INDEX["jawOpen"]])
        return result

    def proportions(self, neutral: Array) -> Array:
        """`(52, 3)` how much larger than on the mean face each shape moves on this person, per axis."""
        spans = (self._spans(neutral) / self._own_spans).clip(0.75, 1.35).astype(np.float32)
        return np.repeat(spans[_SPAN_OF], 3).reshape(-1, 3)

    @cached_property
    def _own_spans(self) -> Array:
        return self._spans(self.neutral)

    @cached_property
    def _eyeballs(self) -> dict[str, Index]:
        return {side: self.members(f"eye_{side}") for side in SIDES if f"eye_{side}" in self.parts}

    def _spans(self, vertices: Array) -> Array:
        """Metres: width of the mouth, of an eye, and between the eyes' outer corners."""
        corners = [vertices[c.pairs[[0, -1], 0]] for c in (self.lips, *self.lids)]
        mouth, right, left = (np.linalg.norm(c[1] - c[0]) for c in corners)
        return np.array([mouth, (right + left) / 2, np.linalg.norm(corners[1].mean(0) - corners[2].mean(0))])

    def _turn_eye(self, out: Array, neutral: Array, weights: Array, side: str, lids: Contact) -> None:
        ball = self._eyeballs.get(side, _NO_EYE)
        if not len(ball):
            return
        centre = (neutral[ball[0]] + neutral[ball[-1]]) / 2
        turn = rotation_matrix(gaze_rotation(weights, side))
        out[ball] = (neutral[ball] - centre) @ turn.T + centre
        radius = float(np.linalg.norm(neutral[ball[0]] - centre)) + LID_CLEARANCE
        for skin in (lids.upper.vertices, lids.lower.vertices):
            clear_of_ball(out, skin, centre, radius)


def saturate(weights: Array) -> Array:
    """`weights` unchanged up to 1, then softly towards 1 + `HEADROOM`."""
    over = np.maximum(weights - 1, 0) / HEADROOM
    return np.where(weights > 1, 1 + HEADROOM * np.tanh(over), weights).astype(np.float32)


def gaze_rotation(weights: Array, side: str) -> Array:
    """Rotation vector `(3,)` of an eyeball under `weights (52,)`."""
    up, down, inwards, outwards = (float(weights[INDEX[f"eyeLook{d}{side.capitalize()}"]]) for d in ("Up", "Down", "In", "Out"))
    to_left = (outwards - inwards) if side == "left" else (inwards - outwards)
    return np.array([GAZE_HEIGHT * (down - up), GAZE_SIDE * to_left, 0], np.float32)


def rotation_matrix(vector: NDArray[np.floating[Any]]) -> Array:
    """`(3, 3)` of a rotation vector `(3,)` in radians (Rodrigues)."""
    x, y, z = (float(part) for part in vector)
    angle = math.sqrt(x * x + y * y + z * z) or 1e-30
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    sine, half = math.sin(angle) / angle, math.sin(angle / 2) / (angle / 2)
    result: Array = (np.eye(3) + sine * cross + 0.5 * half * half * (cross @ cross)).astype(np.float32)
    return result


def project(vertices: Array, rotation: Array, scale: float, translation: Array) -> Array:
    """Head to picture by scaled orthography: `(V, 3)` pixels, x right, y down, depth smaller nearer.

    `vertices (V, 3)` metres; `rotation (3,)` rotation vector about the pivot; `scale` pixels per metre; `translation (2,)` the
    pixel of the pivot.
    """
    turned = (vertices @ rotation_matrix(rotation).T) * np.array([scale, -scale, -scale], np.float32)
    turned[:, :2] += translation
    return turned.astype(np.float32)


@lru_cache(maxsize=2)
def load_rig(mesh: Literal["head", "landmarks"] = "head") -> FaceRig:
    """The shipped rig: the generic head, or the landmark mesh."""
    config, stored = read_config("rig"), read_arrays("rig", "rig")
    arrays = {key.partition(".")[2]: value for key, value in stored.items() if key.startswith(mesh + ".")}
    pairs = [arrays.pop(key) for key in ("lip_pairs", "lid_pairs_right", "lid_pairs_left")]
    floats = {key: value.astype(np.float32) if value.dtype.kind == "f" else value for key, value in arrays.items()}
    return assemble(floats, config, pairs)


def assemble(arrays: dict[str, np.ndarray], config: dict[str, Any], pairs: list[Index]) -> FaceRig:
    """A rig from its arrays (fields of `FaceRig`), the configuration and the pairs of lips, right lids and left lids."""
    sides = (("skull", "jaw"), ("upper_lid_right", "lower_lid_right"), ("upper_lid_left", "lower_lid_left"))
    lips, right, left = (contact(arrays, config, pair, names) for pair, names in zip(pairs, sides, strict=True))
    return FaceRig(
        **arrays,
        parts=tuple(config["parts"]),
        sheets=tuple(config["sheets"]),
        lips=lips,
        lids=(right, left),
        gains=np.array([config["gains"][name] for name in BLENDSHAPES], np.float32),
        _by_axis=np.ascontiguousarray(arrays["shapes"].transpose(2, 0, 1)),
    )


def contact(arrays: dict[str, np.ndarray], config: dict[str, Any], pairs: Index, sheets: tuple[str, str]) -> Contact:
    """The contact of `pairs (P, 2)` between two sheets, whose skin and lining follow."""
    neutral, shapes = arrays["neutral"], arrays["shapes"]
    soft = np.isin(arrays["part"], [config["parts"].index(part) for part in SOFT])
    reach = LIP_REACH if "jaw" in sheets else LID_REACH
    upper, lower = (
        rim(neutral, np.flatnonzero(soft & (arrays["sheet"] == config["sheets"].index(sheet))), pairs[:, k], reach)
        for k, sheet in enumerate(sheets)
    )
    opening = np.maximum(neutral[pairs[:, 0], 1] - neutral[pairs[:, 1], 1], 0.0015)
    closing = (shapes[:, pairs[:, 1], 1] - shapes[:, pairs[:, 0], 1]) / opening
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        row = closing[INDEX[name]]
        row[row > 0.5] = 1.0  # the lids of the measured head stay half a millimetre apart
    return Contact(pairs, upper, lower, closing.astype(np.float32))
