"""The training loop on tiny real material: it learns, stops, and goes on as though it had not stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from talkgen.audio._network import NetworkConfig, load_network
from talkgen.corpus.shards import ClipInfo, ShardWriter, TrainingClip
from talkgen.training.config import read_config
from talkgen.training.hearing import HearingConfig, HearingTask
from talkgen.training.loop import Batch, LoopConfig, train
from talkgen.training.tasks import CONFIGS
from talkgen.types import MotionClip, Phone, TalkgenError

LOOP = LoopConfig(30, warmup=2, learning_rate=5e-3, save_every=15, workers=0)
TINY = HearingConfig({"made": 1.0}, LOOP, NetworkConfig(width=16, blocks=1), batch=4, seconds=1.0, changed=0.5)


def made(name: str, split: str, rng: np.random.Generator) -> TrainingClip:
    """Two seconds: a hum with an open mouth, a hiss with a closed one, in turn."""
    samples, phones = np.zeros(32000), []
    for start in range(0, 32000, 8000):
        hum = (start // 8000) % 2 == 0
        time = np.arange(8000) / 16000
        samples[start : start + 8000] = 0.3 * np.sin(2 * np.pi * 150 * time) if hum else 0.1 * rng.normal(size=8000)
        phones.append(Phone("AA" if hum else "S", start / 16000, start / 16000 + 0.5))
    still = np.zeros((50, 3), np.float32)
    lips = np.stack([np.tile(np.repeat([0.3, 0.0], 13), 2)[:50], np.ones(50)], 1).astype(np.float32)
    lips += 0.01 * rng.normal(size=lips.shape).astype(np.float32)
    info = ClipInfo(name, "one", split, "made", "CC0-1.0", 2.0)
    motion = MotionClip(np.zeros((50, 52), np.float32), still, still)
    return TrainingClip(info, (samples * 32767).astype(np.int16), tuple(phones), motion, np.ones(50, np.float32), lips)


class Interrupted(HearingTask):
    """Somebody presses Ctrl-C after the first state was kept."""

    def batch(self, rng_seed: tuple[int, ...]) -> Batch:
        if rng_seed[1] == 20:
            raise KeyboardInterrupt
        return super().batch(rng_seed)


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    with ShardWriter(tmp_path / "made") as writer:
        for k in range(5):
            writer.add(made(f"clip{k}", "validation" if k == 4 else "train", rng))
    return tmp_path


def test_it_learns_and_resumes(corpora: Path) -> None:
    figures = train(HearingTask(TINY, corpora), TINY.loop, corpora / "whole")
    assert figures["made: frames right"] > 0.8 and figures["made: aperture r"] > 0.8
    assert load_network(corpora / "whole").config == TINY.network

    with pytest.raises(KeyboardInterrupt):
        train(Interrupted(TINY, corpora), TINY.loop, corpora / "parts")
    with pytest.raises(TalkgenError, match="already holds"):
        train(HearingTask(TINY, corpora), TINY.loop, corpora / "parts")
    train(HearingTask(TINY, corpora), TINY.loop, corpora / "parts", resume=True)
    whole, parts = (load_file(corpora / name / "model.safetensors") for name in ("whole", "parts"))
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)


def test_what_is_wrong_is_said(corpora: Path, tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="no corpus in"):
        HearingTask(replace(TINY, corpora={"nothing": 1.0}), corpora)
    with pytest.raises(TalkgenError, match="nothing to resume"):
        train(HearingTask(TINY, corpora), TINY.loop, corpora / "new", resume=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: hearing\ncorpora: {a: 1}\nloop: {step: 3}", "no setting 'step'"),
        ("task: hearing\ncorpora: {a: 1}", "lacks the setting 'loop'"),
        ("task: hearing\ncorpora: {a: 1}\nloop: {steps: many}", "'many'; it needs int"),
        ("task: hearing\ncorpora: {a: 1}\nloop: {steps: 3, learning_rate: fast}", "it needs a number"),
        ("task: hearing\nloop: 3\ncorpora: {a: 1}", "it needs a mapping"),
        ("[1, 2]", "does not say what to train"),
        ("task: hering", "one of hearing, emotion, motion, guidance"),
        ("{", "not a YAML file"),
    ],
)
def test_configurations_are_strict(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(TalkgenError, match=message):
        read_config(tmp_path / "a.yaml", CONFIGS)


def test_the_shipped_configurations_can_be_read() -> None:
    for path in (Path(__file__).parents[2] / "configs" / "training").glob("*.yaml"):
        assert read_config(path, CONFIGS).loop.steps > 0
