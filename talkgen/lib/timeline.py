"""Time and frames, the one place where the one becomes the other. Frame k stands for time k / fps."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from talkgen.space import BLENDSHAPES
from talkgen.types import Array, MotionClip


def frame_count(duration: float, fps: float) -> int:
    """Frames that cover `duration` seconds: ceil(duration * fps), forgiving the last bit of floating point."""
    return math.ceil(duration * fps - 1e-6)


def frame_times(n_frames: int, fps: float) -> NDArray[np.float64]:
    """`(n_frames,)` seconds."""
    return np.arange(n_frames) / fps


def sample_rows(rows: np.ndarray, fps: float, times: np.ndarray) -> np.ndarray:
    """Rows `(T, ...)` of a clock, linearly interpolated at `times (N,)` seconds; the first and last row are held outside."""
    position = np.clip(np.asarray(times) * fps, 0, len(rows) - 1)
    left = np.minimum(position.astype(np.intp), max(len(rows) - 2, 0))
    share = (position - left).reshape(-1, *[1] * (rows.ndim - 1)).astype(rows.dtype)
    right = np.minimum(left + 1, len(rows) - 1)
    return np.asarray((1 - share) * rows[left] + share * rows[right])


def join_motion(clips: Sequence[MotionClip]) -> MotionClip:
    """Clips of one rate, one after another; none at all are a clip without frames."""
    if not clips:
        return MotionClip(np.zeros((0, len(BLENDSHAPES)), np.float32), *np.zeros((2, 0, 3), np.float32))
    shapes, rotation, translation = (
        np.concatenate([getattr(clip, name) for clip in clips]) for name in ("blendshapes", "head_rotation", "head_translation")
    )
    return MotionClip(shapes, rotation, translation, clips[0].fps)


def frames_of(motion: MotionClip, chosen: slice | list[int]) -> MotionClip:
    """Some frames of a clip alone."""
    return MotionClip(motion.blendshapes[chosen], motion.head_rotation[chosen], motion.head_translation[chosen], motion.fps)


def resample_motion(clip: MotionClip, fps: float, duration: float) -> MotionClip:
    """The same motion on another clock, for `duration` seconds: linear between frames (rotation vectors differ little from one to
    the next), the last frame held."""
    times = frame_times(frame_count(duration, fps), fps)

    def at(rows: Array) -> Array:
        return sample_rows(rows, clip.fps, times)

    return MotionClip(at(clip.blendshapes), at(clip.head_rotation), at(clip.head_translation), fps)
