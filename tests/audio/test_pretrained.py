"""Speech models of others: hidden states on our clock, whatever the length of a clip, and plain words where a folder is wrong."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from speech_models import tiny_head, tiny_model

from talkgen.audio import _pretrained
from talkgen.audio._pretrained import KINDS, SpeechModel, load_encoder, load_model
from talkgen.lib.media import audio_from_samples
from talkgen.types import Array, TalkgenError

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder named after the kind of its model."""
    return tiny_head(tiny_model(request.param, tmp_path_factory.mktemp("models") / request.param))


def hum(seconds: float) -> Array:
    """Noise that becomes louder and softer."""
    rng, n = np.random.default_rng(0), int(16000 * seconds)
    return (0.02 * rng.normal(size=n) * (1.2 + np.sin(np.arange(n) / 3000))).astype(np.float32)


def hidden(model: SpeechModel, samples: Array, n_rows: int) -> Array:
    return torch.cat([*model.hidden(audio_from_samples(samples, 16000), n_rows)], dim=1)[0].numpy()


@pytest.mark.parametrize("time", [1.0, 1.51])
def test_rows_keep_the_clock(folder: Path, time: float) -> None:
    model, sound, middle = load_model(folder.name, folder), hum(3), int(16000 * time)
    before = hidden(model, sound, 150)
    assert before.shape == (150, model.features) and before.dtype == np.float32
    sound[middle - 40 : middle + 40] += np.random.default_rng(1).normal(scale=0.1, size=80)
    changed = np.abs(hidden(model, sound, 150) - before).sum(1)
    assert abs(changed.argmax() - 50 * time) <= 0.5


def test_blocks_join(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, sound = load_model(folder.name, folder), hum(6)
    if folder.name == "whisper":  # what it says depends on the place in its half minute, with these weights on little else
        model.model.embed_positions.weight.zero_()
    whole = hidden(model, sound, 300)
    monkeypatch.setattr(_pretrained, "BLOCK", 120)
    monkeypatch.setattr(_pretrained, "CONTEXT", 40)
    joined = hidden(model, sound, 300)
    assert joined.shape == whole.shape
    assert np.abs(joined - whole).mean() < (0.1 if folder.name == "whisper" else 0.005) * whole.std()


def test_the_level_is_as_the_model_wants_it(folder: Path) -> None:
    sound = 3 * hum(1) + np.float32(0.1)
    frames = load_model(folder.name, folder).frames(sound)
    if folder.name == "whisper":
        assert frames.shape == (80, 3000)
        return
    assert abs(frames.mean()) < 0.01 and abs(frames.std() - 1) < 0.01
    settings = folder / "preprocessor_config.json"
    settings.write_text(json.dumps({"do_normalize": False}))
    plain = load_model(folder.name, folder).frames(sound)
    settings.unlink()
    np.testing.assert_array_equal(plain[200:15000], sound[:14800])


def test_the_network_is_read_late(folder: Path) -> None:
    """What `listen` says of a row is what the network says `delay` rows later."""
    clip = audio_from_samples(hum(1.01), 16000)
    model, network = load_model(folder.name, folder), load_encoder(folder.name, folder).network
    with torch.inference_mode():
        out, _ = network(next(model.hidden(clip, 55)))
    said = model.listen(network, clip)
    assert len(said["visemes"]) == 51
    for name, rows in said.items():
        np.testing.assert_allclose(rows, out[name][0, 4:].numpy(), atol=1e-5)


def test_other_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    kind, other = folder.name, KINDS[KINDS.index(folder.name) - 1]
    with pytest.raises(TalkgenError, match=f"give it as {kind}:FOLDER"):
        load_encoder(kind, None)
    with pytest.raises(TalkgenError, match="There is no folder"):
        load_encoder(kind, tmp_path / "nowhere")
    with pytest.raises(TalkgenError, match=r"no config\.json"):
        load_encoder(kind, tmp_path)
    with pytest.raises(TalkgenError, match=f"holds a model of the kind {kind}, and {other} was asked for; give it as {kind}:"):
        load_encoder(other, folder)
    for text in ("{", "[]", "{}"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(TalkgenError, match="does not describe a model"):
            load_encoder(kind, tmp_path)
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    with pytest.raises(TalkgenError, match="there is none"):
        load_encoder(kind, tmp_path)
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(TalkgenError, match=r"only pytorch_model\.bin, a pickle"):
        load_encoder(kind, tmp_path)


def test_damaged_models_are_refused(folder: Path, tmp_path: Path) -> None:
    kind, weights = folder.name, (folder / "model.safetensors").read_bytes()
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    (tmp_path / "model.safetensors").write_bytes(weights[:-100])
    with pytest.raises(TalkgenError, match=r"cannot be used: .*not fully covered"):
        load_encoder(kind, tmp_path)
    (tmp_path / "model.safetensors").write_bytes(weights)
    config = json.loads((folder / "config.json").read_text())
    layers, width = ("encoder_layers", "d_model") if kind == "whisper" else ("num_hidden_layers", "hidden_size")
    (tmp_path / "config.json").write_text(json.dumps(config | {layers: config[layers] + 1}))
    with pytest.raises(TalkgenError, match=r"it lacks [0-9]+ of the weights"):
        load_encoder(kind, tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config | {width: 32}))
    with pytest.raises(TalkgenError, match="cannot be used"):
        load_encoder(kind, tmp_path)


def test_another_clock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TalkgenError, match="not give 50 rows a second"):
        load_model("wav2vec2", tiny_model("wav2vec2", tmp_path / "a", conv_stride=(5, 2, 2, 2, 2, 2, 1)))
    with pytest.raises(TalkgenError, match="rows at once"):
        load_model("whisper", tiny_model("whisper", tmp_path / "b", max_source_positions=100))


def test_the_network_on_top_must_be_there_and_fit(tmp_path: Path) -> None:
    model = tiny_model("wav2vec2", tmp_path)
    with pytest.raises(TalkgenError, match=r"lacks the network.*talkgen train configs/training/wav2vec2.yaml .* -o .*talkgen"):
        load_encoder("wav2vec2", model)
    with pytest.raises(TalkgenError, match=r"hears 64 columns at 100 Hz, and .* gives 16 at 50 Hz"):
        load_encoder("wav2vec2", tiny_head(model, features=64, stride=2))


def test_without_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("hubert", tmp_path)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(TalkgenError, match=r"pip install 'talkgen\[speech-models\]'"):
        load_encoder("hubert", model)
