"""What the motion stage learns: to act what is heard with any emotion, from takes of the performer.

Losses after EMOTE (Danecek et al. 2023) and DICE-Talk (2025): the velocity of the flow, and on the motion that it implies the mouth
of each frame, the change from frame to frame, the face of the whole sequence, and the emotion that is read from it. Speech and
emotion are also exchanged: what one take says is acted with what another feels, and lips and emotion are compared with their own.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from talkgen.corpus.takes import read_about, read_takes
from talkgen.motion._curve_space import CHANNELS, MOUTH, NOISE
from talkgen.motion._sampler import AHEAD, PAST, Direction, sample
from talkgen.motion._transformer import MotionConfig, MotionTransformer
from talkgen.motion.base import Guidance
from talkgen.space import BLENDSHAPES
from talkgen.training.loop import Batch, LoopConfig
from talkgen.types import Array, TalkgenError

_log = logging.getLogger(__name__)
_UNHEARD = _UNFELT = 0.1  # shares of examples without speech, and without emotion
_SEAM = 8.0  # how much more the change counts from what is there already to what is new
_LIPS = 20.0  # weight of lips beside the emotion's reading where they are exchanged
STREAMED = PAST + 2 + AHEAD
"""Frames of a window where two new ones are made at a time."""
_JUDGED, _STEPS = 8, 8  # validation takes, and steps they are sampled in


@dataclass(frozen=True)
class Losses:
    """Weights of the losses; see `MotionTask.loss`."""

    mouth: float = 1.0
    change: float = 2.0
    sequence: float = 1.0
    reading: float = 0.02
    exchange: float = 0.02


@dataclass(frozen=True)
class MotionTaskConfig:
    """`takes`: files in the data folder, made by scripts/act, and how often each is drawn; `frames` of each of `batch` examples, or
    as few as a stream has at once in the share `short` of all batches."""

    takes: dict[str, float]
    loop: LoopConfig
    network: MotionConfig = field(default_factory=MotionConfig)
    batch: int = 16
    frames: int = 83
    short: float = 0.25
    losses: Losses = field(default_factory=Losses)


class MotionTask:
    """See `training.loop.Task`. Raises `TalkgenError` for takes that are not there."""

    def __init__(self, config: MotionTaskConfig, data: Path) -> None:
        self.config = config
        torch.manual_seed(config.loop.seed)
        self.model = MotionTransformer(config.network)
        for name in config.takes:
            if not (data / f"{name}.safetensors").is_file():
                raise TalkgenError(f"There is no {name}.safetensors in {data}; make it with scripts/act.")
        about = [read_about(data / f"{name}.safetensors") for name in config.takes]
        if len(spaces := {space for _, space in about}) > 1:
            raise TalkgenError(f"The takes in {data} feel in {len(spaces)} emotion spaces; make all with one, by scripts/act.")
        self._about = {"sources": sorted({source for sources, _ in about for source in sources}), "space": spaces.pop()}
        self._train, self._validation = (
            {name: list(read_takes(data / f"{name}.safetensors", split)) for name in config.takes}
            for split in ("train", "validation")
        )
        self._reader = torch.from_numpy(_reader([take for takes in self._train.values() for take in takes]))
        shares = np.array([share * bool(self._train[name]) for name, share in config.takes.items()])
        self._shares = shares / shares.sum()

    def batch(self, rng_seed: tuple[int, ...]) -> Batch:
        """Windows of takes with some past that is known, noise, and what is left out."""
        rng = np.random.default_rng(rng_seed)
        names = rng.choice(list(self.config.takes), size=self.config.batch, p=self._shares)
        frames = STREAMED if rng.random() < self.config.short else self.config.frames
        rows = [self._draw(self._train[name], frames, rng) for name in names]
        batch = {key: torch.from_numpy(np.stack([row[key] for row in rows])) for key in rows[0]}
        n, shape = self.config.batch, (self.config.batch, frames, CHANNELS)
        batch["noise"] = torch.from_numpy(NOISE * rng.standard_normal(shape, np.float32))
        batch["time"] = torch.from_numpy(1 / (1 + np.exp(-rng.standard_normal(n))).astype(np.float32))
        left_out = rng.random((n, 2)) < (_UNHEARD, _UNFELT)
        batch["guidance"] = torch.from_numpy((~left_out).astype(np.float32))
        return batch

    def loss(self, model: Callable[..., Any], batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Squares of the errors of the velocity (`flow`); and of the motion it implies: of its `mouth`, its `change` from frame to
        frame, its mean over the `sequence`, and the emotion in the `reading` of that; and of takes whose emotions are in
        `exchange`."""
        motion, noise, new, time = batch["motion"], batch["noise"], batch["new"], batch["time"][:, None, None]
        velocity = self._velocity(model, batch, (1 - time) * motion + time * noise)
        error = velocity - (noise - motion)
        off = -time * error
        mean, felt = _over_frames(off, new), batch["guidance"][:, 1]
        told = _over_frames(motion, new) + mean
        parts = motion_errors(error, batch) | {
            "sequence": mean.square().mean(),
            "reading": (felt[:, None] * (self._read(told) - _over_frames(batch["emotion"], new)).square()).mean(),
        }
        weights = asdict(self.config.losses)
        if weights["exchange"]:
            parts["exchange"] = self._exchange(model, {name: rows[: len(rows) // 4] for name, rows in batch.items()})
        total = torch.stack([weights.get(name, 1.0) * part for name, part in parts.items() if weights.get(name, 1.0)]).sum()
        return total, {name: part.detach() for name, part in parts.items()}

    def _velocity(self, model: Callable[..., Any], batch: Batch, noisy: Tensor) -> Tensor:
        names = ("time", "motion", "known", "heard", "emotion", "style", "guidance")
        velocity: Tensor = model(noisy, *(batch[name] for name in names)).float()
        return velocity

    def _exchange(self, model: Callable[..., Any], batch: Batch) -> Tensor:
        """What lips lack that say their own words, and faces that show another take's emotion, when both are made from noise."""
        other = _over_frames(batch["emotion"], batch["new"]).roll(1, 0)
        ones = {"time": torch.ones_like(batch["time"]), "guidance": torch.ones_like(batch["guidance"])}
        swapped = {**batch, **ones, "known": 0 * batch["known"], "emotion": other[:, None].expand_as(batch["emotion"])}
        made = batch["noise"] - self._velocity(model, swapped, batch["noise"])
        whole = torch.maximum(batch["new"], batch["known"])
        lips = (made - batch["motion"])[..., MOUTH].diff(dim=1)
        read = self._read(_over_frames(made, whole)) - other
        return read.square().mean() + _LIPS * _mean(lips.square(), whole[:, 1:])

    def _read(self, means: Tensor) -> Tensor:
        """The emotion `(B, D)` in the means of motion `(B, 58)`, by a linear reading that the takes themselves gave."""
        return means @ self._reader[:-1].to(means) + self._reader[-1].to(means)

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Correlation of sampled motion with the performer's, mouth and brows, over validation takes of each file."""
        figures = {}
        assert isinstance(model, MotionTransformer)
        for name, takes in self._validation.items():
            pairs = [(take, self._sampled(model, take)) for take in takes[:_JUDGED]]
            for part, columns in (
                ("mouth", MOUTH),
                ("brows", [k for k, shape in enumerate(BLENDSHAPES) if shape.startswith("brow")]),
            ):
                if pairs:
                    truth, made = (
                        np.concatenate(rows)[:, columns] for rows in zip(*((t["motion"], m) for t, m in pairs), strict=True)
                    )
                    figures[f"{name}: {part} r"] = _agreement(truth.astype(np.float64), made.astype(np.float64))
        return figures

    def describe(self) -> dict[str, Any]:
        """Sizes of the network, what it was taught from, and the emotion space it knows."""
        return {"network": asdict(self.model.config), "takes": self.config.takes, **self._about}

    def _sampled(self, model: MotionTransformer, take: dict[str, Any]) -> Array:
        heard, emotion, style = (take[key].astype(np.float32) for key in ("heard", "emotion", "style"))
        windows = sample(model, Direction(heard, [emotion], [1.0], style), 0, Guidance(1.0, 1.0), _STEPS)
        made: Array = np.concatenate(list(windows), axis=1)[0]
        return made

    def _draw(self, takes: list[dict[str, Any]], wanted: int, rng: np.random.Generator) -> dict[str, Array]:
        """A window of a take, of `wanted` frames; frames beyond its end do not count."""
        take = takes[rng.integers(len(takes))]
        past = PAST if rng.random() < 0.7 else 0
        start = 0 if not past else int(rng.integers(0, max(len(take["motion"]) - wanted // 2, 1)))
        rows = {}
        for key in ("motion", "heard", "emotion"):
            part = take[key][start : start + wanted].astype(np.float32)
            rows[key] = np.pad(part, ((0, wanted - len(part)), (0, 0)))
        n_real = min(len(take["motion"]) - start, wanted)
        known = (np.arange(wanted) < past)[:, None].astype(np.float32)
        return rows | {
            "known": known,
            "new": ((np.arange(wanted) < n_real)[:, None] * (1 - known)).astype(np.float32),
            "style": take["style"].astype(np.float32),
        }


def _reader(takes: list[dict[str, Any]]) -> Array:
    """`(59, D)`: ridge regression of the mean emotion of a take from its mean motion, and a constant."""
    motion, emotion = (np.stack([take[key].astype(np.float64).mean(axis=0) for take in takes]) for key in ("motion", "emotion"))
    rows = np.column_stack([motion, np.ones(len(motion))])
    solution: Array = np.linalg.solve(rows.T @ rows + 0.1 * np.eye(rows.shape[1]), rows.T @ emotion).astype(np.float32)
    return solution


def motion_errors(error: Tensor, batch: Batch) -> dict[str, Tensor]:
    """Mean squares of a velocity's `error (B, T, 58)` where motion is new, and of what follows from it for the motion: for the
    mouth, and for the change from frame to frame."""
    new, known = batch["new"], batch["known"]
    off = -batch["time"][:, None, None] * error * (1 - known)  # the motion that is implied is noisy - time * velocity
    seam = known[:, :-1] * new[:, 1:]
    return {
        "flow": _mean(error.square(), new),
        "mouth": _mean(off[..., MOUTH].square(), new),
        "change": _mean(off.diff(dim=1).square(), new[:, 1:] * (1 + _SEAM * seam)),
    }


def _over_frames(values: Tensor, counted: Tensor) -> Tensor:
    """Mean `(B, C)` of `values (B, T, C)` over the frames that count `(B, T, 1)`."""
    return (values * counted).sum(1) / counted.sum(1).clamp(min=1)


def _mean(values: Tensor, counted: Tensor) -> Tensor:
    return (values * counted).sum() / (counted.sum() * values.shape[-1]).clamp(min=1)


def _agreement(truth: Array, made: Array) -> float:
    """Mean Pearson's r over the columns that move, weighed by how much they do."""
    spread = truth.std(axis=0)
    moving = spread > 0.02 * spread.max()
    rs = [np.corrcoef(truth[:, k], made[:, k])[0, 1] if made[:, k].std() > 0 else 0.0 for k in np.flatnonzero(moving)]
    return float(np.average(rs, weights=spread[moving]))
