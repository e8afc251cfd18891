"""What the hearing network sees of sound: log-mel frames, or the hidden states of a speech model that somebody else trained."""

from pathlib import Path
from typing import Protocol

import numpy as np
from torch import Tensor

from talkgen.audio._logmel import BANDS, HOP, WINDOW, logmel
from talkgen.audio._pretrained import KINDS, load_model
from talkgen.types import Array, TalkgenError


class Front(Protocol):
    """Turns sound into the rows that a network with these `features` and this `stride` hears."""

    @property
    def features(self) -> int:
        """Columns of a row."""
        ...

    @property
    def stride(self) -> int:
        """Rows for every row that the network gives."""
        ...

    def frames(self, samples: Array) -> Array:
        """The part of the work that is done beside the training, for `samples (N,)`, -1..1 at 16 kHz."""
        ...

    def states(self, frames: Tensor, n_rows: int) -> Tensor:
        """The part that is done where the network is: what it hears `(B, n_rows * stride, features)` of a batch of `frames`."""
        ...


class LogMel:
    """The built-in front end: all of it is done beside the training."""

    features, stride = BANDS, 2

    def frames(self, samples: Array) -> Array:
        """See `Front`; `(T, 64)` at 100 Hz, T even."""
        n_rows = len(samples) // (2 * HOP)
        return logmel(np.pad(samples, (WINDOW // 2, WINDOW))[: (2 * n_rows - 1) * HOP + WINDOW])

    def states(self, frames: Tensor, n_rows: int) -> Tensor:
        """The frames themselves."""
        return frames[:, : self.stride * n_rows]


def open_front(text: str) -> Front:
    """`mel`, or the name of a speech model and its folder as in `wav2vec2:FOLDER`. Raises `TalkgenError` for anything else."""
    kind, _, folder = text.partition(":")
    if kind in KINDS:
        return load_model(kind, Path(folder) if folder else None)
    if text != "mel":
        raise TalkgenError(f"There is no front end {text!r}; give mel or {', '.join(f'{kind}:FOLDER' for kind in KINDS)}.")
    return LogMel()
