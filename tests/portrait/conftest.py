"""One photograph and the finder that ships."""

from pathlib import Path

import numpy as np
import pytest

from talkgen.lib.image import read_image
from talkgen.portrait.base import LandmarkFinder
from talkgen.portrait.litert import load

PHOTO = Path(__file__).parents[1] / "data" / "astronaut.jpg"


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """(512, 512, 3): one smiling face, 43 pixels between the irises."""
    return read_image(PHOTO)


@pytest.fixture(scope="session")
def finder() -> LandmarkFinder:
    return load()


@pytest.fixture(scope="session")
def face(photo: np.ndarray, finder: LandmarkFinder) -> np.ndarray:
    """(478, 3) landmarks of the photograph."""
    return finder(photo)[0]
