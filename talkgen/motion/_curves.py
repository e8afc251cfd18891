"""Elementary curves that motion is made of. Every one is local: what it does at a time depends on its surroundings only."""

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]


def smoothstep(x: Curve) -> Curve:
    """0 below 0, 1 above 1, a smooth step between."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def saturate(x: NDArray[np.float32] | Curve) -> Curve:
    """Values from 0: unchanged to 0.7, then softly towards 1; strictly increasing, slope continuous."""
    knee = 0.7
    return np.where(x <= knee, np.maximum(x, 0), knee + (1 - knee) * np.tanh((x - knee) / (1 - knee)))


def smooth(rows: np.ndarray, width: float, fps: float) -> Curve:
    """Rows `(T, ...)` under a Hann window of `width` seconds, ends held. Constant stretches stay exactly constant."""
    taps = 2 * round(width * fps / 2) + 1
    if taps < 3:
        return np.asarray(rows, np.float64)
    window = np.hanning(taps + 2)[1:-1]
    first = rows[:1]
    padded = np.concatenate([np.repeat(first, taps // 2, axis=0), rows, np.repeat(rows[-1:], taps // 2, axis=0)]).astype(np.float64)
    result = np.zeros(np.shape(rows))
    for tap, weight in enumerate(window / window.sum()):
        result += weight * padded[tap : tap + len(rows)]
    return result


def runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and one-past-last index of every stretch of True."""
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def pulses(times: Curve, peaks: Curve, heights: Curve | float, rise: Curve | float, fall: Curve | float) -> Curve:
    """`(n,)` curve on the even clock `times`: at each of `peaks` a smooth bump, up in `rise` and down in `fall` seconds.

    Where bumps overlap the largest counts.
    """
    curve = np.zeros(len(times))
    if not len(peaks) or len(times) < 2:
        return curve
    fps = 1 / (times[1] - times[0])
    reach = np.arange(-np.ceil(np.max(rise) * fps), np.ceil(np.max(fall) * fps) + 1)
    frames = (np.round(peaks * fps)[:, None] + reach).astype(np.intp)
    away = frames / fps - peaks[:, None]
    span = np.where(away < 0, np.reshape(rise, (-1, 1)), np.reshape(fall, (-1, 1)))
    bumps = np.reshape(heights, (-1, 1)) * smoothstep(1 - np.abs(away) / span)
    inside = (frames >= 0) & (frames < len(times))
    np.maximum.at(curve, frames[inside], bumps[inside])
    return curve


def waves(times: Curve, rng: np.random.Generator, low: float, high: float, slope: float, count: int = 16) -> Curve:
    """`(n,)` smooth wandering of standard deviation 1: sines from `low` to `high` Hz, amplitude ~ frequency ** -slope.

    The phases are chance. Strictly band-limited, and the same however long the clip is.
    """
    frequencies = np.geomspace(low, high, count) * rng.uniform(0.9, 1.1, count)
    phases = rng.uniform(0, 2 * np.pi, count)
    amplitudes = frequencies**-slope * rng.uniform(0.8, 1.2, count)
    amplitudes *= np.sqrt(2 / np.sum(amplitudes**2))
    curve = np.zeros(len(times))
    for frequency, phase, amplitude in zip(frequencies, phases, amplitudes, strict=True):
        curve += amplitude * np.sin(2 * np.pi * frequency * times + phase)
    return curve
