"""A recording as Live Link Face makes it (CSV), for Unreal Engine and what else imports those.

The file has no rate: Unreal takes it for 60 frames per second when the frame number of any time code is above 30, and for 30
otherwise. So only these two rates are written, and at 60 at least 32 frames (the last one is held); see `_livelink` for the signs.
A column or a comment more would end Unreal's import, so the file cannot say that it is AI-generated.
"""

from pathlib import Path

import numpy as np

from talkgen.export._livelink import ANGLES, SHAPES, values
from talkgen.export.base import ENGINE_FPS, Picture
from talkgen.types import Performance, TalkgenError

suffixes = (".csv",)
needs_picture = False
fps = ENGINE_FPS

RATES = (30, 60)
TELLING = 32
"""Frames at 60 per second from which on the importer can tell that they are not 30."""
COLUMNS = list(SHAPES)
for _right, _left in (("JawRight", "JawLeft"), ("MouthRight", "MouthLeft")):  # the app's own order, unlike Apple's
    _first = COLUMNS.index(_left)
    COLUMNS[_first : _first + 2] = [_right, _left]


def check(fps: float | None) -> None:
    """Raise `TalkgenError` for a rate that the importer would misread."""
    if fps is not None and fps not in RATES:
        raise TalkgenError(
            f"A Live Link Face recording cannot have {fps:g} frames per second: Unreal reads it at 30 or 60 and would play it too "
            "fast or too slow; give --fps 30 or --fps 60."
        )


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`."""
    rate = round(performance.motion.fps)
    order = [(*SHAPES, *ANGLES).index(name) for name in (*COLUMNS, *ANGLES)]
    rows = values(performance.motion)[:, order]
    if rate == max(RATES) and len(rows) < TELLING:
        rows = np.pad(rows, ((0, TELLING - len(rows)), (0, 0)), mode="edge")
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(",".join(("Timecode", "BlendShapeCount", *COLUMNS, *ANGLES)) + "\n")
        for k, row in enumerate(rows):
            numbers = ",".join(f"{value:.10f}" for value in row)
            file.write(f"{_timecode(k, rate)},{len(row)},{numbers}\n")


def _timecode(frame: int, rate: int) -> str:
    """`HH:MM:SS:FF.mmm` from midnight on; `.mmm` is a part of a frame and always none."""
    seconds, frames = divmod(frame, rate)
    return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}.000"
