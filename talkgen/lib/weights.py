"""A network on disk: `model.safetensors` in half precision, and `config.json` that describes it and holds their hash."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from talkgen.lib.files import replacing
from talkgen.types import TalkgenError

Network = TypeVar("Network", bound=nn.Module)
_CONFIG, _MODEL = "config.json", "model.safetensors"


def write_network(folder: Path, network: nn.Module, description: Mapping[str, Any]) -> None:
    """Write the weights and what there is to know about them into `folder`, which is made; `description` is JSON."""
    weights = {name: tensor.detach().to("cpu", torch.float16).contiguous() for name, tensor in network.state_dict().items()}
    data = save(weights)
    text = json.dumps({**description, "sha256": hashlib.sha256(data).hexdigest()}, indent=1, ensure_ascii=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / _MODEL) as path:
        path.write_bytes(data)
    with replacing(folder / _CONFIG) as path:
        path.write_text(text, encoding="utf-8")


def read_network(folder: Path, build: Callable[[dict[str, Any]], Network]) -> Network:
    """The network that `build` makes of the description in `folder`, with its weights, ready for inference.

    Raises `TalkgenError` when a file is missing or damaged, or the weights are not those of the network described.
    """
    try:
        description = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        data = (folder / _MODEL).read_bytes()
        if (told := description["sha256"]) != (found := hashlib.sha256(data).hexdigest()):
            raise ValueError(f"the SHA-256 of {_MODEL} is {found[:12]}… and not {told[:12]}… as {_CONFIG} says")
        network = build(description)
        network.load_state_dict({name: tensor.float() for name, tensor in load(data).items()})
    except FileNotFoundError as error:
        raise TalkgenError(f"{error.filename or error} is missing; the weights of a network are {_CONFIG} and {_MODEL}.") from None
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        reason = f"{_CONFIG} lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:200]
        raise TalkgenError(f"The weights in {folder} cannot be used: {reason}. Take the files of one training.") from None
    return network.eval()
