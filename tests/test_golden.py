"""What talkgen makes of its example, kept: a change here is a change that every user sees.

When it was meant, `scripts/golden` makes the files anew; the difference then shows in review. Small differences between machines
are forgiven.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from talkgen import TalkingHead, load_take
from talkgen.lib.image import read_image
from talkgen.members import available
from talkgen.render.base import View
from talkgen.types import Frame, MotionClip, Performance

DATA, GOLDEN = Path(__file__).parent / "data", Path(__file__).parent / "golden"
SHOWN = 12
"""The frame that is kept of each renderer."""
KEPT = available("render")


def act() -> Performance:
    """The example speech with an emotion that changes."""
    return TalkingHead.from_pretrained().perform(DATA / "printing.flac", "0s=happy:0.8; 3s=angry@upper+sad@mouth:0.5", seed=7)


def show(take: Performance, renderer: str) -> Frame:
    """One frame of the example portrait, wearing the take."""
    motion, one = take.motion, slice(SHOWN, SHOWN + 1)
    still = MotionClip(motion.blendshapes[one], motion.head_rotation[one], motion.head_translation[one], motion.fps)
    shown = replace(take, motion=still, audio=None)
    return next(TalkingHead.from_pretrained(renderer=renderer).animate(DATA / "astronaut.jpg", shown, View("face", 256)).frames)


def test_acting() -> None:
    made, kept = act().motion, load_take(GOLDEN / "take.npz").motion
    for name, tolerance in (("blendshapes", 2e-3), ("head_rotation", 2e-3), ("head_translation", 1e-4)):
        np.testing.assert_allclose(getattr(made, name), getattr(kept, name), atol=tolerance, err_msg=name)


@pytest.mark.parametrize("renderer", KEPT)
def test_showing(renderer: str) -> None:
    made, kept = show(load_take(GOLDEN / "take.npz"), renderer), read_image(GOLDEN / f"{renderer}.png")
    assert made.shape == kept.shape
    assert np.abs(made.astype(float) - kept).mean() < 1.5
