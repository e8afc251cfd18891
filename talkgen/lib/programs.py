"""What each emotion does to the face, in ARKit's shapes, after the action units of EMFACS (Ekman & Friesen)."""

from collections.abc import Mapping

import numpy as np

from talkgen.space import BLENDSHAPES, EMOTIONS, fields_of_shape, side_of

PROGRAMS: dict[str, dict[str, float]] = {
    "happy": {  # AU 6 + 12, 25
        "mouthSmile": 0.88, "cheekSquint": 0.7, "eyeSquint": 0.4, "mouthDimple": 0.15, "mouthUpperUp": 0.2, "mouthLowerDown": 0.12,
        "browOuterUp": 0.12, "browInnerUp": 0.08, "jawOpen": 0.06,
    },
    "sad": {  # AU 1 + 4 + 15 + 17, heavy lids
        "browInnerUp": 0.95, "browDown": 0.25, "eyeSquint": 0.25, "eyeBlink": 0.16, "mouthFrown": 0.85, "mouthShrugLower": 0.5,
        "mouthRollLower": 0.1, "mouthStretch": 0.12, "cheekSquint": 0.15,
    },
    "angry": {  # AU 4 + 5 + 7 + 10 + 17 + 23
        "browDown": 1.0, "eyeSquint": 0.6, "eyeWide": 0.08, "noseSneer": 0.5, "mouthPress": 0.6, "mouthFrown": 0.35,
        "mouthShrugLower": 0.35, "mouthRollUpper": 0.15, "mouthUpperUp": 0.1, "mouthLowerDown": 0.1, "mouthFunnel": 0.08,
        "jawForward": 0.3, "cheekSquint": 0.15,
    },
    "fear": {  # AU 1 + 2 + 4 + 5 + 20 + 25
        "browInnerUp": 0.95, "browOuterUp": 0.25, "browDown": 0.45, "eyeWide": 0.95, "mouthStretch": 0.85, "mouthLowerDown": 0.35,
        "mouthFrown": 0.25, "jawOpen": 0.3, "mouthUpperUp": 0.08,
    },
    "disgust": {  # AU 9 + 10 + 16 + 17, 4 and 7 in company
        "noseSneer": 0.7, "browDown": 0.6, "eyeSquint": 0.6, "cheekSquint": 0.55, "mouthUpperUp": 0.55, "mouthFrown": 0.7,
        "mouthShrugLower": 0.35, "mouthLowerDown": 0.15, "mouthStretch": 0.1,
    },
    "surprise": {  # AU 1 + 2 + 5 + 26
        "browInnerUp": 0.85, "browOuterUp": 0.85, "eyeWide": 0.9, "jawOpen": 0.36, "mouthFunnel": 0.16, "mouthLowerDown": 0.1,
    },
    "contempt": {  # AU 12 + 14 of one side; the values of that side
        "mouthSmile": 0.5, "mouthDimple": 0.75, "mouthPress": 0.25, "mouthUpperUp": 0.12, "mouthRollLower": 0.08,
        "cheekSquint": 0.4, "noseSneer": 0.25, "eyeSquint": 0.4, "eyeBlink": 0.14, "browOuterUp": 0.45,
        "browDown": 0.1, "jawForward": 0.08,
    },
}  # fmt: skip
"""ARKit shapes (both sides of a paired one) at strength 1, an actor playing it plainly."""
WEAK_SIDE = {"mouthSmile": 0.1, "mouthDimple": 0.25, "mouthPress": 1.2, "mouthUpperUp": 0.0, "cheekSquint": 0.35, "noseSneer": 0.3,
             "eyeSquint": 0.9, "eyeBlink": 1.0, "browOuterUp": 0.0, "browDown": 5.0}  # fmt: skip
"""Contempt is one-sided: share of each value that the other side has (its brow is lowered instead of raised)."""


def unsided(name: str) -> str:
    """The name of a paired shape without its side; any other name as it is."""
    return name.removesuffix("Left").removesuffix("Right") if side_of(name) else name


def program_table(bold_side: Mapping[str, str]) -> np.ndarray:
    """`(E, 52)` float64 from `PROGRAMS`; `bold_side` says for each sided region which half, "left" or "right", shows contempt."""
    table = np.zeros((len(EMOTIONS), len(BLENDSHAPES)))
    for row, emotion in enumerate(EMOTIONS):
        for column, name in enumerate(BLENDSHAPES):
            value, side = PROGRAMS[emotion].get(unsided(name), 0.0), side_of(name)
            if emotion == "contempt" and side:
                region = fields_of_shape(name)[0].partition(".")[0]
                value *= 1.0 if side == bold_side[region] else WEAK_SIDE.get(unsided(name), 1.0)
            table[row, column] = value
    return table
