"""Frames with alpha on their way to a video."""

from pathlib import Path

import numpy as np

from talkgen.export.base import Picture, provenance
from talkgen.lib.video import Coding, write_video
from talkgen.types import Frame, Performance


def write_cutout(performance: Performance, picture: Picture, path: Path, coding: Coding) -> None:
    """Write a picture with what of it is opaque; frames that do not tell are so all over."""
    sound = performance.audio.source if performance.audio else None
    frames, size = map(_with_alpha, picture.frames), (picture.width, picture.height)
    write_video(frames, picture.n_frames, size, picture.fps, sound, provenance(performance, picture), path, coding)


def _with_alpha(frame: Frame) -> Frame:
    opaque: Frame = frame if frame.shape[2] == 4 else np.pad(frame, ((0, 0), (0, 0), (0, 1)), constant_values=255)
    return opaque
