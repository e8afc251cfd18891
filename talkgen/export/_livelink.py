"""The 61 values of Live Link Face, as its recordings and its packets hold them: blendshapes, then angles of head and eyes.

Signs were measured on 4030 recorded frames for the eyes (github.com/alexdjulin/LiveLinkFace-CSV-Retarget-For-Motionbuilder): yaw is
positive towards the subject's right, pitch downwards, and an eye turns 0.605 rad to the side and 0.556 rad up or down at weight 1.
The head was not streamed there; its columns are written in the same left-handed frame: `HeadYaw` positive turns the face to the
subject's right, `HeadPitch` positive nods down, `HeadRoll` positive tilts the head towards the subject's left shoulder. Radians.
"""

import numpy as np

from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array, MotionClip

EYE_SIDE, EYE_HEIGHT = 0.605, 0.556
"""Radians that an eye turns at weight 1."""
SHAPES = tuple(name[0].upper() + name[1:] for name in BLENDSHAPES)
"""The blendshapes in Unreal's spelling, in Apple's order, which is that of the packets."""
ANGLES = tuple(f"{part}{angle}" for part in ("Head", "LeftEye", "RightEye") for angle in ("Yaw", "Pitch", "Roll"))
"""What follows the blendshapes."""


def values(motion: MotionClip) -> Array:
    """`(T, 61)`: `SHAPES`, then `ANGLES`."""
    joined: Array = np.concatenate([motion.blendshapes, head_angles(motion), _eye_angles(motion)], axis=1).astype(np.float32)
    return joined


def head_angles(motion: MotionClip) -> Array:
    """`(T, 3)` yaw, pitch and roll in radians, with the signs above; the head turns, then nods, then tilts."""
    from scipy.spatial.transform import Rotation

    turned = Rotation.from_rotvec(motion.head_rotation).as_euler("YXZ") * [-1, 1, -1]
    return np.asarray(turned, np.float32)


def _eye_angles(motion: MotionClip) -> Array:
    """`(T, 6)`: yaw, pitch and roll of the left eye, then of the right."""

    def look(direction: str, side: str) -> Array:
        column: Array = motion.blendshapes[:, INDEX[f"eyeLook{direction}{side}"]]
        return column

    still, parts = np.zeros(len(motion), np.float32), []
    for side, outwards in (("Left", -1), ("Right", 1)):
        yaw = outwards * EYE_SIDE * (look("Out", side) - look("In", side))
        parts += [yaw, EYE_HEIGHT * (look("Down", side) - look("Up", side)), still]
    return np.stack(parts, axis=1)
