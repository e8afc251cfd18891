"""The fifteen OVR (Meta) visemes over time, as the mouth shows them: JSON, or CSV with a column for each after the time in seconds.

Weights are 0..1 and add up to 1. The CSV has no place for a word on its origin.
"""

import json
from pathlib import Path

import numpy as np

from talkgen.export.base import ENGINE_FPS, Picture, provenance
from talkgen.face.visemes import visemes_of
from talkgen.lib.timeline import frame_times
from talkgen.types import VISEMES, Performance

suffixes: tuple[str, ...] = ()
also = (".json", ".csv")
needs_picture = False
fps = ENGINE_FPS


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`."""
    motion = performance.motion
    shares = np.round(visemes_of(motion.blendshapes).astype(float), 6)
    if path.suffix.lower() == ".csv":
        times = frame_times(len(shares), motion.fps)
        lines = [",".join(("time", *VISEMES))]
        lines += [",".join(f"{value:.6f}" for value in (time, *row)) for time, row in zip(times, shares, strict=True)]
        text = "\n".join(lines)
    else:
        head = {"notice": provenance(performance), "fps": motion.fps, "visemes": VISEMES}
        text = json.dumps({**head, "weights": shares.tolist()}, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
