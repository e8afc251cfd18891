"""The hearing network: a stream says what the whole clip says, and nothing later than promised."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from talkgen.audio._encoder import HearingEncoder
from talkgen.audio._hearing import Listener, listen
from talkgen.audio._network import HearingNetwork, NetworkConfig, load_network
from talkgen.lib.media import audio_from_samples
from talkgen.lib.weights import write_network
from talkgen.types import TalkgenError

TINY = NetworkConfig(width=16, blocks=2)


@pytest.fixture
def network() -> HearingNetwork:
    torch.manual_seed(0)
    network = HearingNetwork(TINY).eval()
    with torch.no_grad():  # blocks begin as no blocks at all; here they must do something
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


@pytest.fixture
def sound() -> np.ndarray:
    return np.random.default_rng(0).normal(scale=0.1, size=16000 + 123).astype(np.float32)


def rows(listener: Listener, pieces: list[np.ndarray]) -> np.ndarray:
    parts = [listener.push(piece) for piece in pieces] + [listener.finish()]
    return np.concatenate([np.concatenate([*part.values()], axis=1) for part in parts])


@pytest.mark.parametrize("hop", [1280, 160, 77])
def test_a_stream_says_what_the_whole_says(network: HearingNetwork, sound: np.ndarray, hop: int) -> None:
    whole = rows(Listener(network), [sound])
    pieces = rows(Listener(network), np.split(sound, range(hop, len(sound), hop)))
    np.testing.assert_allclose(pieces, whole, atol=2e-5)
    clip = listen(network, audio_from_samples(sound, 16000))
    np.testing.assert_allclose(np.concatenate([*clip.values()], axis=1), whole[: -(-len(sound) // 320)], atol=1e-3)  # 16-bit sound


def test_it_looks_ahead_no_further_than_it_says(network: HearingNetwork, sound: np.ndarray) -> None:
    assert Listener(network).lookahead <= 0.12
    row = 20
    changed = sound.copy()
    changed[int((row / 50 + Listener(network).lookahead) * 16000) :] = 0
    before, after = (rows(Listener(network), [x]) for x in (sound, changed))
    np.testing.assert_allclose(after[: row + 1], before[: row + 1], atol=1e-6)
    assert np.abs(after[row + 1] - before[row + 1]).max() > 1e-6
    listener = Listener(network)
    assert len(listener.push(sound[: int((row / 50 + listener.lookahead) * 16000)])["visemes"]) == row + 1


def test_sound_looks_the_same_to_the_last_bit_however_many_threads_there_are() -> None:
    code = """
import hashlib, numpy as np
from talkgen.audio._logmel import logmel
print(hashlib.sha256(logmel(np.random.default_rng(0).normal(size=160240).astype(np.float32))).hexdigest())
"""
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"OPENBLAS_NUM_THREADS": threads}, capture_output=True, check=True
        ).stdout
        for threads in "12"
    }
    assert len(seen) == 1


def test_features_follow_their_contract(network: HearingNetwork, sound: np.ndarray) -> None:
    features = HearingEncoder(network)(audio_from_samples(sound, 16000))
    assert features.lips is not None and features.lips.shape == (51, 2) and features.affect is not None
    assert features.lips.min() >= 0 and features.fps == 50


def saved(network: HearingNetwork, folder: Path, **sizes: int) -> Path:
    write_network(folder, network, {"network": {"width": 16, "blocks": 2, **sizes}})
    return folder


def test_weights_come_back(network: HearingNetwork, tmp_path: Path, sound: np.ndarray) -> None:
    again = load_network(saved(network, tmp_path / "a"))
    np.testing.assert_allclose(rows(Listener(again), [sound]), rows(Listener(network), [sound]), atol=0.05)


def test_wrong_weights_are_refused(network: HearingNetwork, tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="size mismatch"):
        load_network(saved(network, tmp_path / "other", width=32))
    cut = saved(network, tmp_path / "cut")
    (cut / "model.safetensors").write_bytes((cut / "model.safetensors").read_bytes()[:-100])
    with pytest.raises(TalkgenError, match="SHA-256"):
        load_network(cut)
    (cut / "config.json").write_text('{"network": {}}')
    with pytest.raises(TalkgenError, match="lacks 'sha256'"):
        load_network(cut)
    with pytest.raises(TalkgenError, match="is missing"):
        load_network(tmp_path / "nowhere")
    with pytest.raises(TalkgenError, match="unexpected keyword"):
        load_network(saved(network, tmp_path / "unknown", depth=3))
