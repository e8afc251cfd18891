"""Finds faces with the networks that ship with talkgen: no download, no GPU, a few milliseconds.

MediaPipe's BlazeFace detectors (Bazarevsky et al. 2019) and Attention Mesh (Grishchenko et al. 2020), run by LiteRT.
"""

from pathlib import Path

from talkgen.portrait.base import LandmarkFinder
from talkgen.portrait.litert.search import Search
from talkgen.types import TalkgenError


def load(source: Path | None = None) -> LandmarkFinder:
    """The finder; it needs nothing but the shipped `checkpoints/mediapipe`, and takes no `source`."""
    if source is not None:
        raise TalkgenError(f"The landmark finder litert takes nothing after a colon, not {str(source)!r}.")
    return Search()
