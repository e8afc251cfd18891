"""Changes that sound goes through before anyone hears it: another voice, a room, noise, a microphone, a codec.

Training draws a random chain of them (`augment`); evaluation names fixed ones (`degrade`). None of them delays the sound: all
filters have zero phase and the direct sound of a room comes at once, so labels keep their times, or are stretched by the
factor that is returned. Every part takes and gives `(N,)` float32 samples at 16 kHz.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from talkgen.corpus import voice_change
from talkgen.types import SAMPLE_RATE, Array

COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}
"""Noises and the power of frequency by which theirs falls."""
_FRAME = 400  # samples: 25 ms
_BLOCK = 512  # samples of a codec's block
_BANDS = np.unique(np.geomspace(8, _BLOCK, 21).astype(int))  # first coefficients of its bands but the lowest


def augment(samples: Array, rng: Generator, babble: Sequence[Array] | None = None) -> tuple[Array, float]:
    """Another voice in another place: the changed samples and the factor by which they became longer (labels stretch with it).

    `babble` is other speech (any lengths, -1..1), of which up to five pieces may be mixed in as a crowd. What is drawn depends
    on `rng` alone; the result lies in -1..1.
    """
    changed, stretch = _another_voice(samples, rng)
    if rng.random() < 0.3:
        changed = reverberate(changed, rng, rng.uniform(0.1, 0.8), rng.uniform(-2, 14))
    if rng.random() < 0.7:
        changed = add_noise(changed, _some_noise(len(changed), rng, babble), rng.choice((0.0, 10.0)) + rng.uniform(0, 30))
    if rng.random() < 0.6:
        changed = equalise(changed, rng.normal(0, 5, 5))
    changed = _another_line(changed, rng)
    return gain(changed, rng.uniform(-30, 6)), stretch


def degrade(samples: Array, name: str) -> tuple[Array, float]:
    """One of the fixed `CONDITIONS`, the same each time; the samples and the factor by which they became longer."""
    return CONDITIONS[name](samples, np.random.default_rng(0))


CONDITIONS: dict[str, Callable[[Array, Generator], tuple[Array, float]]] = {
    "noise 10 dB": lambda samples, rng: (add_noise(samples, noise(len(samples), rng, "pink"), 10), 1.0),
    "8 kHz": lambda samples, rng: (band_limit(samples, 0, 4000), 1.0),
    "telephone": lambda samples, rng: (mu_law(band_limit(samples, 300, 3400)), 1.0),
    "codec": lambda samples, rng: (compress(samples, 6), 1.0),
    "reverberation": lambda samples, rng: (reverberate(samples, rng, 0.5, 3), 1.0),
    "child": lambda samples, rng: voice_change.shift_voice(samples, tract=0.8, pitch=1.6, stretch=1.0),
    "shifted": lambda samples, rng: voice_change.shift_voice(samples, tract=1.12, pitch=0.85, stretch=1.0),
}
"""What unseen microphones, rooms and people do to speech. Children's formants lie about 25 % above an adult's (Lee, Potamianos
and Narayanan 1999, "Acoustics of children's speech")."""


def level(samples: Array) -> float:
    """The active level: root mean square of the 25 ms pieces within 20 dB of the loud ones (after ITU-T P.56)."""
    n_frames = max(len(samples) // _FRAME, 1)
    power = np.square(np.resize(samples, (n_frames, _FRAME))).mean(1)
    return float(np.sqrt(power[power >= 0.01 * np.percentile(power, 95)].mean()))


def noise(n_samples: int, rng: Generator, colour: str) -> Array:
    """Noise of one of `COLOURS`, of any level: white, pink (falling 3 dB an octave) or brown (6 dB); flat below 50 Hz."""
    flat = rng.standard_normal(n_samples, np.float32)
    return _filter(flat, lambda frequency: np.maximum(frequency, 50) ** (-COLOURS[colour] / 2))


def hum(n_samples: int, rng: Generator) -> Array:
    """The mains: ten harmonics of 50 or 60 Hz, the higher the weaker, in random proportion and phase."""
    mains, times = rng.choice((50, 60)), np.arange(n_samples, dtype=np.float32) / SAMPLE_RATE
    total = np.zeros(n_samples, np.float32)
    for harmonic in range(1, 11):
        total += rng.random() / harmonic * np.sin(2 * np.pi * mains * harmonic * times + np.float32(rng.uniform(0, 6.28)))
    return total


def noises(n_samples: int, rng: Generator) -> Array:
    """A place where nobody speaks, of a level from 70 dB below full scale up: noise, hum, tones or knocks."""
    kind = rng.integers(4)
    if kind == 0:
        sound = noise(n_samples, rng, str(rng.choice(list(COLOURS))))
    elif kind == 1:
        sound = hum(n_samples, rng)
    elif kind == 2:
        sound = sum((_tone(n_samples, rng) for _ in range(rng.integers(1, 4))), np.zeros(n_samples, np.float32))
    else:
        knocks = (rng.random(n_samples) < rng.uniform(0.5, 6) / SAMPLE_RATE) * rng.uniform(0.2, 1, n_samples)
        sound = reverberate(knocks.astype(np.float32), rng, rng.uniform(0.05, 0.5), rng.uniform(0, 10))
    sound = sound / max(float(np.abs(sound).max()), 1e-6) + 1e-3 * rng.standard_normal(n_samples, np.float32)
    return gain(sound, rng.uniform(-70, -1))


def _tone(n_samples: int, rng: Generator) -> Array:
    """A steady tone with harmonics, coming and going slowly."""
    times = np.arange(n_samples, dtype=np.float32) / SAMPLE_RATE
    pitch, swell = rng.uniform(60, 2000), np.float32(rng.uniform(0, 3))
    partials = (np.sin(2 * np.pi * pitch * k * times) * np.float32(rng.random() / k) for k in range(1, 5) if pitch * k < 7500)
    tone: Array = (sum(partials, np.zeros(n_samples, np.float32)) * (1 + 0.5 * np.sin(swell * times))).astype(np.float32)
    return tone


def crowd(n_samples: int, rng: Generator, speech: Sequence[Array]) -> Array:
    """One to five pieces of other `speech` at once, equally loud, each from a random place on and repeated if it is too short."""
    total = np.zeros(n_samples, np.float32)
    for index in rng.integers(len(speech), size=rng.integers(1, 6)):
        other = speech[index]
        total += np.resize(np.roll(other, -int(rng.integers(len(other)))), n_samples) / (level(other) + 1e-6)
    return total


def add_noise(samples: Array, sound: Array, ratio: float) -> Array:
    """Mix in a sound of the same length, `ratio` dB below the active level of the speech."""
    strength = level(samples) / (np.sqrt(np.mean(np.square(sound))) + 1e-9) * 10 ** (-ratio / 20)
    mixed: Array = samples + np.float32(strength) * sound
    return mixed


def reverberate(samples: Array, rng: Generator, t60: float, ratio: float) -> Array:
    """A room: noise that decays by 60 dB in `t60` seconds and whose energy lies `ratio` dB below that of the direct sound.

    The model of Moorer (1979), "About this reverberation business". High frequencies die sooner, and nothing is delayed.
    """
    from scipy.signal import oaconvolve

    n_tail = int(t60 * SAMPLE_RATE)
    tail = rng.standard_normal(n_tail, np.float32) * np.exp(-6.9 * np.arange(n_tail, dtype=np.float32) / n_tail)
    tail[: int(rng.uniform(0.001, 0.01) * SAMPLE_RATE)] = 0  # the way to the nearest wall and back
    damped = _filter(tail, lambda frequency: 1 / (1 + frequency / 2000))
    damped *= np.float32(10 ** (-ratio / 20)) / (np.linalg.norm(damped) + 1e-9)
    echoes: Array = oaconvolve(samples, damped)[: len(samples)].astype(np.float32)
    return samples + echoes


def band_limit(samples: Array, lowest: float, highest: float) -> Array:
    """Only what lies between two frequencies (Hz), with edges a tenth wide."""

    def within(frequency: Array) -> NDArray[Any]:
        rise: NDArray[Any] = np.clip((frequency - 0.9 * lowest) / (0.1 * lowest + 1), 0, 1) if lowest else np.ones_like(frequency)
        passed: NDArray[Any] = rise * np.clip((highest - frequency) / (0.1 * highest), 0, 1)
        return passed

    return _filter(samples, within)


def equalise(samples: Array, gains: NDArray[Any]) -> Array:
    """Another tone colour: `gains (K,)` dB at K frequencies spaced evenly by ratio from 60 Hz to 8 kHz, smooth between them."""
    knots = np.linspace(np.log(60), np.log(8000), len(gains))
    return _filter(samples, lambda frequency: 10 ** (np.interp(np.log(frequency + 1), knots, gains) / 20))


def mu_law(samples: Array) -> Array:
    """Eight bits a sample as the telephone codes them (ITU-T G.711, mu = 255)."""
    squeezed = np.sign(samples) * np.log1p(255 * np.minimum(np.abs(samples), 1)) / np.log(256)
    coarse = np.round(squeezed * 127) / 127
    expanded: Array = (np.sign(coarse) * np.expm1(np.abs(coarse) * np.log(256)) / 255).astype(np.float32)
    return expanded


def quantise(samples: Array, bits: int) -> Array:
    """Linear steps of so many bits a sample."""
    steps = np.float32(2 ** (bits - 1) - 1)
    coarse: Array = (np.round(samples * steps) / steps).astype(np.float32)
    return coarse


def compress(samples: Array, ratio: float) -> Array:
    """What a lossy codec (mp3, aac) leaves: MDCT coefficients in steps `ratio` dB below their band's level, weak ones dropped.

    The MDCT of Princen and Bradley (1987) in blocks of 32 ms, as a DCT-IV of folded frames; 21 bands, finer at low frequencies.
    """
    from scipy.fft import dct

    n_blocks = -(-len(samples) // _BLOCK) + 1
    padded = np.pad(samples, (_BLOCK, n_blocks * _BLOCK - len(samples)))
    window = np.sin(np.pi * (np.arange(2 * _BLOCK, dtype=np.float32) + 0.5) / (2 * _BLOCK))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * _BLOCK)[::_BLOCK] * window
    a, b, c, d = np.split(frames, 4, axis=1)
    coefficients = dct(np.concatenate((-c[:, ::-1] - d, a - b[:, ::-1]), 1), 4, norm="ortho")
    edges = np.concatenate(([0], _BANDS[:-1]))
    power = np.add.reduceat(np.square(coefficients), edges, axis=1) / np.diff(edges, append=_BLOCK)
    step = np.repeat(np.sqrt(12 * power) * 10 ** (-ratio / 20) + 1e-7, np.diff(edges, append=_BLOCK), axis=1)
    coarse = dct((np.round(coefficients / step) * step).astype(np.float32), 4, norm="ortho")
    left, right = np.split(coarse, 2, axis=1)
    unfolded = np.concatenate((right, -right[:, ::-1], -left[:, ::-1], -left), 1) * window
    heard: Array = unfolded[:-1, _BLOCK:] + unfolded[1:, :_BLOCK]
    return heard.ravel()[: len(samples)]


def lose(samples: Array, rng: Generator) -> Array:
    """Packets of 20 to 80 ms that never arrived, one to three of them a second: silence in their place."""
    kept = samples.copy()
    for start in rng.integers(len(samples), size=round(rng.uniform(1, 3) * len(samples) / SAMPLE_RATE)):
        kept[start : start + int(rng.uniform(0.02, 0.08) * SAMPLE_RATE)] = 0
    return kept


def clip(samples: Array, share: float) -> Array:
    """Turned up until `share` (0..1) of the samples lie beyond full scale and are cut off, then brought back to their level."""
    top = np.quantile(np.abs(samples), 1 - share)
    cut: Array = np.clip(samples, -top, top).astype(np.float32)
    return cut


def gain(samples: Array, decibel: float) -> Array:
    """Louder or softer by so many dB, cut off at full scale."""
    turned: Array = np.clip(samples * np.float32(10 ** (decibel / 20)), -1, 1)
    return turned


def _another_voice(samples: Array, rng: Generator) -> tuple[Array, float]:
    """A child, a woman or a man: half of the time by resampling alone, a third of the rest with length, pitch and tempo apart."""
    kind = rng.random()
    if kind < 0.3:
        return samples, 1.0
    tract = float(np.exp(rng.uniform(np.log(0.8), np.log(1.3))))
    if kind < 0.75:
        return voice_change.shift_voice(samples, tract, 1 / tract, tract)
    pitch, stretch = float(np.exp(rng.uniform(np.log(0.7), np.log(1.6)))), float(rng.uniform(0.85, 1.2))
    return voice_change.shift_voice(samples, tract, pitch, 1 / pitch if kind < 0.85 else stretch)


def _some_noise(n_samples: int, rng: Generator, speech: Sequence[Array] | None) -> Array:
    kind = rng.random()
    if kind < 0.3 and speech:
        return crowd(n_samples, rng, speech)
    return hum(n_samples, rng) if kind > 0.9 else noise(n_samples, rng, str(rng.choice(list(COLOURS))))


def _another_line(samples: Array, rng: Generator) -> Array:
    """What a microphone and the way to the listener do."""
    if rng.random() < 0.2:
        samples = lose(samples, rng)
    if rng.random() < 0.08:
        samples = clip(samples, rng.uniform(0.001, 0.03))
    band = rng.random()
    if band < 0.12:
        samples = band_limit(samples, 300, 3400)
    elif band < 0.3:
        samples = band_limit(samples, 0, rng.uniform(3000, 7500))
    code = rng.random()
    if code < 0.15:
        return compress(samples, rng.uniform(2, 14))
    if code < 0.25:
        return mu_law(samples)
    return quantise(samples, 8) if code < 0.28 else samples


def _filter(samples: Array, response: Callable[[Array], NDArray[Any]]) -> Array:
    """Multiply the spectrum by `response(frequencies in Hz)`, without delay."""
    from scipy.fft import irfft, next_fast_len, rfft

    length = next_fast_len(len(samples) + _FRAME, real=True)
    frequencies = np.linspace(0, SAMPLE_RATE / 2, length // 2 + 1, dtype=np.float32)
    filtered: Array = irfft(rfft(samples, length) * response(frequencies).astype(np.float32), length)[: len(samples)]
    return filtered.astype(np.float32)
