"""From a picture file and a finder to the `Portrait` that can be animated, or to the reason why it cannot."""

import logging
from pathlib import Path

import numpy as np

from talkgen.lib.image import read_image
from talkgen.portrait._checks import check_animatable, head_angles
from talkgen.portrait._matte import person_matte
from talkgen.portrait.base import LandmarkFinder
from talkgen.types import Array, Frame, Portrait, TalkgenError

_log = logging.getLogger(__name__)


def read_portrait(path: Path, finder: LandmarkFinder, face: int | None = None) -> Portrait:
    """One face of a picture, by number from the left, from 1 (None: the largest).

    A picture that lies on its side or on its head is righted. Raises `TalkgenError`; see `base.open_portrait`.
    """
    image = read_image(path)
    faces = finder(image)
    chosen = _choose(faces, face, path)
    image, faces = _righted(image, faces, chosen)
    landmarks = faces.pop(chosen)
    check_animatable(image, landmarks, path.name)
    matte, note = person_matte(image, landmarks, faces)
    if note:
        _log.warning("In %s %s.", path.name, note)
    return Portrait(image, landmarks, matte, path.name)


def _choose(faces: list[Array], face: int | None, path: Path) -> int:
    """Index of the face that is meant."""
    if not faces:
        raise TalkgenError(f"No face was found in {path}; give a picture with a human face that looks roughly at the camera.")
    if face is None:
        return int(np.argmax([np.prod(np.ptp(points[:, :2], axis=0)) for points in faces]))
    if not 1 <= face <= len(faces):
        count = "one face" if len(faces) == 1 else f"{len(faces)} faces"
        raise TalkgenError(f"There is no face {face} in {path}, which shows {count}; count from the left, from 1.")
    return face - 1


def _righted(image: Frame, faces: list[Array], chosen: int) -> tuple[Frame, list[Array]]:
    """The picture and its faces turned by the quarter turns that bring the chosen one nearest to upright."""
    quarters = round(head_angles(faces[chosen])[2] / 90) % 4
    for _ in range(quarters):
        faces = [np.stack([image.shape[0] - face[:, 1], face[:, 0], face[:, 2]], axis=1) for face in faces]
        image = np.rot90(image, -1)
    return np.ascontiguousarray(image), faces
