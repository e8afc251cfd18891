"""Emotion: whether the dial is even, stays where it is put, and leaves speech alone.

Everything compares takes of one line and seed that differ in the emotion alone. A face is its 52 curves and the
head's rotation, the latter over `TURN`, so that a full turn counts as much as a full shape.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from talkgen.evaluation.cases import Actor, Case
from talkgen.evaluation.closures import LipReader, hits, spans
from talkgen.evaluation.lips import rig_lips
from talkgen.evaluation.rows import Row, averaged
from talkgen.evaluation.tracks import Curve, agree, spearman
from talkgen.space import BLENDSHAPES, EMOTIONS, REGION_OF, REGIONS
from talkgen.types import MotionClip

TURN = 0.35
"""Radians of head rotation that count as much as a blendshape's whole range: 20 degrees."""
STEPS = np.linspace(0, 1, 11)
"""Strengths at which the dial is read."""
LEAST = 0.01
"""Share of an emotion's full motion that a region must have for leakage out of it to be asked."""
_REGIONS = [REGION_OF[name] for name in BLENDSHAPES] + ["head"] * 3


def measure(cases: Sequence[Case], few: Sequence[Case], actor: Actor, readers: Callable[[Path], LipReader]) -> Row:
    """Dial and leakage on `few` cases, the cost to speech on all."""
    responses = np.mean([[dial(case, actor, emotion) for emotion in EMOTIONS] for case in few], axis=0)
    leaks = averaged([averaged([leakage(case, actor, emotion) for emotion in EMOTIONS]) for case in few])
    costs = cost(cases, actor, readers)
    return {
        "dial": {name: evenness(row) | {"response": list(row)} for name, row in zip(EMOTIONS, responses, strict=True)},
        "leakage": leaks | {"all": averaged(list(leaks.values()))},
        "cost": costs | {"all": averaged([costs[name] for name in EMOTIONS])},
    }


def face(motion: MotionClip) -> Curve:
    """`(T, 55)`: curves and head, in units of a shape's whole range."""
    return np.concatenate([motion.blendshapes, motion.head_rotation / TURN], axis=1).astype(np.float64)


def columns(region: str) -> NDArray[np.bool_]:
    """`(55,)` which columns of `face` belong to a region."""
    return np.array([own == region for own in _REGIONS])


def dial(case: Case, actor: Actor, emotion: str) -> Curve:
    """`(11,)` how far the mean face of a take lies from its neutral take along the emotion's own direction.

    The direction is that of another seed's full strength, lest the response measure itself.
    """
    plain = {seed: face(actor.act(case, seed=seed)) for seed in (actor.seed, actor.seed + 1)}
    away = face(actor.act(case, emotion, actor.seed + 1)) - plain[actor.seed + 1]
    direction = away.mean(0)
    norm = float(np.linalg.norm(direction)) or 1.0
    takes = [face(actor.act(case, f"{emotion}:{strength:.2f}")) - plain[actor.seed] for strength in STEPS]
    return np.array([float(take.mean(0) @ direction) / norm for take in takes])


def evenness(response: Curve) -> Row:
    """Rank correlation of strength and response, and the largest single step as a share of the whole (0.1 is perfectly even)."""
    whole = float(response[-1] - response[0])
    largest = float(np.diff(response).max()) / whole if abs(whole) > 1e-9 else None
    return {"spearman": spearman(STEPS, response), "largest_step": largest, "full": whole}


def leakage(case: Case, actor: Actor, emotion: str) -> dict[str, Row]:
    """For every region that the emotion moves: the change elsewhere when it is dialled there alone.

    Over the change inside (`of_inside`) and over that of the emotion dialled everywhere (`of_full`), each summed over curves.
    """
    plain = face(actor.act(case))
    full = change(face(actor.act(case, emotion)), plain)
    rows: dict[str, Row] = {}
    for region in REGIONS:
        inside = columns(region)
        if full[inside].sum() < LEAST * full.sum():
            continue
        moved = change(face(actor.act(case, f"{emotion}@{region}")), plain)
        within = float(moved[inside].sum())
        outside = float(moved[~inside].sum())
        rows[region] = {"of_full": outside / float(full.sum()), "of_inside": outside / within if within else None}
    return rows


def change(face: Curve, plain: Curve) -> Curve:
    """`(55,)` mean absolute difference of two takes, by curve."""
    result: Curve = np.abs(face - plain).mean(0)
    return result


def cost(cases: Sequence[Case], actor: Actor, readers: Callable[[Path], LipReader]) -> dict[str, Row]:
    """For neutral and every emotion at full strength: aperture r with the real lips and with the own neutral take, and closures."""
    found: dict[str, list[Row]] = {name: [] for name in ("neutral", *EMOTIONS)}
    for case in cases:
        wanted, plain = spans(case), rig_lips(actor.act(case))
        for name, rows in found.items():
            motion = actor.act(case, name)
            lips = rig_lips(motion)
            own = agree(lips.aperture, plain.aperture)
            row: Row = {"own_r": own.r if own else None}
            if case.lips is not None and case.doubt is None and (real := agree(lips.aperture, case.lips.aperture)):
                row["aperture_r"] = real.r
            if wanted:
                row["closed"] = hits(lips, wanted) / len(wanted)
                if case.line.image is not None:
                    row["closed_in_picture"] = readers(case.line.image).hits(motion, wanted) / len(wanted)
            rows.append(row)
    result = {name: averaged(rows) for name, rows in found.items()}
    neutral = result["neutral"].get("aperture_r")
    for row in result.values():
        if neutral is not None:
            row["loss"] = neutral - row["aperture_r"]
    return result
