"""`AudioFeatures` from a hearing network, sharpened by a transcript where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from talkgen.audio._hearing import FPS, Listener, Rows, listen
from talkgen.audio.phones import acoustics, recogniser, transcribed, visemes
from talkgen.audio.phones.acoustics import Acoustics
from talkgen.types import VISEMES, Array, AudioClip, AudioFeatures, TalkgenError

if TYPE_CHECKING:
    from talkgen.audio._network import HearingNetwork

EVERY = round(acoustics.FPS / FPS)
"""Measurements of the sound to a row of the network."""
VOICED = 0.5
AROUND = 0.8
"""Seconds to either side over which affect is felt (deviation of a Gaussian window)."""


class HearingEncoder:
    """Hears mouth shapes, lips and voice in any language; what a transcript explains follows the transcript."""

    def __init__(self, network: HearingNetwork, listen: Callable[[HearingNetwork, AudioClip], Rows] = listen) -> None:
        self.network, self._listen = network, listen

    def __call__(self, audio: AudioClip, transcript: str | None = None) -> AudioFeatures:
        """Features at 50 Hz, see `types.AudioFeatures`; `notes` name what of the transcript was not found, and where.

        Without a transcript the built-in network says of a moment what `Listener` says of it as the sound comes in.
        """
        heard = acoustics.analyse(audio)
        features = told(self._listen(self.network, audio), heard)
        return features if transcript is None else _sharpened(features, audio, heard, transcript)

    def live(self) -> LiveEars:
        """The same network, hearing as the sound comes in. Raises `TalkgenError` where it needs the whole of it."""
        if self._listen is not listen:
            raise TalkgenError("This speech model hears a line as a whole; to act live, hear with --hearing mel.")
        return LiveEars(Listener(self.network))


class LiveEars:
    """Hears a stream: what the network says, without pitch, which is known only when a second or two have been heard."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def push(self, samples: Array) -> AudioFeatures:
        """Take in `samples (N,)`, -1..1 at 16 kHz; what can be told now, rows at 50 Hz."""
        return _at_once(self._listener.push(samples))

    def finish(self) -> AudioFeatures:
        """What can be told when no more sound comes."""
        return _at_once(self._listener.finish())


def _at_once(rows: Rows) -> AudioFeatures:
    unknown = np.zeros((len(rows["visemes"]), 3), np.float32)
    return _said(rows, unknown[:, 0], np.concatenate([rows["effort"], unknown[:, 1:]], axis=1))


def told(rows: Rows, heard: Acoustics) -> AudioFeatures:
    """What the rows of a network say, with the pitch that was measured beside it."""
    voiced = np.repeat(rows["voicing"][:, 0] > VOICED, EVERY)[: len(heard.f0)]
    pitch = acoustics.semitones(heard, voiced)
    return _said(rows, pitch[::EVERY], np.concatenate([rows["effort"], _pitch_affect(heard, voiced, pitch)], axis=1))


def _said(rows: Rows, pitch: Array, affect: Array) -> AudioFeatures:
    scores = np.exp(rows["visemes"] - rows["visemes"].max(1, keepdims=True, initial=-np.inf))
    return AudioFeatures(
        visemes=scores / scores.sum(1, keepdims=True),
        loudness=np.clip(rows["energy"][:, 0], 0, 1),
        voicing=np.clip(rows["voicing"][:, 0], 0, 1),
        pitch=pitch,
        fps=FPS,
        lips=np.clip(rows["lips"], 0, 1.5),
        affect=affect,
    )


def _pitch_affect(heard: Acoustics, voiced: NDArray[np.bool_], pitch: Array) -> Array:
    """`(T, 2)` at 50 Hz: deviation and height of the pitch over the second or two around, in octaves, the height from 128 Hz on."""
    around = partial(gaussian_filter1d, sigma=AROUND * acoustics.FPS)
    share = np.maximum(around(voiced.astype(float)), 1e-3)
    mean, square = (around(np.where(voiced, (pitch / 12) ** power, 0.0)) / share for power in (1, 2))
    middle = np.log2(np.median(heard.f0[voiced]) / 128) if voiced.any() else 0.0
    rows = np.stack([np.sqrt(np.maximum(square - mean**2, 0)), np.where(share > 0.01, mean + middle, 0)], axis=1)
    return rows[::EVERY].astype(np.float32)


def _sharpened(features: AudioFeatures, audio: AudioClip, heard: Acoustics, transcript: str) -> AudioFeatures:
    """The mouth shapes of the words that were found, the network's own where there are none."""
    silent = acoustics.silence(heard)
    ranges = [(start, stop) for start, stop in recogniser.blocks(heard, silent) if not silent[start:stop].all()]
    phones, notes = transcribed.aligned(audio, heard, ranges, silent, transcript)
    explained = ~transcribed.unexplained(phones, silent)[::EVERY] if phones else np.zeros(len(features.visemes), bool)
    painted: Array = visemes.paint(phones, len(silent))
    painted[acoustics.still(silent, painted[:, VISEMES.index("PP")] > 0.5)] = np.eye(1, painted.shape[1], dtype=np.float32)
    rows = np.where(explained[:, None], painted[::EVERY], features.visemes)
    return replace(features, visemes=rows, phones=tuple(phones), notes=notes)
