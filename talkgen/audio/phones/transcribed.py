"""What a transcript explains of the sound: its words where they can be trusted, and what they leave open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from talkgen.audio.phones.acoustics import FPS, Acoustics, runs
from talkgen.types import AudioClip, Phone

if TYPE_CHECKING:
    from talkgen.audio.phones.aligner import Word
    from talkgen.audio.phones.transcript import Slot

_GAP = 15  # frames: speech between two aligned words that is longer than this was not in the transcript
_ELIDED = 0.06  # seconds: between words closer than this nothing was said
_MATCHING = 0.6  # share of a transcript's words that must be found, or it belongs to other speech


def aligned(
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


def unexplained(aligned: Sequence[Phone], silent: np.ndarray) -> np.ndarray:
    """`(T,)` bool: frames with speech that no aligned phone accounts for; short gaps between words are left to them."""
    open_ = ~silent
    for phone in aligned:
        open_[round(phone.start * FPS) : round(phone.end * FPS)] = False
    mask = np.zeros_like(silent)
    for start, stop in runs(open_, _GAP if aligned else 1):
        mask[start:stop] = True
    return mask
