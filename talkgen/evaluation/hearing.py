"""Hearing: visemes heard without the transcript against those of the phones aligned with it, frame by frame."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from talkgen.audio.phones import visemes
from talkgen.evaluation.cases import Actor, Case
from talkgen.evaluation.rows import Row
from talkgen.lib.timeline import frame_times
from talkgen.types import VISEMES

CLOCK = 100.0
"""Hz at which they are compared."""
Counts = NDArray[np.int64]


def measure(cases: Sequence[Case], actor: Actor) -> Row:
    """Accuracy over all frames, over those of speech alone, and the confusions (rows are the truth, columns what was heard)."""
    aligned = [case for case in cases if case.phones]
    if not aligned:
        return {"clips": 0}
    counts = np.sum([confusion(case, actor) for case in aligned], axis=0)
    spoken = counts[1:]
    return {
        "clips": len(aligned),
        "accuracy": float(np.trace(counts) / counts.sum()),
        "accuracy_in_speech": float(np.trace(spoken, offset=1) / spoken.sum()),
        "recall": {name: float(counts[k, k] / counts[k].sum()) if counts[k].any() else None for k, name in enumerate(VISEMES)},
        "confusion": {name: [int(count) for count in counts[k]] for k, name in enumerate(VISEMES)},
    }


def confusion(case: Case, actor: Actor) -> Counts:
    """`(15, 15)` frames at `CLOCK` by true and heard viseme, of a case with aligned phones; what was not aligned is left out."""
    n_frames = int(case.audio.duration * CLOCK)
    truth = visemes.paint(list(case.phones), n_frames).argmax(1)
    features = actor.head.hear(case.audio)
    rows = np.minimum((frame_times(n_frames, CLOCK) * features.fps).round().astype(int), len(features.visemes) - 1)
    counts = np.zeros((len(VISEMES), len(VISEMES)), np.int64)
    known = case.is_known(frame_times(n_frames, CLOCK))
    np.add.at(counts, (truth[known], features.visemes[rows].argmax(1)[known]), 1)
    return counts
