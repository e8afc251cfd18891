"""A portrait read through the rig: head pose, identity, resting expression, and from these the person's own neutral head.

One maximum-a-posteriori fit of the rig to the landmarks under scaled orthography, alternating pose and shape: identity has the
spread measured over people, expressions a sparse prior and bounds, so that a photographed smile is explained as a smile. What
the shapes cannot explain is then spread over the skin as smoothly as it allows (biharmonic), so that the posed head meets the
landmarks; eyes, teeth and tongue follow rigidly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from talkgen.face.landmark_mesh import (
    IRISES,
    LOWER_LIDS,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    N_MESH,
    OVAL,
    UPPER_LIDS,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
)
from talkgen.face.rig import GAZE_HEIGHT, GAZE_SIDE, SIDES, SOFT, FaceRig, project, rotation_matrix
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array, FaceFit, Portrait

Doubles = NDArray[np.float64]

ROUNDS = 8
NOISE = 0.0022
"""Metres: how far a landmark may be off the model (finder, depth and correlated model error together)."""
SPREAD = {
    "brow": 0.28, "eyeBlink": 0.35, "eyeSquint": 0.4, "eyeWide": 0.3, "eyeLook": 0.0, "cheekSquint": 0.3, "cheekPuff": 0.05,
    "jawOpen": 0.25, "jawForward": 0.1, "jawLeft": 0.05, "jawRight": 0.05, "mouthLeft": 0.06, "mouthRight": 0.06,
    "mouthSmile": 0.6, "mouthFrown": 0.25, "mouthUpperUp": 0.35, "mouthLowerDown": 0.4, "mouthPucker": 0.25,
    "mouthFunnel": 0.12, "mouthRoll": 0.1, "mouthClose": 0.0, "tongueOut": 0.0,
}  # fmt: skip
"""How strongly resting faces wear each shape (prefix of its name), the others 0.2. Shapes at 0 are not fitted (gaze is, apart)."""
SPARSITY = 0.5
"""Pull towards an expressionless face, per spread."""
EVENNESS = 0.15
"""How much the left and right of a resting expression differ."""
BROADEST = 1.5
"""The strongest smile in a photograph: some are broader than the rig's, and what is not told as a smile would stay in the face."""
EYE_ROOM = 0.0004
"""Metres between an eyeball and the lid nearest to it."""
TRUST, TRUST_OUTLINE = 30.0, 1.0
"""Weight of a landmark against smoothness when the skin is bent to it; the outline of a turned face is another line of the skin."""
FOLLOWED = {
    "gums_upper": UPPER_LIP_OUTER, "teeth_upper": UPPER_LIP_OUTER, "gums_lower": LOWER_LIP_OUTER, "teeth_lower": LOWER_LIP_OUTER,
    "tongue": UPPER_LIP_INNER + LOWER_LIP_INNER,
    "eye_right": UPPER_LIDS["right"] + LOWER_LIDS["right"], "eye_left": UPPER_LIDS["left"] + LOWER_LIDS["left"],
}  # fmt: skip
"""The landmarks that an inner part moves with."""


class Pose(NamedTuple):
    """Scaled orthography: rotation vector `(3,)`, pixels per metre, pixels of the pivot `(2,)`; see `rig.project`."""

    rotation: Doubles
    scale: float
    translation: Doubles

    def project(self, points: NDArray[np.floating[Any]]) -> Array:
        """`(N, 3)` metres to `(N, 3)` pixels and depth."""
        return project(points.astype(np.float32), self.rotation.astype(np.float32), self.scale, self.translation.astype(np.float32))


def fit_face(rig: FaceRig, portrait: Portrait) -> FaceFit:
    """Fit `rig` to the landmarks of `portrait` (see `types.FaceFit`). Needs a face that is turned by less than about 60 degrees."""
    return fit_landmarks(rig, portrait.landmarks)


def fit_landmarks(rig: FaceRig, landmarks: Array) -> FaceFit:
    """Fit `rig` to `landmarks (478, 3)`, pixels, as in `types.Portrait`."""
    target = landmarks[:N_MESH, :2].astype(np.float64)
    model = landmark_model(rig)
    shape = np.zeros(len(model.offsets))
    for _ in range(ROUNDS):
        pose = solve_pose(model.points(shape), target, model.weight)
        shape = model.solve(target, pose, gaze(rig, landmarks, pose))
    pose = solve_pose(model.points(shape), target, model.weight)
    rest = shape[len(rig.identity) :].astype(np.float32)
    person = rig.neutral + np.tensordot(shape[: len(rig.identity)].astype(np.float32), rig.identity, 1)
    neutral = refine(rig, landmarks, person.astype(np.float32), rest, pose)
    miss = missing(landmarks, rig.landmarks(rig.pose(neutral, rest)), pose)[:N_MESH] * pose.scale
    rms = float(np.sqrt((miss**2).sum(1).mean())) / iris_distance(landmarks)
    return FaceFit(rest, pose.rotation.astype(np.float32), pose.scale, pose.translation.astype(np.float32), neutral, rms)


class LandmarkModel:
    """The rig at its 468 landmarks, and the prior: `offsets (K + 52, 468, 3)`, identity first."""

    def __init__(self, rig: FaceRig) -> None:
        corners, shares = rig.landmark_vertices[:N_MESH], rig.landmark_weights[:N_MESH]
        both = np.concatenate([rig.identity, rig.shapes * rig.gains[:, None, None]])
        self.mean: Doubles = np.einsum("lk,lkc->lc", shares, rig.neutral[corners]).astype(np.float64)
        self.offsets: Doubles = np.einsum("lk,nlkc->nlc", shares, both[:, corners]).astype(np.float64)
        self.weight = landmark_weights()
        people = len(rig.identity)
        free, precision, pull = expression_prior(SPREAD)
        self.free = np.concatenate([np.ones(people, bool), free])
        self.prior = np.eye(people + len(BLENDSHAPES))
        self.prior[people:, people:] = precision
        self.pull = np.concatenate([np.zeros(people), pull])
        self.bounds = np.repeat([[-3.0, 3.0], [0.0, 1.0]], [people, len(BLENDSHAPES)], axis=0)
        self.bounds[people + np.array([INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]), 1] = BROADEST

    def points(self, shape: Doubles) -> Doubles:
        """`(468, 3)` landmarks of the head with coefficients `shape (K + 52,)`."""
        result: Doubles = self.mean + np.tensordot(shape, self.offsets, 1)
        return result

    def solve(self, target: Doubles, pose: Pose, look: Doubles) -> Doubles:
        """Coefficients `(K + 52,)` for a fixed pose and gaze: bounded least squares with the priors."""
        from scipy.optimize import lsq_linear

        flat = rotation_matrix(pose.rotation).astype(np.float64)[:2]
        moved = self.offsets @ flat.T  # (K + 52, 468, 2)
        shape = np.concatenate([np.zeros(len(self.offsets) - len(look)), look])
        wanted = (target - pose.translation) / pose.scale * [1, -1] - self.points(shape) @ flat.T
        trust = self.weight[:, None] / NOISE
        rows = (moved[self.free] * trust).reshape(self.free.sum(), -1)
        precision = rows @ rows.T + self.prior[np.ix_(self.free, self.free)]
        gradient = rows @ (wanted * trust).ravel() - self.pull[self.free]
        factor = np.linalg.cholesky(precision)
        bounds = self.bounds[self.free].T
        shape[self.free] = lsq_linear(factor.T, np.linalg.solve(factor, gradient), (bounds[0], bounds[1]), method="bvls").x
        return shape


def expression_prior(spreads: Mapping[str, float]) -> tuple[NDArray[np.bool_], Doubles, Doubles]:
    """Which shapes are fitted `(52,)`, the precision of their prior `(52, 52)` and its pull towards 0 `(52,)`, from how strongly
    faces wear each shape (prefix of its name, the first that fits; the others 0.2)."""
    spread = np.array([next((s for prefix, s in spreads.items() if name.startswith(prefix)), 0.2) for name in BLENDSHAPES])
    free, spread = spread > 0, np.maximum(spread, 1e-3)
    precision = np.diag(1 / spread**2)
    for name in BLENDSHAPES:
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
            pair = [INDEX[name], INDEX[name[:-4] + "Right"]]
            precision[np.ix_(pair, pair)] += np.array([[1, -1], [-1, 1]]) / EVENNESS**2
    return free, precision, SPARSITY / spread


@lru_cache(maxsize=2)
def landmark_model(rig: FaceRig) -> LandmarkModel:
    """The model of a rig, made once."""
    return LandmarkModel(rig)


def landmark_weights() -> Doubles:
    """`(468,)` trust in each landmark: lips and lids carry the expression, the outline slides over the skin."""
    weight = np.ones(N_MESH)
    weight[list(OVAL)] = 0.4
    for line in (UPPER_LIP_INNER, LOWER_LIP_INNER, UPPER_LIP_OUTER, LOWER_LIP_OUTER, *UPPER_LIDS.values(), *LOWER_LIDS.values()):
        weight[list(line)] = 1.5
    result: Doubles = weight / np.sqrt((weight**2).mean())
    return result


def solve_pose(points: Doubles, target: Doubles, weight: Doubles) -> Pose:
    """The pose that projects `points (L, 3)` onto `target (L, 2)` pixels, least squares with `weight (L,)`.

    The best affine camera, then the nearest similarity to it, refined by Gauss-Newton.
    """
    from scipy.spatial.transform import Rotation

    share = weight**2 / (weight**2).sum()
    centre, middle = share @ points, share @ target
    spread, shift = points - centre, (target - middle) * [1, -1]
    affine = np.linalg.solve(spread.T @ (spread * share[:, None]), spread.T @ (shift * share[:, None])).T  # (2, 3)
    left, values, right = np.linalg.svd(affine, full_matrices=False)
    scale = float(values.mean())
    rows = left @ right
    rotation = np.stack([rows[0], rows[1], np.cross(rows[0], rows[1])])
    for _ in range(5):
        x, y, z = rotation @ spread.T
        zero = np.zeros_like(x)
        jacobian = scale * np.array(
            [[zero, z, -y, x / scale], [-z, zero, x, y / scale]]
        )  # (2, 4, L): turns about x, y, z, and scale
        error = shift.T - scale * np.stack([x, y])
        step = np.linalg.solve(
            np.einsum("ijl,ikl,l->jk", jacobian, jacobian, share), np.einsum("ijl,il,l->j", jacobian, error, share)
        )
        rotation = Rotation.from_rotvec(step[:3]).as_matrix() @ rotation
        scale += float(step[3])
    offset = scale * (rotation @ centre)[:2] * [1, -1]
    return Pose(Rotation.from_matrix(rotation).as_rotvec(), scale, middle - offset)


def gaze(rig: FaceRig, landmarks: Array, pose: Pose) -> Doubles:
    """`(52,)`, the eyeLook shapes alone: where the irises stand between the corners of their eyes, against the measured head."""
    turn = rotation_matrix(pose.rotation).astype(np.float64)
    mean = rig.landmarks(rig.neutral).astype(np.float64)
    angles = []
    for k, side in enumerate(SIDES):
        ends, iris = [UPPER_LIDS[side][0], UPPER_LIDS[side][-1]], IRISES[side][0]
        seen = (landmarks[iris, :2] - landmarks[ends, :2].mean(0)) * [1, -1] / pose.scale
        away = seen - (turn @ (mean[iris] - mean[ends].mean(0)))[:2]
        radius = float(np.linalg.norm(mean[iris] - rig.eye_centres[k]))
        angles.append(np.arcsin(np.clip(away / radius, -0.6, 0.6)))
    to_left, up = np.mean(angles, axis=0) / [GAZE_SIDE, GAZE_HEIGHT]  # the eyes look as one
    look = np.zeros(len(BLENDSHAPES))
    for value, names in (
        (to_left, ("eyeLookOutLeft", "eyeLookInRight")),
        (-to_left, ("eyeLookInLeft", "eyeLookOutRight")),
        (up, ("eyeLookUpLeft", "eyeLookUpRight")),
        (-up, ("eyeLookDownLeft", "eyeLookDownRight")),
    ):
        look[[INDEX[name] for name in names]] = np.clip(value, 0, 1)
    return look


def refine(rig: FaceRig, landmarks: Array, person: Array, rest: Array, pose: Pose) -> Array:
    """`person (V, 3)` bent so that its posed rest meets the landmarks in the picture plane; depth stays the model's."""
    neutral = person
    for _ in range(2):  # shapes grow with the person's proportions, so once is not quite enough
        neutral = neutral + spread_over(rig, missing(landmarks, rig.landmarks(rig.add(neutral, rest)), pose)[:N_MESH])
    return set_eyes(rig, landmarks, neutral, rest, pose)


def missing(landmarks: Array, points: Array, pose: Pose) -> Array:
    """`(478, 3)` metres, head frame, in the picture plane: from the posed head's landmarks `points (478, 3)` to those seen."""
    miss = np.zeros((len(points), 3))
    miss[:, :2] = (landmarks[:, :2] - pose.project(points)[:, :2]) / pose.scale * [1, -1]
    result: Array = (miss @ rotation_matrix(pose.rotation)).astype(np.float32)
    return result


def set_eyes(rig: FaceRig, landmarks: Array, neutral: Array, rest: Array, pose: Pose) -> Array:
    """`neutral` with each eyeball moved to where its iris is in the picture, and in depth to just behind its lids."""
    neutral = neutral.copy()
    for _ in range(3):  # depth moves a turned head's iris in the picture, too
        miss = missing(landmarks, rig.landmarks(rig.pose(neutral, rest)), pose)
        for side, lids in zip(SIDES, rig.lids, strict=True):
            ball = rig.members(f"eye_{side}")
            if len(ball):
                centre = (neutral[ball[0]] + neutral[ball[-1]]) / 2
                nearest_lid = np.linalg.norm(neutral[lids.pairs.ravel()] - centre, axis=1).min()
                room = nearest_lid - np.linalg.norm(neutral[ball[0]] - centre) - EYE_ROOM
                neutral[ball] += miss[IRISES[side][0]] + np.array([0, 0, np.clip(room, -0.002, 0.002)], np.float32)
    return neutral


def iris_distance(landmarks: Array) -> float:
    """Pixels between the iris centres."""
    return float(np.linalg.norm(landmarks[IRISES["right"][0], :2] - landmarks[IRISES["left"][0], :2]))


def spread_over(rig: FaceRig, offsets: Array) -> Array:
    """`(V, 3)`: landmark `offsets (468, 3)` interpolated over the skin; inner parts move rigidly with what is before them."""
    solve, carry = _smoother(rig)
    field = np.zeros_like(rig.neutral)
    field[rig.members(*SOFT)] = solve(carry @ offsets.astype(np.float64))
    for part, landmarks in FOLLOWED.items():
        field[rig.members(part)] = offsets[list(landmarks)].mean(0)
    return field


@lru_cache(maxsize=2)
def _smoother(rig: FaceRig) -> tuple[Callable[[Doubles], Doubles], Any]:
    """A solver `(S, 3) -> (S, 3)` of the biharmonic system of the soft skin, and the sparse `(S, 468)` pull of the landmarks."""
    from scipy.sparse import coo_matrix, csr_matrix, diags, eye
    from scipy.sparse.linalg import splu

    soft = np.isin(np.arange(len(rig.neutral)), rig.members(*SOFT))
    index = np.cumsum(soft) - 1
    triangles = index[rig.triangles[soft[rig.triangles].all(1)]]
    a, b = np.unique(np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), 1), axis=0).T
    points = rig.neutral[soft].astype(np.float64)
    n = len(points)
    closeness = 1 / np.linalg.norm(points[a] - points[b], axis=1)
    near = coo_matrix((np.r_[closeness, closeness], (np.r_[a, b], np.r_[b, a])), shape=(n, n)).tocsr()
    laplacian = eye(n) - diags(1 / np.asarray(near.sum(1)).ravel()) @ near
    rows = np.repeat(np.arange(N_MESH), 3)
    columns = index[rig.landmark_vertices[:N_MESH].ravel()]
    constraint = csr_matrix((rig.landmark_weights[:N_MESH].ravel().astype(np.float64), (rows, columns)), shape=(N_MESH, n))
    trust = np.full(N_MESH, TRUST)
    trust[list(OVAL)] = TRUST_OUTLINE
    carry = (constraint.T @ diags(trust)).tocsr()
    return splu((laplacian.T @ laplacian + 1e-6 * eye(n) + carry @ constraint).tocsc()).solve, carry
