"""FACS action units and the ARKit shapes that show them (Ekman, Friesen & Hager 2002, "Facial Action Coding System")."""

from dataclasses import dataclass

import numpy as np

from talkgen.space import INDEX, REGION_OF, fields_of_shape, side_of
from talkgen.types import Array

SIDES = ("left", "right")
INTENSITY = {"a": 0.2, "b": 0.4, "c": 0.6, "d": 0.8, "e": 1.0}
"""Strength of the letters that FACS scores intensity with, trace to maximum."""


@dataclass(frozen=True)
class Unit:
    """An action unit: its FACS name and the value at strength 1 of each shape; paired shapes are named without their side."""

    name: str
    shapes: dict[str, float]


UNITS: dict[int, Unit] = {
    1: Unit("inner brow raiser", {"browInnerUp": 1}),
    2: Unit("outer brow raiser", {"browOuterUp": 1}),
    4: Unit("brow lowerer", {"browDown": 1}),
    5: Unit("upper lid raiser", {"eyeWide": 1}),
    6: Unit("cheek raiser", {"cheekSquint": 1}),
    7: Unit("lid tightener", {"eyeSquint": 1}),
    9: Unit("nose wrinkler", {"noseSneer": 1}),
    10: Unit("upper lip raiser", {"mouthUpperUp": 1}),
    11: Unit("nasolabial deepener", {"mouthUpperUp": 0.4}),
    12: Unit("lip corner puller", {"mouthSmile": 1}),
    13: Unit("sharp lip puller", {"mouthSmile": 0.7}),
    14: Unit("dimpler", {"mouthDimple": 1}),
    15: Unit("lip corner depressor", {"mouthFrown": 1}),
    16: Unit("lower lip depressor", {"mouthLowerDown": 1}),
    17: Unit("chin raiser", {"mouthShrugLower": 1}),
    18: Unit("lip pucker", {"mouthPucker": 1}),
    19: Unit("tongue show", {"tongueOut": 1}),
    20: Unit("lip stretcher", {"mouthStretch": 1}),
    22: Unit("lip funneler", {"mouthFunnel": 1}),
    23: Unit("lip tightener", {"mouthPress": 0.6, "mouthRollUpper": 0.4, "mouthRollLower": 0.4}),
    24: Unit("lip presser", {"mouthPress": 1}),
    25: Unit("lips part", {"mouthLowerDown": 0.4, "mouthUpperUp": 0.2}),
    26: Unit("jaw drop", {"jawOpen": 0.5}),
    27: Unit("mouth stretch", {"jawOpen": 1}),
    28: Unit("lip suck", {"mouthRollLower": 1, "mouthRollUpper": 1}),
    29: Unit("jaw thrust", {"jawForward": 1}),
    31: Unit("jaw clencher", {"mouthPress": 0.4, "jawForward": 0.3}),  # ARKit has no masseter; these go with it
    32: Unit("lip bite", {"mouthRollLower": 0.7}),
    33: Unit("cheek blow", {"cheekPuff": 1}),
    34: Unit("cheek puff", {"cheekPuff": 1}),
    41: Unit("lid droop", {"eyeBlink": 0.3}),
    42: Unit("slit", {"eyeBlink": 0.5, "eyeSquint": 0.4}),
    43: Unit("eyes closed", {"eyeBlink": 1}),
    44: Unit("squint", {"eyeSquint": 1}),
    45: Unit("blink", {"eyeBlink": 1}),
    46: Unit("wink", {"eyeBlink": 1}),
    61: Unit("eyes turn left", {"eyeLookOutLeft": 1, "eyeLookInRight": 1}),
    62: Unit("eyes turn right", {"eyeLookInLeft": 1, "eyeLookOutRight": 1}),
    63: Unit("eyes up", {"eyeLookUpLeft": 1, "eyeLookUpRight": 1}),
    64: Unit("eyes down", {"eyeLookDownLeft": 1, "eyeLookDownRight": 1}),
}


def regions_of(unit: int) -> tuple[str, ...]:
    """The regions of the face that an action unit moves."""
    return tuple(dict.fromkeys(REGION_OF[name] for base in UNITS[unit].shapes for name in _names(base)))


def has_sides(unit: int) -> bool:
    """Whether one half of the face can show it without the other."""
    return any(side_of(name) for base in UNITS[unit].shapes for name in _names(base))


def unit_shapes(unit: int, side: str) -> Array:
    """`(52,)` float32 shapes of an action unit at strength 1 on "both" sides, the "left" or the "right".

    One side of a unit counts half in a central shape of a region that has sides (`browInnerUp`).
    """
    values = np.zeros(len(INDEX), np.float32)
    for base, value in UNITS[unit].shapes.items():
        for name in _names(base):
            own = side_of(name)
            halved = own is None and len(fields_of_shape(name)) == 2 and side != "both"
            values[INDEX[name]] = value * (0.5 if halved else own in (None, side) or side == "both")
    return values


def _names(base: str) -> tuple[str, ...]:
    """The ARKit shapes of a name without its side."""
    return (base,) if base in INDEX else (f"{base}Left", f"{base}Right")
