"""Log-mel frames: what the hearing network sees of sound. Bands after O'Shaughnessy (1987), as HTK spaces them."""

import numpy as np
from scipy import fft, sparse

from talkgen.types import SAMPLE_RATE, Array

HOP = 160
"""Samples from one frame to the next: 10 ms."""
WINDOW = 400
"""Samples that a frame sees, 25 ms around its time."""
BANDS = 64
_FFT = 512
_LOWEST, _HIGHEST = 60.0, 7600.0  # Hz
_FLOOR = np.float32(1e-8)  # power: what a 16-bit recording cannot hold
_MEAN, _SPREAD = np.float32(-5.0), np.float32(4.0)  # of natural logarithms over speech, so that values are about -2 to 2


def logmel(samples: Array) -> Array:
    """Frames `(T, 64)` of `samples ((T - 1) * 160 + 400,)`: frame k is about the 25 ms that begin at sample 160 k."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    spectrum = fft.rfft(frames * _HANN, _FFT)  # scipy's stays in single precision
    power = spectrum.real**2 + spectrum.imag**2
    bands: Array = (np.log(_FILTERS @ power.T + _FLOOR) - _MEAN) / _SPREAD
    return np.ascontiguousarray(bands.T)


def _filters() -> sparse.csr_array:
    """`(64, 257)` triangles, even on the mel scale; sparse: what a dense product rounds depends on how many threads it finds."""
    edges = np.linspace(_mel(_LOWEST), _mel(_HIGHEST), BANDS + 2)
    hertz = 700 * (10 ** (edges / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1)[:, None] * SAMPLE_RATE / _FFT
    rising = (bins - hertz[:-2]) / (hertz[1:-1] - hertz[:-2])
    falling = (hertz[2:] - bins) / (hertz[2:] - hertz[1:-1])
    return sparse.csr_array(np.maximum(0, np.minimum(rising, falling)).T.astype(np.float32))


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


_HANN = np.hanning(WINDOW).astype(np.float32)
_FILTERS = _filters()
