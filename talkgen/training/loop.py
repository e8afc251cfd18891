"""The one training loop: AdamW under accelerate, warm-up and cosine decay, an average of the weights, and resuming.

One process, `torchrun`, a GPU and bf16 all run this same loop. A batch depends only on the seed, its number and the process, so
that a run that was stopped and resumed sees what an unbroken one sees.
"""

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, IterableDataset

from talkgen.lib.weights import write_network
from talkgen.types import TalkgenError

_log = logging.getLogger(__name__)
_EVERY = 50  # steps between two lines of the log
Batch = dict[str, Tensor]


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast. `precision` as accelerate names it (no, bf16, fp16); `average` is the decay of the weights' moving
    average, which is what ships; `workers` make batches beside the training."""

    steps: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: int = 200
    clip: float = 1.0
    average: float = 0.998
    precision: str = "no"
    workers: int = 1
    save_every: int = 500
    seed: int = 0


class Task(Protocol):
    """What is learnt: a model, what it sees, and how it is judged."""

    @property
    def model(self) -> nn.Module:
        """The network to train."""
        ...

    def batch(self, rng_seed: tuple[int, ...]) -> Batch:
        """A batch, which the seed determines."""
        ...

    def loss(self, model: Callable[..., Any], batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
        """What to minimise, and its parts by name."""
        ...

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Figures on the validation split, for the log and the model card."""
        ...

    def describe(self) -> dict[str, Any]:
        """What `config.json` says beside the weights: sizes, data, licences."""
        ...


class _Batches(IterableDataset[Batch]):
    """The batches of one process from `first` on, without end."""

    def __init__(self, task: Task, seed: int, first: int, process: int) -> None:
        self.task, self.seed, self.first, self.process = task, seed, first, process

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        step, stride = (self.first + worker.id, worker.num_workers) if worker else (self.first, 1)
        while True:
            yield self.task.batch((self.seed, step, self.process))
            step += stride


def train(task: Task, config: LoopConfig, out: Path, resume: bool = False) -> dict[str, float]:
    """Train to the end and write `out/model.safetensors` (half precision, averaged) and `out/config.json`; the final figures.

    The state is kept in `out/state` every `save_every` steps; `resume` goes on from there. Raises `TalkgenError` when `out`
    already holds a training that is not to be resumed, or nothing to resume.
    """
    state = out / "state"
    _check_place(out, state, resume)
    accelerator = Accelerator(mixed_precision=config.precision, cpu=not torch.cuda.is_available())
    set_seed(config.seed)
    optimizer = torch.optim.AdamW(task.model.parameters(), config.learning_rate, (0.9, 0.99), weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, config))
    average = AveragedModel(
        task.model, avg_fn=lambda old, new, n: old.lerp(new, 1 - min(config.average, (1 + int(n)) / (10 + int(n))))
    )
    model, optimizer = accelerator.prepare(task.model, optimizer)
    average.to(accelerator.device)
    accelerator.register_for_checkpointing(schedule, average)
    if resume:
        accelerator.load_state(str(state))
    first, meter = int(schedule.last_epoch), _Meter(out / "log.jsonl" if accelerator.is_main_process else None)
    batches = _Batches(task, config.seed, first, accelerator.process_index)
    loader = iter(DataLoader(batches, batch_size=None, num_workers=config.workers, prefetch_factor=4 if config.workers else None))
    model.train()
    for step in range(first + 1, config.steps + 1):
        batch = {name: tensor.to(accelerator.device, non_blocking=True) for name, tensor in next(loader).items()}
        with accelerator.autocast():
            loss, parts = task.loss(model, batch)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        average.update_parameters(accelerator.unwrap_model(model))
        meter.add(step, {"loss": loss.detach(), **parts})
        if step % config.save_every == 0 or step == config.steps:
            accelerator.save_state(str(state), safe_serialization=True)
            if accelerator.is_main_process:
                meter.tell(step, task.validate(average.module.eval()))
                write_network(
                    out, average.module, task.describe() | {"training": asdict(config) | {"step": step}, "figures": meter.figures}
                )
            accelerator.wait_for_everyone()
    accelerator.end_training()
    return meter.figures


class _Meter:
    """Means since the last report, written as JSON lines and told to the log."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.figures, self._sums, self._count, self._since = path, {}, {}, 0, time.monotonic()  # type: ignore[var-annotated]

    def add(self, step: int, parts: Mapping[str, Tensor]) -> None:
        """Count one step in."""
        for name, value in parts.items():
            self._sums[name] = self._sums.get(name, 0) + value.detach().float()
        self._count += 1
        if step % _EVERY == 0:
            seconds = (time.monotonic() - self._since) / self._count
            self._report({"step": step, "seconds_per_step": seconds} | {k: float(v) / self._count for k, v in self._sums.items()})
            self._sums, self._count, self._since = {}, 0, time.monotonic()

    def tell(self, step: int, figures: dict[str, float]) -> None:
        """Validation figures."""
        self.figures = figures
        self._report({"step": step, "validation": figures})
        self._since = time.monotonic()

    def _report(self, line: dict[str, Any]) -> None:
        if self.path:
            _log.info(json.dumps(line))
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def _check_place(out: Path, state: Path, resume: bool) -> None:
    if resume and not state.is_dir():
        raise TalkgenError(f"There is nothing to resume in {out}; leave out --resume to begin.")
    if not resume and (state.exists() or (out / "model.safetensors").exists()):
        raise TalkgenError(f"{out} already holds a training; give --resume to go on with it, or another folder.")


def _rate(step: int, config: LoopConfig) -> float:
    """Share of the learning rate: up over `warmup` steps, then down along a cosine to a hundredth."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    done = (step - config.warmup) / max(config.steps - config.warmup, 1)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * min(done, 1))) / 2
