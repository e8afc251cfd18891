"""What is noteworthy about a line, so that nobody has to watch all of them: measured on the sound and on the curves."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from talkgen.batch.line import Line
from talkgen.lib.media import read_samples
from talkgen.space import BLENDSHAPES
from talkgen.types import SAMPLE_RATE, Array, AudioClip, Performance

POINTS = 60
"""Points of the strips that a report draws."""
LIMIT, HELD = 0.995, 0.24
"""A curve is clipped when it stays above `LIMIT` for `HELD` seconds, longer than a blink keeps the eyes closed."""
SILENT = -50.0
"""Decibels of full scale: a sound that never gets louder holds no speech."""
FULL, MUCH = 0.999, 0.001
"""A sound is clipped when more than `MUCH` of its samples are louder than `FULL`."""
BELOW = 30.0
"""Decibels below its loudest moment down to which a sound counts as speech."""
LETTERS = (3.0, 45.0)
"""Letters (and digits) per second of speech, in any alphabet, outside of which a text is not the one that is said."""
STILL = 0.02
"""Opening of the jaw that a mouth which speaks exceeds at times."""
WINDOW = 0.02
"""Seconds over which loudness is measured."""


@dataclass(frozen=True)
class Quality:
    """Of one line: `duration` in seconds; `peak` of the sound in decibels of full scale, at least -100, and `speech`, the share of
    its time that it is loud; `clipped`, seconds that curves stay at their limit, by name; `sound` and `mouth`, how loud it is and
    how far the jaw is open, 0 to 1, at `POINTS` moments."""

    duration: float
    peak: float
    speech: float
    clipped: dict[str, float]
    sound: list[float]
    mouth: list[float]


def inspect(take: Performance, line: Line) -> tuple[Quality, list[str]]:
    """What is found, and a sentence about each thing that somebody should look at."""
    assert take.audio is not None
    loudness, clipping = _loudness(take.audio)
    jaw = take.motion.blendshapes[:, BLENDSHAPES.index("jawOpen")]
    speech = float(np.mean(loudness > loudness.max() - BELOW)) if loudness.max() > SILENT else 0.0
    found = Quality(
        round(take.audio.duration, 3),
        round(float(loudness.max()), 1),
        round(speech, 3),
        _clipped(take.motion.blendshapes, take.motion.fps),
        _strip(np.clip(1 + loudness / 60, 0, 1)),
        _strip(jaw),
    )
    return found, list(_remarks(found, clipping, float(jaw.max()), line))


def _remarks(found: Quality, clipping: float, opened: float, line: Line) -> Iterator[str]:
    if not found.speech:
        yield f"The sound is silent: nothing is louder than {SILENT:g} dB of full scale."
    elif opened < STILL:
        yield "The mouth never opens, though there is sound."
    if clipping > MUCH:
        yield f"The sound itself is clipped: {clipping:.1%} of it is at full scale."
    if found.clipped:
        longest = f"at their limit for {max(found.clipped.values()):.1f} s"
        yield f"Curves stay {longest}: {', '.join(found.clipped)}; a weaker emotion or a lower gain would leave them room."
    if line.transcript and found.speech:
        rate = sum(letter.isalnum() for letter in line.transcript) / (found.speech * found.duration)
        if not LETTERS[0] <= rate <= LETTERS[1]:
            yield f"The transcript does not go with the sound: {rate:.0f} letters a second would be said; is it the right text?"
    if line.transcript and line.english is None:
        yield f"The transcript in {line.language} was not aligned, which works in English only; the mouth follows the sound alone."


def _loudness(audio: AudioClip) -> tuple[Array, float]:
    """`(N,)` decibels of full scale, -100 or more, of windows of `WINDOW` seconds; and the share of samples at full scale."""
    hop = round(WINDOW * SAMPLE_RATE)
    levels, full, block = [], 0, 1500 * hop
    for start in range(0, audio.n_samples, block):
        samples = read_samples(audio, start, min(start + block, -(-audio.n_samples // hop) * hop))
        full += int(np.count_nonzero(np.abs(samples) > FULL))
        levels.append(10 * np.log10(np.square(samples.reshape(-1, hop)).mean(1) + 1e-10))
    return np.concatenate(levels), full / audio.n_samples


def _clipped(shapes: Array, fps: float) -> dict[str, float]:
    """Seconds that each clipped curve stays at its limit at longest."""
    result = {}
    for name, curve in zip(BLENDSHAPES, shapes.T, strict=True):
        longest = max((sum(1 for _ in run) for high, run in groupby(curve >= LIMIT) if high), default=0) / fps
        if longest >= HELD:
            result[name] = round(longest, 2)
    return result


def _strip(values: Array) -> list[float]:
    """The highest value in each of `POINTS` equal parts."""
    edges = np.linspace(0, len(values), POINTS + 1).astype(int)
    return [round(float(values[a : max(b, a + 1)].max()), 2) for a, b in pairwise(edges)]
