"""The rig as it ships: its arrays agree with each other, its shapes move what they name, contact holds for any weights."""

import numpy as np
import pytest

from talkgen.face.contact import opening
from talkgen.face.landmark_mesh import IRISES, LOWER_LIP_INNER, UPPER_LIP_INNER
from talkgen.face.rig import HEADROOM, FaceRig, load_rig, project, rotation_matrix, saturate
from talkgen.space import BLENDSHAPES, INDEX

MILLIMETRE = 0.001
GOLDEN = [
    [0.33000001311302185, -25.31999969482422, 127.79000091552734],
    [0.30000001192092896, -35.15999984741211, 122.1500015258789],
    [-23.389999389648438, -30.020000457763672, 115.08000183105469],
    [27.479999542236328, -24.989999771118164, 110.27999877929688],
    [-33.0, 42.31999969482422, 110.77999877929688],
    [32.81999969482422, 48.040000915527344, 111.44000244140625],
    [-15.399999618530273, 65.62999725341797, 122.19000244140625],
    [0.10999999940395355, -76.9000015258789, 109.0],
    [27.270000457763672, 44.16999816894531, 108.93000030517578],
]


@pytest.fixture(scope="module", params=["head", "landmarks"])
def rig(request) -> FaceRig:
    return load_rig(request.param)


@pytest.fixture(scope="module")
def head() -> FaceRig:
    return load_rig("head")


def wearing(**weights: float) -> np.ndarray:
    result = np.zeros(len(BLENDSHAPES), np.float32)
    for name, value in weights.items():
        result[INDEX[name]] = value
    return result


def lift(rig: FaceRig, landmark: int, **weights: float) -> np.ndarray:
    """How a landmark moves, millimetres."""
    before, after = (rig.landmarks(rig.pose(rig.neutral, wearing(**w))) for w in ({}, weights))
    return (after - before)[landmark] / MILLIMETRE


def test_arrays_fit_each_other(rig):
    n = len(rig.neutral)
    assert rig.shapes.shape == (52, n, 3) and rig.identity.shape[1:] == (n, 3)
    assert rig.part.shape == rig.sheet.shape == (n,)
    assert rig.triangles.min() >= 0 and rig.triangles.max() < n and rig.landmark_vertices.max() < n
    np.testing.assert_allclose(rig.landmark_weights.sum(1), 1, atol=1e-5)


def test_head_has_every_part_and_faces_forward(head):
    assert set(np.unique(head.part)) == set(range(len(head.parts)))
    assert set(np.unique(head.sheet)) == set(range(len(head.sheets)))
    landmarks = head.landmarks(head.neutral)
    assert (
        landmarks[1, 2] == landmarks[:468, 2].max() or landmarks[1, 2] > landmarks[[33, 263, 152], 2].max()
    )  # the nose is in front
    assert landmarks[263, 0] > 0 > landmarks[33, 0]  # the subject's left eye is at +x
    assert landmarks[10, 1] > landmarks[152, 1]  # forehead above chin
    assert 0.055 < np.linalg.norm(landmarks[IRISES["left"][0]] - landmarks[IRISES["right"][0]]) < 0.072


def test_both_meshes_move_their_landmarks_alike(head):
    mesh = load_rig("landmarks")
    for name in BLENDSHAPES[:-1]:
        a, b = (r.landmarks(r.add(r.neutral, wearing(**{name: 1.0})))[:468] for r in (head, mesh))
        assert np.linalg.norm(a - b, axis=1).max() < 0.05 * MILLIMETRE, name


@pytest.mark.parametrize(
    ("name", "landmark", "axis", "sign"),
    [
        ("jawOpen", 152, 1, -1),
        ("mouthSmileLeft", 291, 1, 1),
        ("mouthSmileRight", 61, 1, 1),
        ("mouthFrownLeft", 291, 1, -1),
        ("browInnerUp", 107, 1, 1),
        ("browDownRight", 105, 1, -1),
        ("eyeBlinkLeft", 386, 1, -1),
        ("eyeWideRight", 159, 1, 1),
        ("mouthPucker", 61, 0, 1),
        ("mouthLeft", 13, 0, 1),
        ("jawRight", 152, 0, -1),
        ("noseSneerLeft", 358, 1, 1),
    ],
)
def test_shapes_move_what_they_name(rig, name, landmark, axis, sign):
    assert sign * lift(rig, landmark, **{name: 1.0})[axis] > 0.5


def test_teeth_and_tongue_follow_skull_and_jaw(head):
    moved = head.pose(head.neutral, wearing(jawOpen=1)) - head.neutral
    assert np.abs(moved[head.members("teeth_upper", "gums_upper")]).max() < 0.1 * MILLIMETRE
    assert (moved[head.members("teeth_lower")][:, 1] < -5 * MILLIMETRE).all()
    tongue = head.members("tongue")
    out = head.pose(head.neutral, wearing(jawOpen=0.5, tongueOut=1)) - head.pose(head.neutral, wearing(jawOpen=0.5))
    assert out[tongue, 2].max() > 0.02 and np.abs(np.delete(out, tongue, 0)).max() < 1e-6


def test_eyes_turn_without_changing_shape(head):
    """`In` is towards the nose; the iris follows the gaze, and a turned ball is as round as before."""
    for side, inwards in (("left", -1), ("right", 1)):
        name = side.capitalize()
        ball = head.members(f"eye_{side}")
        posed = head.pose(head.neutral, wearing(**{f"eyeLookIn{name}": 1.0, f"eyeLookDown{name}": 0.5}))[ball]
        centre = (posed[0] + posed[-1]) / 2
        radius = np.linalg.norm(posed - centre, axis=1)
        assert np.ptp(radius) < 0.01 * MILLIMETRE
        ahead = (posed[0] - centre) / radius[0]
        assert np.degrees(np.arctan2(ahead[0], ahead[2])) * inwards == pytest.approx(30, abs=1)
        assert ahead[1] < -0.1


def test_lips_never_cross_and_lids_never_pass(rig):
    rng = np.random.default_rng(1)
    for _ in range(60):
        person = rig.neutral + np.tensordot(rng.normal(0, 1, len(rig.identity)).astype(np.float32), rig.identity, 1)
        weights = (rng.random(52) * (rng.random(52) < 0.4) * 1.3).astype(np.float32)
        posed = rig.pose(person, weights)
        assert np.isfinite(posed).all()
        for contact in (rig.lips, *rig.lids):
            assert opening(posed, contact).min() > -0.01 * MILLIMETRE


def test_blink_closes_the_eyes_of_anybody(rig):
    rng = np.random.default_rng(2)
    for _ in range(10):
        person = rig.neutral + np.tensordot(rng.normal(0, 1, len(rig.identity)).astype(np.float32), rig.identity, 1)
        open_eyes, shut = rig.pose(person, wearing()), rig.pose(person, wearing(eyeBlinkLeft=1, eyeBlinkRight=1))
        for contact in rig.lids:
            middle = opening(open_eyes, contact) > 4 * MILLIMETRE
            assert middle.any() and opening(shut, contact)[middle].max() < 0.3 * MILLIMETRE


def test_neutral_lips_touch_even_where_a_photograph_left_a_gap(head):
    """A person's neutral that stands 2 mm open closes at rest, and is open again under an open jaw."""
    person = head.neutral.copy()
    person[np.unique(head.lips.pairs[:, 1]), 1] -= 2 * MILLIMETRE
    assert opening(head.pose(person, wearing()), head.lips).max() < 0.05 * MILLIMETRE
    middle = len(head.lips.pairs) // 2
    wide = [opening(head.pose(p, wearing(jawOpen=0.3)), head.lips)[middle] for p in (head.neutral, person)]
    assert wide[1] - wide[0] == pytest.approx(2 * MILLIMETRE, abs=0.1 * MILLIMETRE)


def test_mouth_close_never_exceeds_the_open_jaw(head):
    np.testing.assert_array_equal(head.pose(head.neutral, wearing(mouthClose=1)), head.pose(head.neutral, wearing()))
    shut = head.landmarks(head.pose(head.neutral, wearing(jawOpen=0.7, mouthClose=0.7)))
    gap = shut[list(UPPER_LIP_INNER[2:-2]), 1] - shut[list(LOWER_LIP_INNER[2:-2]), 1]
    assert gap.max() < 2 * MILLIMETRE


def test_weights_saturate_softly():
    weights = np.float32([0, 0.5, 1.0, 1.1, 9.0])
    limited = saturate(weights)
    np.testing.assert_array_equal(limited[:3], weights[:3])
    assert 1.05 < limited[3] < 1.1 and limited[4] == pytest.approx(1 + HEADROOM, abs=1e-3)


def test_left_and_right_are_independent(head):
    right = head.landmarks(head.neutral)[:468, 0] < -0.02
    moved = head.landmarks(head.pose(head.neutral, wearing(mouthSmileLeft=1, browDownLeft=1, eyeBlinkLeft=1))) - head.landmarks(
        head.pose(head.neutral, wearing())
    )
    assert np.linalg.norm(moved[:468][right], axis=1).max() < 2.5 * MILLIMETRE < np.linalg.norm(moved, axis=1).max()


def test_pose_reuses_a_buffer(head):
    out = np.empty_like(head.neutral)
    weights = wearing(jawOpen=0.4, mouthSmileLeft=0.7)
    assert head.pose(head.neutral, weights, out) is out
    np.testing.assert_array_equal(out, head.pose(head.neutral, weights))


def test_rotation_and_projection_have_the_stated_signs():
    """+x nods down, +y turns to the subject's left (image right), +z tilts to the subject's right shoulder (image left)."""
    nose, crown = np.float32([[0, 0, 1]]), np.float32([[0, 1, 0]])
    still = np.zeros(2, np.float32)
    assert project(nose, np.float32([0.3, 0, 0]), 100, still)[0, 1] > 1
    assert project(nose, np.float32([0, 0.3, 0]), 100, still)[0, 0] > 1
    assert project(crown, np.float32([0, 0, 0.3]), 100, still)[0, 0] < -1
    assert project(nose, np.zeros(3, np.float32), 100, still)[0, 2] < project(crown, np.zeros(3, np.float32), 100, still)[0, 2]
    np.testing.assert_allclose(rotation_matrix(np.float32([0, np.pi / 2, 0])) @ [0, 0, 1], [1, 0, 0], atol=1e-6)


def test_golden_pose(head):
    """Landmarks of one expression, millimetres. A change here changes every picture and export: rebuild of the rig, or contact."""
    weights = wearing(jawOpen=0.3, mouthSmileLeft=0.5, browInnerUp=0.4, eyeBlinkRight=0.6, eyeLookInLeft=0.5)
    found = head.landmarks(head.pose(head.neutral, weights))[[13, 14, 61, 291, 159, 386, 107, 152, 473]] / MILLIMETRE
    np.testing.assert_allclose(found, GOLDEN, atol=0.05)
