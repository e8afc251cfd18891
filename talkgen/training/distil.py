"""Guidance distilled into one pass: a student that takes both scales learns the velocity that its teacher needs three passes for.

After Meng et al. (2023), "On distillation of guided diffusion models".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from talkgen.lib.weights import read_network
from talkgen.motion._transformer import MotionConfig, MotionTransformer
from talkgen.training.loop import Batch
from talkgen.training.motion import MotionTask, MotionTaskConfig, motion_errors

LOWEST, HIGHEST = 0.5, 3.0
"""Scales of guidance that the student learns."""
_PLAIN = 0.25  # share of examples in which a scale is 1
_TIMES, _OFTEN, _SAMPLED = (1.0, 0.75, 0.5, 0.25), (0.5, 0.2, 0.2, 0.1), 0.6
"""Times at which a sampler of four steps asks, how often each is taught, and the share of examples there. The first matters most:
noise tells nothing yet, so it is there that a face is taken further by guidance."""
_PASSES = ((1.0, 1.0), (1.0, 0.0), (0.0, 0.0))  # speech and emotion told, speech alone, nothing


@dataclass(frozen=True, kw_only=True)
class DistilConfig(MotionTaskConfig):
    """`teacher`: the folder, below the data folder, that its training wrote."""

    teacher: str


class DistilTask(MotionTask):
    """See `training.loop.Task`. Raises `TalkgenError` as `MotionTask` and `read_network`."""

    def __init__(self, config: DistilConfig, data: Path) -> None:
        self._teacher = read_network(data / config.teacher, lambda about: MotionTransformer(MotionConfig(**about["network"])))
        super().__init__(replace(config, network=replace(self._teacher.config, distilled=True)), data)
        self.model.load_state_dict(self._teacher.state_dict())

    def batch(self, rng_seed: tuple[int, ...]) -> Batch:
        """As for the teacher, with scales of guidance."""
        batch = super().batch(rng_seed)
        rng = np.random.default_rng((*rng_seed, 1))
        scales = rng.uniform(LOWEST, HIGHEST, batch["guidance"].shape)
        scales[rng.random(scales.shape) < _PLAIN] = 1
        steps = rng.choice(_TIMES, size=len(scales), p=_OFTEN).astype(np.float32)
        time = torch.where(torch.from_numpy(rng.random(len(scales)) < _SAMPLED), torch.from_numpy(steps), batch["time"])
        return batch | {"guidance": torch.from_numpy(scales.astype(np.float32)), "time": time}

    def loss(self, model: Callable[..., Any], batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Squares of the differences from the guided teacher: of the velocity, and of mouth and change in the motion it implies."""
        time = batch["time"][:, None, None]
        noisy = (1 - time) * batch["motion"] + time * batch["noise"]
        with torch.no_grad():
            taught = [
                self._velocity(self._teacher, batch | {"guidance": torch.tensor(given).expand(len(noisy), 2)}, noisy)
                for given in _PASSES
            ]
        audio, emotion = batch["guidance"][:, :, None, None].unbind(1)
        full, heard, nothing = taught
        target = emotion * full + (audio - emotion) * heard + (1 - audio) * nothing
        parts = motion_errors(self._velocity(model, batch, noisy) - target, batch)
        weights = {"flow": 1.0, "mouth": self.config.losses.mouth, "change": self.config.losses.change}
        return torch.stack([weights[name] * part for name, part in parts.items()]).sum(), {k: v.detach() for k, v in parts.items()}
