"""The shipped finder: its files, its geometry, and faces wherever and however they lie."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from talkgen import checkpoints
from talkgen.face.landmark_mesh import IRISES, LOWER_LIDS, LOWER_LIP_INNER, UPPER_LIDS, UPPER_LIP_INNER
from talkgen.portrait.base import LandmarkFinder
from talkgen.portrait.litert.crop import Square, around
from talkgen.portrait.litert.mesh import FaceMesh
from talkgen.portrait.litert.search import extent, framed, shared, steps

NEAR = 0.03
"""Mean landmark difference, in iris distances, that looks of the same face may have."""


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of two faces' landmarks, in iris distances of the second."""
    return float(np.linalg.norm(a[:, :2] - b[:, :2], axis=1).mean() / np.linalg.norm(b[468, :2] - b[473, :2]))


def turned(photo: np.ndarray, face: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """The photograph and its landmarks turned counter-clockwise, the canvas grown to hold it."""
    picture = Image.fromarray(photo).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(120, 130, 120))
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array(photo.shape[1::-1]) / 2
    return np.asarray(picture), (face[:, :2] - middle) @ turn.T + np.array(picture.size) / 2


def test_shipped_files_are_the_vendored_ones() -> None:
    folder, hashes = checkpoints.find("mediapipe"), checkpoints.read_config("mediapipe")["sha256"]
    assert {path.name for path in folder.glob("*.tflite")} == set(hashes)
    for name, sha256 in hashes.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256, name


def test_landmarks_lie_where_they_should(photo: np.ndarray, face: np.ndarray) -> None:
    assert face.shape == (478, 3)
    assert face.dtype == np.float32
    right, left = face[IRISES["right"][0]], face[IRISES["left"][0]]
    assert right[0] < left[0]  # the subject's right eye is at the left of the picture
    assert left[0] - right[0] == pytest.approx(43, abs=2)
    for side in ("right", "left"):
        iris, upper, lower = face[IRISES[side][0]], face[list(UPPER_LIDS[side])], face[list(LOWER_LIDS[side])]
        assert upper[:, 1].mean() < iris[1] < lower[:, 1].mean()
    assert face[list(UPPER_LIP_INNER), 1].mean() < face[list(LOWER_LIP_INNER), 1].mean()
    assert face[1, 2] < face[[234, 454], 2].mean()  # the nose is nearer than the ears
    teeth = photo[int(face[[13, 14], 1].mean()), int(face[13, 0])]
    assert teeth.min() > 150  # between the inner lips of this smile


def test_the_same_picture_gives_the_same_numbers(photo: np.ndarray, face: np.ndarray, finder: LandmarkFinder) -> None:
    np.testing.assert_array_equal(finder(photo)[0], face)


@pytest.mark.parametrize("degrees", [25, -50, 90, 180])
def test_tilted_faces(photo: np.ndarray, face: np.ndarray, finder: LandmarkFinder, degrees: float) -> None:
    picture, expected = turned(photo, face, degrees)
    found = finder(picture)
    assert len(found) == 1
    assert difference(found[0], expected) < NEAR


def test_small_face_in_a_corner(photo: np.ndarray, face: np.ndarray, finder: LandmarkFinder) -> None:
    canvas = np.full((1600, 1600, 3), (90, 110, 140), np.uint8)
    canvas[-256:, -256:] = np.asarray(Image.fromarray(photo).resize((256, 256), Image.Resampling.LANCZOS))
    found = finder(canvas)
    assert len(found) == 1
    assert difference(found[0], face[:, :2] / 2 + 1344) < NEAR


def test_several_faces_come_from_left_to_right(photo: np.ndarray, face: np.ndarray, finder: LandmarkFinder) -> None:
    found = finder(np.concatenate([photo[:, ::-1], photo], axis=1))
    assert len(found) == 2
    assert difference(found[1], face[:, :2] + [512, 0]) < NEAR
    assert found[0][:, 0].max() < 512


def test_no_face_where_there_is_none(finder: LandmarkFinder) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
    clouds = np.asarray(Image.fromarray(noise).resize((300, 300), Image.Resampling.BICUBIC))
    for picture in (np.full((200, 300, 3), 255, np.uint8), clouds):
        assert finder(picture) == []


def test_grey_and_face_filling_pictures(photo: np.ndarray, face: np.ndarray, finder: LandmarkFinder) -> None:
    grey = np.repeat(np.asarray(Image.fromarray(photo).convert("L"))[..., None], 3, axis=-1)
    assert difference(finder(grey)[0], face) < NEAR
    left, top, right, bottom = extent(face).astype(int)
    close = np.ascontiguousarray(photo[top:bottom, left:right])
    assert difference(finder(close)[0], face[:, :2] - [left, top]) < 2 * NEAR


def test_mesh_agrees_with_its_mirror(photo: np.ndarray, face: np.ndarray) -> None:
    mesh, square = FaceMesh(), framed(face)
    plain, presence = mesh(photo, square)
    mirrored, _ = mesh(photo, square, mirrored=True)
    assert presence > 0.99
    assert difference(mirrored, plain) < 2 * NEAR
    _, nothing = mesh(photo, Square(np.array([40.0, 470.0]), 80))
    assert nothing < 0.5


def test_square_places_what_it_cuts(photo: np.ndarray) -> None:
    square = Square(np.array([224.0, 118.0]), 150.0, 0.4)
    np.testing.assert_allclose(square.place(np.array([[32.0, 32.0]]), 64), [[224, 118]])
    crop = square.cut(photo, 150)
    x, y = square.place(np.array([[100.5, 40.5]]), 150)[0] - 0.5
    u, v, column, row = x % 1, y % 1, int(x), int(y)
    corners = photo[row : row + 2, column : column + 2].astype(float)
    expected = (1 - v) * ((1 - u) * corners[0, 0] + u * corners[0, 1]) + v * ((1 - u) * corners[1, 0] + u * corners[1, 1])
    np.testing.assert_allclose(crop[40, 100], expected, atol=1e-2)


def test_around_is_level_and_centred() -> None:
    points = np.array([[0.0, 0], [10, 10], [0, 10], [10, 0]])
    square = around(points, np.array([0.0, 0]), np.array([5.0, 5]), 2.0)
    assert square.angle == pytest.approx(np.pi / 4)
    assert square.size == pytest.approx(2 * np.hypot(10, 10))
    np.testing.assert_allclose(square.centre, [5, 5])


def test_views_cover_and_overlap() -> None:
    centres = steps(1000, 250)
    assert centres[0] == 125
    assert centres[-1] == 875
    assert np.diff(centres).max() <= 125
    box = np.array([0.0, 0, 2, 2])
    assert shared(box, box) == 1
    assert shared(box, box + 1) == pytest.approx(1 / 7)
    assert shared(box, box + 5) == 0


@pytest.mark.shared
def test_real_and_drawn_faces_are_handled_and_animals_are_not(shared: Path, finder: LandmarkFinder) -> None:
    from talkgen.portrait._build import read_portrait
    from talkgen.types import TalkgenError

    portraits = shared / "data" / "portraits_eval"
    handled = 0
    paths = [path for folder in ("real", "stylised") for path in sorted((portraits / folder).iterdir())][::6]
    for path in paths:
        try:
            read_portrait(path, finder)
            handled += 1
        except TalkgenError:
            pass
    assert handled >= 0.95 * len(paths)
    for path in [path for folder in ("animal", "noface") for path in (portraits / "bad" / folder).iterdir()]:
        with pytest.raises(TalkgenError, match="No face was found"):
            read_portrait(path, finder)
