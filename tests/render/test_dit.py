"""The portrait transformer with the weights that ship, on NASA's portrait of Eileen Collins."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from talkgen.face.fit import fit_face
from talkgen.face.rig import load_rig
from talkgen.lib.timeline import frames_of
from talkgen.portrait.base import open_portrait
from talkgen.render import dit, warp
from talkgen.render.base import Renderer, View
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Frame, MotionClip

PERIOD = 12


def speaking(periods: int) -> MotionClip:
    """A mouth that opens and closes, eyes that blink and a head that turns, again and again."""
    phase = 2 * np.pi * np.arange(PERIOD * periods) / PERIOD
    shapes = np.zeros((len(phase), len(BLENDSHAPES)), np.float32)
    shapes[:, INDEX["jawOpen"]] = 0.2 - 0.2 * np.cos(phase)
    shapes[:, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] = np.clip(np.cos(phase), 0, 1)[:, None]
    rotation = np.zeros((len(phase), 3), np.float32)
    rotation[:, 1] = 0.06 * np.sin(phase)
    return MotionClip(shapes, rotation, np.zeros_like(rotation))


def shown(renderer: Renderer, motion: MotionClip) -> list[Frame]:
    portrait = open_portrait(Path(__file__).parents[1] / "data" / "astronaut.jpg")
    return list(renderer.prepare(portrait, fit_face(load_rig(), portrait), View("face", 256)).frames(motion))


@pytest.mark.parametrize("steps", [1, 4])
def test_what_is_handed_on_from_frame_to_frame_does_not_grow(steps: int) -> None:
    frames = np.array(shown(dit.load(load_rig(), steps=steps), speaking(5))).astype(int)
    early, late = frames[PERIOD : 2 * PERIOD], frames[4 * PERIOD :]
    assert np.abs(early - late).max() <= 3


def test_a_face_that_holds_still_is_still() -> None:
    clip = speaking(1)
    frames = np.array(shown(dit.load(load_rig()), frames_of(clip, [4] * 8))).astype(int)
    assert np.abs(np.diff(frames[3:], axis=0)).max() <= 1


def test_after_a_cut_nothing_of_what_was_before_is_seen() -> None:
    shapes = np.zeros((2, len(BLENDSHAPES)), np.float32)
    shapes[0, [INDEX["browDownLeft"], INDEX["browDownRight"], INDEX["mouthFrownLeft"], INDEX["mouthFrownRight"]]] = 0.9
    shapes[1, [INDEX["browOuterUpLeft"], INDEX["browOuterUpRight"], INDEX["jawOpen"]]] = 0.7
    still = np.zeros((2, 3), np.float32)
    cut = MotionClip(shapes, still, still)
    assert np.array_equal(shown(dit.load(load_rig()), cut)[1], shown(dit.load(load_rig()), frames_of(cut, [1]))[0])


def test_it_changes_a_little_of_what_the_warp_shows() -> None:
    clip = speaking(1)
    one, other = (np.array(shown(load(load_rig()), clip)).astype(int) for load in (dit.load, warp.load))
    changed = np.abs(one - other)
    assert changed.max() > 8 and changed.mean() < 2


def test_no_start_waits_for_a_compiler() -> None:
    code = """
import sys
from talkgen.face.rig import load_rig
from talkgen.lib.diffusion import euler
from talkgen.render import dit
euler(4), dit.load(load_rig())
assert "torch._dynamo" not in sys.modules
import torch._dynamo
"""
    subprocess.run([sys.executable, "-c", code], check=True)
