"""The turned squares of a picture that the networks look at."""

from dataclasses import dataclass

import numpy as np

from talkgen.lib.image import crop_affine
from talkgen.types import Array


@dataclass(frozen=True)
class Square:
    """A square of a picture: `centre (2,)` and `size` in pixels, `angle` in radians (positive turns it clockwise on the screen)."""

    centre: np.ndarray
    size: float
    angle: float = 0.0

    def matrix(self, side: int) -> np.ndarray:
        """`(2, 3)`: from pixels of its `side`² crop to pixels of the picture."""
        scale = self.size / side
        cos, sin = scale * np.cos(self.angle), scale * np.sin(self.angle)
        linear = np.array([[cos, -sin], [sin, cos]])
        return np.column_stack([linear, self.centre - linear @ [side / 2, side / 2]])

    def cut(self, image: np.ndarray, side: int) -> Array:
        """Its crop, `(side, side, 3)` float32 in the picture's units."""
        return crop_affine(image, self.matrix(side), side, side)

    def place(self, points: np.ndarray, side: int) -> np.ndarray:
        """Points `(N, 2 or 3)` of its crop, in pixels of the picture; depth only changes its scale."""
        matrix = self.matrix(side)
        placed = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        return placed if points.shape[1] == 2 else np.column_stack([placed, points[:, 2] * (self.size / side)])


def around(points: np.ndarray, left: np.ndarray, right: np.ndarray, margin: float) -> Square:
    """The square, level with the line from `left` to `right`, whose side is `margin` times the longer extent of `points (N, 2)`."""
    angle = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    level = points[:, :2] @ axes.T
    low, high = level.min(0), level.max(0)
    return Square((low + high) / 2 @ axes, float((high - low).max()) * margin, angle)
