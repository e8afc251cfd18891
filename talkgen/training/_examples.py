"""Clips of a corpus as the hearing network is taught with them: sound, labels at 100 Hz, and how well each label is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from talkgen.audio.phones import acoustics, visemes
from talkgen.audio.phones.acoustics import HOP, Acoustics
from talkgen.corpus.shards import TrainingClip
from talkgen.lib.timeline import sample_rows
from talkgen.types import MOTION_FPS, VISEMES, Array

LABELS = {"visemes": len(VISEMES), "lips": 2, "speech": 1, "voicing": 1, "energy": 1, "effort": 1}
"""Labels and the number of their columns."""
_SURE = 0.5  # confidence from which a frame's lips are taught


@dataclass(frozen=True)
class Example:
    """`samples (N,)` int16 at 16 kHz; `labels (T, columns)`, T = ceil(N / 160), in the order of `LABELS`; `known (T, columns)`,
    0 (not at all) to 1: how much each of them counts."""

    samples: NDArray[np.int16]
    labels: NDArray[np.float16]
    known: NDArray[np.float16]

    @property
    def sound(self) -> Array:
        """The samples, -1..1."""
        return sound(self.samples)

    def part(self, start: int, length: int) -> "Example":
        """`length` steps from `start` on, with 5 ms soft at either end so that a cut does not click."""
        ramp = np.clip(np.minimum(np.arange(length * HOP), np.arange(length * HOP)[::-1]) / 80, 0, 1)
        cut = slice(start, start + length)
        cut_sound = self.samples[start * HOP : (start + length) * HOP]
        return Example((cut_sound * ramp).astype(np.int16), self.labels[cut], self.known[cut])


def sound(samples: NDArray[np.int16]) -> Array:
    """16-bit samples as numbers, -1..1."""
    numbers: Array = samples.astype(np.float32) / np.float32(32768)
    return numbers


def silence(n_steps: int) -> Example:
    """Nobody speaks; where the lips are then is not known."""
    labels = np.zeros((n_steps, sum(LABELS.values())), np.float16)
    labels[:, 0] = 1
    known = np.ones(labels.shape, np.float16)
    known[:, len(VISEMES) : len(VISEMES) + LABELS["lips"]] = known[:, -LABELS["effort"] :] = 0
    return Example(np.zeros(n_steps * HOP, np.int16), labels, known)


def joined(parts: Iterable[Example]) -> Example:
    """Parts one behind the other."""
    samples, labels, known = zip(*((part.samples, part.labels, part.known) for part in parts), strict=True)
    return Example(np.concatenate(samples), np.concatenate(labels), np.concatenate(known))


def examples(clips: Iterable[TrainingClip]) -> list[Example]:
    """An example of each clip. The lips of a speaker are measured between that speaker's closed and wide open."""
    clips = list(clips)
    scales = _lip_scales(clips)
    return [_example(clip, scales.get(clip.info.speaker)) for clip in clips]


def _example(clip: TrainingClip, scale: NDArray[Any] | None) -> Example:
    heard = acoustics.analyse_samples(sound(clip.samples))
    silent = acoustics.silence(heard)
    n = len(silent)
    loudness, voicing, _ = acoustics.prosody(heard, silent)
    shapes = np.zeros((n, len(VISEMES))) if clip.phones is None else visemes.paint(clip.phones, n)
    lips, seen = _lips(clip, scale, n)
    always, spoken = np.ones(n, bool), ~silent
    columns = [
        (shapes, np.full(shapes.shape, clip.phones is not None)),
        (lips, np.repeat(seen[:, None], 2, axis=1)),
        (spoken, always),
        (voicing, always),
        (loudness, always),
        (_effort(heard, voicing > 0.5), spoken),
    ]
    labels, known = (np.concatenate([np.reshape(column[k], (n, -1)) for column in columns], axis=1) for k in (0, 1))
    samples = np.pad(clip.samples, (0, n * HOP - len(clip.samples)))
    return Example(samples, labels.astype(np.float16), known.astype(np.float16))


def _lips(clip: TrainingClip, scale: NDArray[Any] | None, n: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Opening and width `(n, 2)` at 100 Hz, 0 to 1 within the speaker's `scale (2, 2)`, and where they were seen."""
    if clip.lips is None or clip.confidence is None or scale is None:
        return np.zeros((n, 2)), np.zeros(n, bool)
    sure = (clip.confidence > _SURE) & np.isfinite(clip.lips).all(1)
    rows = np.nan_to_num((clip.lips - scale[0]) / (scale[1] - scale[0]))
    times = np.arange(n) / acoustics.FPS
    return sample_rows(rows, MOTION_FPS, times), sample_rows(sure.astype(float), MOTION_FPS, times) > 0.99


def _lip_scales(clips: list[TrainingClip]) -> dict[str, NDArray[Any]]:
    """For every speaker `(2, 2)`: aperture and width of closed (or narrow) and of wide open lips, percentiles 5 and 95."""
    seen: dict[str, list[Array]] = {}
    for clip in clips:
        if clip.lips is not None and clip.confidence is not None:
            seen.setdefault(clip.info.speaker, []).append(clip.lips[clip.confidence > _SURE])
    return {speaker: np.nanpercentile(np.concatenate(rows), (5, 95), axis=0) for speaker, rows in seen.items()}


def _effort(heard: Acoustics, voiced: NDArray[np.bool_]) -> NDArray[Any]:
    """Vocal effort `(T,)` over the second or two around, about 0 to 1: the energy of 1 to 5 kHz against that below (the alpha ratio
    of GeMAPS, Eyben et al. 2016). Unlike loudness it does not depend on the distance to the microphone."""
    centres = np.sqrt(acoustics.BANDS[1:] * acoustics.BANDS[:-1])
    power = 10 ** (heard.bands / 10)
    ratio = 10 * np.log10(power[:, (centres > 1000) & (centres < 5000)].sum(1) / power[:, centres < 1000].sum(1))
    share = np.maximum(gaussian_filter1d(voiced.astype(float), 80), 1e-3)
    return np.asarray((gaussian_filter1d(np.where(voiced, ratio, 0.0), 80) / share + 25) / 25)
