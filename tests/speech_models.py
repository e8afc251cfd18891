"""Tiny random speech models in folders as transformers writes them, with a tiny network of ours on top."""

from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from talkgen.audio._network import HearingNetwork, NetworkConfig
from talkgen.lib.weights import write_network

_WAVES = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "conv_dim": (8,) * 7}
_WAVES |= {"num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2, "feat_extract_norm": "layer"}
_WHISPER = {"encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32, "num_mel_bins": 80, "vocab_size": 8}
_WHISPER |= {"decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 32, "pad_token_id": 0, "bos_token_id": 1}
_WHISPER |= {"eos_token_id": 2, "decoder_start_token_id": 1, "max_target_positions": 8}


def tiny_model(kind: str, folder: Path, **sizes: object) -> Path:
    """The folder, with a model of random weights that gives hidden states of 16 columns."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    if kind == "whisper":
        model = transformers.WhisperModel(transformers.WhisperConfig(d_model=16, **(_WHISPER | sizes)))
    else:
        name = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert"}[kind]
        model = getattr(transformers, f"{name}Model")(getattr(transformers, f"{name}Config")(hidden_size=16, **(_WAVES | sizes)))
    model.save_pretrained(folder)
    return folder


def tiny_ears(kind: str, folder: Path) -> Path | None:
    """What the hearing `kind` is to be given: a tiny folder, or nothing where it needs none."""
    if kind in ("mel", "phones"):
        return None
    return tiny_head(tiny_model(kind, folder))


def tiny_head(folder: Path, **sizes: int) -> Path:
    """The folder, with a network for those hidden states in its folder `talkgen`."""
    config = NetworkConfig(**({"features": 16, "stride": 1, "width": 16, "blocks": 2} | sizes))
    torch.manual_seed(1)
    head = folder / "talkgen"
    write_network(head, HearingNetwork(config), {"network": asdict(config)})
    return folder
