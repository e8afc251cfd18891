"""A small classifier of acted emotions: a regression check, no judge, since what it knows it learnt from the performer."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from talkgen.evaluation.cases import Actor, Case
from talkgen.evaluation.emotion import face
from talkgen.evaluation.rows import Row
from talkgen.evaluation.tracks import Curve
from talkgen.space import EMOTIONS, NEUTRAL

TEACHER = "procedural"
CLASSES = (NEUTRAL, *EMOTIONS)
SEEDS = 3
"""Takes of each emotion and line that the classifier learns from, of seeds after the one that is tested."""
DECAY = 0.02
"""Weight decay of the regression, per standardised curve."""


def measure(few: Sequence[Case], actor: Actor) -> Row:
    """Accuracy at full and at half strength of a classifier that the performer taught, and its confusions (rows are the truth)."""
    teacher = replace(actor, head=replace(actor.head, motion=TEACHER))
    lessons = [(case, actor.seed + 1 + k) for case in few for k in range(SEEDS)]
    x, y = _takes(teacher, lessons, 1.0)
    weights = fit(x, y)
    result: Row = {}
    for name, strength in (("accuracy", 1.0), ("accuracy_half_strength", 0.5)):
        x, y = _takes(actor, [(case, actor.seed) for case in few], strength)
        told = predict(weights, x)
        result[name] = float((told == y).mean())
        if strength == 1:
            result["confusion"] = {emotion: np.bincount(told[y == k], minlength=len(CLASSES)) for k, emotion in enumerate(CLASSES)}
    result["confusion"] = {emotion: [int(count) for count in counts] for emotion, counts in result["confusion"].items()}
    return result


def _takes(actor: Actor, lines: Sequence[tuple[Case, int]], strength: float) -> tuple[Curve, Curve]:
    """Mean faces `(N, 55)` and classes `(N,)`."""
    rows = [
        (face(actor.act(case, name if name == NEUTRAL else f"{name}:{strength:g}", seed)).mean(0), k)
        for case, seed in lines
        for k, name in enumerate(CLASSES)
    ]
    return np.array([row for row, _ in rows]), np.array([k for _, k in rows])


def fit(x: Curve, y: Curve) -> tuple[Curve, Curve, Curve]:
    """Softmax regression of classes `y (N,)` on standardised `x (N, C)`: weights `(C + 1, K)`, mean and scale of x."""
    from scipy.optimize import minimize

    centre, scale = x.mean(0), x.std(0) + 0.01
    rows, wanted = _standard(x, centre, scale), np.eye(len(CLASSES))[y]

    def loss(flat: Curve) -> tuple[float, Curve]:
        scores = rows @ flat.reshape(rows.shape[1], -1)
        scores -= scores.max(1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
        slope = rows.T @ (np.exp(logs) - wanted) / len(rows)
        return float(-(wanted * logs).sum() / len(rows) + DECAY * flat @ flat / 2), (slope.ravel() + DECAY * flat)

    found = minimize(loss, np.zeros(rows.shape[1] * len(CLASSES)), jac=True, method="L-BFGS-B")
    return found.x.reshape(rows.shape[1], -1), centre, scale


def predict(weights: tuple[Curve, Curve, Curve], x: Curve) -> Curve:
    """`(N,)` classes."""
    result: Curve = (_standard(x, *weights[1:]) @ weights[0]).argmax(1)
    return result


def _standard(x: Curve, centre: Curve, scale: Curve) -> Curve:
    return np.column_stack([(x - centre) / scale, np.ones(len(x))])
