"""Fits of faces whose pose, expression and identity are known, because the rig itself made their landmarks."""

import numpy as np
import pytest

from talkgen.face.contact import opening
from talkgen.face.fit import BROADEST, fit_face, solve_pose
from talkgen.face.rig import FaceRig, load_rig, project
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import FaceFit, Portrait

SCALE, MIDDLE = 1100.0, np.float32([250, 300])  # 70 pixels between the irises


@pytest.fixture(scope="module", params=["head", "landmarks"])
def rig(request) -> FaceRig:
    return load_rig(request.param)


def photographed(weights: dict[str, float], rotation=(0.05, 0.15, -0.08), seed=3, noise=0.3) -> tuple[Portrait, np.ndarray]:
    """Landmarks of an unknown person wearing `weights`, with finder noise in pixels, and the weights as an array."""
    rng = np.random.default_rng(seed)
    head = load_rig("head")
    person = head.neutral + np.tensordot(rng.normal(0, 0.8, len(head.identity)).astype(np.float32), head.identity, 1)
    worn = np.zeros(len(BLENDSHAPES), np.float32)
    for name, value in weights.items():
        worn[INDEX[name]] = value
    landmarks = project(head.landmarks(head.pose(person, worn)), np.float32(rotation), SCALE, MIDDLE)
    landmarks[:, :2] += rng.normal(0, noise, (478, 2))
    return Portrait(np.zeros((2, 2, 3), np.uint8), landmarks, np.zeros((2, 2), np.uint8)), worn


def worn(fit: FaceFit, *names: str) -> float:
    return float(np.mean([fit.rest[INDEX[name]] for name in names]))


def width(landmarks: np.ndarray) -> float:
    """From one corner of the mouth to the other."""
    return float(np.linalg.norm(landmarks[61] - landmarks[291]))


def test_pose_is_recovered(rig):
    fit = fit_face(rig, photographed({})[0])
    np.testing.assert_allclose(fit.rotation, [0.05, 0.15, -0.08], atol=0.06)
    assert fit.scale == pytest.approx(SCALE, rel=0.15)  # a small head near by and a large one far off look alike


def test_solve_pose_is_exact_without_noise():
    rng = np.random.default_rng(0)
    points = rng.normal(0, 0.05, (80, 3))
    target = project(points.astype(np.float32), np.float32([0.3, -0.4, 0.2]), 900, np.float32([40, 60]))[:, :2].astype(float)
    pose = solve_pose(points, target, np.ones(80))
    np.testing.assert_allclose(pose.rotation, [0.3, -0.4, 0.2], atol=1e-4)
    np.testing.assert_allclose([pose.scale, *pose.translation], [900, 40, 60], rtol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_smile_is_read_as_a_smile_and_a_neutral_face_as_none(rig, seed):
    smile = ("mouthSmileLeft", "mouthSmileRight")
    neutral, _ = photographed({}, seed=seed)
    grin, _ = photographed(
        dict.fromkeys(smile, 0.8) | {"mouthUpperUpLeft": 0.3, "mouthUpperUpRight": 0.3, "jawOpen": 0.15}, seed=seed
    )
    assert worn(fit_face(rig, neutral), *smile) < 0.3 < 0.5 < worn(fit_face(rig, grin), *smile)


@pytest.mark.parametrize("seed", range(3))
def test_a_smile_broader_than_the_rigs_leaves_nothing_in_the_face(rig, seed):
    smile = ("mouthSmileLeft", "mouthSmileRight")
    calm, broad = (photographed(dict.fromkeys(smile, weight), seed=seed, noise=0)[0].landmarks for weight in (0, 1.35))
    fit = fit_face(rig, Portrait(np.zeros((2, 2, 3), np.uint8), broad, np.zeros((2, 2), np.uint8)))
    assert 1 < worn(fit, *smile) <= BROADEST
    rest, posed = rig.landmarks(fit.neutral), rig.landmarks(rig.pose(fit.neutral, fit.rest))
    assert width(rest) / width(posed) == pytest.approx(width(calm[:, :2]) / width(broad[:, :2]), rel=0.02)


@pytest.mark.parametrize(
    ("name", "value", "share"),
    [("jawOpen", 0.5, 0.6), ("eyeBlink", 0.7, 0.6), ("browOuterUp", 0.8, 0.4), ("browDown", 0.8, 0.25), ("mouthFrown", 0.8, 0.2)],
)
def test_a_worn_shape_is_read(rig, name, value, share):
    """At least this share of it: brows and frowns could also be the person's own, and the prior says how often they are."""
    names = [n for n in BLENDSHAPES if n.startswith(name)]
    before, after = (fit_face(rig, photographed(dict.fromkeys(names, w))[0]) for w in (0.0, value))
    assert share * value < worn(after, *names) - worn(before, *names) < 1.3 * value


def test_gaze_follows_the_irises(rig):
    """A glance to the subject's left and up."""
    glance = {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5, "eyeLookUpLeft": 0.4, "eyeLookUpRight": 0.4}
    fit = fit_face(rig, photographed(glance)[0])
    assert 0.25 < worn(fit, "eyeLookOutLeft", "eyeLookInRight") < 0.75 and worn(fit, "eyeLookUpLeft", "eyeLookUpRight") > 0.15
    assert worn(fit, "eyeLookInLeft", "eyeLookOutRight", "eyeLookDownLeft") == 0


@pytest.mark.parametrize("weights", [{}, {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.7, "jawOpen": 0.2}])
def test_posed_neutral_meets_the_landmarks_and_its_lips_close(rig, weights):
    portrait, _ = photographed(weights, noise=0.8)
    fit = fit_face(rig, portrait)
    posed = project(rig.landmarks(rig.pose(fit.neutral, fit.rest)), fit.rotation, fit.scale, fit.translation)
    miss = np.linalg.norm((posed - portrait.landmarks)[:468, :2], axis=1)
    assert np.median(miss) < 0.5 and fit.rms < 0.01
    shut = rig.pose(fit.neutral, np.zeros(52, np.float32))
    assert opening(shut, rig.lips).min() > -1e-5 and opening(shut, rig.lips).max() < 3e-4


def test_eyes_look_where_the_photograph_does():
    rig = load_rig("head")
    portrait, _ = photographed({"eyeLookOutLeft": 0.3, "eyeLookInRight": 0.3})
    fit = fit_face(rig, portrait)
    posed = project(rig.landmarks(rig.pose(fit.neutral, fit.rest)), fit.rotation, fit.scale, fit.translation)
    assert np.linalg.norm((posed - portrait.landmarks)[[468, 473], :2], axis=1).max() < 1.0


def test_a_bent_neutral_does_not_fold():
    """No triangle of the front of the face turns over between the mean and a fitted person."""
    rig = load_rig("head")
    fit = fit_face(rig, photographed({"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}, noise=0.5)[0])
    skin = rig.triangles[(rig.part[rig.triangles] == rig.parts.index("skin")).all(1)]
    a, b = (np.cross(v[skin[:, 1]] - v[skin[:, 0]], v[skin[:, 2]] - v[skin[:, 0]]) for v in (rig.neutral, fit.neutral))
    turned = (a * b).sum(1) < 0
    assert turned.mean() < 0.01
