"""One face through a video: looked for once, then followed by its own landmarks, as MediaPipe's Face Mesh does.

Kartynnik, Ablavatski, Grishchenko, Grundmann 2019, "Real-time facial surface geometry from monocular video on mobile GPUs".
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from talkgen.portrait.litert.mesh import FaceMesh
from talkgen.portrait.litert.search import MARGIN, PRESENT, Search, framed, size
from talkgen.types import Array, Frame

PATIENCE = 12
"""Frames between two searches while there is no face."""
LEAP = 0.35
"""Of the face's size: a face that moves farther than this from one frame to the next is another one."""


class Sighting(NamedTuple):
    """A face in a frame: `landmarks (478, 3)` as in `types.Portrait`, how surely it is one (0..1), and how far two looks at it
    differ, in parts of its size."""

    landmarks: Array
    presence: float
    spread: float


class Follower:
    """Follows the largest face of a video. A frame costs two looks of the mesh network, one of them in the mirror."""

    def __init__(self) -> None:
        self._search, self._mesh = Search(), FaceMesh()

    def __call__(self, frames: Iterable[Frame]) -> Iterator[Sighting | None]:
        """The face in each frame; None where none is seen."""
        seen: Sighting | None = None
        next_search = 0
        for k, frame in enumerate(frames):
            lost = seen is None
            seen = self._look(frame, seen.landmarks) if seen else None
            if seen is None and (k >= next_search or not lost):
                seen = self._find(frame)
                next_search = k + PATIENCE
            yield seen

    def _find(self, frame: Frame) -> Sighting | None:
        faces = self._search(frame)
        return self._look(frame, max(faces, key=size)) if faces else None

    def _look(self, frame: Frame, face: Array) -> Sighting | None:
        """The face near where it was last; None when nothing like it is there."""
        square = framed(face)
        (one, presence), (other, _) = self._mesh(frame, square), self._mesh(frame, square, mirrored=True)
        landmarks = (one + other) / np.float32(2)
        moved = float(np.linalg.norm(landmarks[:, :2].mean(0) - face[:, :2].mean(0)))
        if presence < PRESENT or moved > LEAP * square.size / MARGIN:
            return None
        spread = float(np.sqrt(((one - other)[:, :2] ** 2).sum(1).mean())) / size(landmarks)
        return Sighting(landmarks, presence, spread)
