"""The warp renderer on a real photograph (NASA's portrait of Eileen Collins)."""

from pathlib import Path

import numpy as np
import pytest

from talkgen.face.fit import fit_face
from talkgen.face.rig import load_rig
from talkgen.portrait.base import open_portrait
from talkgen.render import warp
from talkgen.render.base import View
from talkgen.render.warp.shot import WarpShot
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array, FaceFit, Frame, MotionClip, Portrait

PHOTOGRAPH = Path(__file__).parents[1] / "data" / "astronaut.jpg"


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return open_portrait(PHOTOGRAPH)


@pytest.fixture(scope="module")
def fit(portrait: Portrait) -> FaceFit:
    return fit_face(load_rig(), portrait)


@pytest.fixture(scope="module", params=["full", "face"])
def shot(request: pytest.FixtureRequest, portrait: Portrait, fit: FaceFit) -> WarpShot:
    return warp.load(load_rig()).prepare(portrait, fit, View(request.param, 384))


def draw(shot: WarpShot, weights: Array, turn: tuple[float, float, float] = (0, 0, 0)) -> Frame:
    return next(shot.frames(MotionClip(weights[None], np.array([turn], np.float32), np.zeros((1, 3), np.float32))))


def photograph(shot: WarpShot) -> Frame:
    margin = shot.scene.picture.margin
    return shot.scene.picture.image[margin:-margin, margin:-margin]


def wearing(fit: FaceFit, **shapes: float) -> Array:
    weights = fit.rest.copy()
    for name, value in shapes.items():
        weights[INDEX[name]] = value
    return weights


def mouth(shot: WarpShot, frame: Frame) -> Frame:
    x, y = shot.landmarks[13, :2].astype(int)
    size = int(0.3 * shot.scene.picture.iris_distance)
    return frame[y - size // 2 : y + 2 * size, x - size : x + size]


def test_at_rest_the_frame_is_the_photograph(shot: WarpShot, fit: FaceFit) -> None:
    difference = np.abs(draw(shot, fit.rest).astype(int) - photograph(shot)).max(axis=2)
    assert (difference > 2).mean() < 0.01  # some pixels of eyes and teeth stand on the rig's own parts
    assert (difference > 40).mean() < 0.002


def test_a_turned_head_leaves_shoulders_and_background(shot: WarpShot, fit: FaceFit) -> None:
    turned, still = draw(shot, fit.rest, (0, 0.25, 0)).astype(int), photograph(shot).astype(int)
    difference = np.abs(turned - still).max(axis=2)
    x, y = shot.landmarks[:468, :2].mean(0).astype(int)
    size = int(shot.scene.picture.iris_distance)
    assert difference[y - size : y + size, x - size : x + size].mean() > 8
    corners = [difference[:20, :20], difference[:20, -20:], difference[-20:, :20], difference[-20:, -20:]]
    assert max(corner.mean() for corner in corners) < 1.5


def test_an_opened_jaw_shows_a_dark_mouth(shot: WarpShot, fit: FaceFit) -> None:
    closed, opened = (mouth(shot, draw(shot, wearing(fit, jawOpen=value))).mean(axis=2) for value in (0.0, 0.7))
    dark = 0.5 * np.median(closed)
    assert (opened < dark).mean() > (closed < dark).mean() + 0.1
    assert opened.min() > 0.1 * np.median(closed)  # but not black: light gets in


def test_closed_lids_hide_the_irises(shot: WarpShot, fit: FaceFit) -> None:
    frame = draw(shot, wearing(fit, eyeBlinkLeft=1.0, eyeBlinkRight=1.0)).astype(int)
    for centre in (468, 473):
        x, y = shot.landmarks[centre, :2].round().astype(int)
        iris = photograph(shot)[y, x].astype(int)
        assert frame[y, x].sum() > iris.sum() + 60  # skin is brighter than this dark eye


@pytest.mark.parametrize("name", ["eyeLookOutLeft", "eyeLookInRight"])
def test_gaze_moves_an_iris_and_nothing_else(shot: WarpShot, fit: FaceFit, name: str) -> None:
    looking = np.abs(draw(shot, wearing(fit, **{name: 0.8})).astype(int) - draw(shot, fit.rest)).max(axis=2)
    own, other = (473, 468) if name.endswith("Left") else (468, 473)
    reach = int(0.25 * shot.scene.picture.iris_distance)

    def around(centre: int) -> Array:
        x, y = shot.landmarks[centre, :2].astype(int)
        return looking[y - reach : y + reach, x - reach : x + reach]

    assert around(own).max() > 40
    assert around(other).max() < 3


def test_a_smile_taken_away_takes_its_folds(shot: WarpShot, fit: FaceFit) -> None:
    assert fit.rest[INDEX["mouthSmileLeft"]] > 0.3  # she smiles
    kept = draw(shot, np.zeros(len(BLENDSHAPES), np.float32)).astype(int)
    folds, shot.scene.folds[:] = shot.scene.folds.copy(), 0
    creased = draw(shot, np.zeros(len(BLENDSHAPES), np.float32)).astype(int)
    shot.scene.folds[:] = folds
    assert np.abs(kept - creased).max() > 8
