"""The hearing that ships: real speech, silence and noise, live and whole."""

from pathlib import Path

import numpy as np
import pytest

from talkgen import checkpoints
from talkgen.audio import mel
from talkgen.audio._encoder import HearingEncoder
from talkgen.audio._hearing import Listener
from talkgen.audio.phones import visemes
from talkgen.lib.media import audio_from_samples, open_audio, read_samples
from talkgen.types import VISEMES, AudioFeatures, TalkgenError

SPEECH = Path(__file__).parents[1] / "data" / "printing.flac"
WORDS = "Printing, then, for our purpose, may be considered as the art of making books by means of movable types."


@pytest.fixture(scope="module")
def encoder() -> HearingEncoder:
    encoder = mel.load()
    assert isinstance(encoder, HearingEncoder)
    return encoder


@pytest.fixture(scope="module")
def heard(encoder: HearingEncoder) -> AudioFeatures:
    return encoder(open_audio(SPEECH))


def test_it_is_small_and_says_where_it_comes_from() -> None:
    folder, config = checkpoints.find("hearing"), checkpoints.read_config("hearing")
    assert (folder / "model.safetensors").stat().st_size < 6e6
    notice = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")
    for source in config["sources"]:
        assert source.split()[0].partition("-")[0] in notice, source


def test_it_hears_the_mouth_shapes_of_speech(encoder: HearingEncoder, heard: AudioFeatures) -> None:
    audio = open_audio(SPEECH)
    told = encoder(audio, WORDS)
    truth = visemes.paint(list(told.phones), 2 * len(heard.visemes))[::2].argmax(1)
    right = heard.visemes.argmax(1) == truth
    assert right[truth > 0].mean() > 0.7 and not told.notes
    closed = heard.visemes[truth == VISEMES.index("PP"), VISEMES.index("PP")]
    assert closed.mean() > 0.6


def test_with_words_the_lips_close_at_each_of_them(encoder: HearingEncoder) -> None:
    told = encoder(open_audio(SPEECH), WORDS)
    closures = [phone for phone in told.phones if phone.name in ("P", "B", "M")]
    assert len(closures) == 12
    for phone in closures:
        rows = told.visemes[int(phone.start * 50) : int(phone.end * 50) + 1, VISEMES.index("PP")]
        assert rows.max() > 0.5, phone


def test_live_it_hears_the_same(encoder: HearingEncoder, heard: AudioFeatures) -> None:
    audio = open_audio(SPEECH)
    samples, listener = read_samples(audio, 0, audio.n_samples), Listener(encoder.network)
    parts = [listener.push(piece) for piece in np.split(samples, range(1280, len(samples), 1280))] + [listener.finish()]
    lips = np.concatenate([part["lips"] for part in parts])[: len(heard.visemes)]
    assert heard.lips is not None
    np.testing.assert_allclose(np.clip(lips, 0, 1.5), heard.lips, atol=1e-4)


@pytest.mark.parametrize("level", [0.0, 1e-4, 0.003, 0.1])
def test_where_nobody_speaks_the_mouth_rests(encoder: HearingEncoder, level: float) -> None:
    noise = np.random.default_rng(0).normal(scale=level, size=4 * 16000) if level else np.zeros(4 * 16000)
    features = encoder(audio_from_samples(noise.astype(np.float32), 16000))
    assert (features.visemes.argmax(1) == 0).mean() > 0.95


def test_weights_for_another_ear_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="is missing"):
        mel.load(tmp_path)
