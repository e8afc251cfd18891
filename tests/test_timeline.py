import numpy as np
import pytest

from talkgen.lib.timeline import frame_count, resample_motion, sample_rows
from talkgen.types import MotionClip


@pytest.mark.parametrize(
    ("duration", "fps", "count"), [(1.0, 25.0, 25), (1.001, 25.0, 26), (0.1, 30.0, 3), (3.96, 25.0, 99), (0.01, 25.0, 1)]
)
def test_frames_cover_the_duration(duration: float, fps: float, count: int) -> None:
    assert frame_count(duration, fps) == count


def test_rows_are_interpolated_and_held_at_the_ends() -> None:
    rows = np.array([[0.0], [2.0], [4.0]], np.float32)
    assert sample_rows(rows, 10.0, np.array([-1.0, 0.05, 0.2, 9.0]))[:, 0].tolist() == [0, 1, 4, 4]
    assert sample_rows(rows[:1], 10.0, np.array([0.0, 1.0]))[:, 0].tolist() == [0, 0]


def test_motion_on_another_clock_lasts_as_long() -> None:
    ramp = np.linspace(0, 1, 50, dtype=np.float32)[:, None]
    clip = MotionClip(np.repeat(ramp, 52, axis=1), np.repeat(ramp, 3, axis=1), np.zeros((50, 3), np.float32), 25.0)
    faster = resample_motion(clip, 60.0, 1.99)
    assert (len(faster), faster.fps, faster.blendshapes.dtype) == (120, 60.0, np.float32)
    assert faster.blendshapes[12, 0] == pytest.approx(clip.blendshapes[5, 0], abs=1e-6)
