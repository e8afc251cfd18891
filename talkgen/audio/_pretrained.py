"""Speech models of others as ears: wav2vec 2.0, HuBERT or Whisper from a folder of transformers, a network of ours on top.

The model turns sound into hidden states, 50 rows a second; a hearing network trained on them says what they mean. Such a model
sees what follows as well as what came before, so a clip is heard in blocks with some sound around each, and nothing streams.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from talkgen.audio._encoder import HearingEncoder
from talkgen.audio._hearing import STEP, Rows
from talkgen.audio._network import HearingNetwork, load_network
from talkgen.lib.media import read_samples
from talkgen.members import missing_extra
from talkgen.types import SAMPLE_RATE, Array, AudioClip, TalkgenError

KINDS = ("wav2vec2", "hubert", "whisper")
"""What can be loaded, by the `model_type` in its config.json."""
BLOCK, CONTEXT = 1000, 100
"""Rows heard at once (20 s), and rows around them on either side that only help (2 s)."""
_HEAD = "talkgen"  # folder within the model's, with the network that was trained on it
_WINDOW = 1500  # rows that Whisper takes, no more and no less: 30 s
_UNUSED = {"masked_spec_embed"}  # weights that only the pretraining needs; many folders lack them


class SpeechModel:
    """A model that stays as it is. Its hidden states have `features` columns and come once per row of the network."""

    stride = 1

    def __init__(self, model: nn.Module, features: int, prepare: Callable[[Array], Array], normalised: bool) -> None:
        self.model, self.features, self._prepare, self._normalised = model, features, prepare, normalised

    def frames(self, samples: Array, level: tuple[float, float] | None = None) -> Array:
        """What the model takes of `samples (N,)`, -1..1 at 16 kHz, so that row k of its states is about time k / 50 s.

        `level` is the mean and the deviation of the whole that the samples are a part of.
        """
        mean, deviation = level or self._level([samples])
        return self._prepare((samples - np.float32(mean)) / np.float32(deviation))

    def states(self, frames: Tensor, n_rows: int) -> Tensor:
        """Hidden states `(B, n_rows, features)` of a batch of `frames`, on the device where those are."""
        with torch.no_grad():
            states: Tensor = self.model.to(frames.device)(frames).last_hidden_state[:, :n_rows]
        return states

    def hidden(self, audio: AudioClip, n_rows: int) -> Iterator[Tensor]:
        """The first `n_rows` hidden states of a clip, as though silence followed it, in blocks `(1, n, features)`."""
        pieces = range(0, audio.n_samples, BLOCK * STEP)
        level = self._level(read_samples(audio, start, min(start + BLOCK * STEP, audio.n_samples)) for start in pieces)
        for start in range(0, n_rows, BLOCK):
            stop = min(start + BLOCK, n_rows)
            first, last = max(start - CONTEXT, 0), min(stop + CONTEXT, n_rows)
            frames = self.frames(read_samples(audio, first * STEP, last * STEP), level)
            yield self.states(torch.from_numpy(frames)[None], last - first)[:, start - first : stop - first]

    def listen(self, network: HearingNetwork, audio: AudioClip) -> Rows:
        """What `network` says of the hidden states of a clip: ceil(duration * 50) rows by name, see `_hearing.listen`."""
        delay, state, parts = network.config.delay, None, []
        with torch.inference_mode():
            for states in self.hidden(audio, -(-audio.n_samples // STEP) + delay):
                out, state = network(states, state)
                parts.append(out)
        return {name: torch.cat([part[name][0] for part in parts])[delay:].numpy() for name in parts[0]}

    def _level(self, pieces: Iterable[Array]) -> tuple[float, float]:
        """Mean and deviation of the sound where the model wants them to be 0 and 1."""
        if not self._normalised:
            return 0.0, 1.0
        sums = np.array([(len(piece), piece.sum(), piece @ piece) for piece in pieces], np.float64).sum(0)
        mean, power = sums[1:] / sums[0]
        return float(mean), math.sqrt(max(power - mean**2, 0) + 1e-7)  # the constant is theirs


def load_encoder(kind: str, source: Path | None) -> HearingEncoder:
    """The encoder that hears through the model in the folder `source` and the network of ours in its folder `talkgen`.

    Raises `TalkgenError` when either is missing or damaged, they do not belong together, or transformers is not installed.
    """
    model = load_model(kind, source)
    head = Path(source or "") / _HEAD
    if not head.is_dir():
        raise TalkgenError(
            f"{source} lacks the network that says what its hidden states mean ({head}). Make it: write front: {kind}:{source} "
            f"into configs/training/wav2vec2.yaml, then talkgen train configs/training/wav2vec2.yaml --data CORPORA -o {head}"
        )
    network = load_network(head)
    if (network.config.features, network.config.stride) != (model.features, model.stride):
        raise TalkgenError(
            f"The network in {head} is of another model: it hears {network.config.features} columns at {50 * network.config.stride}"
            f" Hz, and {source} gives {model.features} at 50 Hz. Train it again."
        )
    return HearingEncoder(network, model.listen)


def load_model(kind: str, folder: Path | None) -> SpeechModel:
    """The model of one of `KINDS` in a folder as transformers writes it. Nothing is fetched and nothing is unpickled.

    Raises `TalkgenError` when there is no such folder, it holds another kind of model, or what it holds cannot be used.
    """
    if folder is None:
        raise TalkgenError(f"{kind} needs its model from a folder on this machine; give it as {kind}:FOLDER.")
    _check(kind, folder)
    try:
        from transformers import AutoModel
    except ImportError:
        raise missing_extra("transformers", "speech-models", f"Hearing through {kind}") from None
    # "dtype": half precision, as some are stored, is slow or impossible on a CPU
    choices = {"local_files_only": True, "use_safetensors": True, "trust_remote_code": False, "dtype": torch.float32}
    try:
        with _quiet():
            model, report = AutoModel.from_pretrained(folder, output_loading_info=True, **choices)
        if missing := sorted(set(report["missing_keys"]) - _UNUSED):
            raise ValueError(f"it lacks {len(missing)} of the weights, such as {missing[0]}")
        return (_whisper if kind == "whisper" else _waves)(model.eval().requires_grad_(False), folder)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TalkgenError(f"The model in {folder} cannot be used: {reason}. Copy the whole folder again.") from None


def _check(kind: str, folder: Path) -> None:
    """That the folder holds a model of this kind, and weights that are only numbers."""
    if not folder.is_dir():
        raise TalkgenError(f"There is no folder {folder}; {kind} needs one with config.json and model.safetensors.")
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    except FileNotFoundError:
        raise TalkgenError(f"{folder} has no config.json; give a folder as transformers' save_pretrained writes it.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TalkgenError(f"{folder / 'config.json'} does not describe a model ({error}); copy the folder again.") from None
    if found != kind:
        hint = f"give it as {found}:{folder}" if found in KINDS else f"it takes one of {', '.join(KINDS)}"
        raise TalkgenError(f"{folder} holds a model of the kind {found}, and {kind} was asked for; {hint}.")
    if not any(folder.glob("model*.safetensors")):
        pickled = ", ".join(path.name for path in sorted(folder.glob("*.bin")))
        reason = f"only {pickled}, a pickle, which could run any program and is not read" if pickled else "none"
        raise TalkgenError(f"{folder} needs its weights in model.safetensors; there is {reason}. Write it with save_pretrained.")


def _waves(model: Any, folder: Path) -> SpeechModel:
    """wav2vec 2.0 and HuBERT see the sound itself; row k of theirs begins at sample 320 k and is about the middle of 400."""
    config, settings = model.config, folder / "preprocessor_config.json"
    kernels, strides = config.conv_kernel, config.conv_stride
    if math.prod(strides) != STEP or getattr(config, "add_adapter", False):
        raise ValueError("it does not give 50 rows a second")
    field = 1 + sum((kernel - 1) * math.prod(strides[:index]) for index, kernel in enumerate(kernels))

    def prepare(samples: Array) -> Array:
        return np.pad(samples, (field // 2, field))[: len(samples) // STEP * STEP + field - STEP]

    normalised = not settings.exists() or json.loads(settings.read_text(encoding="utf-8")).get("do_normalize", True)
    return SpeechModel(model, config.hidden_size, prepare, normalised)


def _whisper(model: Any, _: Path) -> SpeechModel:
    """Whisper sees log-mel frames of half a minute; its row k is about the frames around time k / 50 s."""
    from transformers import WhisperFeatureExtractor

    config = model.config
    if config.max_source_positions != _WINDOW:
        raise ValueError(f"it hears {config.max_source_positions} rows at once and not {_WINDOW}")
    extract = WhisperFeatureExtractor(feature_size=config.num_mel_bins)

    def prepare(samples: Array) -> Array:
        if len(samples) > _WINDOW * STEP:
            raise TalkgenError(f"Whisper hears {_WINDOW * STEP // SAMPLE_RATE} s at once; give seconds: 30 or less.")
        frames: Array = extract(samples, sampling_rate=SAMPLE_RATE, return_tensors="np")["input_features"][0]
        return frames

    return SpeechModel(model.encoder, config.d_model, prepare, normalised=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """transformers lists the weights that it does not need, and draws a bar for each model; we need neither."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
