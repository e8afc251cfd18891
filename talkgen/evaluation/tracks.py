"""Curves over time and how far two of them agree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talkgen.lib.timeline import frame_times

Curve = NDArray[np.float64]
CLOCK = 100.0
"""Hz at which curves are compared."""
SLOW = 0.6
"""Seconds over which a syllable is quick, and breath or a mouth left open is slow."""
REACH = 0.2
"""Seconds by which one curve may be late against the other when their best agreement is sought."""


@dataclass(frozen=True)
class Track:
    """`values (T,)`, `fps` of them a second; NaN where nothing was seen."""

    values: Curve
    fps: float

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.values) / self.fps

    @property
    def seen(self) -> float:
        """Share of frames with a value."""
        return float(np.isfinite(self.values).mean()) if len(self.values) else 0.0

    def at(self, times: Curve) -> Curve:
        """Values at `times (N,)` seconds, linear between those that were seen; the first and last are held."""
        seen = np.isfinite(self.values)
        return np.interp(times, frame_times(len(self.values), self.fps)[seen], self.values[seen])

    def quick(self) -> "Track":
        """Its quick part, on `CLOCK`: the curve less its mean over `SLOW` seconds around. A mouth that rests open drops out."""
        if not self.seen:
            return self
        values = self.at(frame_times(int(self.duration * CLOCK), CLOCK))
        half = round(SLOW * CLOCK / 2)
        window = np.full(2 * half + 1, 1 / (2 * half + 1))
        return Track(values - np.convolve(np.pad(values, half, mode="edge"), window, "valid"), CLOCK)


@dataclass(frozen=True)
class Agreement:
    """Pearson's `r` as the curves lie, `best_r` with one shifted, and the `lag` (seconds) of that: positive, the first is late."""

    r: float
    best_r: float
    lag: float


def agree(ours: Track, theirs: Track, reach: float = REACH) -> Agreement | None:
    """How `ours` follows `theirs` while both last; None where one of them was never seen, or never moves."""
    if not ours.seen or not theirs.seen:
        return None
    times = frame_times(int(min(ours.duration, theirs.duration) * CLOCK), CLOCK)
    steps = round(reach * CLOCK)
    lags = np.arange(-steps, steps + 1) / CLOCK
    target = theirs.at(times)
    scores = np.array([pearson(ours.at(times + lag), target) for lag in lags])
    if np.isnan(scores).any():
        return None
    best = int(scores.argmax())
    return Agreement(float(scores[steps]), float(scores[best]), float(lags[best]))


def pearson(x: np.ndarray, y: np.ndarray) -> float:
    """Correlation of two series `(T,)`; NaN where one of them is constant."""
    if not len(x):
        return float("nan")
    x, y = (series.astype(np.float64) - series.mean(dtype=np.float64) for series in (x, y))
    norm = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / norm if norm > 1e-12 else float("nan")


def spearman(x: Curve, y: Curve) -> float:
    """Rank correlation; NaN where one of them is constant."""
    from scipy.stats import rankdata

    return pearson(rankdata(x), rankdata(y))
