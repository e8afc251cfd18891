"""From a file to a portrait, or to one sentence that says why not."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from talkgen import checkpoints
from talkgen.portrait._checks import head_angles
from talkgen.portrait.base import open_portrait
from talkgen.types import TalkgenError

PHOTO = Path(__file__).parents[1] / "data" / "astronaut.jpg"


def layout() -> np.ndarray:
    """The average face, (478, 3), irises one unit apart."""
    return checkpoints.read_arrays("face_layout", "layout")["points"]


def turned_about(axis: str, degrees: float) -> np.ndarray:
    """The average face turned to its left ("yaw"), nodded down ("pitch") or tilted to its right shoulder ("tilt")."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = {
        "yaw": np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]),
        "pitch": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "tilt": np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]),
    }[axis]
    return layout() @ turn.T


@pytest.fixture
def drawn(tmp_path: Path):
    """A function that writes a grey picture and a file of landmarks, and opens them as a portrait."""

    def open_drawn(points: np.ndarray, iris_distance: float = 80, middle: tuple[float, float] = (200, 200)):
        Image.new("RGB", (400, 400), (128, 128, 128)).save(tmp_path / "grey.png")
        placed = points * iris_distance + [*middle, 0]
        (tmp_path / "points.json").write_text(json.dumps({"landmarks": placed.tolist()}))
        return open_portrait(tmp_path / "grey.png", landmarks=str(tmp_path / "points.json"))

    return open_drawn


def test_a_photograph_opens() -> None:
    portrait = open_portrait(PHOTO)
    assert portrait.name == "astronaut.jpg"
    assert portrait.image.shape == (512, 512, 3)
    left, top, right, bottom = 195, 80, 250, 150
    assert portrait.matte[top:bottom, left:right].min() > 250  # her face
    assert portrait.matte[:40, :60].max() < 5  # the flag


@pytest.mark.parametrize("axis", ["yaw", "pitch", "tilt"])
def test_head_angles(axis: str) -> None:
    for degrees in (-40.0, 25.0):
        expected = {"yaw": 0.0, "pitch": 0.0, "tilt": 0.0} | {axis: degrees}
        np.testing.assert_allclose(head_angles(turned_about(axis, degrees).astype(np.float32)), list(expected.values()), atol=0.1)


def test_turned_faces_are_refused_only_beyond_the_limit(drawn) -> None:
    drawn(turned_about("yaw", 45))
    drawn(turned_about("yaw", -45))
    with pytest.raises(TalkgenError, match=r"grey.png is turned about 60° to the side"):
        drawn(turned_about("yaw", -60))
    with pytest.raises(TalkgenError, match=r"turned about 60° up or down"):
        drawn(turned_about("pitch", 60))


def test_cut_and_tiny_faces_are_refused(drawn) -> None:
    with pytest.raises(TalkgenError, match="the subject's right eye is outside"):
        drawn(layout(), middle=(30, 200))
    with pytest.raises(TalkgenError, match="the mouth is outside"):
        drawn(layout(), middle=(200, 330))
    with pytest.raises(TalkgenError, match="too small: 10 pixels between the eyes"):
        drawn(layout(), iris_distance=10)


def test_a_picture_on_its_side_is_righted(tmp_path: Path) -> None:
    upright = open_portrait(PHOTO)
    for quarter, name in ((Image.Transpose.ROTATE_90, "left.png"), (Image.Transpose.ROTATE_180, "down.png")):
        Image.open(PHOTO).transpose(quarter).save(tmp_path / name)
        righted = open_portrait(tmp_path / name)
        np.testing.assert_array_equal(righted.image, upright.image)
        assert np.abs(righted.landmarks[:, :2] - upright.landmarks[:, :2]).mean() < 1


def test_faces_are_chosen_by_number_or_size(tmp_path: Path, photo: np.ndarray) -> None:
    both = np.full((512, 768, 3), 128, np.uint8)
    both[:256, :256] = np.asarray(Image.fromarray(photo).resize((256, 256), Image.Resampling.LANCZOS))
    both[:, 256:] = photo
    Image.fromarray(both).save(tmp_path / "two.png")
    assert open_portrait(tmp_path / "two.png").iris_distance == pytest.approx(43, abs=2)
    small = open_portrait(tmp_path / "two.png", face=1)
    assert small.iris_distance == pytest.approx(21.5, abs=2)
    assert small.matte[:, 400:].max() == 0  # the other person is left out
    for face in (0, 3, -1):
        with pytest.raises(TalkgenError, match=rf"There is no face {face} in .*two.png, which shows 2 faces"):
            open_portrait(tmp_path / "two.png", face=face)


def test_no_face(tmp_path: Path) -> None:
    Image.new("RGB", (200, 200), (255, 255, 255)).save(tmp_path / "white.png")
    with pytest.raises(TalkgenError, match=r"No face was found in .*white.png"):
        open_portrait(tmp_path / "white.png")


def test_a_matte_from_the_face_alone_is_announced(drawn, caplog: pytest.LogCaptureFixture) -> None:
    portrait = drawn(layout(), iris_distance=50, middle=(200, 150))
    assert "head and shoulders were drawn from the face" in caplog.text
    assert portrait.matte[200, 200] > 250
    assert portrait.matte[20, 20] < 5
    assert portrait.matte[390, 100:300].min() > 200  # the shoulders reach the lower edge


def test_matte_follows_an_edge_of_the_picture(photo: np.ndarray, face: np.ndarray) -> None:
    from talkgen.portrait._matte import _guided

    step = np.zeros((60, 60, 3), np.float32)
    step[:, 30:] = 0.8
    coarse = np.clip((np.arange(60, dtype=np.float32) - 20) / 16, 0, 1)[None].repeat(60, 0)  # blurred, and two pixels off
    model = _guided(step, coarse, 8)
    share = (model[..., :3] * step).sum(-1) + model[..., 3]
    assert share[30, 33] - share[30, 27] > 0.5 * (share.max() - share.min())
