"""The built-in encoder: phones heard by pocketsphinx, or aligned to a transcript where there is one, fused with acoustics.

The sound's own level decides what is silence; inside speech the phones say which mouth shape, and where a transcript does
not fit the sound, the phones that were heard without it take over. Everything works through the clip in blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from talkgen.audio.base import AudioEncoder
from talkgen.types import VISEMES, AudioClip, AudioFeatures, Phone, TalkgenError


class PhoneEncoder:
    """Hears English phones (and, less surely, those of any language) together with loudness, voicing and pitch."""

    def __call__(self, audio: AudioClip, transcript: str | None = None) -> AudioFeatures:
        """Features at 100 Hz, see `types.AudioFeatures`; `notes` name what of the transcript was not found, and where."""
        from talkgen.audio.phones import acoustics, recogniser, transcribed, visemes

        heard = acoustics.analyse(audio)
        silent = acoustics.silence(heard)
        ranges = [(start, stop) for start, stop in recogniser.blocks(heard, silent) if not silent[start:stop].all()]
        aligned, notes = transcribed.aligned(audio, heard, ranges, silent, transcript) if transcript is not None else ([], ())
        unexplained = transcribed.unexplained(aligned, silent)
        if unexplained.any():
            guessed = recogniser.recognise(audio, heard, [block for block in ranges if unexplained[slice(*block)].any()])
        else:
            guessed = []
        rows = visemes.paint(aligned, len(silent))
        rows[unexplained] = visemes.listen(guessed, heard, silent)[unexplained]
        rows[acoustics.still(silent, rows[:, VISEMES.index("PP")] > 0.5)] = np.eye(1, rows.shape[1], dtype=np.float32)
        phones = _merged(aligned, guessed, unexplained, audio.duration)
        return AudioFeatures(rows, *acoustics.prosody(heard, silent), acoustics.FPS, phones=phones, notes=notes)


def load(source: Path | None = None) -> AudioEncoder:
    """The encoder, ready to use; nothing is read until it hears its first clip. It takes no `source`."""
    if source is not None:
        raise TalkgenError(f"The hearing phones takes nothing after a colon, not {str(source)!r}.")
    return PhoneEncoder()


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
