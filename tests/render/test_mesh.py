"""The drawn head: where it should be, turning the right way, its parts visible, and alike however it is drawn."""

from importlib.util import find_spec

import numpy as np
import pytest

from talkgen.face.rig import FaceRig, load_rig, project
from talkgen.lib.raster import interpolate, rasterize, vertex_normals
from talkgen.render import mesh
from talkgen.render.base import View
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import FaceFit, Frame, MotionClip, Portrait

SIZE, SCALE = 256, 1050.0
CENTRE = np.array([128, 150], np.float32)


@pytest.fixture(scope="module")
def rig() -> FaceRig:
    return load_rig()


def frame(rig: FaceRig, rotation: tuple[float, float, float] = (0, 0, 0), **shapes: float) -> Frame:
    """The mean head, facing us, wearing some shapes."""
    fit = FaceFit(np.zeros(52, np.float32), np.zeros(3, np.float32), SCALE, CENTRE, rig.neutral, 0.0)
    landmarks = project(rig.landmarks(rig.neutral), fit.rotation, SCALE, CENTRE)
    portrait = Portrait(np.zeros((SIZE, SIZE, 3), np.uint8), landmarks, np.full((SIZE, SIZE), 255, np.uint8))
    weights = np.zeros((1, len(BLENDSHAPES)), np.float32)
    for name, value in shapes.items():
        weights[0, INDEX[name]] = value
    motion = MotionClip(weights, np.array([rotation], np.float32), np.zeros((1, 3), np.float32))
    return next(mesh.load(rig).prepare(portrait, fit, View()).frames(motion))


def irises(picture: Frame) -> np.ndarray:
    """The mean position (x, y) of what is bluer than red: of all the head only the irises."""
    red, blue = picture[..., 0].astype(int), picture[..., 2].astype(int)
    return np.argwhere((blue > red + 12) & (blue > 50))[:, ::-1]


def test_head_turns_and_nods_as_the_conventions_say(rig: FaceRig) -> None:
    eyes = project(rig.eye_centres, np.zeros(3, np.float32), SCALE, CENTRE)[:, :2].mean(0)
    plain = irises(frame(rig)).mean(0)
    assert np.abs(plain - eyes).max() < 4
    assert irises(frame(rig, (0, 0.3, 0))).mean(0)[0] > plain[0] + 8  # to the subject's left, our right
    assert irises(frame(rig, (0.2, 0, 0))).mean(0)[1] > plain[1] + 8  # down
    assert irises(frame(rig, (0, 0, 0.3))).mean(0)[0] < plain[0] - 8  # towards the subject's right shoulder
    looking = frame(rig, eyeLookOutLeft=0.8, eyeLookInRight=0.8)
    assert irises(looking).mean(0)[0] > plain[0] + 1.5


def test_an_open_mouth_shows_its_inside(rig: FaceRig) -> None:
    lips = project(rig.landmarks(rig.neutral)[[13, 14]], np.zeros(3, np.float32), SCALE, CENTRE)[:, :2].mean(0).astype(int)
    box = np.s_[lips[1] - 4 : lips[1] + 24, lips[0] - 10 : lips[0] + 10]
    closed, opened = frame(rig)[box].astype(int), frame(rig, jawOpen=0.7)[box].astype(int)
    reddish = [(picture[..., 0] > 1.5 * picture[..., 1]).mean() for picture in (closed, opened)]
    assert reddish[1] > reddish[0] + 0.2


def test_samples_are_averaged_as_the_plain_way_does(rig: FaceRig) -> None:
    points = project(rig.neutral, np.zeros(3, np.float32), SCALE, CENTRE)
    colours = mesh.paint(rig)
    quick = mesh.Rasteriser(rig, SIZE, SIZE)(points, colours)
    n = mesh.SMOOTHING
    index, weights = rasterize(points * n + (n - 1) / 2, rig.triangles, n * SIZE, n * SIZE)
    normals = vertex_normals(points * np.array([1, -1, -1], np.float32), rig.triangles)
    shaded = interpolate(index, weights, rig.triangles, colours * mesh.shine(normals)[:, None]).clip(0, 1) * 255
    page = np.where(index[..., None] >= 0, shaded, np.array(mesh.PAPER))
    plain = page.reshape(SIZE, n, SIZE, n, 3).mean((1, 3))
    assert np.abs(quick - plain).max() <= 0.51


@pytest.mark.skipif(find_spec("pyrender") is None, reason="pyrender is not installed")
def test_opengl_draws_the_same(rig: FaceRig) -> None:
    points, colours = project(rig.neutral, np.zeros(3, np.float32), SCALE, CENTRE), mesh.paint(rig)
    one = mesh.OpenGL(rig, SIZE, SIZE)(points, colours).astype(int)
    other = mesh.Rasteriser(rig, SIZE, SIZE)(points, colours).astype(int)
    assert np.abs(one - other).mean() < 2
