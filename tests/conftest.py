"""What several tests share: the real material beside the repository, and small sounds made on the spot."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", suppress_health_check=[HealthCheck.too_slow])  # a busy one is no defect
settings.load_profile("any machine")


@pytest.fixture
def shared() -> Path:
    """The folder of real material beside the repository; the test is skipped where there is none."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the real material is not beside the repository")
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Tiny networks run faster on one thread than two threads take to agree."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def speech_like(duration: float = 2.0, rate: int = 16000, seed: int = 0) -> np.ndarray:
    """`(N,)` float32: syllables of 0.3 s (a hiss, then a buzz at 120 Hz through two resonances), silence at either end."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(duration * rate)) / rate
    buzz = np.zeros_like(time)
    for harmonic in range(1, 30):
        frequency = 120 * harmonic
        gain = 1 / (1 + ((frequency - 700) / 200) ** 2) + 0.4 / (1 + ((frequency - 1300) / 200) ** 2) + 0.01
        buzz += gain * np.sin(2 * np.pi * frequency * time)
    hiss = np.diff(rng.normal(size=len(time)), append=0.0) * 0.05
    phase = np.mod(time - 0.3, 0.32) / 0.32
    vowel = np.clip(np.minimum(phase - 0.25, 0.95 - phase) * 12, 0, 1)
    consonant = np.clip(np.minimum(phase, 0.25 - phase) * 12, 0, 1)
    inside = (time >= 0.3) & (time < duration - 0.3)
    sound = inside * (0.25 * vowel * buzz / np.abs(buzz).max() + consonant * hiss)
    return (sound + rng.normal(size=len(time)) * 1e-4).astype(np.float32)


@pytest.fixture
def make_wav(tmp_path: Path) -> Callable[..., Path]:
    """A function `(samples, rate=16000, name="sound.wav")` that writes a sound file and gives its path."""

    def write(samples: np.ndarray, rate: int = 16000, name: str = "sound.wav") -> Path:
        path = tmp_path / name
        soundfile.write(path, samples, rate)
        return path

    return write


@pytest.fixture
def speech_wav(make_wav: Callable[..., Path]) -> Path:
    """Two seconds of something like speech, with silence at either end."""
    return make_wav(speech_like(), name="speech.wav")
