"""The generic head's colours, part by part."""

import numpy as np

from talkgen.face.rig import FaceRig
from talkgen.types import Array

COLOURS = {
    "skin": (205, 164, 142), "mouth_socket": (92, 40, 40), "gums": (190, 105, 105), "teeth": (238, 232, 220),
    "tongue": (190, 95, 95), "eye_socket": (150, 105, 95), "eye": (240, 240, 236),
}  # fmt: skip
"""sRGB of each part of the rig, by the beginning of its name (the first that fits)."""
IRIS, PUPIL = (70, 95, 110), (12, 12, 14)


def paint(rig: FaceRig) -> Array:
    """`(V, 3)` sRGB 0..1 of a rig's parts, with an iris on the front of each eyeball."""
    by_part = np.array([next(c for start, c in COLOURS.items() if part.startswith(start)) for part in rig.parts], np.float32)
    colours = by_part[rig.part]
    for side, centre in zip(("right", "left"), rig.eye_centres, strict=True):
        ball = rig.members(f"eye_{side}")
        away = rig.neutral[ball] - centre
        front = away[:, 2] / np.maximum(np.linalg.norm(away, axis=1), 1e-6)
        colours[ball[front > 0.88]] = IRIS
        colours[ball[front > 0.97]] = PUPIL
    return (colours / 255).astype(np.float32)
