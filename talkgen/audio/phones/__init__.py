"""The built-in encoder: phones heard by pocketsphinx, or aligned to a transcript where there is one, fused with acoustics.

The sound's own level decides what is silence; inside speech the phones say which mouth shape, and where a transcript does
not fit the sound, the phones that were heard without it take over. Everything works through the clip in blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from talkgen.audio.base import AudioEncoder
from talkgen.types import VISEMES, AudioClip, AudioFeatures, Phone

if TYPE_CHECKING:
    from talkgen.audio.phones.acoustics import Acoustics
    from talkgen.audio.phones.aligner import Word
    from talkgen.audio.phones.transcript import Slot

_GAP = 15  # frames: speech between two aligned words that is longer than this was not in the transcript
_ELIDED = 0.06  # seconds: between words closer than this nothing was said
_MATCHING = 0.6  # share of a transcript's words that must be found, or it belongs to other speech


class PhoneEncoder:
    """Hears English phones (and, less surely, those of any language) together with loudness, voicing and pitch."""

    def __call__(self, audio: AudioClip, transcript: str | None = None) -> AudioFeatures:
        """Features at 100 Hz, see `types.AudioFeatures`; `notes` name what of the transcript was not found, and where."""
        from talkgen.audio.phones import acoustics, recogniser, visemes

        heard = acoustics.analyse(audio)
        silent = acoustics.silence(heard)
        ranges = [(start, stop) for start, stop in recogniser.blocks(heard, silent) if not silent[start:stop].all()]
        aligned, notes = _aligned(audio, heard, ranges, silent, transcript) if transcript is not None else ([], ())
        unexplained = _unexplained(aligned, silent)
        if unexplained.any():
            guessed = recogniser.recognise(audio, heard, [block for block in ranges if unexplained[slice(*block)].any()])
        else:
            guessed = []
        rows = visemes.paint(aligned, len(silent))
        rows[unexplained] = visemes.listen(guessed, heard, silent)[unexplained]
        rows[acoustics.still(silent, rows[:, VISEMES.index("PP")] > 0.5)] = np.eye(1, rows.shape[1], dtype=np.float32)
        phones = _merged(aligned, guessed, unexplained, audio.duration)
        return AudioFeatures(rows, *acoustics.prosody(heard, silent), acoustics.FPS, phones, notes)


def load() -> AudioEncoder:
    """The encoder, ready to use; nothing is read until it hears its first clip."""
    return PhoneEncoder()


def _aligned(
    audio: AudioClip, heard: Acoustics, ranges: Sequence[tuple[int, int]], silent: np.ndarray, transcript: str
) -> tuple[list[Phone], tuple[str, ...]]:
    """Phones of the words that can be trusted, in time order, and sentences about the others."""
    from talkgen.audio.phones import aligner
    from talkgen.audio.phones.transcript import slots

    text = slots(transcript)
    words = aligner.trusted(aligner.align(audio, heard, ranges, text), silent)
    found = {word.slot for word in words}
    wanted = [k for k, slot in enumerate(text) if () not in slot]
    missing = [k for k in wanted if k not in found]
    if not wanted:
        return [], ("The transcript holds no English words; the speech was heard without it.",)
    if len(missing) > (1 - _MATCHING) * len(wanted):
        counts = f"{len(wanted) - len(missing)} of {len(wanted)} words were found"
        return [], (f"The transcript does not fit the speech ({counts}), so it was heard without it; is it the right text?",)
    stretches = np.split(np.array(missing, int), np.flatnonzero(np.diff(missing) > 1) + 1)
    notes = tuple(_missing_note(stretch, text, words) for stretch in stretches if len(stretch))
    return [phone for word in words for phone in word.phones], notes


def _missing_note(stretch: np.ndarray, text: Sequence[Slot], words: Sequence[Word]) -> str:
    """A sentence about neighbouring slots of the transcript that were not found: their words and where they should be."""
    spelt = " ".join(" ".join(text[k][0]) for k in stretch)
    before = max((word.end for word in words if word.slot < stretch[0]), default=0.0)
    after = min((word.start for word in words if word.slot > stretch[-1]), default=None)
    if after is not None and after - before < _ELIDED:
        return f"Not found in the speech: {spelt!r} (at {before:.2f} s, where the next word follows at once)."
    place = f"between {before:.2f} and {after:.2f} s" if after is not None else f"after {before:.2f} s"
    return f"Not found in the speech: {spelt!r} ({place}); there the mouth follows the sound alone."


def _unexplained(aligned: Sequence[Phone], silent: np.ndarray) -> np.ndarray:
    """`(T,)` bool: frames with speech that no aligned phone accounts for; short gaps between words are left to them."""
    from talkgen.audio.phones.acoustics import FPS, runs

    open_ = ~silent
    for phone in aligned:
        open_[round(phone.start * FPS) : round(phone.end * FPS)] = False
    mask = np.zeros_like(silent)
    for start, stop in runs(open_, _GAP if aligned else 1):
        mask[start:stop] = True
    return mask


def _merged(aligned: Sequence[Phone], guessed: Sequence[Phone], unexplained: np.ndarray, duration: float) -> tuple[Phone, ...]:
    """All phones in time order, the guessed ones only where nothing is aligned, with SIL in the gaps."""
    chosen = list(aligned) + [p for p in guessed if p.name != "SIL" and unexplained[int(50 * (p.start + p.end))]]
    merged: list[Phone] = []
    now = 0.0
    for phone in sorted(chosen, key=lambda p: p.start):
        start = max(phone.start, now)
        if start - now > 0.005:
            merged.append(Phone("SIL", now, start))
        if phone.end > start:
            merged.append(Phone(phone.name, start, phone.end))
            now = phone.end
    return (*merged, Phone("SIL", now, duration)) if duration - now > 0.005 else tuple(merged)
