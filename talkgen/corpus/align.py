"""The phones of speech whose words are known.

The aligner of `talkgen.audio.phones` doubts its text, as it must with whatever a user types. A corpus is what its transcript says:
where short words went missing there, every word is aligned once more without that doubt, and the result is judged as a whole.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from talkgen.types import AudioClip, Phone

PAUSE = 0.5
"""Seconds of sound without a word: longer, and the transcript leaves something out."""
GOOD, POOR_WORD = -3.2, -8.0
"""Nats per frame: least mean fit of a clip's words, and least fit of its worst, where every word was forced into the sound."""
APPROACH = 0.1
"""Seconds by which a phone may reach into silence: the closure before a word and the breath after it."""

STOPS = ("P", "B", "T", "D", "K", "G")


def phones_of(audio: AudioClip, transcript: str) -> tuple[Phone, ...] | None:
    """Aligned phones in time order, SIL between words that do not touch; None unless every word is found and every sound said.

    English words only; see `talkgen.audio.phones.aligner`.
    """
    from talkgen.audio.phones import acoustics, aligner, recogniser
    from talkgen.audio.phones.transcript import slots

    heard = acoustics.analyse(audio)
    silent = acoustics.silence(heard)
    blocks = [block for block in recogniser.blocks(heard, silent) if not silent[slice(*block)].all()]
    text = slots(transcript)
    wanted = {k for k, slot in enumerate(text) if () not in slot}
    words = aligner.align(audio, heard, blocks, text)
    if not wanted <= {word.slot for word in aligner.trusted(words, silent)}:
        if len(blocks) != 1:
            return None
        said = {slot: [word.text for word in words if word.slot == slot] for slot in {word.slot for word in words}}
        words = aligner.force(audio, heard, blocks[0], [said.get(k, () if () in slot else slot[0]) for k, slot in enumerate(text)])
        fits = [word.fit for word in words]
        if not fits or np.mean(fits) < GOOD or min(fits) < POOR_WORD:
            return None
    phones = tuple(_within([phone for word in words for phone in word.phones], silent, acoustics.FPS))
    unsaid = ~silent
    for phone in phones:
        unsaid[round(phone.start * acoustics.FPS) : round(phone.end * acoustics.FPS)] = False
    return None if acoustics.runs(unsaid, round(PAUSE * acoustics.FPS)) else filled(phones, audio.duration)


def _within(phones: Sequence[Phone], silent: np.ndarray, fps: float) -> Iterator[Phone]:
    """The phones, but none reaching far into silence, as the first of a clip do when the decoder cannot tell a closure from it.

    A stop may lie in silence as a whole: it is heard when it opens.
    """
    for phone in phones:
        sound = np.flatnonzero(~silent[int(phone.start * fps) : int(np.ceil(phone.end * fps))])
        if phone.name in STOPS and not len(sound):
            yield Phone(phone.name, max(phone.start, phone.end - APPROACH), phone.end)
        elif len(sound):
            first, last = (int(phone.start * fps) + sound[[0, -1]] + [0, 1]) / fps
            yield Phone(phone.name, max(phone.start, first - APPROACH), min(phone.end, last + APPROACH))


def filled(phones: Sequence[Phone], duration: float) -> tuple[Phone, ...]:
    """`phones` with SIL before, between and after them, so that every moment of `duration` seconds has its phone."""
    ends = [Phone("SIL", 0.0, 0.0), *phones, Phone("SIL", duration, duration)]
    whole: list[Phone] = []
    for before, after in pairwise(ends):
        whole += [before] if before.end > before.start else []
        whole += [Phone("SIL", before.end, after.start)] if after.start - before.end > 0.005 else []
    return tuple(whole)
