"""How examples of faces lie on disk: safetensors files, each of a few sources and all of one split, so that making them resumes.

A file is named `<split>-<name>-<number>.safetensors`; its metadata tells what it was made from.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator
from safetensors import safe_open
from safetensors.numpy import save_file

from talkgen.corpus.faces import FaceExample
from talkgen.lib.files import replacing
from talkgen.types import TalkgenError

_log = logging.getLogger(__name__)
Make = Callable[[Path, Generator], Iterator[FaceExample]]


def write_faces(sources: Sequence[Path], make: Make, out: Path, name: str, about: str, seed: int, per_file: int, kept: int) -> None:
    """The examples that `make` makes of every source, `per_file` sources in a file; files that are there are left as they are.

    Every `kept`-th source, from the first, is for validation; with 0 none is. What cannot be used is logged. The same seed gives
    the same bytes.
    """
    out.mkdir(parents=True, exist_ok=True)
    numbered = list(enumerate(sources))
    splits = {"train": [pair for pair in numbered if not kept or pair[0] % kept]}
    splits["validation"] = numbered[::kept] if kept else []
    for split, chosen in splits.items():
        for number in range(-(-len(chosen) // per_file)):
            target = out / f"{split}-{name}-{number:04d}.safetensors"
            if target.exists():
                continue
            part = chosen[number * per_file : (number + 1) * per_file]
            examples = [example for k, source in part for example in _made(make, source, np.random.default_rng((seed, k)))]
            if not examples:
                continue
            arrays = {crop: np.stack([example.crops[crop] for example in examples]) for crop in examples[0].crops}
            arrays |= {key: np.stack([getattr(example, key) for example in examples]) for key in ("curves", "turns")}
            with replacing(target) as path:
                save_file(arrays, path, {"about": about, "sources": json.dumps([source.name for _, source in part])})
            _log.info("%s: %d examples", target.name, len(examples))


def _made(make: Make, source: Path, rng: Generator) -> Iterator[FaceExample]:
    try:
        yield from make(source, rng)
    except TalkgenError as error:
        _log.info("%s: %s", source.name, error)


class FaceFiles:
    """The examples of one split in a folder, read as they are asked for. Raises `TalkgenError` where there are none."""

    def __init__(self, folder: Path, split: str) -> None:
        self.paths = sorted(folder.glob(f"{split}-*.safetensors"))
        if not self.paths:
            raise TalkgenError(f"There are no faces for {split} in {folder}; make them with scripts/faces.")
        counts, self.abouts = [], []
        for path in self.paths:
            with safe_open(path, framework="numpy") as file:
                counts.append(file.get_slice("curves").get_shape()[0])
                self.abouts.append(file.metadata()["about"])
        self.ends = np.cumsum(counts)
        self.names = [path.name.split("-")[1] for path in self.paths]

    def __len__(self) -> int:
        return int(self.ends[-1])

    def named(self, name: str) -> np.ndarray:
        """The numbers of the examples of the files of one name."""
        starts = np.concatenate([[0], self.ends[:-1]])
        ranges = [np.arange(a, b) for a, b, own in zip(starts, self.ends, self.names, strict=True) if own == name]
        return np.concatenate(ranges) if ranges else np.zeros(0, int)

    def __getitem__(self, number: int) -> FaceExample:
        file = int(np.searchsorted(self.ends, number, side="right"))
        row = number - (int(self.ends[file - 1]) if file else 0)
        with safe_open(self.paths[file], framework="numpy") as arrays:
            rows = {key: arrays.get_slice(key)[row : row + 1][0] for key in arrays.keys()}  # noqa: SIM118  (not a mapping)
        return FaceExample({k: v for k, v in rows.items() if k not in ("curves", "turns")}, rows["curves"], rows["turns"])
