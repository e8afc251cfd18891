"""The decoder: CMU pocketsphinx with its own US English acoustic model, as a phone recogniser and as a forced aligner.

Its frame k covers the 25.6 ms that begin at k / 100 s, so a boundary before frame k lies near k / 100 + 0.008 s.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from talkgen.audio.phones.acoustics import HOP, Acoustics
from talkgen.lib.media import read_samples
from talkgen.types import AudioClip, Phone

_SHIFT = 0.008  # seconds from the start of the decoder's window to where its frame begins
_SHORTEST, _LONGEST = 800, 2000  # frames: blocks of 8 to 20 s
_LOUD = -18.0  # dB of full scale: the level of the loud parts of what the decoder is given
_FILLERS = ("SIL", "+NSN+", "+SPN+")


def blocks(acoustics: Acoustics, silent: np.ndarray) -> Iterator[tuple[int, int]]:
    """Frame ranges of at most 20 s that cover the clip, each cut at the quietest place of its last 12 s."""
    start, n_frames = 0, len(acoustics.level)
    calm = np.convolve(np.pad(acoustics.level - 20 * silent, 10, mode="edge"), np.full(21, 1 / 21), "valid")
    while n_frames - start > _LONGEST:
        stop = start + _SHORTEST + int(calm[start + _SHORTEST : start + _LONGEST].argmin())
        yield start, stop
        start = stop
    yield start, n_frames


def pcm(clip: AudioClip, heard: Acoustics, start: int, stop: int) -> NDArray[np.int16]:
    """Frames `start` to `stop` of a clip as the decoder wants them: at least 0.1 s, at one level, and never digitally silent.

    A trace of noise is added, 55 dB below the loud parts: in the perfect silence of synthetic voices and gated recordings
    the decoder's cepstra run to extremes and it hears no consonant beside it.
    """
    samples = read_samples(clip, start * HOP, max(stop, start + 10) * HOP) * 10 ** ((_LOUD - heard.loud) / 20)
    noise = np.random.default_rng(start).normal(scale=10 ** ((_LOUD - 55) / 20), size=len(samples))
    return np.round(np.clip(samples + noise, -1, 1) * 32767).astype(np.int16)


def recognise(clip: AudioClip, heard: Acoustics, ranges: Iterable[tuple[int, int]]) -> list[Phone]:
    """Phones heard in the given frame ranges, without knowing the words: noisy consonants, good vowels and silences."""
    from pocketsphinx import Decoder, get_model_path

    decoder = Decoder(
        hmm=get_model_path("en-us/en-us"), allphone=get_model_path("en-us/en-us-phone.lm.bin"),
        lm=None, dict=None, lw=2.0, beam=1e-20, pbeam=1e-20, loglevel="FATAL",
    )  # fmt: skip
    phones = []
    for start, stop in ranges:
        decoder.start_utt()
        decoder.process_raw(pcm(clip, heard, start, stop).tobytes(), full_utt=True)
        decoder.end_utt()
        found = ((segment.word, segment.start_frame, segment.end_frame + 1) for segment in decoder.seg() or ())
        phones += place(found, start, stop)
    return phones


def place(found: Iterable[tuple[str, int, int]], start: int, stop: int) -> list[Phone]:
    """Phones of a block (name, first frame, frame after the last) on the clip's clock; fillers become SIL."""

    def clock(frame: int) -> float:
        return min(start / 100 + (frame / 100 + _SHIFT if frame else 0), stop / 100)

    placed = (Phone("SIL" if name in _FILLERS else name, clock(first), clock(after)) for name, first, after in found)
    return [phone for phone in placed if phone.end > phone.start]
