"""One person's speech as another's: the length of the vocal tract, the pitch and the tempo, each by itself."""

import numpy as np

from talkgen.types import Array

_FRAME = 512  # samples, 32 ms, of a spectrum
_HOP = _FRAME // 2
_LIFTER = 30  # cepstral coefficients of the envelope: 1.9 ms, less than a child's period
_STEP = 320  # samples, 20 ms, of time that is moved as a whole
_OVERLAP = 160
_SEARCH = 100  # samples to either side: together the period of an 80 Hz voice


def shift_voice(samples: Array, tract: float, pitch: float, stretch: float) -> tuple[Array, float]:
    """Speech `(N,)` of another person, and the factor by which it became longer (near `stretch`).

    `tract` (0.8 to 1.3) is the length of the vocal tract and divides the formants, `pitch` (0.6 to 1.8) multiplies the
    fundamental. Resampling does both where they belong together (tract = 1 / pitch); otherwise the spectral envelope is
    moved by itself. Where resampling does not already give the `stretch`, `time_scale` does.
    """
    resampled = resample(samples, 1 / pitch)
    moved = move_formants(resampled, 1 / (tract * pitch))
    scaled = time_scale(moved, stretch * len(samples) / len(moved))
    return scaled, len(scaled) / len(samples)


def resample(samples: Array, factor: float) -> Array:
    """The same sound in `factor` times as many samples (within one part in a hundred: lengths that transform fast), so lower and
    slower above 1."""
    from scipy.fft import irfft, next_fast_len, rfft

    if factor == 1:
        return samples
    before = next_fast_len(len(samples) + _FRAME, real=True)
    after = next_fast_len(round(before * factor), real=True)
    spectrum = rfft(samples, before)
    kept = np.zeros(after // 2 + 1, spectrum.dtype)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared] * np.float32(after / before)
    changed: Array = irfft(kept, after)[: round(len(samples) * after / before)]
    return changed


def move_formants(samples: Array, factor: float) -> Array:
    """The spectral envelope `factor` times as high, the pitch as it was: the envelope is the smooth part of the cepstrum."""
    from scipy.fft import irfft, rfft

    if abs(factor - 1) < 0.01:
        return samples
    n_frames = -(-len(samples) // _HOP) + 1
    padded = np.pad(samples, (_HOP, n_frames * _HOP - len(samples)))
    window = np.sin(np.pi * (np.arange(_FRAME, dtype=np.float32) + 0.5) / _FRAME)
    spectrum = rfft(np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP] * window)
    cepstrum = irfft(np.log(np.abs(spectrum) + np.float32(1e-4)), _FRAME)
    cepstrum[:, _LIFTER : _FRAME - _LIFTER + 1] = 0
    envelope = rfft(cepstrum).real
    place = np.minimum(np.arange(_HOP + 1, dtype=np.float32) / np.float32(factor), _HOP)
    below = np.minimum(place.astype(int), _HOP - 1)
    share = (place - below).astype(np.float32)
    moved = envelope[:, below] * (1 - share) + envelope[:, below + 1] * share
    frames = irfft(spectrum * np.exp(np.clip(moved - envelope, -4, 4)), _FRAME) * window
    joined: Array = (frames[:-1, _HOP:] + frames[1:, :_HOP]).ravel()[: len(samples)]
    return joined


def time_scale(samples: Array, factor: float) -> Array:
    """Speech `factor` times as long at the same pitch; times are exact within 6 ms. Less than one part in a hundred is not done.

    Pieces of 20 ms are joined where they fit each other best: WSOLA, Verhelst and Roelands (1993), "An overlap-add technique
    based on waveform similarity for high quality time-scale modification of speech".
    """
    if abs(factor - 1) < 0.01:
        return samples
    n_samples = round(len(samples) * factor)
    padded = np.pad(samples, (_SEARCH, _STEP + _OVERLAP + 2 * _SEARCH)).astype(np.float32)
    energy = np.concatenate(([0], np.cumsum(np.square(padded, dtype=np.float64))))
    n_pieces = -(-n_samples // _STEP)
    starts = np.zeros(n_pieces, int) + _SEARCH
    for k in range(1, n_pieces):
        first = min(int(k * _STEP / factor), len(samples))
        wanted = padded[starts[k - 1] + _STEP :][:_OVERLAP]
        likeness = np.correlate(padded[first : first + 2 * _SEARCH + _OVERLAP], wanted)
        power = energy[first + _OVERLAP :][: len(likeness)] - energy[first:][: len(likeness)]
        starts[k] = first + int(np.argmax(likeness / np.sqrt(power + 1e-6)))
    pieces = padded[starts[:, None] + np.arange(_STEP + _OVERLAP)]
    fade = np.linspace(0, 1, _OVERLAP, dtype=np.float32)
    joined = pieces[:, :_STEP].copy()
    joined[1:, :_OVERLAP] = fade * pieces[1:, :_OVERLAP] + (1 - fade) * pieces[:-1, _STEP:]
    return joined.ravel()[:n_samples]
