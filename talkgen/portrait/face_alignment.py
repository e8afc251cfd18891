"""Finds faces with the package face-alignment (Bulat, Tzimiropoulos, ICCV 2017): S3FD and 2D-FAN, 68 points completed to 478.

An extra: `pip install 'talkgen[face-alignment]'`. Its weights are not shipped and never downloaded; they come from a local folder.
"""

import pickle
import struct
import warnings
from pathlib import Path

import numpy as np

from talkgen.members import missing_extra
from talkgen.portrait._layout import POINTS_68, completed
from talkgen.portrait.base import LandmarkFinder
from talkgen.types import Array, Frame, TalkgenError

FILES = ("s3fd-619a316812.pth", "2DFAN4-11f355bf06.pth.tar")


def load(source: Path | None = None) -> LandmarkFinder:
    """The finder, on the CPU. `source` is a torch hub folder: the weights lie in its `checkpoints`.

    Raises `TalkgenError` when the package is not installed or the weights are not there.
    """
    weights = _weights(source)
    try:
        import face_alignment
    except ImportError:
        raise missing_extra("face-alignment", "face-alignment", "The landmark finder face_alignment") from None
    import torch

    before = torch.hub.get_dir()
    torch.hub.set_dir(str(source))  # where the package looks for its weights before it would download them
    try:
        network = face_alignment.FaceAlignment(
            face_alignment.LandmarksType.TWO_D,
            device="cpu",
            compile=False,
            face_detector_kwargs={"path_to_detector": str(weights / FILES[0])},
        )
    except (RuntimeError, OSError, EOFError, KeyError, ValueError, pickle.UnpicklingError, struct.error) as error:
        raise TalkgenError(f"The weights of face_alignment in {weights} cannot be read ({error}).") from None
    finally:
        torch.hub.set_dir(before)

    def find(image: Frame) -> list[Array]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where there is no face
            found = network.get_landmarks_from_image(np.ascontiguousarray(image)) or []
        faces = [completed(np.asarray(points, np.float32), POINTS_68) for points in found]
        return sorted(faces, key=lambda face: float(face[:, 0].mean()))

    return find


def _weights(source: Path | None) -> Path:
    """The folder that holds `FILES`."""
    if source is None:
        raise TalkgenError("face_alignment needs its weights from a folder on this machine; give it as face_alignment:FOLDER.")
    weights = source / "checkpoints"
    missing = [name for name in FILES if not (weights / name).is_file()]
    if missing:
        raise TalkgenError(f"face_alignment needs {' and '.join(missing)} in {weights}; talkgen never downloads them.")
    return weights
