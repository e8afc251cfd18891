"""How training clips lie on disk: a folder of safetensors shards and `clips.jsonl`, one line per clip.

A line holds what a person wants to know of a clip (name, speaker, split, source, licence, transcript); the shard it names holds
the arrays. A clip is known by its name: writing resumes after the last complete shard, and a line never names a missing one.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from talkgen.lib.files import replacing
from talkgen.types import MOTION_FPS, Array, MotionClip, Phone, TalkgenError

SPLITS = ("train", "validation", "test")
INDEX = "clips.jsonl"
PER_SHARD = 64
"""Clips in a shard."""


@dataclass(frozen=True)
class ClipInfo:
    """What is known of a clip without its arrays. `licence` as an SPDX name where there is one; `emotion` in the grammar of
    `--emotion` where the corpus says it ("angry:1"); `language` as in BCP 47."""

    name: str
    speaker: str
    split: str
    source: str
    licence: str
    duration: float
    language: str = "en"
    transcript: str | None = None
    emotion: str | None = None
    shard: str = ""


@dataclass(frozen=True)
class TrainingClip:
    """One clip: `samples (N,)` int16 at 16 kHz; `phones` in time order where they are known; `motion` on the motion clock where a
    face was seen, with `confidence (T,)` 0..1 of each of its frames (0: no face, or one that was not tracked) and `lips (T, 2)`:
    the opening of the inner lips and the width of the mouth as they were seen, turned to the front, in iris distances."""

    info: ClipInfo
    samples: NDArray[np.int16]
    phones: tuple[Phone, ...] | None = None
    motion: MotionClip | None = None
    confidence: Array | None = None
    lips: Array | None = None


class ShardWriter:
    """Adds clips to a corpus folder; `with ShardWriter(folder) as writer: writer.add(clip)`. Nothing half-written is ever named."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.names = {info.name for info in read_index(folder)}
        self._waiting: list[TrainingClip] = []

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()

    def add(self, clip: TrainingClip) -> None:
        """Take a clip in. Raises `ValueError` for a name that is already there."""
        if clip.info.name in self.names:
            raise ValueError(f"{clip.info.name} is already in {self.folder}")
        self.names.add(clip.info.name)
        self._waiting.append(clip)
        if len(self._waiting) == PER_SHARD:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        shard = f"{len(list(self.folder.glob('*.safetensors'))):05d}.safetensors"
        arrays = {f"{clip.info.name}/{key}": array for clip in self._waiting for key, array in _arrays(clip).items()}
        with replacing(self.folder / shard) as path:
            save_file(arrays, path)
        lines = [json.dumps(asdict(replace(clip.info, shard=shard)), ensure_ascii=False) + "\n" for clip in self._waiting]
        with (self.folder / INDEX).open("a", encoding="utf-8") as index:
            index.write("".join(lines))
        self._waiting.clear()


def read_index(folder: Path) -> list[ClipInfo]:
    """What a corpus folder holds, in the order it was written; nothing for a folder without an index."""
    path = folder / INDEX
    if not path.exists():
        return []
    return [ClipInfo(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def read_clips(folder: Path, infos: Sequence[ClipInfo]) -> Iterator[TrainingClip]:
    """The clips of `infos`, each read when asked for. Raises `TalkgenError` for a shard that is missing or damaged."""
    for info in infos:
        try:
            with safe_open(folder / info.shard, framework="numpy") as shard:
                keys = [key for key in shard.keys() if key.startswith(f"{info.name}/")]  # noqa: SIM118  (not a mapping)
                arrays = {key.removeprefix(f"{info.name}/"): shard.get_tensor(key) for key in keys}
        except (OSError, ValueError) as error:
            raise TalkgenError(f"The corpus {folder} is damaged: {info.shard} cannot be read ({error}); make it again.") from None
        yield _clip(info, arrays)


def _arrays(clip: TrainingClip) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {"samples": np.ascontiguousarray(clip.samples, np.int16)}
    if clip.phones is not None:
        arrays["phone_names"] = np.frombuffer(" ".join(phone.name for phone in clip.phones).encode(), np.uint8).copy()
        arrays["phone_times"] = np.array([(phone.start, phone.end) for phone in clip.phones], np.float32).reshape(-1, 2)
    if clip.motion is not None:
        motion = clip.motion
        arrays |= {"blendshapes": motion.blendshapes.astype(np.float16), "confidence": np.asarray(clip.confidence, np.float16)}
        arrays |= {"head_rotation": motion.head_rotation.astype(np.float32)}
        arrays |= {"head_translation": motion.head_translation.astype(np.float32)}
    if clip.lips is not None:
        arrays["lips"] = clip.lips.astype(np.float32)
    return arrays


def _clip(info: ClipInfo, arrays: dict[str, Any]) -> TrainingClip:
    phones = motion = confidence = None
    if "phone_times" in arrays:
        names = bytes(arrays["phone_names"]).decode().split()
        phones = tuple(Phone(name, float(a), float(b)) for name, (a, b) in zip(names, arrays["phone_times"], strict=True))
    if "blendshapes" in arrays:
        shapes, confidence = (arrays[key].astype(np.float32) for key in ("blendshapes", "confidence"))
        motion = MotionClip(shapes, arrays["head_rotation"], arrays["head_translation"], MOTION_FPS)
    return TrainingClip(info, arrays["samples"], phones, motion, confidence, arrays.get("lips"))
