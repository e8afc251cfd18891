"""The curves of a take, drawn."""

import numpy as np

from talkgen.lib.timeline import frames_of
from talkgen.space import BLENDSHAPES
from talkgen.types import Performance

CURVES = 8
"""The curves that move most, of all."""
MOST = 250
"""Points of a curve."""
COLOURS = ("#4f63d2", "#d9480f", "#2f9e44", "#ae3ec9", "#0c8599", "#e0a100", "#c2255c", "#868e96")


def drawn(take: Performance) -> str:
    """HTML: the curves that move most, 0 to 1, from one end of the take to the other, and their names."""
    n_frames = len(take.motion)
    rows = np.unique(np.linspace(0, n_frames - 1, min(n_frames, MOST)).round().astype(int)).tolist()
    values = frames_of(take.motion, rows).blendshapes
    columns = np.argsort(-np.ptp(values, axis=0), kind="stable")[:CURVES]
    lines, names = "", ""
    for column, colour in zip(columns, COLOURS, strict=True):
        points = " ".join(
            f"{100 * row / n_frames:.2f},{100 - 100 * value:.1f}" for row, value in zip(rows, values[:, column], strict=True)
        )
        lines += f'<polyline points="{points}" stroke="{colour}"/>'
        names += f'<li><span style="background:{colour}"></span>{BLENDSHAPES[column]}</li>'
    grid = "".join(f'<line x2="100" y1="{height}" y2="{height}"/>' for height in (0, 50, 100))
    picture = f'<svg viewBox="0 -2 100 104" preserveAspectRatio="none" aria-hidden="true">{grid}{lines}</svg>'
    return f"<p>The {CURVES} curves that move most, 0 to 1, on the clock below</p>{picture}<ul>{names}</ul>"
