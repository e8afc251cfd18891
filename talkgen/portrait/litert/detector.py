"""BlazeFace: boxes and six key points of the faces in a square crop."""

from dataclasses import dataclass

import numpy as np

from talkgen import checkpoints
from talkgen.lib.litert import Model
from talkgen.portrait.litert.crop import Square
from talkgen.types import Array, Frame

LIKELY = 0.5


@dataclass(frozen=True)
class Detection:
    """One possible face: where its mesh should be sought, how sure (0..1), and `points (4, 2)`: right and left eye, nose, mouth."""

    square: Square
    score: float
    points: Array


class Detector:
    """One of the two models: `short` for faces that fill a good part of the crop, `full` for faces down to a twentieth of it."""

    def __init__(self, kind: str) -> None:
        files = {"short": "face_detection_short_range.tflite", "full": "face_detection_full_range_sparse.tflite"}
        self._model = Model(checkpoints.find("mediapipe") / files[kind])
        self._side = {"short": 128, "full": 192}[kind]
        grids = {"short": ((16, 2), (8, 6)), "full": ((48, 1),)}[kind]
        self._anchors = np.concatenate([_anchors(cells, each) for cells, each in grids])

    def __call__(self, image: Frame, view: Square) -> list[Detection]:
        """Faces in the square `view` of a picture that are more likely than not."""
        boxes, logits = self._model(view.cut(image, self._side) / 127.5 - 1)
        scores = 1 / (1 + np.exp(-np.clip(logits[:, 0], -80, 80)))
        chosen = np.flatnonzero(scores >= LIKELY)
        points = boxes[chosen].reshape(len(chosen), 8, 2)
        points[:, [0, *range(2, 8)]] += self._anchors[chosen, None] * self._side
        return [self._detection(part, float(score), view) for part, score in zip(points, scores[chosen], strict=True)]

    def _detection(self, points: Array, score: float, view: Square) -> Detection:
        """`points (8, 2)` in the crop: centre and extent of the box, eyes, nose, mouth, ears."""
        placed = view.place(points, self._side)
        across = placed[3] - placed[2]
        extent = float(points[1].max()) * view.size / self._side
        return Detection(Square(placed[0], 1.5 * extent, float(np.arctan2(across[1], across[0]))), score, placed[2:6])


def _anchors(cells: int, each: int) -> Array:
    """Centres `(cells² · each, 2)`, 0..1, of a grid of boxes, row by row."""
    centres = (np.arange(cells, dtype=np.float32) + 0.5) / cells
    y, x = np.meshgrid(centres, centres, indexing="ij")
    return np.repeat(np.stack([x, y], -1).reshape(-1, 2), each, axis=0)
