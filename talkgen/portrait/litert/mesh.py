"""Attention Mesh: 478 landmarks of the one face in a turned square crop.

Grishchenko, Ablavatski, Kartynnik, Raveendran, Grundmann 2020. A trunk gives 468 coarse points and a feature map; the map is
cropped around lips and eyes (here, in NumPy: what MediaPipe's own operators do), and small heads refine the points there and
find the irises.
"""

import numpy as np

from talkgen import checkpoints
from talkgen.face.landmark_mesh import IRISES
from talkgen.lib.image import crop_affine
from talkgen.lib.litert import Model
from talkgen.portrait.litert.crop import Square
from talkgen.types import Array, Frame

SIDE = 192
FEATURES, WINDOW = 48, 16
"""Sides of the feature map and of a head's window of it."""
CONTOUR = 16
"""The first sixteen points of an eye head are the lids: the iris gets their mean depth."""


class FaceMesh:
    """The two halves of the network; `checkpoints/mediapipe/config.json` says which points each head refines."""

    def __init__(self) -> None:
        folder = checkpoints.find("mediapipe")
        self._trunk, self._heads = Model(folder / "face_mesh.tflite"), Model(folder / "face_mesh_heads.tflite")
        self._crops = checkpoints.read_config("mediapipe")["crops"]
        self._mirror = checkpoints.read_arrays("face_layout", "layout")["mirror"]

    def __call__(self, image: Frame, square: Square, mirrored: bool = False) -> tuple[Array, float]:
        """`(478, 3)` landmarks in pixels of the picture and how sure (0..1) the network is that this is a face.

        `mirrored` shows the network the mirror image: another opinion on the same face.
        """
        crop = square.cut(image, SIDE) / 255
        mesh, presence, features = self._trunk(crop[:, ::-1] if mirrored else crop)
        points = np.concatenate([mesh.reshape(468, 3), np.zeros((10, 3), np.float32)]).astype(np.float64)
        self._refine(points, features)
        if mirrored:
            points = points[self._mirror] * [-1, 1, 1] + [SIDE, 0, 0]
        return square.place(points, SIDE).astype(np.float32), float(1 / (1 + np.exp(-presence.ravel()[0])))

    def _refine(self, points: np.ndarray, features: Array) -> None:
        """Write the heads' lips, lids and irises over `points`, which are in pixels of the crop."""
        crops = self._crops.values()
        orders = [crop["landmarks"] for crop in crops]
        windows = [
            window(points[o, :2], points[crop["corners"], :2], crop["margin"]) for o, crop in zip(orders, crops, strict=True)
        ]
        scale = FEATURES / SIDE
        lips, right, right_iris, left, left_iris = self._heads(*(crop_affine(features, w * scale, WINDOW, WINDOW) for w in windows))
        irises = list(IRISES["right"]), list(IRISES["left"])
        points[irises[0], 2] = points[orders[1][:CONTOUR], 2].mean()
        points[irises[1], 2] = points[orders[2][:CONTOUR], 2].mean()
        order = (*orders, *irises)
        for refined, chosen, w in zip((lips, right, left, right_iris, left_iris), order, (*windows, *windows[1:]), strict=True):
            points[chosen, :2] = refined.reshape(-1, 2) * scale @ w[:, :2].T + w[:, 2]


def window(points: np.ndarray, corners: np.ndarray, margin: float) -> np.ndarray:
    """`(2, 3)`: from pixels of a window to the crop, level with the two `corners` and `margin` times the extents of `points`."""
    along = np.diff(corners, axis=0)[0]
    along = along / np.linalg.norm(along)
    axes = np.stack([along, [-along[1], along[0]]])
    level = points @ axes.T
    low, high = level.min(0), level.max(0)
    linear = axes.T * (margin * (high - low) / WINDOW)
    return np.column_stack([linear, (low + high) / 2 @ axes - linear @ [WINDOW / 2, WINDOW / 2]])
