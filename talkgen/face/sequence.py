"""A face through time, read through the rig: one person for the whole clip, then pose, expression and gaze of every frame.

The person is `fit.fit_landmarks` of the clip's resting face, the mean over frames in which the mouth is shut, the eyes are open
and the head is held as usual. With the person known, a frame is a bounded linear problem about the frame before it: Gauss-Newton
over pose and weights at once, so that a nod is not taken for an opening jaw (Bouaziz, Wang, Pauly 2013, "Online modeling for
realtime facial animation", without its depth camera).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.ndimage import binary_dilation, convolve1d, gaussian_filter1d, median_filter

from talkgen.face.fit import SPREAD as RESTING_SPREAD
from talkgen.face.fit import Doubles, Pose, expression_prior, fit_landmarks, gaze, landmark_model, solve_pose
from talkgen.face.landmark_mesh import (
    IRISES,
    LOWER_LIDS,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    N_MESH,
    NOSTRILS,
    UPPER_LIDS,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
)
from talkgen.face.rig import FaceRig, rotation_matrix
from talkgen.space import BLENDSHAPES, INDEX, REGION_OF
from talkgen.types import Array, FaceFit

NOISE, LIP_TRUST = 0.0013, 2.0
"""Metres: how far a landmark may be off the model once the person is known; how much more those of the lips weigh."""
SPREAD = {
    "jawOpen": 0.5, "mouthPucker": 0.3, "mouthStretch": 0.3, "mouthPress": 0.15, "mouthFrown": 0.2, "mouthShrug": 0.12,
    "mouthLowerDown": 0.3, "eyeBlink": 0.8, "eyeSquint": 0.2, "browDown": 0.4, "browInnerUp": 0.5, "browOuterUp": 0.4,
}  # fmt: skip
"""How strongly moving faces wear shapes (prefix of the name) where that differs from resting ones (`fit.SPREAD`)."""
MADE = 0.25
"""What a resting face wears of a shape below this is how the person is made; twice as much, and it is all expression."""
RESTING, TOUCHING, OPEN = 24, 0.01, 0.8
"""Most frames that make the resting face; lips nearer than this (of the face's width) to the closest are shut; eyes wider than
this share of the median are open."""
SETTLING, ROUNDS, CERTAIN = 25, 2, 0.003
"""Frames and rounds in which the person is corrected; how sure the depth was before (the variance of turns that outweighs it)."""
STEPS, SWEEPS, CLOSE_ENOUGH = 2, 300, 1e-5
"""Gauss-Newton steps of a frame; coordinate descents of a step, which end when no change gains more than this (of a variance)."""
DISTANCE = 1.0
"""Metres from the camera that are assumed where depth is read from the size of the face."""
SLOW = np.array([REGION_OF[name] in ("brows", "cheeks", "nose") for name in BLENDSHAPES])
"""Shapes without sharp movements of their own, which are smoothed a little; lips, jaw and lids are not."""
GAZE = np.array([REGION_OF[name] == "gaze" for name in BLENDSHAPES])
BLINKS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
LIDS_MEET = 1.6
"""The landmarks of shut lids stay apart; times this, shut lids are shut (measured on GRID and a televised address)."""
SHUT = 0.3
"""A lid that is closed farther than this hides where the eye looks."""
_MIDDLE, _CORNERS = (UPPER_LIP_INNER[5], LOWER_LIP_INNER[5]), (UPPER_LIP_INNER[0], UPPER_LIP_INNER[-1])
_LIPS = sorted({*UPPER_LIP_INNER, *LOWER_LIP_INNER, *UPPER_LIP_OUTER, *LOWER_LIP_OUTER})
_RIGID = [*NOSTRILS, *(lid[k] for lids in (UPPER_LIDS, LOWER_LIDS) for lid in lids.values() for k in (0, -1))]


@dataclass(frozen=True)
class SequenceFit:
    """The motion of T frames, at the rate of the pictures.

    `blendshapes (T, 52)` 0..1; `head_rotation (T, 3)` rad from facing the camera; `head_translation (T, 3)` m from where the pivot
    usually is; `lips (T, 2)`: opening of the inner lips and width of the mouth as seen, in iris distances, turned to the front, not
    smoothed; `rms (T,)` the landmark error in iris distances; `person` the resting face; `scale (T,)` pixels per metre and
    `pivot (T, 2)` pixels, where the head's pivot projects.
    """

    blendshapes: Array
    head_rotation: Array
    head_translation: Array
    lips: Array
    rms: Array
    person: FaceFit
    scale: Array
    pivot: Array


def fit_sequence(rig: FaceRig, landmarks: Array, person: FaceFit | None = None) -> SequenceFit:
    """Fit `rig` to `landmarks (T, 478, 3)`, pixels, of one face in consecutive frames of a camera that keeps still.

    `person` is known where other, neutral pictures show who it is (see `fit_person`): then an expression that never leaves a face
    in all of a clip is seen as one.
    """
    person = person or fit_person(rig, landmarks)
    model = _Person(rig, person)
    model.settle(landmarks[:: -(-len(landmarks) // SETTLING)])
    frames = list(model.follow(landmarks))
    weights = np.array([frame.weights for frame in frames])
    rotation, scale, shift = (np.array([frame.pose[k] for frame in frames]) for k in range(3))
    return SequenceFit(
        _tidied(weights).astype(np.float32),
        _smoothed(rotation).astype(np.float32),
        _translation(scale, shift).astype(np.float32),
        np.array([frame.lips for frame in frames], np.float32),
        np.array([frame.rms for frame in frames], np.float32),
        person,
        scale.astype(np.float32),
        shift.astype(np.float32),
    )


def fit_person(rig: FaceRig, landmarks: Array) -> FaceFit:
    """Who is seen in `landmarks (T, 478, 3)`, and the expression worn at rest."""
    return as_made(rig, fit_landmarks(rig, resting_face(landmarks)))


def resting_face(landmarks: Array) -> Array:
    """`(478, 3)`: the mean of those of `landmarks (T, 478, 3)` that show the face at rest, in the place of one of them."""
    opening = _gaps(landmarks, UPPER_LIP_INNER, LOWER_LIP_INNER)
    lids = np.add(*(_gaps(landmarks, UPPER_LIDS[side], LOWER_LIDS[side]) for side in UPPER_LIDS))
    rigid = landmarks[:, _RIGID, :2].astype(np.float64)
    rigid = rigid - rigid.mean(1, keepdims=True)
    rigid /= np.sqrt((rigid**2).sum((1, 2), keepdims=True))
    away = np.linalg.norm(rigid - np.median(rigid, axis=0), axis=(1, 2))  # from how the head is usually held
    shut = np.maximum(opening - np.quantile(opening, 0.02), TOUCHING)
    chosen = np.lexsort([away, lids < OPEN * np.median(lids), shut])[:RESTING]
    chosen = chosen[shut[chosen] <= max(TOUCHING, shut[chosen[len(chosen) // 3]])]
    first = landmarks[chosen[0]].astype(np.float64)
    mean: Array = np.mean([_onto(landmarks[k].astype(np.float64), first) for k in chosen], axis=0).astype(np.float32)
    return mean


def as_made(rig: FaceRig, fit: FaceFit) -> FaceFit:
    """The same face, whose faint resting expressions have become part of the person: real faces are not the mean face, and what is
    faint in every silent frame is more likely build than mood (firm shrinkage, Gao and Bruce 1997)."""
    rest = fit.rest * np.clip(fit.rest / MADE - 1, 0, 1)
    rest[GAZE] = fit.rest[GAZE]
    neutral = fit.neutral + rig.add(fit.neutral, fit.rest) - rig.add(fit.neutral, rest)
    return replace(fit, rest=rest.astype(np.float32), neutral=neutral.astype(np.float32))


class _Frame(NamedTuple):
    weights: Doubles
    pose: Pose
    lips: Doubles
    rms: float


class _Person:
    """The rig at the landmarks of one person, and the prior of a moving face."""

    def __init__(self, rig: FaceRig, fit: FaceFit) -> None:
        model = landmark_model(rig)
        self.rig, self.fit = rig, fit
        points = rig.landmarks(fit.neutral).astype(np.float64)
        self.base: Doubles = points[:N_MESH]
        self.iris_distance = float(np.linalg.norm(points[IRISES["right"][0]] - points[IRISES["left"][0]]))
        self.offsets: Doubles = model.offsets[len(rig.identity) :] * rig.proportions(fit.neutral)[:, None, :]
        self.weight = model.weight
        trust = model.weight / NOISE
        trust[_LIPS] *= LIP_TRUST
        self.trust = np.tile(trust, 2)
        free, precision, self.pull = expression_prior({**SPREAD, **RESTING_SPREAD, **SPREAD})  # the first prefix that fits counts
        self.free = np.flatnonzero(free)
        self.pull = self.pull[free]
        self.precision = np.zeros((6 + len(self.free),) * 2)
        self.precision[6:, 6:] = precision[np.ix_(free, free)]

    def follow(self, landmarks: Array) -> Iterator[_Frame]:
        """Every frame, from the one before."""
        weights = self.fit.rest.astype(np.float64)
        pose = solve_pose(self.points(weights), landmarks[0, :N_MESH, :2].astype(np.float64), self.weight)
        for seen in landmarks:
            weights[GAZE] = gaze(self.rig, seen, pose)[GAZE]
            for _ in range(STEPS):
                weights, pose = self.step(seen[:N_MESH, :2].astype(np.float64), weights, pose)
            yield self.measured(seen, weights, pose)

    def settle(self, landmarks: Array) -> None:
        """Correct the person's landmarks by what is off in all of `landmarks (T, 478, 3)` alike: as the head turns, depth shows,
        which no single picture tells."""
        for _ in range(ROUNDS):
            pull, spread = np.zeros((N_MESH, 3)), np.eye(3) * len(landmarks) * CERTAIN
            for seen, frame in zip(landmarks, self.follow(landmarks), strict=True):
                flat = rotation_matrix(frame.pose.rotation).astype(np.float64)[:2]
                pull += self.error(seen, frame.weights, frame.pose) @ flat
                spread += flat.T @ flat
            self.base = self.base + np.linalg.solve(spread, pull.T).T

    def error(self, seen: Array, weights: Doubles, pose: Pose) -> Doubles:
        """`(468, 2)` metres in the picture plane, y up: from the model to the landmarks."""
        flat = (seen[:N_MESH, :2] - pose.translation) / pose.scale * [1, -1]
        result: Doubles = flat - self.points(weights) @ rotation_matrix(pose.rotation).astype(np.float64)[:2].T
        return result

    def points(self, weights: Doubles) -> Doubles:
        """`(468, 3)` landmarks of the person wearing `weights (52,)`, without contact."""
        result: Doubles = self.base + np.tensordot(weights, self.offsets, 1)
        return result

    def step(self, target: Doubles, weights: Doubles, pose: Pose) -> tuple[Doubles, Pose]:
        """One step of Gauss-Newton towards `target (468, 2)` pixels, over small turns, log scale, shift and the free weights."""
        turn = rotation_matrix(pose.rotation).astype(np.float64)
        x, y, z = turn @ self.points(weights).T
        one, zero = np.ones_like(x), np.zeros_like(x)
        rigid = [[zero, -z], [z, zero], [-y, x], [x, y], [one, zero], [zero, one]]
        moving = (self.offsets[self.free] @ turn[:2].T).transpose(0, 2, 1)
        rows = np.concatenate([np.array(rigid), moving]).reshape(6 + len(self.free), -1) * self.trust
        seen = (target - pose.translation) / pose.scale * [1, -1]
        worn = weights[self.free]
        gradient = rows @ ((seen.T - [x, y]).ravel() * self.trust)
        gradient[6:] -= self.pull + self.precision[6:, 6:] @ worn
        low, high = np.full(len(gradient), -np.inf), np.full(len(gradient), np.inf)
        low[6:], high[6:] = -worn, 1 - worn
        change = bounded(rows @ rows.T + self.precision, gradient, low, high)
        weights = weights.copy()
        weights[self.free] = worn + change[6:]
        shift = pose.translation + pose.scale * change[4:6] * [1, -1]
        return weights, Pose(_turned(pose.rotation, change[:3]), pose.scale * float(np.exp(change[3])), shift)

    def measured(self, seen: Array, weights: Doubles, pose: Pose) -> _Frame:
        """The frame, with how far the model is off, and the lips as they were seen."""
        turn = rotation_matrix(pose.rotation).astype(np.float64)
        points = self.points(weights)
        flat = (seen[:N_MESH, :2] - pose.translation) / pose.scale * [1, -1]
        error = self.error(seen, weights, pose)
        rms = float(np.sqrt((error**2).sum(1).mean())) / self.iris_distance
        lips = []
        for a, b in (_MIDDLE, _CORNERS):
            depth = points[b, 2] - points[a, 2]  # which the picture does not show
            lips.append(np.linalg.norm(np.linalg.solve(turn[:2, :2], flat[b] - flat[a] - turn[:2, 2] * depth)))
        return _Frame(weights, pose, np.array(lips) / self.iris_distance, rms)


@njit(cache=True)
def bounded(matrix: Doubles, gradient: Doubles, low: Doubles, high: Doubles) -> Doubles:
    """The x within `low` and `high` (N,) that makes x'Mx / 2 - g'x least, for a positive definite `matrix (N, N)`: projected
    coordinate descent, from the unbounded answer."""
    x: Doubles = np.minimum(np.maximum(np.linalg.solve(matrix, gradient), low), high)
    slope = gradient - matrix @ x
    for _ in range(SWEEPS):
        largest = 0.0
        for k in range(len(x)):
            value = min(max(x[k] + slope[k] / matrix[k, k], low[k]), high[k])
            change = value - x[k]
            if change != 0.0:
                x[k] = value
                slope -= matrix[k] * change
                largest = max(largest, change * change * matrix[k, k])
        if largest < CLOSE_ENOUGH:
            break
    return x


def _turned(rotation: Doubles, turn: Doubles) -> Doubles:
    """The rotation vector of a small `turn` after `rotation`."""
    from scipy.spatial.transform import Rotation

    result: Doubles = (Rotation.from_rotvec(turn) * Rotation.from_rotvec(rotation)).as_rotvec()
    return result


def _tidied(weights: Doubles) -> Doubles:
    """`weights (T, 52)`: slow shapes smoothed, shut lids shut, and the gaze carried across blinks."""
    weights = weights.copy()
    weights[:, SLOW] = _smoothed(weights[:, SLOW])
    open_ = np.flatnonzero(binary_dilation(weights[:, BLINKS].mean(1) > SHUT) == 0)
    weights[:, BLINKS] = np.minimum(weights[:, BLINKS] * LIDS_MEET, 1)
    if len(open_):
        for k in np.flatnonzero(GAZE):
            weights[:, k] = np.interp(np.arange(len(weights)), open_, weights[open_, k])
        weights[:, GAZE] = median_filter(weights[:, GAZE], (3, 1), mode="nearest")
    return weights


def _smoothed(rows: Doubles) -> Doubles:
    """`(T, N)` with the mean of each frame (half) and its neighbours (a quarter each)."""
    result: Doubles = convolve1d(rows, [0.25, 0.5, 0.25], axis=0, mode="nearest")
    return result


def _translation(scale: Doubles, shift: Doubles) -> Doubles:
    """`(T, 3)` metres, head frame of a face that looks at the camera: of the pivot, from its median place."""
    usual, middle = np.median(scale), np.median(shift, axis=0)
    depth = DISTANCE * (1 - usual / gaussian_filter1d(scale, 3, mode="nearest"))
    return np.column_stack([_smoothed((shift - middle) / usual * [1, -1]), depth])


def _gaps(landmarks: Array, upper: tuple[int, ...], lower: tuple[int, ...]) -> Doubles:
    """`(T,)`: how far two lines stand apart in the middle, in face widths."""
    middle = len(upper) // 2
    gap = np.linalg.norm(landmarks[:, upper[middle], :2] - landmarks[:, lower[middle], :2], axis=1)
    result: Doubles = gap / np.ptp(landmarks[:, :N_MESH, 0], axis=1)
    return result


def _onto(landmarks: Doubles, other: Doubles) -> Doubles:
    """`landmarks (478, 3)` turned, scaled and moved in the picture plane onto the rigid points of `other`."""
    a, b = (points[_RIGID, 0] - 1j * points[_RIGID, 1] for points in (landmarks, other))
    factor = np.vdot(a - a.mean(), b - b.mean()) / np.vdot(a - a.mean(), a - a.mean())
    moved = factor * (landmarks[:, 0] - 1j * landmarks[:, 1] - a.mean()) + b.mean()
    return np.column_stack([moved.real, -moved.imag, landmarks[:, 2] * abs(factor)])
