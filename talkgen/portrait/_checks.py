"""Whether a found face can be animated; if not, the one sentence that says why."""

import numpy as np

from talkgen import checkpoints
from talkgen.face.landmark_mesh import IRISES, LOWER_LIDS, LOWER_LIP_OUTER, N_MESH, UPPER_LIDS, UPPER_LIP_OUTER
from talkgen.types import Array, Frame, TalkgenError

MOST_TURNED = 50.0
"""Degrees to the side, or up or down: beyond, half the face is not in the picture."""
SMALLEST = 12.0
"""Pixels between the irises: below, mouth and eyes are a few pixels each."""
NEEDED = {
    "the subject's right eye": UPPER_LIDS["right"] + LOWER_LIDS["right"],
    "the subject's left eye": UPPER_LIDS["left"] + LOWER_LIDS["left"],
    "the mouth": UPPER_LIP_OUTER + LOWER_LIP_OUTER,
}


def check_animatable(image: Frame, landmarks: Array, name: str) -> None:
    """Raise `TalkgenError` for a face that is cut, turned away or too small; `name` is the picture's."""
    height, width = image.shape[:2]
    for part, points in NEEDED.items():
        x, y = landmarks[list(points), :2].T
        if x.min() < 0 or y.min() < 0 or x.max() > width or y.max() > height:
            raise TalkgenError(f"The face in {name} is cut: {part} is outside the picture; give one with both eyes and the mouth.")
    apart = float(np.linalg.norm(landmarks[IRISES["right"][0], :2] - landmarks[IRISES["left"][0], :2]))
    if apart < SMALLEST:
        raise TalkgenError(f"The face in {name} is too small: {apart:.0f} pixels between the eyes, at least {SMALLEST:.0f} needed.")
    turn, nod, _ = np.abs(head_angles(landmarks))
    if max(turn, nod) > MOST_TURNED:
        way = "to the side" if turn > nod else "up or down"
        raise TalkgenError(
            f"The face in {name} is turned about {max(turn, nod):.0f}° {way}; at most {MOST_TURNED:.0f}° can be animated, "
            "give one that looks nearer to the camera."
        )


def head_angles(landmarks: Array) -> Array:
    """`(3,)` degrees: how far the face is turned to the subject's left, nodded down, and tilted to the subject's right shoulder.

    From the rotation that best lays the average face over the landmarks (Kabsch 1976), read as turn, then nod, then tilt.
    """
    layout = checkpoints.read_arrays("face_layout", "layout")["points"][:N_MESH].astype(np.float64)
    face = landmarks[:N_MESH].astype(np.float64)
    u, _, vt = np.linalg.svd((face - face.mean(0)).T @ (layout - layout.mean(0)))
    turn = u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt  # image axes: x right, y down, z away
    yaw = np.arctan2(-turn[0, 2], turn[2, 2])
    pitch = np.arcsin(np.clip(-turn[1, 2], -1, 1))
    tilt = np.arctan2(-turn[1, 0], turn[1, 1])
    return np.degrees([yaw, pitch, tilt])
