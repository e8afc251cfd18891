"""A portrait read through the rig: head pose, identity, resting expression, and from these the person's own neutral head.

One maximum-a-posteriori fit of the rig to the landmarks under scaled orthography, alternating pose and shape: identity has the
spread measured over people, expressions a sparse prior and bounds, so that a photographed smile is explained as a smile. What
the shapes cannot explain is then spread over the skin as smoothly as it allows (biharmonic), so that the posed head meets the
landmarks; eyes, teeth and tongue follow rigidly.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

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
from talkgen.face.rig import GAZE_HEIGHT, GAZE_SIDE, SIDES, FaceRig, project, rotation_matrix
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array, FaceFit, Portrait

ROUNDS = 8
NOISE = 0.0022
"""Metres: how far a landmark may be off the model (finder, depth and correlated model error together)."""
SPREAD = {
    "mouthSmile": 0.6, "mouthUpperUp": 0.35, "mouthLowerDown": 0.4, "eyeSquint": 0.4, "eyeBlink": 0.35, "cheekSquint": 0.3,
    "mouthRoll": 0.1, "jawOpen": 0.25, "jawLeft": 0.05, "jawRight": 0.05, "jawForward": 0.1, "cheekPuff": 0.05, "mouthFunnel": 0.12,
    "mouthPucker": 0.15, "mouthLeft": 0.06, "mouthRight": 0.06, "mouthClose": 0.0, "tongueOut": 0.0, "eyeLook": 0.0,
}  # fmt: skip
"""How strongly resting faces wear each shape (prefix of its name); the others 0.2."""
SPARSITY = 1.0
"""Pull towards an expressionless face, per spread."""
EYE_ROOM = 0.0004
"""Metres between an eyeball and the lid nearest to it."""
EVENNESS = 0.15
"""How much the left and right of a resting expression differ."""


def fit_face(rig: FaceRig, portrait: Portrait) -> FaceFit:
    """Fit `rig` to the landmarks of `portrait` (see `types.FaceFit`)."""
    target = portrait.landmarks[:N_MESH, :2].astype(np.float64)
    basis = _Basis(rig)
    shape = np.zeros(len(basis.offsets))
    for _ in range(ROUNDS):
        pose = solve_pose(basis.points(shape), target, basis.weight)
        shape = basis.solve(target, pose, shape, gaze(rig, portrait, pose))
    rotation, scale, translation = pose = solve_pose(basis.points(shape), target, basis.weight)
    rest = shape[basis.n_identity :].astype(np.float32)
    person = rig.neutral + np.tensordot(shape[: basis.n_identity], rig.identity, 1)
    neutral = refine(rig, portrait, person.astype(np.float32), rest, pose)
    final = project(rig.landmarks(rig.pose(neutral, rest)), rotation, scale, translation)[:N_MESH, :2]
    rms = float(np.sqrt(((final - target) ** 2).sum(1).mean())) / portrait.iris_distance
    return FaceFit(rest, np.float32(rotation), float(scale), np.float32(translation), neutral, rms)


class _Basis:
    """The rig at its landmarks, and the prior: `offsets (K + 52, 468, 3)`, identity first."""

    def __init__(self, rig: FaceRig) -> None:
        corners, bary = rig.landmark_vertices[:N_MESH], rig.landmark_weights[:N_MESH]
        both = np.concatenate([rig.identity, rig.shapes])
        self.mean = np.einsum("lk,lkc->lc", bary, rig.neutral[corners]).astype(np.float64)
        self.offsets = np.einsum("lk,nlkc->nlc", bary, both[:, corners]).astype(np.float64)
        self.n_identity = len(rig.identity)
        self.weight = landmark_weights()
        spread = np.array([next((s for prefix, s in SPREAD.items() if name.startswith(prefix)), 0.2) for name in BLENDSHAPES])
        self.held = np.concatenate([np.zeros(self.n_identity, bool), spread == 0])
        spread = np.maximum(spread, 1e-3)
        self.prior = np.diag(np.concatenate([np.ones(self.n_identity), 1 / spread**2]))
        self.pull = np.concatenate([np.zeros(self.n_identity), SPARSITY / spread])
        for name in BLENDSHAPES:
            if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
                a, b = (self.n_identity + INDEX[n] for n in (name, name[:-4] + "Right"))
                for i, j, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)):
                    self.prior[i, j] += sign / EVENNESS**2

    def points(self, shape: Array) -> Array:
        """`(468, 3)` landmarks of the head with coefficients `shape (K + 52,)`."""
        result: Array = self.mean + np.tensordot(shape, self.offsets, 1)
        return result

    def solve(self, target: Array, pose: tuple[Array, float, Array], shape: Array, look: Array) -> Array:
        """Coefficients for a fixed pose: least squares with the priors, identity within 3, expressions within 0..1, gaze given."""
        from scipy.optimize import lsq_linear

        rotation, scale, translation = pose
        flat = rotation_matrix(rotation).astype(np.float64)[:2]
        wanted = (target - translation) / scale * [1, -1]
        moved = self.offsets @ flat.T  # (n, 468, 2)
        fixed = np.concatenate([np.zeros(self.n_identity), look])
        rest = wanted - self.mean @ flat.T - np.tensordot(fixed, moved, 1)
        free = ~self.held
        rows = (moved[free] * self.weight[:, None]).reshape(free.sum(), -1) / NOISE
        hessian = rows @ rows.T + self.prior[np.ix_(free, free)]
        gradient = rows @ ((rest * self.weight[:, None]).reshape(-1) / NOISE) - self.pull[free]
        factor = np.linalg.cholesky(hessian)
        low = np.where(np.arange(len(fixed)) < self.n_identity, -3.0, 0.0)[free]
        high = np.where(np.arange(len(fixed)) < self.n_identity, 3.0, 1.0)[free]
        result = fixed
        result[free] = lsq_linear(factor.T, np.linalg.solve(factor, gradient), (low, high), method="bvls").x
        return result


def landmark_weights() -> Array:
    """`(468,)` trust in each landmark: lips and lids carry the expression, the outline slides over the skin."""
    weight = np.ones(N_MESH)
    weight[list(OVAL)] = 0.4
    for line in (UPPER_LIP_INNER, LOWER_LIP_INNER, UPPER_LIP_OUTER, LOWER_LIP_OUTER, *UPPER_LIDS.values(), *LOWER_LIDS.values()):
        weight[list(line)] = 1.5
    return weight / np.sqrt((weight**2).mean())


def solve_pose(points: Array, target: Array, weight: Array) -> tuple[Array, float, Array]:
    """Rotation vector `(3,)`, pixels per metre and pixel translation `(2,)` that project `points (L, 3)` onto `target (L, 2)`.

    Scaled orthography: the best affine camera, then the nearest similarity to it, refined by Gauss-Newton.
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
        turned = spread @ rotation.T
        x, y, z = turned.T
        zero = np.zeros_like(x)
        jacobian = np.stack([np.stack([zero, z, -y, x / scale], 1), np.stack([-z, zero, x, y / scale], 1)], 1) * scale  # (L, 2, 4)
        error = shift - scale * turned[:, :2]
        weighted = jacobian * share[:, None, None]
        step = np.linalg.solve(np.einsum("lij,lik->jk", weighted, jacobian), np.einsum("lij,li->j", weighted, error))
        rotation = Rotation.from_rotvec(step[:3]).as_matrix() @ rotation
        scale += float(step[3])
    offset = scale * (rotation @ centre)[:2] * [1, -1]
    return Rotation.from_matrix(rotation).as_rotvec(), scale, middle - offset


def gaze(rig: FaceRig, portrait: Portrait, pose: tuple[Array, float, Array]) -> Array:
    """`(52,)` with the eyeLook shapes alone: where the irises stand between the corners of their eyes, against the measured head."""
    rotation, scale, _ = pose
    turn = rotation_matrix(rotation).astype(np.float64)
    mean = rig.landmarks(rig.neutral)
    angles = []
    for k, side in enumerate(SIDES):
        ends = [UPPER_LIDS[side][0], UPPER_LIDS[side][-1]]
        iris = IRISES[side][0]
        radius = float(np.linalg.norm(mean[iris] - rig.eye_centres[k]))
        middle = (portrait.landmarks[iris, :2] - portrait.landmarks[ends, :2].mean(0)) * [1, -1] / scale
        away = middle - (turn @ (mean[iris] - mean[ends].mean(0)))[:2]
        angles.append(np.arcsin(np.clip(away / radius, -0.6, 0.6)))
    left_right, up = np.mean(angles, axis=0)  # the eyes look as one
    look = np.zeros(len(BLENDSHAPES))
    across, lift = left_right / GAZE_SIDE, up / GAZE_HEIGHT
    for name, value in (
        ("eyeLookOutLeft", across), ("eyeLookInRight", across), ("eyeLookInLeft", -across), ("eyeLookOutRight", -across),
        ("eyeLookUpLeft", lift), ("eyeLookUpRight", lift), ("eyeLookDownLeft", -lift), ("eyeLookDownRight", -lift),
    ):  # fmt: skip
        look[INDEX[name]] = np.clip(value, 0, 1)
    return look


def refine(rig: FaceRig, portrait: Portrait, person: Array, rest: Array, pose: tuple[Array, float, Array]) -> Array:
    """`person (V, 3)` bent so that its posed rest meets the landmarks in the picture plane; depth stays the model's."""
    neutral = person
    for _ in range(2):  # shapes grow with the person's proportions, so once is not quite enough
        neutral = neutral + spread_over(rig, missing(portrait, rig.landmarks(rig.add(neutral, rest)), pose)[:N_MESH])
    return set_eyes(rig, portrait, neutral, rest, pose)


def missing(portrait: Portrait, points: Array, pose: tuple[Array, float, Array]) -> Array:
    """`(478, 3)` metres, head frame, in the picture plane: from landmark `points (478, 3)` of the posed head to those of the portrait."""
    rotation, scale, translation = pose
    miss = (portrait.landmarks[:, :2] - project(points, rotation, scale, translation)[:, :2]) / scale * [1, -1]
    result: Array = (np.concatenate([miss, np.zeros((len(miss), 1))], 1) @ rotation_matrix(rotation)).astype(np.float32)
    return result


def set_eyes(rig: FaceRig, portrait: Portrait, neutral: Array, rest: Array, pose: tuple[Array, float, Array]) -> Array:
    """`neutral` with each eyeball moved to where its iris is in the picture, and in depth to just behind its lids."""
    neutral = neutral.astype(np.float32)
    for _ in range(3):  # depth moves a turned head's iris in the picture, too
        miss = missing(portrait, rig.landmarks(rig.pose(neutral, rest)), pose)
        for side, lids in zip(SIDES, rig.lids, strict=True):
            ball = rig.members(f"eye_{side}") if f"eye_{side}" in rig.parts else []
            if len(ball):
                centre = (neutral[ball[0]] + neutral[ball[-1]]) / 2
                room = np.linalg.norm(neutral[lids.pairs.ravel()] - centre, axis=1).min() - np.linalg.norm(neutral[ball[0]] - centre)
                neutral[ball] += miss[IRISES[side][0]] + [0, 0, np.clip(room - EYE_ROOM, -0.002, 0.002)]
    return neutral


def spread_over(rig: FaceRig, offsets: Array) -> Array:
    """`(V, 3)`: landmark `offsets (468, 3)` interpolated over the skin; inner parts move with the skin nearest to them, rigidly."""
    solve, carry = _factorise(rig)
    field = np.zeros_like(rig.neutral)
    field[_soft(rig)] = solve(carry @ offsets)
    for part, anchor in _ANCHORS.items():
        inner = rig.members(part)
        if len(inner):
            field[inner] = offsets[list(anchor)].mean(0)
    return field


_MOUTH = (*UPPER_LIP_INNER, *LOWER_LIP_INNER)
_ANCHORS = {
    "gums_upper": UPPER_LIP_OUTER, "teeth_upper": UPPER_LIP_OUTER, "gums_lower": LOWER_LIP_OUTER, "teeth_lower": LOWER_LIP_OUTER, "tongue": _MOUTH,
    "eye_right": UPPER_LIDS["right"] + LOWER_LIDS["right"], "eye_left": UPPER_LIDS["left"] + LOWER_LIDS["left"],
}  # fmt: skip


def _soft(rig: FaceRig) -> Any:
    return np.isin(rig.part, [rig.parts.index(p) for p in ("skin", "mouth_socket", "eye_socket")])


@lru_cache(maxsize=4)
def _factorise(rig: FaceRig) -> Any:
    """Once per rig: a solver `(S, 3) -> (S, 3)` of the biharmonic system of its soft skin, and the `(S, 468)` landmark constraints."""
    from scipy.sparse import coo_matrix, csr_matrix, diags
    from scipy.sparse.linalg import splu

    soft = _soft(rig)
    index = np.cumsum(soft) - 1
    triangles = index[rig.triangles[soft[rig.triangles].all(1)]]
    edges = np.unique(np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), 1), axis=0)
    points = rig.neutral[soft].astype(np.float64)
    n = len(points)
    pull = 1 / np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    near = coo_matrix((np.r_[pull, pull], (np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]])), shape=(n, n)).tocsr()
    total = np.asarray(near.sum(1)).ravel()
    laplacian = diags(np.ones(n)) - diags(1 / total) @ near
    rows = np.repeat(np.arange(N_MESH), 3)
    constraint = csr_matrix((rig.landmark_weights[:N_MESH].ravel(), (rows, index[rig.landmark_vertices[:N_MESH].ravel()])), shape=(N_MESH, n))
    trust = np.full(N_MESH, 30.0)
    trust[list(OVAL)] = 1.0  # the outline of a turned face is another line of the skin
    system = laplacian.T @ laplacian + 1e-6 * diags(np.ones(n)) + constraint.T @ diags(trust) @ constraint
    return splu(system.tocsc()).solve, (constraint.T @ diags(trust)).tocsr()
