"""Finds faces with the networks that ship with talkgen: no download, no GPU, a few milliseconds.

MediaPipe's BlazeFace detectors (Bazarevsky et al. 2019) and Attention Mesh (Grishchenko et al. 2020), run by LiteRT.
"""

from talkgen.portrait.base import LandmarkFinder
from talkgen.portrait.litert.search import Search


def load() -> LandmarkFinder:
    """The finder; it needs nothing but the shipped `checkpoints/mediapipe`."""
    return Search()
