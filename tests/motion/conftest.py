from collections.abc import Callable

import numpy as np
import pytest

from talkgen.emotion import label, text
from talkgen.emotion.base import emotion_track
from talkgen.lib.grammar import parse_emotion
from talkgen.motion import procedural
from talkgen.motion.base import Style
from talkgen.types import VISEMES, AudioFeatures, MotionClip

LINE = "sil PP aa E nn ih SS PP oh sil ou FF aa TH sil sil kk oh PP FF E PP aa sil RR ou CH ih DD aa PP PP sil sil sil"
SECONDS = {"sil": 0.5, "aa": 0.16, "E": 0.16, "ih": 0.14, "oh": 0.16, "ou": 0.16, "PP": 0.05, "FF": 0.05}


def heard(visemes: str, seed: int = 0) -> AudioFeatures:
    """Features of a clearly spoken row of visemes at 100 Hz, vowels loud and with an intonation."""
    rng = np.random.default_rng(seed)
    steps = [(VISEMES.index(name), round(SECONDS.get(name, 0.08) * 100), 3 * rng.normal()) for name in visemes.split()]
    column = np.concatenate([np.full(count, index) for index, count, _ in steps])
    vowel = column >= VISEMES.index("aa")
    pitch = np.concatenate([np.full(count, height) for _, count, height in steps])
    loudness = np.where(vowel, 0.9, np.where(column == 0, 0, 0.3)).astype(np.float32)
    rows = np.eye(len(VISEMES), dtype=np.float32)[column]
    return AudioFeatures(rows, loudness, vowel.astype(np.float32), np.where(vowel, pitch, 0).astype(np.float32), 100.0)


@pytest.fixture(scope="session")
def line() -> AudioFeatures:
    return heard(LINE)


@pytest.fixture(scope="session")
def silence() -> AudioFeatures:
    return heard("sil " * 24)


@pytest.fixture(scope="session")
def act() -> Callable[..., MotionClip]:
    """A take of some features: `act(features, emotion="neutral", seed=0, intensity={}, articulation=1)`."""

    def take(
        features: AudioFeatures,
        emotion: str = "neutral",
        seed: int = 0,
        intensity: dict[str, float] | None = None,
        articulation: float = 1.0,
    ) -> MotionClip:
        n_frames = -(-len(features.visemes) // 4)
        track = emotion_track(parse_emotion(emotion, ["label", "text"]), n_frames, 25.0, {"label": label.read, "text": text.read})
        return procedural.load()(features, track, seed, Style(intensity or {}, articulation))

    return take
