"""The inside of a mouth: how much light reaches it, and how sharp it is drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from talkgen.face.fit import fit_face
from talkgen.face.rig import load_rig
from talkgen.portrait.base import open_portrait
from talkgen.render import warp
from talkgen.render._picture import frame_picture, measure_blur
from talkgen.render.base import View
from talkgen.render.warp.inside import DARKEST, reached
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array, Frame, MotionClip, Portrait

PHOTOGRAPH = Path(__file__).parents[1] / "data" / "astronaut.jpg"


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return open_portrait(PHOTOGRAPH)


def blurred(portrait: Portrait, sigma: float) -> Portrait:
    image = gaussian_filter(portrait.image.astype(np.float32), (sigma, sigma, 0)).round().astype(np.uint8)
    return replace(portrait, image=image)


def lips(gap: float) -> tuple[Array, Array]:
    x = np.linspace(-0.03, 0.03, 11)
    bow = 1 - (x / 0.03) ** 2
    upper, lower = (np.column_stack([x, sign * gap / 2 * bow, 0 * x]).astype(np.float32) for sign in (1, -1))
    return upper, lower


def at(y: float, z: float, gap: float, x: float = 0.0) -> float:
    return float(reached(np.array([[x, y, z]], np.float32), *lips(gap))[0][0])


def test_light_comes_through_the_lips() -> None:
    assert at(0, -0.01, 0.012) > at(0, -0.01, 0.006) > at(0, -0.03, 0.006) > at(0, -0.03, 0.0) == pytest.approx(DARKEST)
    assert at(-0.004, -0.01, 0.012) > at(0.004, -0.01, 0.012)  # upper teeth lie in the upper lip's shadow
    assert at(0, -0.01, 0.012, x=0.025) < at(0, -0.01, 0.012)
    points = np.array([[0, 0.02, -0.01], [0, 0.002, -0.01], [0, -0.02, -0.01]], np.float32)
    assert list(reached(points, *lips(0.012))[1]) == [False, True, False]


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.0])
def test_the_blur_of_a_photograph_is_found(portrait: Portrait, sigma: float) -> None:
    """Gaussians add as squares; what the photograph has of its own, a lens and JPEG, is half a pixel."""
    own = measure_blur(portrait.image, portrait.landmarks)
    assert 0.3 < own < 0.7
    known = blurred(portrait, sigma)
    assert measure_blur(known.image, known.landmarks) == pytest.approx(np.hypot(own, sigma), rel=0.2)


def test_an_enlarged_portrait_is_less_sharp(portrait: Portrait) -> None:
    fit = fit_face(load_rig(), portrait)
    small, large = (frame_picture(portrait, fit, View("face", size)).blur for size in (128, 1024))
    assert small < 0.3 and 1 < large < 3


def test_a_mouth_is_no_sharper_than_its_face(portrait: Portrait) -> None:
    def edges(portrait: Portrait) -> float:
        """How steep the steepest places of an opened mouth are."""
        fit = fit_face(load_rig(), portrait)
        weights = np.zeros((1, len(BLENDSHAPES)), np.float32)
        weights[0, INDEX["jawOpen"]] = 0.6
        shot = warp.load(load_rig()).prepare(portrait, fit, View("full", 512))
        frame: Frame = next(shot.frames(MotionClip(weights, np.zeros((1, 3), np.float32), np.zeros((1, 3), np.float32))))
        x, y = shot.landmarks[13, :2].astype(int)
        size = int(0.25 * shot.scene.picture.iris_distance)
        grey = frame[y : y + 2 * size, x - size : x + size].mean(axis=2)
        return float(np.quantile(np.hypot(*np.gradient(grey)), 0.95))

    assert edges(blurred(portrait, 2.0)) < 0.6 * edges(portrait)
