"""Where each word of a transcript is said: forced alignment, block by block, that tolerates texts which are not quite right.

For each block of sound a small word graph is built from the place in the text that was reached: alternative readings,
optional asides, words that may be missing (at a price), and an end after any word. Pass one finds the words, pass two the
times of words and then of phones (Brugnara, Falavigna, Omologo 1993, "Automatic segmentation and labeling of speech based on
hidden Markov models").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from talkgen.audio.phones.acoustics import FPS, Acoustics
from talkgen.audio.phones.pronounce import pronounce
from talkgen.audio.phones.recogniser import pcm, place
from talkgen.audio.phones.transcript import Slot
from talkgen.types import AudioClip, Phone

_FASTEST = 7  # words per second, to bound how far a block can reach into the text
_BACK = 4  # slots before the place reached at which a block may also begin
_NEAR, _FAR = 1e-2, 1e-4  # probabilities of beginning up to eight slots from the place reached, or farther on
_ASIDE, _SKIP = 0.5, 1e-5  # probabilities of an aside left unspoken, of a word left out
_NATS = 0.1024  # one unit of the decoder's scores

POOR = -4.5  # nats per frame: of LJ Speech's words 95 % lie above, with another sentence's text 60 % below
_HOPELESS = -9.0  # a single word below this is not there at all
Stretch = tuple[str, int, int]


@dataclass(frozen=True)
class Word:
    """A word heard: its phones, the slot of the transcript it came from, and `fit`, the mean log-likelihood of a frame (0 best)."""

    text: str
    slot: int
    phones: tuple[Phone, ...]
    fit: float

    @property
    def start(self) -> float:
        """Seconds."""
        return self.phones[0].start

    @property
    def end(self) -> float:
        """Seconds."""
        return self.phones[-1].end


def align(clip: AudioClip, heard: Acoustics, ranges: Iterable[tuple[int, int]], slots: Sequence[Slot]) -> list[Word]:
    """Words of a transcript (as `transcript.slots` reads it) heard in the given frame ranges, in time order.

    Words that were not heard are missing from the result; words that were misheard have a low `fit`.
    """
    from pocketsphinx import Decoder

    decoder = Decoder(lm=None, bestpath=False, beam=1e-80, pbeam=1e-80, wbeam=1e-60, loglevel="FATAL")
    _teach(decoder, slots)
    words: list[Word] = []
    reached = 0
    for start, stop in ranges:
        first = max(reached - _BACK, 0)
        window = slots[first : reached + 10 + (stop - start) * _FASTEST // 100]
        block = _align_block(decoder, pcm(clip, heard, start, stop).tobytes(), window, reached - first) if window else []
        for text, slot, phones, fit in block:
            words.append(Word(text, first + slot, tuple(place(phones, start, stop)), fit))
        reached = max((word.slot + 1 for word in words if word.fit > POOR), default=0)
    return words


def trusted(words: Sequence[Word], silent: np.ndarray) -> list[Word]:
    """Words that were most likely said where they were found.

    A word must fit the sound together with its neighbours, not be hopeless alone, and not lie in silence (`silent (T,)` bool).
    """
    fits = [word.fit for word in words]
    kept = []
    for k, word in enumerate(words):
        around = fits[max(k - 1, 0) : k + 2]
        quiet = silent[round(word.start * FPS) : round(word.end * FPS)]
        if np.mean(around) > POOR and word.fit > _HOPELESS and not (len(quiet) and quiet.mean() > 0.6):
            kept.append(word)
    return kept


def force(clip: AudioClip, heard: Acoustics, block: tuple[int, int], slots: Sequence[Sequence[str]]) -> list[Word]:
    """Every word of `slots`, in order, forced into one block of sound whether it fits or not; [] where that is impossible."""
    from pocketsphinx import Decoder

    words = [(word, slot) for slot, spoken in enumerate(slots) for word in spoken]
    decoder = Decoder(lm=None, bestpath=False, beam=1e-80, pbeam=1e-80, wbeam=1e-60, loglevel="FATAL")
    _teach(decoder, [(tuple(spoken),) for spoken in slots])
    found = _align_words(decoder, " ".join(word for word, _ in words), pcm(clip, heard, *block).tobytes())
    if len(found) != len(words):
        return []
    slot_of = [slot for _, slot in words]
    return [Word(text, slot, tuple(place(phones, *block)), fit) for (text, phones, fit), slot in zip(found, slot_of, strict=True)]


def _teach(decoder: Any, slots: Sequence[Slot]) -> None:
    """Add the words that the dictionary lacks, pronounced by rule."""
    for word in {word for slot in slots for reading in slot for word in reading}:
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, " ".join(pronounce(word, decoder.lookup_word)), True)


def _align_block(decoder: Any, sound: bytes, window: Sequence[Slot], reached: int) -> list[tuple[str, int, list[Stretch], float]]:
    """Words of one block: text, slot within the window, phones as (name, first frame, frame after the last), fit."""
    decoder.add_fsg("block", decoder.create_fsg("block", *_graph(window, reached)))
    decoder.activate_search("block")
    _listen(decoder, sound)
    found = decoder.hyp().hypstr if decoder.hyp() else ""
    if not found:
        return []
    heard = _align_words(decoder, found, sound)  # again, without the graph's empty transitions, which pass two cannot take
    slots = _locate([text for text, _, _ in heard], window, reached)
    return [(text, slot, phones, fit) for (text, phones, fit), slot in zip(heard, slots, strict=True)]


def _align_words(decoder: Any, words: str, sound: bytes) -> list[tuple[str, list[Stretch], float]]:
    """Text, phones and fit of each of `words`; [] where they do not fit into the sound."""
    try:
        decoder.set_align_text(words)
        _listen(decoder, sound)
        decoder.set_alignment()
        _listen(decoder, sound)
    except RuntimeError:  # how pocketsphinx says so
        return []
    heard = [_read(word) for word in decoder.get_alignment()]  # at once: the entries do not outlive the iteration
    return [word for word in heard if word[0][0] not in "<+["]


def _read(word: Any) -> tuple[str, list[Stretch], float]:
    """Text, phones and fit of an entry of the decoder's alignment."""
    phones = [(phone.name, phone.start, phone.start + phone.duration) for phone in word]
    return word.name.partition("(")[0], phones, _NATS * word.score / word.duration


def _listen(decoder: Any, sound: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()


def _graph(window: Sequence[Slot], reached: int) -> tuple[int, int, list[tuple[Any, ...]]]:
    """Start node, end node and transitions (from, to, probability[, word]) over the slots of a window; node j precedes slot j."""
    n = len(window)
    start, end, free = n + 1, n + 2, n + 3
    arcs: list[tuple[Any, ...]] = [(j, end, 1.0) for j in range(n + 1)]
    arcs += [(start, j, 1.0 if j == reached else _NEAR if j < reached + 9 else _FAR) for j in range(n)]
    for j, slot in enumerate(window):
        arcs.append((j, j + 1, _ASIDE if () in slot else _SKIP))
        for reading in filter(None, slot):
            nodes = [j, *range(free, free + len(reading) - 1), j + 1]
            free += len(reading) - 1
            arcs += [(a, b, 1.0, word) for a, b, word in zip(nodes, nodes[1:], reading, strict=False)]
    return start, end, arcs


def _locate(spoken: Sequence[str], window: Sequence[Slot], reached: int) -> list[int]:
    """The slot of each spoken word: the path through the window that leaves out the fewest slots."""
    n, m = len(spoken), len(window)
    cost = [[0.0] * (m + 1)] + [[float("inf")] * (m + 1) for _ in range(n)]  # cost[i][j]: of the last i words from slot j on
    step = [[0] * (m + 1) for _ in range(n + 1)]  # words taken at slot j
    for i in range(1, n + 1):
        for j in reversed(range(m)):
            cost[i][j] = 1 + cost[i][j + 1]
            for reading in window[j]:
                taken = len(reading)
                if taken <= i and cost[i - taken][j + 1] < cost[i][j] and tuple(spoken[n - i : n - i + taken]) == reading:
                    cost[i][j], step[i][j] = cost[i - taken][j + 1], taken
    left, j = n, min(range(m), key=lambda j: cost[n][j] + abs(j - reached))
    slots: list[int] = []
    while left:
        slots += [j] * step[left][j]
        left, j = left - step[left][j], j + 1
    return slots
