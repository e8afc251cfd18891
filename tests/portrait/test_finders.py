"""The other finders: a file of landmarks, and the package face-alignment."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from talkgen.portrait import face_alignment, landmarks_json
from talkgen.portrait._layout import POINTS_68, completed
from talkgen.types import TalkgenError

SIZE = (512, 512, 3)


def written(folder: Path, content: object) -> Path:
    path = folder / "points.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(("known", "most"), [(POINTS_68, 0.03), (tuple(range(468)), 0.002), (tuple(range(478)), 1e-6)])
def test_missing_points_are_filled_in(face: np.ndarray, known: tuple[int, ...], most: float) -> None:
    filled = completed(face[list(known), :2], known)
    np.testing.assert_allclose(filled[list(known), :2], face[list(known), :2], atol=1e-3)
    error = np.linalg.norm(filled[:, :2] - face[:, :2], axis=1).mean() / np.linalg.norm(face[468] - face[473])
    assert error < most


def test_depth_is_kept_or_estimated(face: np.ndarray) -> None:
    with_depth = completed(face[list(POINTS_68)], POINTS_68)
    np.testing.assert_allclose(with_depth[list(POINTS_68)], face[list(POINTS_68)], atol=1e-3)
    without = completed(face[list(POINTS_68), :2], POINTS_68)
    assert np.corrcoef(without[:468, 2], face[:468, 2])[0, 1] > 0.95


def test_a_turned_face_gets_turned_depth(face: np.ndarray) -> None:
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    turned = face @ turn.T
    depth = completed(turned[list(POINTS_68), :2].astype(np.float32), POINTS_68)[:468, 2]
    assert np.corrcoef(depth, turned[:468, 2])[0, 1] > 0.95


@pytest.mark.parametrize("points", [68, 468, 478])
def test_files_of_one_and_of_several_faces(tmp_path: Path, face: np.ndarray, points: int) -> None:
    part = (face[list(POINTS_68)] if points == 68 else face[:points])[:, :2]
    one = landmarks_json.load(written(tmp_path, {"landmarks": part.tolist()}))(np.zeros(SIZE, np.uint8))
    assert [found.shape for found in one] == [(478, 3)]
    several = landmarks_json.load(written(tmp_path, {"landmarks": [(part + np.array([100, 0])).tolist(), part.tolist()]}))
    found = several(np.zeros(SIZE, np.uint8))
    assert found[1][:, 0].mean() - found[0][:, 0].mean() == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "should read"),
        ({"points": []}, "should read"),
        ({"landmarks": []}, "should read"),
        ({"landmarks": [[1, 2], [3, 4]]}, "68, 468 or 478 points"),
        ({"landmarks": [[1, 2, 3, 4]] * 68}, "two or three finite numbers"),
        ({"landmarks": [[1, "two"]] * 68}, "two or three finite numbers"),
        ({"landmarks": [[1, None]] * 68}, "two or three finite numbers"),
        ({"landmarks": "none"}, "should read"),
        ({"landmarks": 68}, "should read"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(TalkgenError, match=words):
        landmarks_json.load(written(tmp_path, content))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="There is no landmarks file"):
        landmarks_json.load(tmp_path / "none.json")
    (tmp_path / "text.json").write_text("eyes here")
    with pytest.raises(TalkgenError, match="is not JSON"):
        landmarks_json.load(tmp_path / "text.json")


def test_landmarks_of_another_picture(tmp_path: Path, face: np.ndarray) -> None:
    find = landmarks_json.load(written(tmp_path, {"landmarks": face.tolist()}))
    with pytest.raises(TalkgenError, match="outside the picture, which is 100×50 pixels"):
        find(np.zeros((50, 100, 3), np.uint8))


def test_face_alignment_wants_local_weights(tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="face_alignment:FOLDER"):
        face_alignment.load(None)
    with pytest.raises(TalkgenError, match="never downloads"):
        face_alignment.load(tmp_path)


def test_face_alignment_names_its_extra_or_its_broken_weights(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    for name in face_alignment.FILES:
        (tmp_path / "checkpoints" / name).write_bytes(b"no weights")
    installed = importlib.util.find_spec("face_alignment") is not None
    with pytest.raises(TalkgenError, match="cannot be read" if installed else r"pip install 'talkgen\[face-alignment\]'"):
        face_alignment.load(tmp_path)
