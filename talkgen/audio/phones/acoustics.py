"""What can be measured in the sound itself, on the 100 Hz feature clock: level, voicing, pitch and band energies.

Everything is computed in pieces of a few seconds with windows centred on k / 100 s, so the result of a frame depends only
on the samples around it. Pitch and voicing are the autocorrelation method of Boersma (1993), "Accurate short-term analysis
of the fundamental frequency".
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import fft
from scipy.ndimage import binary_closing, binary_dilation, binary_opening, binary_propagation, median_filter

from talkgen.lib.media import read_samples
from talkgen.types import SAMPLE_RATE, Array, AudioClip

FPS = 100.0
HOP = 160  # samples per frame: 10 ms
_PIECE = 400  # frames computed at once: 4 s
_SHORT, _LONG = 400, 640  # samples: 25 ms for spectra, 40 ms (two periods of 50 Hz) for pitch
_LOWEST, _HIGHEST = 60.0, 500.0  # Hz, of a voice
_OCTAVE_COST = 0.03  # per octave: prefers the shorter of two equally good periods
BANDS = np.geomspace(120, 7000, 17)  # Hz, edges of the 16 bands
_INAUDIBLE = -65.0  # dB of full scale: a clip whose loud parts lie below is silent


@dataclass(frozen=True)
class Acoustics:
    """One row per frame: `level (T,)` dB of full scale, `bands (T, 16)` dB, `periodicity (T,)` 0..1, `f0 (T,)` Hz."""

    level: Array
    bands: Array
    periodicity: Array
    f0: Array

    @property
    def loud(self) -> float:
        """dB: the level of the loud parts of this clip."""
        return float(np.percentile(self.level, 95))

    @property
    def floor(self) -> float:
        """dB: the level of its pauses, or 45 dB below the loud parts where the pauses are quieter than that."""
        return max(float(np.percentile(self.level, 5)), self.loud - 45)


def analyse(clip: AudioClip) -> Acoustics:
    """Measure a whole clip: ceil(duration * 100) frames."""
    return _analyse(clip.n_samples, partial(read_samples, clip))


def analyse_samples(samples: Array) -> Acoustics:
    """Measure `samples (N,)`, -1..1 at 16 kHz."""
    padded = np.pad(samples, _LONG)  # the first and the last window reach beyond the sound
    return _analyse(len(samples), lambda start, stop: padded[start + _LONG : stop + _LONG])


def _analyse(n_samples: int, read: Callable[[int, int], Array]) -> Acoustics:
    n_frames = -(-n_samples // HOP)
    pieces = [_analyse_piece(read, start, min(start + _PIECE, n_frames)) for start in range(0, n_frames, _PIECE)]
    return Acoustics(*(np.concatenate(parts) for parts in zip(*pieces, strict=True)))


def _analyse_piece(read: Callable[[int, int], Array], start: int, stop: int) -> tuple[Array, Array, Array, Array]:
    samples = read(start * HOP - _LONG // 2, (stop - 1) * HOP + _LONG // 2)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _LONG)[::HOP]  # (n, 640)
    inner = frames[:, (_LONG - _SHORT) // 2 : (_LONG + _SHORT) // 2] * np.hanning(_SHORT).astype(np.float32)
    spectrum = fft.rfft(inner, 512)
    power = (spectrum.real**2 + spectrum.imag**2) / (0.375 * _SHORT * 256)  # a full-scale square wave sums to about 1
    edges = np.round(BANDS * 512 / SAMPLE_RATE).astype(int)
    bands = np.add.reduceat(power, edges, axis=1)[:, :-1]
    return (_decibel(bands.sum(1)), _decibel(bands), *_pitch(frames))


def _decibel(power: Array) -> Array:
    decibel: Array = (10 * np.log10(power + 1e-10)).astype(np.float32)
    return decibel


def _pitch(frames: Array) -> tuple[Array, Array]:
    """Height of the best autocorrelation peak (0..1) and its frequency (Hz) of each row of `frames (n, 640)`."""
    window = np.hanning(_LONG).astype(np.float32)
    own = _autocorrelation(window)
    lags = _autocorrelation((frames - frames.mean(1, keepdims=True)) * window) / own  # the window's own decay taken out
    first, last = int(SAMPLE_RATE / _HIGHEST), int(SAMPLE_RATE / _LOWEST)
    height = lags[:, first - 1 : last + 2] / (lags[:, :1] + 1e-7)
    peaks = (height[:, 1:-1] >= height[:, :-2]) & (height[:, 1:-1] >= height[:, 2:])
    score = np.where(peaks, height[:, 1:-1] - _OCTAVE_COST * np.log2(np.arange(first, last + 1) / first), -1)
    best = score.argmax(1)
    strength = np.clip(np.take_along_axis(height, best[:, None] + 1, 1)[:, 0], 0, 1)
    return strength.astype(np.float32), (SAMPLE_RATE / (best + first)).astype(np.float32)


def _autocorrelation(frames: Array) -> Array:
    spectrum = fft.rfft(frames, 2 * _LONG)  # scipy's stays in single precision
    lags: Array = fft.irfft(spectrum.real**2 + spectrum.imag**2)[..., :_LONG]
    return lags


def silence(acoustics: Acoustics) -> np.ndarray:
    """`(T,)` bool, where nobody speaks. A stop's closure (up to about 150 ms) is not silence, nor is a click speech.

    Two thresholds (hysteresis) between the clip's floor and its loud level keep the decision from flickering.
    """
    level, floor, loud = acoustics.level, acoustics.floor, acoustics.loud
    if loud < _INAUDIBLE or (loud - floor < 6 and np.median(acoustics.periodicity) < 0.5):  # nothing, or a steady noise
        return np.ones(len(level), bool)
    smooth = median_filter(level, 5, mode="nearest")
    rise = max(loud - floor, 20.0)
    sound = binary_propagation(smooth > floor + 0.45 * rise, mask=smooth > floor + 0.25 * rise)
    sound = binary_opening(np.pad(sound, 10), np.ones(4))[10:-10]  # shorter than 40 ms: a click
    closed: np.ndarray = binary_closing(np.pad(sound, 10), np.ones(17))[10:-10]
    return ~closed


def still(silent: np.ndarray, closing: np.ndarray) -> np.ndarray:
    """`(T,)` bool: `silent` less the moments up to 120 ms from speech where lips close for a p, b or m (`closing (T,)` bool)."""
    near = binary_dilation(~silent, iterations=12)
    kept: np.ndarray = silent & ~(near & closing)
    return kept


def runs(mask: np.ndarray, shortest: int = 1) -> list[tuple[int, int]]:
    """Frame ranges (first, after the last) where `mask (T,)` holds for at least `shortest` frames."""
    edges = np.flatnonzero(np.diff(np.pad(mask.astype(np.int8), 1)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= shortest]


def prosody(acoustics: Acoustics, silent: np.ndarray) -> tuple[Array, Array, Array]:
    """`loudness (T,)` 0..1, `voicing (T,)` 0..1 and `pitch (T,)` semitones from the median, all 0 in silence."""
    span = max(acoustics.loud - acoustics.floor, 20.0)
    loudness = np.where(silent, 0, np.clip((acoustics.level - acoustics.loud) / span + 1, 0, 1))
    voicing = np.where(silent, 0, np.clip((acoustics.periodicity - 0.35) / 0.4, 0, 1) * np.minimum(1, 4 * loudness))
    return loudness.astype(np.float32), voicing.astype(np.float32), semitones(acoustics, voicing > 0.5)


def semitones(acoustics: Acoustics, voiced: np.ndarray) -> Array:
    """Pitch `(T,)` in semitones from the median where `voiced (T,)`, 0 elsewhere, freed of octave errors."""
    median = np.median(acoustics.f0[voiced]) if voiced.any() else 1.0
    usual = median_filter(acoustics.f0, 31, mode="nearest")  # over 0.3 s, to catch octave errors
    f0 = np.where(np.abs(np.log2(acoustics.f0 / usual)) > 0.6, usual, acoustics.f0)
    rise = 12 * np.log2(median_filter(f0, 5, mode="nearest") / median)
    pitch: Array = np.where(voiced, np.clip(rise, -24, 24), 0).astype(np.float32)
    return pitch
