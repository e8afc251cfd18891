"""Curves with their names as JSON, for a loader of one's own: ARKit's blendshapes, or those of another rig (`--retarget`).

`weights` has a row for every frame and a column for every name. `head_rotation` is a rotation vector in radians, right-handed: +x
nods down, +y turns the face to the subject's left, +z tilts the head towards the subject's right shoulder; `head_translation` is in
metres.
"""

import json
from pathlib import Path

import numpy as np

from talkgen.export._retarget import read_map
from talkgen.export.base import ENGINE_FPS, Picture, provenance
from talkgen.types import Array, Performance

suffixes: tuple[str, ...] = ()
also = (".json",)
needs_picture = False
fps = ENGINE_FPS
options = ("retarget",)


def check(fps: float | None, retarget: str = "arkit") -> None:
    """See `export.base.Exporter`."""
    read_map(retarget)


def write(performance: Performance, picture: Picture | None, path: Path, retarget: str = "arkit") -> None:
    """See `export.base.Exporter`."""
    motion, curves = performance.motion, read_map(retarget)
    header = {"notice": provenance(performance), "rig": curves.name, "fps": motion.fps, "names": list(curves.names)}
    arrays = {"weights": curves(performance), "head_rotation": motion.head_rotation, "head_translation": motion.head_translation}
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in header.items()]
    lines += [f"{json.dumps(key)}: {rows_text(rows)}" for key, rows in arrays.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def rows_text(rows: Array) -> str:
    """`rows (T, K)` as JSON, a line for each, to six decimals."""
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in np.round(rows.astype(float), 6).tolist()) + "\n]"
