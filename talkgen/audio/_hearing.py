"""Running a hearing network: sound goes in piece by piece, rows of what was heard come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from talkgen.audio._logmel import HOP, WINDOW, logmel
from talkgen.lib.media import read_samples
from talkgen.lib.threads import one_thread
from talkgen.types import SAMPLE_RATE, Array, AudioClip

if TYPE_CHECKING:
    from talkgen.audio._network import HearingNetwork, State

STEP = 2 * HOP
"""Samples from one row of the network to the next: 20 ms."""
FPS = SAMPLE_RATE / STEP
_PIECE = 500  # rows heard at once: 10 s
Rows = dict[str, Array]


class Listener:
    """Hears a stream. What it says of a moment never changes and does not depend on how the sound was cut into pieces.

    Rows come `lookahead` seconds after the sound they are about.
    """

    def __init__(self, network: HearingNetwork) -> None:
        self.network = network
        self.lookahead = (network.config.delay * STEP + HOP + WINDOW // 2) / SAMPLE_RATE
        self._sound = np.zeros(WINDOW // 2, np.float32)
        self._state: State | None = None
        self._late = network.config.delay

    def push(self, samples: Array) -> Rows:
        """Take in `samples (N,)`, -1..1 at 16 kHz; the rows `(n, columns)` that can be told now, by name of the output."""
        import torch

        self._sound = np.concatenate([self._sound, samples])
        n_rows = max(0, (len(self._sound) - WINDOW + HOP) // STEP)
        if not n_rows:
            return {name: np.zeros((0, columns), np.float32) for name, columns in self.network.config.columns.items()}
        features = logmel(self._sound[: (2 * n_rows - 1) * HOP + WINDOW])
        self._sound = self._sound[n_rows * STEP :]
        with torch.inference_mode(), one_thread():
            out, self._state = self.network(torch.from_numpy(features)[None], self._state)
        first, self._late = min(self._late, n_rows), max(0, self._late - n_rows)
        return {name: rows[0, first:].numpy() for name, rows in out.items()}

    def finish(self) -> Rows:
        """The rows about the last sound that was pushed, as though silence followed."""
        return self.push(np.zeros(self.network.config.delay * STEP + HOP + WINDOW // 2, np.float32))


def listen(network: HearingNetwork, audio: AudioClip) -> Rows:
    """Rows for a whole clip, ceil(duration * 50) of them, read in pieces of ten seconds."""
    listener, parts = Listener(network), []
    for start in range(0, audio.n_samples, _PIECE * STEP):
        parts.append(listener.push(read_samples(audio, start, min(start + _PIECE * STEP, audio.n_samples))))
    parts.append(listener.finish())
    n_rows = -(-audio.n_samples // STEP)
    return {name: np.concatenate([part[name] for part in parts])[:n_rows] for name in parts[0]}
