"""Where in a picture to look for faces, and which of the finds are faces."""

from collections.abc import Iterator

import numpy as np

from talkgen.face.landmark_mesh import IRISES, LOWER_LIP_INNER, N_MESH, UPPER_LIDS, UPPER_LIP_INNER
from talkgen.lib.image import resize
from talkgen.portrait.litert.crop import Square, around
from talkgen.portrait.litert.detector import Detection, Detector
from talkgen.portrait.litert.mesh import FaceMesh
from talkgen.types import Array, Frame

NOSE_TIP = 1
IRIS_CENTRES = (IRISES["right"][0], IRISES["left"][0])
LIPS = (UPPER_LIP_INNER[5], LOWER_LIP_INNER[5])
EYE_CORNERS = (UPPER_LIDS["right"][0], UPPER_LIDS["left"][-1])
SEARCHED, SHARP = 1536, 288
"""Pixels: longest side of the picture that is searched, and side of a mesh crop that holds all the detail the mesh can see."""
PRESENT = 0.5
"""Least face-presence score of the mesh, after its crop has settled."""
MARGIN = 1.4
"""Side of the mesh's crop over the longer extent of the face: the most accurate on portraits of 1.3 to 1.75."""
OVERLAP = 0.3
"""Share of common area above which two finds are the same face."""
STEADY = 0.03
"""Most spread of a face's looks, of its size. Portraits of people have up to 0.013, drawn faces 0.021."""
AGAIN = ((2.5, 4.0, 6.0), (1.7, 2.2, 3.0))
"""Sides, in face sizes, of the squares in which the full-range and the short-range detector must see a settled face again,"""
SAME, OFTEN = 0.16, 3
"""within this distance (of its size, the mean over eyes, nose and mouth), and how often, either of them at least once. People
are seen 5 or 6 times of 6, drawn faces 3 or more; bark, cloth and animals that pleased one network seldom please the other."""
LOOKS = ((0.02, 0.02, 0.96, 0.05), (-0.02, 0.02, 1.04, -0.05), (0.02, -0.02, 1.04, -0.05), (-0.02, -0.02, 0.96, 0.05))
"""Shift right and down (of the crop's side), zoom and turn (radians) of the looks that are averaged."""


class Search:
    """The `LandmarkFinder` of the shipped networks."""

    def __init__(self) -> None:
        self._detectors = (Detector("full"), Detector("short"))
        self._mesh = FaceMesh()

    def __call__(self, image: Frame) -> list[Array]:
        """See `LandmarkFinder`. A large picture is searched reduced; a face that is small there is then looked at in full."""
        height, width = image.shape[:2]
        scale = min(1.0, SEARCHED / max(height, width))
        if scale == 1:
            return self._search(image)
        faces = [face / np.float32(scale) for face in self._search(resize(image, round(width * scale), round(height * scale)))]
        return [self._averaged(image, framed(face))[0] if framed(face).size * scale < SHARP else face for face in faces]

    def _search(self, image: Frame) -> list[Array]:
        """Looks ever closer and from more sides until a face is found."""
        for views in (upright(image), turned(image), close(image)):
            found = [d for view in views for detector in self._detectors for d in detector(image, view)]
            faces = list(self._settled(image, found))
            if faces:
                return sorted(faces, key=lambda face: float(face[:, 0].mean()))
        return []

    def _settled(self, image: Frame, found: list[Detection]) -> Iterator[Array]:
        """One mesh per face among the finds, the surest find of each."""
        taken: list[Array] = []
        for detection in sorted(found, key=lambda d: -d.score):
            if any(shared(boxed(detection.square), box) > OVERLAP for box in taken):
                continue
            face, presence = self._settle(image, detection.square)
            if presence < PRESENT or any(shared(extent(face), box) > OVERLAP for box in taken):
                continue
            taken.append(extent(face))
            face, spread = self._averaged(image, framed(self._right_way_up(image, face)))
            sightings = self._sightings(image, face) > 0
            if spread < STEADY and sightings.any(axis=1).all() and sightings.sum() >= OFTEN:
                yield face

    def _settle(self, image: Frame, square: Square) -> tuple[Array, float]:
        """The mesh and its presence score, looked for again twice where it was found."""
        face, presence = self._mesh(image, square)
        for _ in range(2):
            face, presence = self._mesh(image, framed(face))
        return face, presence

    def _right_way_up(self, image: Frame, face: Array) -> Array:
        """`face`, or the one on its head there if the detectors see that better: the mesh is happy with either."""
        square = framed(face)
        other, _ = self._settle(image, Square(square.centre, square.size, square.angle + np.pi))
        if self._sightings(image, other).sum() <= self._sightings(image, face).sum():
            return face
        return self._settle(image, framed(other))[0]

    def _sightings(self, image: Frame, face: Array) -> np.ndarray:
        """`(2, 3)`: how sure either detector is of a face where the mesh has it, shown it level in `AGAIN`; 0 for none."""
        square, extent = framed(face), size(face)
        key_points = np.array([*face[list(IRIS_CENTRES)], face[NOSE_TIP], face[list(LIPS)].mean(0)])[:, :2]

        def score(detector: Detector, zoom: float) -> float:
            again = detector(image, Square(square.centre, zoom * extent, square.angle))
            near = (d for d in again if float(np.linalg.norm(d.points - key_points, axis=1).mean()) < SAME * extent)
            return max((d.score for d in near), default=0.0)

        return np.array([[score(detector, zoom) for zoom in zooms] for detector, zooms in zip(self._detectors, AGAIN, strict=True)])

    def _averaged(self, image: Frame, square: Square) -> tuple[Array, float]:
        """The mean of several looks at one face, each also in the mirror, and their spread about it (of the face's size).

        It has a seventh less error than one look, a fifth less on the lips.
        """
        squares = [
            Square(square.centre + square.size * np.array([x, y]), square.size * zoom, square.angle + turn)
            for x, y, zoom, turn in LOOKS
        ]
        looks = np.stack([self._mesh(image, square, mirrored)[0] for square in squares for mirrored in (False, True)])
        mean: Array = looks.mean(0)
        spread = np.sqrt(((looks - mean)[..., :2] ** 2).sum(-1).mean())
        return mean, float(spread) / size(mean)


def size(face: Array) -> float:
    """Pixels: the geometric mean of a face's width and height."""
    return float(np.sqrt(np.prod(np.ptp(face[:N_MESH, :2], axis=0))))


def framed(face: Array) -> Square:
    """The crop that shows a known face as the mesh network likes it."""
    return around(face[:N_MESH], face[EYE_CORNERS[0]], face[EYE_CORNERS[1]], MARGIN)


def upright(image: Frame) -> Iterator[Square]:
    """The whole picture, then nine half-size squares of it."""
    yield whole(image)
    yield from tiles(image, 2)


def turned(image: Frame) -> Iterator[Square]:
    """The whole picture turned in steps of 30°."""
    base = whole(image)
    for degrees in (-30, 30, -60, 60, -90, 90, -120, 120, 150, 180, 210):
        yield Square(base.centre, base.size * 1.2, float(np.radians(degrees)))


def close(image: Frame) -> Iterator[Square]:
    """Quarter-size squares, for faces that are small in a large picture."""
    yield from tiles(image, 4)


def whole(image: Frame) -> Square:
    """The square around a picture, a little larger, so that a face that fills it is still seen as a face."""
    height, width = image.shape[:2]
    return Square(np.array([width, height]) / 2, 1.1 * max(width, height))


def tiles(image: Frame, split: int) -> Iterator[Square]:
    """Squares of 1 / `split` of the picture's longer side, each overlapping the next by half."""
    height, width = image.shape[:2]
    size = max(height, width) / split
    for y in steps(height, size):
        for x in steps(width, size):
            yield Square(np.array([x, y]), size)


def steps(length: float, size: float) -> np.ndarray:
    """Centres of windows of `size` along `length`, at most half a window apart."""
    if length <= size:
        return np.array([length / 2])
    count = int(np.ceil((length - size) / (size / 2))) + 1
    return np.linspace(size / 2, length - size / 2, count)


def boxed(square: Square) -> np.ndarray:
    """`(4,)` left, top, right, bottom of the face that a mesh crop is meant for."""
    half = square.size / MARGIN / 2
    return np.concatenate([square.centre - half, square.centre + half])


def extent(face: Array) -> np.ndarray:
    """`(4,)` left, top, right, bottom of the landmarks."""
    return np.concatenate([face[:N_MESH, :2].min(0), face[:N_MESH, :2].max(0)])


def shared(a: np.ndarray, b: np.ndarray) -> float:
    """Common area over the area of both together (intersection over union)."""
    common = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    return float(common / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - common))
