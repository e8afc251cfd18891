"""What an audio encoder is."""

from typing import Protocol

import numpy as np

from talkgen.types import VISEMES, Array, AudioClip, AudioFeatures


class AudioEncoder(Protocol):
    """Hears speech. A member offers `load(source: Path | None) -> AudioEncoder`, where `source` is what the user named for it.

    An encoder that can hear live offers `live() -> Ears` as well.
    """

    def __call__(self, audio: AudioClip, transcript: str | None = None) -> AudioFeatures:
        """Features of the whole clip: ceil(duration * fps) rows. `transcript` is what is said, in English, where known."""
        ...


class Ears(Protocol):
    """Hears a stream. What is told of a moment does not depend on how the sound was cut into pieces."""

    def push(self, samples: Array) -> AudioFeatures:
        """Take in `samples (N,)`, -1..1 at 16 kHz; what can be told now, none or a few rows."""
        ...

    def finish(self) -> AudioFeatures:
        """What can be told when no more sound comes."""
        ...


def silence(n_rows: int, fps: float) -> AudioFeatures:
    """`n_rows` of features in which nothing is heard."""
    visemes = np.zeros((n_rows, len(VISEMES)), np.float32)
    visemes[:, VISEMES.index("sil")] = 1
    nothing = np.zeros(n_rows, np.float32)
    lips, affect = np.zeros((n_rows, 2), np.float32), np.zeros((n_rows, 3), np.float32)
    return AudioFeatures(visemes, nothing, nothing, nothing, fps, lips, affect)


def arousal(features: AudioFeatures) -> float:
    """How excited a voice sounds, about 0 to 2; a comparison between lines of one speaker, 0 where there is no voice.

    Range and height of the pitch, equally weighed, which rise in every study of aroused speech (Scherer 2003, "Vocal communication
    of emotion"). Vocal effort does too, but what is heard of it depends on the microphone. Raises `ValueError` for features
    without affect.
    """
    if features.affect is None:
        raise ValueError("these features hold no affect")
    voiced = features.voicing > 0.5
    return float(features.affect[voiced, 1:].sum(axis=1).mean()) if voiced.any() else 0.0
