"""Curves as NVIDIA Audio2Face writes them: the JSON of its application's blendshape export, and the CSV of its service's client.

The CSV is what `pandas.json_normalize` makes of the service's frames: an index without a name, `timeCode` in seconds, then a column
for each ARKit shape and for each of Audio2Face's sixteen tongue shapes, which stay at rest. It has no place for a word on its
origin. Neither holds a head rotation.
"""

import json
from pathlib import Path

import numpy as np

from talkgen.export._livelink import SHAPES
from talkgen.export.base import ENGINE_FPS, Picture, provenance
from talkgen.lib.timeline import frame_times
from talkgen.types import Performance

suffixes: tuple[str, ...] = ()
also = (".json", ".csv")
needs_picture = False
fps = ENGINE_FPS

TONGUE = tuple(
    f"Tongue{part}"
    for part in (
        "TipUp", "TipDown", "TipLeft", "TipRight", "RollUp", "RollDown", "RollLeft", "RollRight",
        "Up", "Down", "Left", "Right", "In", "Stretch", "Wide", "Narrow",
    )
)  # fmt: skip


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`."""
    text = _csv(performance) if path.suffix.lower() == ".csv" else _json(performance)
    path.write_text(text, encoding="utf-8", newline="\n")


def _json(performance: Performance) -> str:
    motion = performance.motion
    content = {
        "notice": provenance(performance),
        "exportFps": motion.fps,
        "trackPath": str(performance.info.get("audio", "")),
        "numPoses": len(SHAPES),
        "numFrames": len(motion),
        "facsNames": SHAPES,
        "weightMat": np.round(motion.blendshapes.astype(float), 6).tolist(),
    }
    return json.dumps(content, ensure_ascii=False) + "\n"


def _csv(performance: Performance) -> str:
    motion = performance.motion
    lines = [",".join(["", "timeCode", *(f"blendShapes.{name}" for name in (*SHAPES, *TONGUE))])]
    for k, (time, row) in enumerate(zip(frame_times(len(motion), motion.fps), motion.blendshapes, strict=True)):
        numbers = [f"{value:.6f}" for value in row] + ["0.0"] * len(TONGUE)
        lines.append(",".join([str(k), f"{time:.6f}", *numbers]))
    return "\n".join(lines) + "\n"
