"""The built-in encoder: phones heard by pocketsphinx, sharpened by a transcript where there is one, fused with acoustics."""

import numpy as np

from talkgen.audio.base import AudioEncoder
from talkgen.types import AudioClip, AudioFeatures


class PhoneEncoder:
    """Hears English phones (and, less surely, those of any language) together with loudness, voicing and pitch."""

    def __call__(self, audio: AudioClip, transcript: str | None = None) -> AudioFeatures:
        """Features at 100 Hz: see `types.AudioFeatures`. Works through the clip in blocks, so memory does not grow with it."""
        from talkgen.audio.phones import acoustics, recogniser, visemes

        heard = acoustics.analyse(audio)
        silent = acoustics.silence(heard)
        ranges = [(start, stop) for start, stop in recogniser.blocks(heard, silent) if not silent[start:stop].all()]
        phones = recogniser.recognise(audio, ranges)
        rows = visemes.paint(phones, len(silent))
        rows[silent] = np.eye(1, rows.shape[1], dtype=np.float32)
        return AudioFeatures(rows, *acoustics.prosody(heard, silent), acoustics.FPS, tuple(phones))


def load() -> AudioEncoder:
    """The encoder, ready to use; nothing is read until it hears its first clip."""
    return PhoneEncoder()
