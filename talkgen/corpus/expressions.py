"""Expressions at random: what a face may wear that is filmed, or that is warped to be restored."""

import numpy as np
from numpy.random import Generator

from talkgen.lib.programs import program_table
from talkgen.space import BLENDSHAPES, INDEX, REGION_OF, SIDED, side_of
from talkgen.types import Array

_ACTIONS = sorted({name.removesuffix("Left").removesuffix("Right") for name in BLENDSHAPES if side_of(name)} - {"eyeBlink"})
_ACTIONS = [name for name in _ACTIONS if not name.startswith("eyeLook")] + ["browInnerUp"]
_SPEECH = [name for name in _ACTIONS if REGION_OF.get(name, REGION_OF.get(name + "Left")) == "mouth"] + [
    "mouthFunnel",
    "mouthPucker",
]


def draw_expression(rng: Generator, rest: Array) -> Array:
    """An expression `(52,)` to which a face that wears `rest (52,)` is warped: an emotion or some actions, speech, a glance, a
    blink."""
    weights = rest.copy() if rng.random() < 0.15 else np.zeros(len(BLENDSHAPES), np.float32)
    sides = {region: str(rng.choice(["left", "right"])) for region in SIDED}
    if rng.random() < 0.5:
        weights = weights + program_table(sides)[rng.integers(7)].astype(np.float32) * np.float32(rng.uniform(0.3, 1.2))
    for name in rng.choice(_ACTIONS, rng.integers(0, 4), replace=False):
        _act(weights, str(name), float(rng.uniform(0.15, 1.0)), rng)
    if rng.random() < 0.6:
        weights[INDEX["jawOpen"]] += rng.uniform(0, 0.7)
        _act(weights, str(rng.choice(_SPEECH)), float(rng.uniform(0, 0.8)), rng)
    if rest[INDEX["mouthSmileLeft"]] < 0.3 and rng.random() < 0.5:
        _act(weights, "mouthSmile", float(rng.uniform(0.4, 1.0)), rng)
        _act(weights, "cheekSquint", float(rng.uniform(0.2, 0.8)), rng)
    if rng.random() < 0.35:
        _act(weights, "eyeBlink", float(rng.uniform(0.3, 1.3)), rng)
    if rng.random() < 0.4:
        side, height = rng.uniform(-0.6, 0.6, 2)
        for eye, way in (("Left", 1), ("Right", -1)):
            weights[INDEX[f"eyeLook{'Out' if side * way > 0 else 'In'}{eye}"]] = abs(side)
            weights[INDEX[f"eyeLook{'Up' if height > 0 else 'Down'}{eye}"]] = abs(height)
    return np.clip(weights, 0, 1).astype(np.float32)


def _act(weights: Array, name: str, value: float, rng: Generator) -> None:
    """Add `value` of a shape, or of both sides of a pair, seldom quite alike."""
    for side in ("Left", "Right") if name not in INDEX else ("",):
        weights[INDEX[name + side]] += value * rng.uniform(0.75, 1.0)
