"""Front ends of the hearing network: one that stays as it is, from training to hearing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import speech_like
from speech_models import tiny_model

from talkgen.audio._logmel import logmel
from talkgen.audio._network import NetworkConfig
from talkgen.audio._pretrained import load_encoder
from talkgen.corpus.shards import ClipInfo, ShardWriter, TrainingClip
from talkgen.lib.media import audio_from_samples
from talkgen.training._fronts import LogMel
from talkgen.training.hearing import HearingConfig, HearingTask
from talkgen.training.loop import LoopConfig, train
from talkgen.types import Phone, TalkgenError

TINY = HearingConfig(
    {"made": 1.0}, LoopConfig(2, warmup=1, save_every=2, workers=0), NetworkConfig(width=8, blocks=1), batch=2, seconds=0.5
)


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    samples = (speech_like(1.0) * 32767).astype(np.int16)
    with ShardWriter(tmp_path / "made") as writer:
        for split in ("train", "validation"):
            info = ClipInfo(split, "one", split, "made", "CC0-1.0", 1.0)
            writer.add(TrainingClip(info, samples, (Phone("AA", 0.3, 0.7),)))
    return tmp_path


@pytest.mark.parametrize("kind", ["wav2vec2", "whisper"])
def test_a_network_on_top_of_a_model(kind: str, corpora: Path) -> None:
    folder = tiny_model(kind, corpora / kind)
    task = HearingTask(replace(TINY, front=f"{kind}:{folder}"), corpora)
    before = {name: weights.clone() for name, weights in task.front.model.state_dict().items()}
    figures = train(task, TINY.loop, folder / "talkgen")
    assert 0 <= figures["made: frames right"] <= 1
    assert all(torch.equal(weights, before[name]) for name, weights in task.front.model.state_dict().items())
    encoder = load_encoder(kind, folder)
    assert (encoder.network.config.features, encoder.network.config.stride) == (16, 1)
    assert encoder(audio_from_samples(speech_like(1.0), 16000)).visemes.shape == (50, 15)


def test_log_mel_frames_are_those_of_the_stream() -> None:
    sound = speech_like(1.0)
    frames = LogMel().frames(sound)
    assert frames.shape == (100, 64)
    np.testing.assert_array_equal(frames[10], logmel(sound[1400:1800])[0])


@pytest.mark.parametrize("front", ["mfcc", "mel:folder", "wav2vec2", "hubert:nowhere"])
def test_unknown_fronts_are_refused(front: str, corpora: Path) -> None:
    with pytest.raises(TalkgenError, match=r"no front end|from a folder|no folder"):
        HearingTask(replace(TINY, front=front), corpora)
