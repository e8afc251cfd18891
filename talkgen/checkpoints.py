"""Shipped data and weights: a name becomes a folder, found beside the repository or inside the installed package."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from talkgen.types import TalkgenError

_PACKAGE = Path(__file__).parent
_ROOTS = (_PACKAGE / "checkpoints", _PACKAGE.parent / "checkpoints")


def roots() -> tuple[Path, ...]:
    """The folders that hold what ships, as far as they are there."""
    return tuple(root for root in _ROOTS if root.is_dir())


def find(name: str) -> Path:
    """Folder of a shipped component. Raises `TalkgenError` when the installation lacks it."""
    for root in _ROOTS:
        if (root / name).is_dir():
            return root / name
    raise TalkgenError(f"The shipped part {name!r} is missing from {_ROOTS[0]} and {_ROOTS[1]}; reinstall talkgen.")


def read_config(name: str) -> dict[str, Any]:
    """The `config.json` of a component."""
    config: dict[str, Any] = json.loads((find(name) / "config.json").read_text(encoding="utf-8"))
    return config


def read_arrays(name: str, file: str) -> dict[str, np.ndarray]:
    """Arrays of `<component>/<file>.safetensors`, in the types they were stored in."""
    return load_file(find(name) / f"{file}.safetensors")
