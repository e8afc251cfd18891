"""The curves of a take as rows to draw."""

from typing import Any

import numpy as np

from talkgen.space import BLENDSHAPES
from talkgen.types import Performance

CURVES = 8
"""The curves that move most, of all."""
MOST = 250
"""Points of a curve."""


def plotted(take: Performance) -> dict[str, list[Any]]:
    """Columns `second`, `weight` and `curve`: the curves that move most, on times spread over the take."""
    motion = take.motion
    rows = np.unique(np.linspace(0, len(motion) - 1, min(len(motion), MOST)).round().astype(int))
    values = motion.blendshapes[rows]
    columns = np.argsort(-np.ptp(values, axis=0), kind="stable")[:CURVES]
    return {
        "second": np.tile(rows / motion.fps, len(columns)).round(3).tolist(),
        "weight": values[:, columns].T.ravel().round(4).tolist(),
        "curve": np.repeat([BLENDSHAPES[column] for column in columns], len(rows)).tolist(),
    }
