"""`AudioFeatures` from a hearing network, sharpened by a transcript where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from talkgen.audio._hearing import FPS, Rows, listen
from talkgen.types import VISEMES, Array, AudioClip, AudioFeatures

if TYPE_CHECKING:
    from talkgen.audio._network import HearingNetwork


class HearingEncoder:
    """Hears mouth shapes, lips and voice in any language; what a transcript explains follows the transcript."""

    def __init__(self, network: HearingNetwork, listen: Callable[[HearingNetwork, AudioClip], Rows] = listen) -> None:
        self.network, self._listen = network, listen

    def __call__(self, audio: AudioClip, transcript: str | None = None) -> AudioFeatures:
        """Features at 50 Hz, see `types.AudioFeatures`; `notes` name what of the transcript was not found, and where.

        Without a transcript the built-in network says exactly what `Listener` says of the same sound as it comes in.
        """
        features = told(self._listen(self.network, audio))
        return features if transcript is None else _sharpened(features, audio, transcript)


def told(rows: Rows) -> AudioFeatures:
    """What the rows of a network say."""
    scores = np.exp(rows["visemes"] - rows["visemes"].max(1, keepdims=True))
    voicing = np.clip(rows["voicing"][:, 0], 0, 1)
    pitch = np.where(voicing > 0.5, np.clip(12 * rows["pitch"][:, 0], -24, 24), 0).astype(np.float32)
    return AudioFeatures(
        visemes=scores / scores.sum(1, keepdims=True),
        loudness=np.clip(rows["energy"][:, 0], 0, 1),
        voicing=voicing,
        pitch=pitch,
        fps=FPS,
        lips=np.clip(rows["lips"], 0, 1.5),
        affect=rows["affect"],
    )


def _sharpened(features: AudioFeatures, audio: AudioClip, transcript: str) -> AudioFeatures:
    """The mouth shapes of the words that were found, the network's own where there are none."""
    from dataclasses import replace

    from talkgen.audio.phones import acoustics, recogniser, transcribed, visemes

    heard = acoustics.analyse(audio)
    silent = acoustics.silence(heard)
    ranges = [(start, stop) for start, stop in recogniser.blocks(heard, silent) if not silent[start:stop].all()]
    phones, notes = transcribed.aligned(audio, heard, ranges, silent, transcript)
    every = round(acoustics.FPS / FPS)
    explained = ~transcribed.unexplained(phones, silent)[::every] if phones else np.zeros(len(features.visemes), bool)
    painted: Array = visemes.paint(phones, len(silent))
    painted[acoustics.still(silent, painted[:, VISEMES.index("PP")] > 0.5)] = np.eye(1, painted.shape[1], dtype=np.float32)
    rows = np.where(explained[:, None], painted[::every], features.visemes)
    return replace(features, visemes=rows, phones=tuple(phones), notes=notes)
