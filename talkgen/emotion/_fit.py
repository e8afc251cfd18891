"""From a plan to shapes, and to the mixture of the named emotions whose programs come nearest to them.

A performer is directed by weights of named emotions in each field of the face. For each region the weights are those with which
the programs (`lib.programs`) give the shapes that the plan asks for, in the sense of least squares, between 0 and 1.5; both
halves are solved together, for some shapes belong to both. Contempt has one weight for both halves: its program is one-sided,
and the bolder half is the one that the plan moves more. Where several mixtures give the same face, a slight pull toward the
mixture of the whole decides; regions without programs of their own (gaze, head) follow that mixture alone. It is the one that
comes nearest to all shapes together and to the plan's valence, arousal and dominance (`_affect`).
"""

from dataclasses import dataclass

import numpy as np

from talkgen.emotion._affect import nearest_mixture
from talkgen.emotion._facs import unit_shapes
from talkgen.emotion._plan import Plan
from talkgen.lib.grammar import MAX_STRENGTH
from talkgen.lib.programs import program_table
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS, REGION_OF, REGIONS, SIDED, fields_of_shape, side_of
from talkgen.types import Array

PULL = 0.03
"""Weight of the pull of a region toward the mixture of the whole, beside squared errors of the shapes."""
FELT = 0.5
"""Weight of the pull of the whole toward the mixture that valence, arousal and dominance ask for."""
BOLDER = 1e-3
"""By how much more contempt the bolder half gets, so that a performer knows which it is."""
TRIFLE = 0.005
"""Weights below it are 0."""
_CONTEMPT = EMOTIONS.index("contempt")


@dataclass(frozen=True)
class Fit:
    """What a performer is told: `weights (R, E)` 0..1.5, the mixture `whole (E,)` that they scatter around, and what the shapes
    are to do `beyond (52,)` the programs: less than nothing where these do more than the plan asks for."""

    weights: Array
    whole: Array
    beyond: Array


def plan_shapes(plan: Plan) -> Array:
    """`(52,)` float32, 0..1: the ARKit shapes that a plan asks for. Actions that share a shape add."""
    result: Array = np.clip(asked(plan), 0, 1).astype(np.float32)
    return result


def fit(plan: Plan) -> Fit:
    """The named emotions that come nearest to a plan in each field."""
    wanted = asked(plan)
    bold = {region: _bolder_half(wanted, region) for region in SIDED}
    table = program_table({region: half or "left" for region, half in bold.items()})
    whole = _whole(plan, wanted, table)
    weights = np.tile(whole, (len(FIELDS), 1))
    shapes = np.zeros(len(BLENDSHAPES), np.float32)
    for region in REGIONS:
        columns = [index for index, name in enumerate(BLENDSHAPES) if REGION_OF[name] == region]
        if not table[:, columns].any():
            continue
        rows = [index for index, field in enumerate(FIELDS) if field.partition(".")[0] == region]
        drive, half = _drive(table, columns, rows), bold.get(region)
        weights[rows] = _solve(wanted[columns], drive, whole, alike=half is None)
        shapes[columns] = np.einsum("re,res->s", weights[rows], drive)
        if half and weights[rows[0], _CONTEMPT] > 0:
            weights[FIELDS.index(f"{region}.{half}"), _CONTEMPT] += BOLDER
    beyond = np.where(np.abs(wanted - shapes) < TRIFLE, 0, wanted - shapes)
    return Fit(np.minimum(weights, MAX_STRENGTH).astype(np.float32), whole, beyond.astype(np.float32))


def asked(plan: Plan) -> np.ndarray:
    """`(52,)` shapes of a plan, unbounded."""
    shapes = np.zeros(len(BLENDSHAPES))
    for action in plan.actions:
        shapes += action.strength * unit_shapes(action.unit, action.side)
    return shapes


def _bolder_half(wanted: np.ndarray, region: str) -> str | None:
    """The half of a region that moves more; None when both move alike."""
    moved = {
        half: sum(wanted[i] for i, name in enumerate(BLENDSHAPES) if REGION_OF[name] == region and side_of(name) == half)
        for half in ("left", "right")
    }
    return None if abs(moved["left"] - moved["right"]) < 1e-6 else max(moved, key=lambda half: moved[half])


def _whole(plan: Plan, wanted: np.ndarray, table: np.ndarray) -> Array:
    """`(E,)` the mixture of a plan as a whole; none where it describes a face without a feeling."""
    point = np.array([plan.valence, plan.arousal, plan.dominance])
    felt = nearest_mixture(point)
    if not point.any():
        return felt
    mixture: Array = _bounded(table.T, wanted, FELT, felt, np.full(len(felt), MAX_STRENGTH)).astype(np.float32)
    return mixture


def _drive(table: np.ndarray, columns: list[int], rows: list[int]) -> np.ndarray:
    """`(rows, E, columns)`: what a weight of 1 in each field adds to each shape; a shape of several fields takes their mean."""
    drive = np.zeros((len(rows), len(EMOTIONS), len(columns)))
    for place, column in enumerate(columns):
        fields = fields_of_shape(BLENDSHAPES[column])
        for row, index in enumerate(rows):
            if FIELDS[index] in fields:
                drive[row, :, place] = table[:, column] / len(fields)
    return drive


def _solve(wanted: np.ndarray, drive: np.ndarray, whole: Array, alike: bool) -> np.ndarray:
    """`(rows, E)` weights of a region. Contempt is shared by its rows; where both halves move `alike` no more of it than in the
    whole."""
    n_rows, own = len(drive), [index for index in range(len(EMOTIONS)) if index != _CONTEMPT]
    columns = np.concatenate([drive[:, own].reshape(n_rows * len(own), -1), drive[:, [_CONTEMPT]].sum(axis=0)]).T
    prior = np.append(np.tile(whole[own], n_rows), whole[_CONTEMPT])
    highest = np.append(np.full(len(prior) - 1, MAX_STRENGTH), whole[_CONTEMPT] + BOLDER if alike else MAX_STRENGTH)
    solution = _bounded(columns, wanted, PULL, prior, highest)
    weights = np.empty((n_rows, len(EMOTIONS)))
    weights[:, own] = solution[:-1].reshape(n_rows, len(own))
    weights[:, _CONTEMPT] = solution[-1]
    return weights


def _bounded(columns: np.ndarray, wanted: np.ndarray, pull: float, prior: np.ndarray, highest: np.ndarray) -> np.ndarray:
    """The `x`, 0 to `highest`, with the least |columns x - wanted|² + pull |x - prior|²; what is next to nothing is nothing."""
    from scipy.optimize import lsq_linear  # slow to import, and seldom needed

    system = np.concatenate([columns, np.sqrt(pull) * np.eye(len(prior))])
    solution: np.ndarray = lsq_linear(system, np.append(wanted, np.sqrt(pull) * prior), (0, highest), method="bvls").x
    solution[solution < TRIFLE] = 0
    return solution
