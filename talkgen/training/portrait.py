"""What the portrait transformer learns: from the warped frame to the true one.

The flow goes from noise to the difference of the two (Liu, Gong, Liu 2023, "Flow straight and fast"), and a share of the examples
is drawn in a single step, twice, with different noise: the score of the two together (the energy score, Gneiting & Raftery 2007) is
best where they are as likely as the truth and as different from each other as truths are, so that one step gives no blurred mean.
Frames of pairs are drawn one after the other, as they are shown, and must change as the true ones do.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from talkgen.corpus.face_shards import FaceFiles
from talkgen.corpus.faces import FaceExample
from talkgen.render._crops import LAYOUTS, layout_of
from talkgen.render._portrait_transformer import (
    LEVELS,
    NOISE,
    PortraitTransformer,
    colours,
    feel,
    images,
    patches,
    see,
    tell,
)
from talkgen.training._features import distance, features, filter_bank
from talkgen.training._looks import mirrored, opened, photographed, relit, toned, worsened
from talkgen.training.loop import Batch, LoopConfig
from talkgen.types import Array, TalkgenError

_FIRST = 0.5  # share of frames that have none before
_PHOTOGRAPHED = 0.15  # share of examples whose true frame is the portrait itself
_TOLD = 0.5  # share of examples whose emotion is told
_SOONEST = 0.15  # the least time of a noisy example
_OWN = 0.45  # frames before that are spoilt less than this are the network's own
_BLEMISHES = 0.3  # share of patches
_JUDGED = 48  # validation examples
_APART = 0.1
"""Of the distance of two drawings: a half would make them as different as truths are, less is nearer to the middle of them."""
_WEIGHTS = {"mouth": 1.0, "eye_right": 0.6, "eye_left": 0.6, "face": 0.5}


@dataclass(frozen=True)
class PortraitSize:
    """See `PortraitTransformer`."""

    width: int = 224
    layers: int = 5
    heads: int = 4
    expansion: int = 3
    layout: str = "parts"


@dataclass(frozen=True)
class PortraitLosses:
    """Weights of the losses; see `PortraitTask.loss`. `inside` is how much more eyes, teeth and the mouth's inside count."""

    flow: float = 2.0
    score: float = 1.0
    texture: float = 0.5
    steady: float = 0.5
    inside: float = 3.0


@dataclass(frozen=True)
class PortraitTaskConfig:
    """`faces`: names of files that scripts/faces made, and how often each is drawn; in a batch are `noisy` examples of the flow and
    `drawn` ones that are drawn twice in one step."""

    faces: dict[str, float]
    loop: LoopConfig
    network: PortraitSize = field(default_factory=PortraitSize)
    noisy: int = 6
    drawn: int = 3
    losses: PortraitLosses = field(default_factory=PortraitLosses)


class PortraitTask:
    """See `training.loop.Task`. Raises `TalkgenError` for faces that are not there."""

    def __init__(self, config: PortraitTaskConfig, data: Path) -> None:
        self.config, self.data = config, data
        torch.manual_seed(config.loop.seed)
        self.model = PortraitTransformer(**asdict(config.network))
        self._train, self._validation = (FaceFiles(data, split) for split in ("train", "validation"))
        cut_by, wanted = layout_of(self._train[0].crops), LAYOUTS[config.network.layout]
        if cut_by != wanted:
            name = next(name for name, layout in LAYOUTS.items() if layout == cut_by)
            raise TalkgenError(
                f"The faces in {data} are cut in the layout {name}, and this network has {config.network.layout}; make others with "
                f"scripts/faces --layout {config.network.layout}."
            )
        self._numbers = {name: numbers for name in config.faces if len(numbers := self._train.named(name))}
        shares = np.array([config.faces[name] for name in self._numbers])
        self._shares = shares / shares.sum()
        self._bank = filter_bank()

    def batch(self, rng_seed: tuple[int, ...]) -> Batch:
        """Examples in other looks, noise, and how noisy each is."""
        rng = np.random.default_rng(rng_seed)
        count = self.config.noisy + self.config.drawn
        names = rng.choice(list(self._numbers), size=count, p=self._shares)
        rows = [_prepared(self._train[int(rng.choice(self._numbers[name]))], rng) for name in names]
        batch = _stacked(rows)
        batch["noise"] = torch.from_numpy(NOISE * rng.standard_normal((2, *batch["true"].shape), np.float32))
        batch["time"] = torch.from_numpy(rng.uniform(_SOONEST, 1, count).astype(np.float32))
        batch["known"] = torch.from_numpy((rng.random(count) > _FIRST).astype(np.float32))
        batch["spoilt"] = torch.from_numpy(rng.uniform(0, 0.7, count).astype(np.float32))
        return batch

    def loss(self, model: Callable[..., Any], batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Errors of the clean picture where it is noisy (`flow`) and of its `texture`; the `score` of two that are drawn in a step;
        and how unlike the truth frames change (`steady`)."""
        n, weights = self.config.noisy, self.config.losses
        memory = model.remember(colours(batch["reference"]))  # type: ignore[attr-defined]
        parts: dict[str, Tensor] = {}
        first = _part(batch, slice(0, n))
        kept = [(key[:n], value[:n]) for key, value in memory]
        parts["flow"], parts["texture"] = self._follow(model, first, kept)
        last = _part(batch, slice(n, None))
        parts["score"], parts["steady"] = self._draw(model, last, [(key[n:], value[n:]) for key, value in memory])
        total = torch.stack([getattr(weights, name) * part for name, part in parts.items()]).sum()
        return total, {name: part.detach() for name, part in parts.items()}

    def _follow(self, model: Callable[..., Any], batch: Batch, memory: Any) -> tuple[Tensor, Tensor]:
        """The flow somewhere on its way."""
        clean, time = (batch["true"] - batch["warped"]) / LEVELS, batch["time"][:, None, None, None]
        seen = see(batch["warped"], batch["maps"], _blemished(_spoilt(batch), batch["spoilt"]), batch["known"])
        noisy = (1 - time) * clean + time * batch["noise"][0]
        guess = model(noisy, seen, batch["told"], batch["time"], memory).float()
        counted = _counted(batch, self.config.losses.inside)
        return ((guess - clean).square() * counted / time).mean(), self._texture(batch, [guess], counted)

    def _draw(self, model: Callable[..., Any], batch: Batch, memory: Any) -> tuple[Tensor, Tensor]:
        """Two drawings from noise, upon frames before of which most are the network's own, as they will be."""
        noise, ones = batch["noise"], torch.ones_like(batch["time"])
        own = _roll_out(model, batch, memory)
        trusted = (batch["spoilt"] < _OWN)[:, None, None, None]
        before = torch.where(trusted, own, _spoilt(batch))
        seen = see(batch["warped"], batch["maps"], _blemished(before, batch["spoilt"]), batch["known"])
        both = [(key.repeat(2, 1, 1, 1), value.repeat(2, 1, 1, 1)) for key, value in memory]
        twice = [torch.cat([rows, rows]) for rows in (seen, batch["told"], ones)]
        drawn = list(model(noise.flatten(0, 1), *twice, both).float().chunk(2))
        counted = _counted(batch, self.config.losses.inside)
        change = LEVELS * drawn[0] + batch["warped"] - own - (batch["true"] - batch["true before"])
        steady = ((change / LEVELS).square() * counted).mean()
        return self._texture(batch, drawn, counted), steady

    def _texture(self, batch: Batch, guesses: list[Tensor], counted: Tensor) -> Tensor:
        """How far differences lie from the true one by their features, less a share of how far two lie from each other."""
        layout = self.model.layout
        true, weight = images(batch["true"], layout), images(counted, layout)
        made = [images(batch["warped"] + LEVELS * guess, layout) for guess in guesses]
        total = torch.zeros(())
        for crop in layout:
            truth = features(true[crop.name] / LEVELS, self._bank)
            drawn = [features(one[crop.name] / LEVELS, self._bank) for one in made]
            for scale in range(2):
                share = functional.avg_pool2d(weight[crop.name], 2**scale)[:, 0]
                off = torch.stack([distance(one[scale], truth[scale]) for one in drawn]).mean(0)
                if len(drawn) == 2:
                    off = off - _APART * distance(drawn[0][scale], drawn[1][scale])
                total = total + _WEIGHTS[crop.name] * (off * share).mean()
        return total

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Error of the crops in decibels (PSNR) of the warp and of one and four steps; and gradients against the truth's, of the
        mouth, 1 where it is as sharp."""
        assert isinstance(model, PortraitTransformer)
        rng = np.random.default_rng(0)
        numbers = rng.permutation(len(self._validation))[:_JUDGED]
        found: dict[str, list[float]] = {}
        for number in numbers:
            batch = _stacked([_prepared(self._validation[int(number)], None)])
            batch["noise"] = torch.from_numpy(NOISE * rng.standard_normal(batch["true"].shape, np.float32))
            with torch.inference_mode():
                drawn = {"warp": batch["warped"]} | {f"{steps} steps": _drawn(model, batch, steps) for steps in (1, 4)}
            true = images(batch["true"], model.layout)
            for name, tokens in drawn.items():
                made = images(tokens, model.layout)
                for crop in ("mouth", "eye_right", "face"):
                    error = (made[crop].clamp(0, 255) - true[crop]).square().mean()
                    found.setdefault(f"{name}: {crop} dB", []).append(float(10 * torch.log10(255**2 / error)))
                found.setdefault(f"{name}: mouth gradients", []).append(_gradients(made["mouth"]) / _gradients(true["mouth"]))
        return {name: round(float(np.mean(values)), 3) for name, values in found.items()}

    def describe(self) -> dict[str, Any]:
        """Sizes of the network, and what it was taught from."""
        return {"network": asdict(self.config.network), "faces": self.config.faces, "sources": sorted(set(self._train.abouts))}


def _drawn(model: PortraitTransformer, batch: Batch, steps: int) -> Tensor:
    memory = model.remember(colours(batch["reference"]))
    x, ones = batch["noise"], torch.ones(len(batch["warped"]))
    seen = see(batch["warped"], batch["maps"], batch["warped"], 0 * ones)
    for k in range(steps):
        time = 1 - k / steps
        x = x + (model(x, seen, batch["told"], time * ones, memory) - x) / (steps - k)
    return batch["warped"] + LEVELS * x


def _gradients(picture: Tensor) -> float:
    """Mean square of what neighbouring pixels differ by."""
    return float(picture.diff(dim=-1).square().mean() + picture.diff(dim=-2).square().mean())


def _prepared(example: FaceExample, rng: np.random.Generator | None) -> dict[str, Array]:
    """An example as the network sees it, in other looks where there is `rng`."""
    pictures, curves, turns = opened(example), example.curves, example.turns
    felt: Array | None = None
    if rng is not None:
        toned(pictures)
        if rng.random() < _PHOTOGRAPHED:
            pictures, curves, turns = photographed(pictures, curves, turns)
        if rng.random() < 0.5:
            pictures, curves, turns = mirrored(pictures, curves, turns)
        relit(pictures, rng)
        worsened(pictures, rng)
        felt = feel(curves[0]) if rng.random() < _TOLD else None
    rows = {name: patches(crops) for name, crops in pictures.items() if name != "reference"}
    rows["reference"] = patches(pictures["reference"], 16)
    rows["told"] = tell(curves[0], curves[2], turns[0], turns[2], felt)
    rows["told before"] = tell(curves[1], curves[2], turns[1], turns[2], felt)
    return rows


def _stacked(rows: list[dict[str, Array]]) -> Batch:
    return {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}


def _part(batch: Batch, rows: slice) -> Batch:
    return {name: tensor[:, rows] if name == "noise" else tensor[rows] for name, tensor in batch.items()}


@torch.no_grad()
def _roll_out(model: Callable[..., Any], batch: Batch, memory: Any) -> Tensor:
    """Frames before as the network draws them: as a first frame, and once more upon that."""
    drawn, ones = batch["warped before"], torch.ones_like(batch["time"])
    for known in (0 * ones, ones):
        seen = see(batch["warped before"], batch["maps before"], drawn, known)
        drawn = batch["warped before"] + LEVELS * model(batch["noise"][0], seen, batch["told before"], ones, memory).float()
    return drawn


def _spoilt(batch: Batch) -> Tensor:
    """Frames before, neither true nor warped, so that they are believed only so far."""
    share = batch["spoilt"][:, None, None, None]
    return (1 - share) * batch["true before"] + share * batch["warped before"]


def _blemished(before: Tensor, amount: Tensor) -> Tensor:
    """Frames before with patches and pixels of wrong colour, so that errors are not handed on from frame to frame."""
    n, tokens = before.shape[:2]
    wrong = torch.randn(n, tokens, 1, 3, device=before.device) * (torch.rand(n, tokens, 1, 1, device=before.device) < _BLEMISHES)
    spread = amount[:, None, None, None]
    return before + 50 * spread * wrong + 25 * spread * torch.randn_like(before)


def _counted(batch: Batch, inside: float) -> Tensor:
    """How much every pixel counts `(B, N, 64, 1)`."""
    counted: Tensor = 1 + (inside - 1) * batch["maps"][..., 4:].amax(dim=-1, keepdim=True).clamp(0, 1)
    return counted
