"""FLAME parameters (`--format flame --flame FILE -o line.npz`), fitted to what our head does, for a model that the user has.

Arrays, one row per frame: `expression (T, E)`, `jaw_pose (T, 3)`, `eye_pose (T, 6)` left then right, `neck_pose (T, 3)`,
`global_orient (T, 3)` (zero), `transl (T, 3)` metres. Rotations are axis-angle in radians, as FLAME's and ours both are: +x nods
the neck down (and opens the jaw), +y turns it to the subject's left, +z tilts it towards the subject's right shoulder. `fps` is the
rate and `notice` the origin; `error_mm (2,)` is how far the fitted face lies from ours, in the mean and for 95 of 100 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from talkgen.export._head import head_arrays
from talkgen.export.base import ENGINE_FPS, Picture, provenance
from talkgen.face.rig import gaze_rotation, load_rig
from talkgen.space import BLENDSHAPES, INDEX, REGION_OF
from talkgen.types import Array, Performance, TalkgenError

if TYPE_CHECKING:
    from torch import Tensor

    from talkgen.face.flame import Flame

Index = NDArray[np.intp]
suffixes: tuple[str, ...] = ()
also = (".npz",)
needs_picture = False
fps = ENGINE_FPS
options = ("flame",)

NEAR = 0.012
"""Metres within which a point of FLAME's skin follows ours."""
EVEN = 1e-3
"""How hard coefficients are kept small, as a share of what they move."""
ROUNDS = 6
"""Of Gauss-Newton, for the shapes that turn the jaw."""
JUDGED = 24
"""Frames from which the error is told."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Our blendshapes in FLAME's terms: `expression (52, E)`, `jaw (52, 3)`; `targets (52, M, 3)` metres, how the points
    `near (M,)` should move, in FLAME's size, which is `scale` times smaller than ours."""

    expression: Array
    jaw: Array
    targets: Array
    near: Index
    scale: float


def check(fps: float | None, flame: Path | str | None = None) -> None:
    """See `export.base.Exporter`."""
    if flame is None:
        raise TalkgenError("FLAME parameters need the model that they are for; give it with --flame FILE.pkl.")
    _fitted(str(flame))


def write(performance: Performance, picture: Picture | None, path: Path, flame: Path | str) -> None:
    """See `export.base.Exporter`."""
    motion, (_, fit) = performance.motion, _fitted(str(flame))
    weights = motion.blendshapes.copy()
    weights[:, INDEX["mouthClose"]] = np.minimum(weights[:, INDEX["mouthClose"]], weights[:, INDEX["jawOpen"]])
    eyes = [[gaze_rotation(row, side) for side in ("left", "right")] for row in motion.blendshapes]
    with path.open("wb") as file:
        np.savez(
            file,
            allow_pickle=False,
            expression=weights @ fit.expression,
            jaw_pose=weights @ fit.jaw,
            eye_pose=np.array(eyes, np.float32).reshape(-1, 6),
            neck_pose=motion.head_rotation,
            global_orient=np.zeros_like(motion.head_rotation),
            transl=motion.head_translation / fit.scale,
            fps=np.float32(motion.fps),
            error_mm=_error(str(flame), weights),
            notice=np.array(provenance(performance).encode()),
        )


@lru_cache(maxsize=1)
def _fitted(path: str) -> tuple[Flame, Fit]:
    """The model and the fit to it."""
    from talkgen.face.flame import read_flame

    model = read_flame(Path(path))
    return model, _fit(model)


def _fit(model: Flame) -> Fit:
    """Each of our shapes by itself: least squares for the expression, and Gauss-Newton where the jaw turns as well."""
    import torch

    near, targets, scale = _correspondence(model)
    n = model.expressions.shape[2]
    basis = model.expressions[near].reshape(-1, n)
    even = EVEN * float((basis**2).sum()) / n * torch.eye(n)
    wanted = torch.from_numpy(targets).reshape(len(BLENDSHAPES), -1)
    expression = torch.linalg.solve(basis.T @ basis + even, basis.T @ wanted.T).T.contiguous()
    jaw = torch.zeros(len(BLENDSHAPES), 3)
    for row in (INDEX[name] for name in BLENDSHAPES if REGION_OF[name] == "jaw"):
        expression[row], jaw[row] = _with_jaw(model, near, wanted[row], even)
    return Fit(expression.numpy(), jaw.numpy(), targets, near, scale)


def _with_jaw(model: Flame, near: Index, wanted: Tensor, even: Tensor) -> tuple[Tensor, Tensor]:
    """Expression `(E,)` and jaw rotation `(3,)` that move the points `near` as `wanted` says."""
    import torch

    from talkgen.face.flame import JAW

    n = len(even)
    found, step = torch.zeros(n + 3), 1e-3
    damping = torch.diag(torch.cat([even.diagonal(), torch.full((3,), 1e-9)]))
    for _ in range(ROUNDS):
        tried = found + step * torch.cat([torch.zeros(1, n + 3), torch.eye(n + 3)])
        rotations = torch.zeros(len(tried), 5, 3)
        rotations[:, JAW] = tried[:, n:]
        moved = (model.pose(tried[:, :n], rotations)[:, near] - model.template[near]).flatten(1)
        slopes = ((moved[1:] - moved[0]) / step).T
        pull = slopes.T @ (wanted - moved[0]) - damping @ found
        found = found + torch.linalg.solve(slopes.T @ slopes + damping, pull)
    return found[:n], found[n:]


def _correspondence(model: Flame) -> tuple[Index, Array, float]:
    """FLAME's points that lie on our skin, how each of our shapes moves them `(52, M, 3)`, and our size in FLAME's.

    The heads are laid over each other by the centres of their eyes. A point takes the offsets of the nearest of ours, of the
    jaw for one that the jaw moves, so that lips part.
    """
    from scipy.spatial import cKDTree

    from talkgen.face.flame import JAW, LEFT_EYE, RIGHT_EYE

    rig, head = load_rig(), head_arrays()
    eyes = model.joints[[RIGHT_EYE, LEFT_EYE]].numpy()
    scale = float(np.linalg.norm(rig.eye_centres[1] - rig.eye_centres[0]) / np.linalg.norm(eyes[1] - eyes[0]))
    points = (model.template.numpy() - eyes.mean(0)) * scale + rig.eye_centres.mean(0)
    weights = model.weights.numpy()
    of_jaw = weights[:, JAW] > 0.5
    skin = rig.part == rig.parts.index("skin")
    jaw = rig.sheet == rig.sheets.index("jaw")
    source = np.full(len(points), -1)
    for mine, theirs in ((skin & jaw, of_jaw), (skin & ~jaw, ~of_jaw & (weights[:, [LEFT_EYE, RIGHT_EYE]].max(1) < 0.5))):
        ours, flames = np.flatnonzero(mine), np.flatnonzero(theirs)
        distance, nearest = cKDTree(head.points[ours]).query(points[flames])
        source[flames[distance < NEAR]] = ours[nearest[distance < NEAR]]
    near = np.flatnonzero(source >= 0)
    if len(near) < model.expressions.shape[2]:
        raise TalkgenError("The FLAME model's face does not lie where its eyes say; give a model as its authors distribute it.")
    return near, (head.offsets[:, source[near]] / scale).astype(np.float32), scale


def _error(path: str, weights: Array) -> Array:
    """`(2,)` millimetres on our head between what the parameters do and what they should: the mean, and 95 of 100 points."""
    import torch

    from talkgen.face.flame import JAW

    model, fit = _fitted(path)
    shown = weights[np.linspace(0, len(weights) - 1, min(JUDGED, len(weights))).astype(int)]
    rotations = torch.zeros(len(shown), 5, 3)
    rotations[:, JAW] = torch.from_numpy(shown @ fit.jaw)
    posed = model.pose(torch.from_numpy(shown @ fit.expression), rotations)[:, fit.near] - model.template[fit.near]
    away = 1000 * fit.scale * np.linalg.norm(posed.numpy() - np.tensordot(shown, fit.targets, 1), axis=2)
    return np.array([away.mean(), np.quantile(away, 0.95)], np.float32)
