"""A face through time: what a known performance, seen by a camera, is read as."""

import numpy as np
import pytest

from talkgen.face.fit import Pose
from talkgen.face.rig import load_rig
from talkgen.face.sequence import bounded, fit_sequence
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array

T = 60
BLINK, CLOSURE = slice(20, 24), slice(40, 42)


def performance() -> tuple[Array, Array]:
    """Curves `(T, 52)` and head rotation `(T, 3)`: a silent start, an open mouth that shuts for two frames, a blink, a nod."""
    time = np.arange(T)
    curves = np.zeros((T, len(BLENDSHAPES)), np.float32)
    curves[:, INDEX["jawOpen"]] = np.where(time > 12, 0.3 + 0.1 * np.sin(time / 2), 0)
    curves[CLOSURE, INDEX["jawOpen"]] = 0
    curves[:, INDEX["mouthPucker"]] = np.where((time > 26) & (time < 36), 0.5, 0)
    curves[BLINK, INDEX["eyeBlinkLeft"]] = curves[BLINK, INDEX["eyeBlinkRight"]] = 0.65
    rotation = np.stack([0.1 * np.sin(time / 9), 0.2 * np.sin(time / 14), 0.05 * np.sin(time / 5)], 1).astype(np.float32)
    return curves, rotation


@pytest.fixture(scope="module")
def take():
    """The fit of the performance by somebody who is not the mean face, seen with a third of a pixel of noise."""
    rig, (curves, rotation) = load_rig(), performance()
    rng = np.random.default_rng(0)
    person = rig.neutral + np.tensordot(rng.normal(size=len(rig.identity)).astype(np.float32) * 0.7, rig.identity, 1)
    person = person.astype(np.float32)
    seen = [
        Pose(turn, 900.0, np.array([200.0, 300.0])).project(rig.landmarks(rig.pose(person, weights)))
        for weights, turn in zip(curves, rotation, strict=True)
    ]
    landmarks = np.array(seen)[:, :478] + rng.normal(scale=0.33, size=(T, 478, 3)).astype(np.float32)
    return fit_sequence(rig, landmarks), curves, rotation


def test_the_jaw_follows_and_a_short_closure_survives(take) -> None:
    fit, curves, _ = take
    jaw, true = (rows[:, INDEX["jawOpen"]] for rows in (fit.blendshapes, curves))
    assert np.corrcoef(jaw, true)[0, 1] > 0.97 and np.abs(jaw - true).mean() < 0.06
    assert jaw[CLOSURE].max() < 0.08 and jaw[39] > 0.15 and jaw[42] > 0.15
    assert fit.lips[CLOSURE, 0].max() < 0.04 < 0.15 < fit.lips[[38, 44], 0].min()


def test_pucker_and_blink(take) -> None:
    fit, _, _ = take
    pucker = fit.blendshapes[:, INDEX["mouthPucker"]]
    assert pucker[28:35].mean() > 0.35 and pucker[45:].mean() < 0.1
    assert fit.lips[28:35, 1].mean() < fit.lips[45:, 1].mean() - 0.05
    blink = fit.blendshapes[:, INDEX["eyeBlinkLeft"]]
    assert blink[BLINK].min() > 0.8 and np.delete(blink, np.arange(19, 25)).max() < 0.15


def test_the_head_turns_with_the_signs_of_the_motion_space(take) -> None:
    fit, _, rotation = take
    assert np.abs(fit.head_rotation - rotation).max() < np.radians(3)
    assert np.abs(fit.head_translation).max() < 0.02  # the pivot kept still


def test_a_silent_face_is_near_zero(take) -> None:
    fit, _, _ = take
    assert np.abs(fit.blendshapes[:12]).mean(0).max() < 0.1 and fit.rms.mean() < 0.01


def test_bounded_least_squares_is_the_best_there_is() -> None:
    from scipy.optimize import lsq_linear

    rng = np.random.default_rng(1)
    rows, target = rng.normal(size=(40, 12)), rng.normal(size=40)
    low, high = np.full(12, -0.05), np.full(12, 0.1)
    best = lsq_linear(rows, target, (low, high), method="bvls").x
    np.testing.assert_allclose(bounded(rows.T @ rows, rows.T @ target, low, high), best, atol=2e-3)
