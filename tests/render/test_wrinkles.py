"""Wrinkles come with what contracts, where it does, and go with it (on NASA's portrait of Eileen Collins)."""

from pathlib import Path

import numpy as np
import pytest

from talkgen.face.fit import fit_face
from talkgen.face.landmark_mesh import FOREHEAD, WRINKLES
from talkgen.face.rig import load_rig
from talkgen.portrait.base import open_portrait
from talkgen.render import warp
from talkgen.render.base import View
from talkgen.render.warp.shot import WarpShot
from talkgen.render.warp.wrinkles import GROUPS, beside, contracted, crease, smooth
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array, MotionClip

PHOTOGRAPH = Path(__file__).parents[1] / "data" / "astronaut.jpg"


@pytest.fixture(scope="module")
def shot() -> WarpShot:
    portrait = open_portrait(PHOTOGRAPH)
    return warp.load(load_rig()).prepare(portrait, fit_face(load_rig(), portrait), View("face", 512))


def change(**shapes: float) -> Array:
    weights = np.zeros(len(BLENDSHAPES), np.float32)
    for name, value in shapes.items():
        weights[INDEX[name]] = value
    return weights


def darkened(shot: WarpShot, weights: Array) -> Array:
    """`(H, W)` grey levels that wrinkles take from the frame that shows `weights`."""
    motion = MotionClip(weights[None], np.zeros((1, 3), np.float32), np.zeros((1, 3), np.float32))
    wrinkled = next(shot.frames(motion)).astype(int)
    kept, shot.scene.wrinkles[:] = shot.scene.wrinkles.copy(), 0
    smoothed = next(shot.frames(motion)).astype(int)
    shot.scene.wrinkles[:] = kept
    return (smoothed - wrinkled).mean(-1)


def middle(shot: WarpShot, *lines: tuple[tuple[int, ...], ...]) -> Array:
    """The middle of some lines in the photograph, `(2,)` pixels."""
    return np.mean([shot.landmarks[list(point), :2].mean(0) for line in lines for point in line], axis=0)


@pytest.mark.parametrize(
    ("curves", "where"),
    [
        ({"browDownLeft": 0.9, "browDownRight": 0.9}, [*WRINKLES["frown"]["left"], *WRINKLES["frown"]["right"]]),
        ({"browInnerUp": 0.9}, [FOREHEAD[0][2:7]]),
        ({"mouthUpperUpLeft": 0.6, "noseSneerLeft": 0.9}, [*WRINKLES["smile"]["left"], *WRINKLES["sneer"]["left"]]),
    ],
    ids=["frown", "raised brows", "one side's sneer"],
)
def test_contracting_wrinkles_there_and_nowhere_else(shot: WarpShot, curves: dict[str, float], where: list) -> None:
    lost = darkened(shot, np.clip(shot.scene.picture.fit.rest + change(**curves), 0, 1))
    iris_distance = shot.scene.picture.iris_distance
    y, x = np.nonzero(np.abs(lost) > 4)
    assert len(x) > 20 and lost.max() > 12
    off = np.linalg.norm(np.column_stack([x, y]) - middle(shot, *where), axis=1)
    assert np.percentile(off, 95) < 0.75 * iris_distance


def test_a_face_as_photographed_gets_none_nor_does_one_that_relaxes(shot: WarpShot) -> None:
    rest = shot.scene.picture.fit.rest
    assert not contracted(np.zeros_like(rest)).any() and not contracted(-rest).any()
    assert not darkened(shot, rest).any() and np.abs(darkened(shot, np.zeros_like(rest))).max() <= 1


def test_either_side_is_its_own(shot: WarpShot) -> None:
    told = dict(zip(GROUPS, contracted(change(mouthSmileLeft=0.5)), strict=True))
    assert told["smile left"] > 0.5 and not any(value for group, value in told.items() if group != "smile left")
    assert contracted(change(**dict.fromkeys(["mouthSmileLeft", "noseSneerLeft"], 1.0))).max() == 1


def test_a_face_that_reaches_beyond_its_picture_is_wrinkled_as_far_as_it_shows(shot: WarpShot) -> None:
    picture = shot.scene.picture
    marks, skin = picture.landmarks[:, :2], np.full(3, 200, np.float32)
    whole = crease(picture.image, marks, skin, picture.iris_distance)
    left, top = marks[1].astype(int)  # the tip of the nose
    part = crease(picture.image[top:, left:], marks - np.float32([left, top]), skin, picture.iris_distance)
    np.testing.assert_allclose(part.image, whole.image[top:, left:], atol=0.1)
    np.testing.assert_allclose(part.share, whole.share[:, top:, left:], atol=1e-3)


def test_lines_are_measured_from_end_to_end() -> None:
    line = smooth(np.array([[0, 0], [10, 0], [20, 0]], np.float32))
    off, along = beside(np.array([5.0, 20.0]), np.array([3.0, 0.0]), line)
    np.testing.assert_allclose(off, [3, 0], atol=1e-5)
    np.testing.assert_allclose(along, [0.25, 1], atol=0.02)
