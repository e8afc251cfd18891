"""From a picture file and a finder to the `Portrait` that can be animated, or to the reason why it cannot."""

from pathlib import Path

import numpy as np

from talkgen.lib.image import read_image
from talkgen.portrait._matte import person_matte
from talkgen.portrait.base import LandmarkFinder
from talkgen.types import Array, Portrait, TalkgenError


def read_portrait(path: Path, finder: LandmarkFinder, face: int | None = None) -> Portrait:
    """One face of a picture, by number from the left, from 1 (None: the largest). Raises `TalkgenError`; see `base.open_portrait`."""
    image = read_image(path)
    landmarks = _choose(finder(image), face, path)
    return Portrait(image, landmarks, person_matte(image, landmarks), path.name)


def _choose(faces: list[Array], face: int | None, path: Path) -> Array:
    if not faces:
        raise TalkgenError(f"No face was found in {path}; give a picture with a face that looks roughly at the camera.")
    if face is None:
        return max(faces, key=lambda points: float(np.prod(np.ptp(points[:468, :2], axis=0))))
    if not 1 <= face <= len(faces):
        count = "one face" if len(faces) == 1 else f"{len(faces)} faces"
        raise TalkgenError(f"There is no face {face} in {path}: {count} found; count from the left, from 1.")
    return faces[face - 1]
