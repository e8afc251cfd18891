"""What the hearing network learns: mouth shapes from aligned speech, lips from tracked faces, voice from the sound itself.

Every example is a few pieces of clips set one behind the other, so that the rhythm of no sentence can be learnt by heart, said by
another voice in another room. What is not known of a clip (its phones, its lips) is left out of the loss.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from talkgen.audio._logmel import HOP
from talkgen.audio._network import HearingNetwork, NetworkConfig
from talkgen.corpus.augment import augment, noises
from talkgen.corpus.shards import read_clips, read_index
from talkgen.lib.timeline import sample_rows
from talkgen.training import _spoken_lips
from talkgen.training._examples import LABELS, Example, examples, joined, silence
from talkgen.training._fronts import open_front
from talkgen.training.loop import Batch, LoopConfig
from talkgen.types import SAMPLE_RATE, VISEMES, Array, TalkgenError

_log = logging.getLogger(__name__)
FPS = 50.0
"""Rows per second that the network gives."""
_WEIGHTS = {"visemes": 1.0, "lips": 2.0, "speech": 0.5, "voicing": 0.5, "energy": 1.0, "effort": 0.5}
_PIECE = (80, 300)  # steps of 10 ms: shortest and longest piece of a clip
_JUDGED = 20  # seconds of a validation clip, from its start, that are heard: what every front end can take at once
_NOBODY, _PAUSE = 0.06, 0.08  # shares of examples and of pieces in which nobody speaks
_SPARE = 1.3  # sound taken beyond the length of an example, since another voice may be quicker


@dataclass(frozen=True)
class HearingConfig:
    """`corpora`: folders below the data folder, and how often each is drawn. `seconds` of each of `batch` examples; the share
    `changed` of them goes through `augment`. `front`: what the network hears, see `open_front`; it decides what goes in."""

    corpora: dict[str, float]
    loop: LoopConfig
    network: NetworkConfig = field(default_factory=NetworkConfig)
    batch: int = 16
    seconds: float = 4.0
    changed: float = 0.85
    front: str = "mel"


class HearingTask:
    """See `training.loop.Task`. Raises `TalkgenError` for a corpus that is not there."""

    def __init__(self, config: HearingConfig, data: Path) -> None:
        self.config = config
        self.front = open_front(config.front)
        torch.manual_seed(config.loop.seed)
        self.model = HearingNetwork(replace(config.network, features=self.front.features, stride=self.front.stride))
        self._sources: set[str] = set()
        self._train, self._validation = (
            {name: self._read(data / name, split) for name in config.corpora} for split in ("train", "validation")
        )
        rule = _spoken_lips.fit([clip for clips in self._train.values() for clip in clips])
        if rule is not None:
            self._train = {name: [_spoken_lips.spoken(clip, rule) for clip in clips] for name, clips in self._train.items()}
        shares = np.array([share * bool(self._train[name]) for name, share in config.corpora.items()])
        if not shares.any():
            raise TalkgenError(f"None of the corpora {', '.join(config.corpora)} in {data} holds a clip to train with.")
        self._shares = shares / shares.sum()

    def batch(self, rng_seed: tuple[int, ...]) -> Batch:
        """`frames (B, ...)` of the front end, `labels` and `known (B, T, columns)` on the network's own clock."""
        rng = np.random.default_rng(rng_seed)
        names = rng.choice(list(self.config.corpora), size=self.config.batch, p=self._shares)
        rows = zip(*(self._draw(self._train[name], rng) for name in names), strict=True)
        return {key: torch.from_numpy(np.stack(part)) for key, part in zip(("frames", "labels", "known"), rows, strict=True)}

    def loss(self, model: Callable[..., Any], batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Cross-entropy of the mouth shapes and of speech; for lips also how far from 1 their correlation is; squares else."""
        heard = self.front.states(batch["frames"], batch["labels"].shape[1])
        out = {name: rows.float() for name, rows in model(heard)[0].items()}
        labels, known = _named(batch["labels"]), _named(batch["known"])
        shapes = functional.cross_entropy(out["visemes"].mT, labels["visemes"].mT, reduction="none")[..., None]
        speech = functional.binary_cross_entropy_with_logits(out["speech"], labels["speech"], reduction="none")
        errors = {name: (out[name] - labels[name]).square() for name in ("lips", "voicing", "energy", "effort")}
        parts = {"visemes": _mean(shapes, known["visemes"][..., :1]), "speech": _mean(speech, known["speech"])}
        parts |= {name: _mean(error, known[name]) for name, error in errors.items()}
        parts["lips"] = 10 * parts["lips"] + _unlike(out["lips"], labels["lips"], known["lips"])
        total = torch.stack([_WEIGHTS[name] * part for name, part in parts.items()]).sum()
        return total, {name: part.detach() for name, part in parts.items()}

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Means over the validation clips of each corpus: share of frames with the right mouth shape, correlation of the lips."""
        figures: dict[str, list[float]] = {}
        device = next(model.parameters()).device
        for name, clips in self._validation.items():
            for clip in clips:
                frames, labels, known = self._rows(clip.sound[: _JUDGED * SAMPLE_RATE], clip, 1.0)
                with torch.no_grad():
                    out, _ = model(self.front.states(torch.from_numpy(frames)[None].to(device), len(labels)))
                for figure, value in _figures({k: v[0].float().cpu().numpy() for k, v in out.items()}, labels, known).items():
                    figures.setdefault(f"{name}: {figure}", []).append(value)
        return {key: float(np.mean(values)) for key, values in figures.items()}

    def describe(self) -> dict[str, Any]:
        """Sizes of the network, and what it was taught from."""
        network, front = asdict(self.model.config), self.config.front.partition(":")[0]
        return {"network": network, "front": front, "corpora": self.config.corpora, "sources": sorted(self._sources)}

    def _read(self, folder: Path, split: str) -> list[Example]:
        index = read_index(folder)
        if not index:
            raise TalkgenError(f"There is no corpus in {folder}; make one with talkgen prepare or scripts/synthesize.")
        infos = [info for info in index if info.split == split]
        self._sources |= {f"{info.source} ({info.licence})" for info in infos}
        _log.info("%s: %d clips, %.0f s, for %s", folder.name, len(infos), sum(info.duration for info in infos), split)
        return examples(read_clips(folder, infos))

    def _draw(self, clips: list[Example], rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """The rows of one example of the length wanted, pieced together and changed."""
        wanted, parts = int(_SPARE * self.config.seconds * 100), []
        if rng.random() < _NOBODY:
            return self._rows(noises(int(self.config.seconds * SAMPLE_RATE), rng), silence(wanted), 1.0)
        while wanted > 0:
            clip = clips[rng.integers(len(clips))] if rng.random() > _PAUSE else silence(_PIECE[1])
            length = min(int(rng.integers(*_PIECE)), len(clip.labels), max(wanted, _PIECE[0] // 4))
            parts.append(clip.part(int(rng.integers(len(clip.labels) - length + 1)), length))
            wanted -= length
        whole = joined(parts)
        samples, stretch = whole.sound, 1.0
        if rng.random() < self.config.changed:
            samples, stretch = augment(samples, rng, [clips[rng.integers(len(clips))].sound[: len(samples)] for _ in range(3)])
        n = int(self.config.seconds * SAMPLE_RATE)
        return self._rows(np.pad(samples[:n], (0, max(0, n - len(samples)))), whole, stretch)

    def _rows(self, samples: Array, clip: Example, stretch: float) -> tuple[Array, Array, Array]:
        """Frames of `samples`, and for every row of the network its labels and which of them are known. The first rows, which
        come before the look-ahead is over, are about nothing."""
        delay, n_rows = self.config.network.delay, len(samples) // (2 * HOP)
        times = (np.arange(n_rows) - delay) / FPS
        steps = times / stretch * 100
        labels = sample_rows(clip.labels.astype(np.float32), 100.0, times / stretch)
        known = np.minimum(*(clip.known[np.clip(edge(steps).astype(int), 0, len(clip.known) - 1)] for edge in (np.floor, np.ceil)))
        inside = (steps >= 0) & (steps < len(clip.labels))
        return self.front.frames(samples), labels, (known * inside[:, None]).astype(np.float32)


def _named(rows: Tensor) -> dict[str, Tensor]:
    return dict(zip(LABELS, torch.split(rows, [*LABELS.values()], -1), strict=True))


def _mean(values: Tensor, known: Tensor) -> Tensor:
    return (values * known).sum() / known.sum().clamp(min=1)


def _unlike(values: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """1 - Pearson's r over each example's known rows, the mean over those columns that have a second of them; each as well known
    as its best known row."""
    weight, count = known.amax(1), known.sum(1)
    a, b = ((x - (x * known).sum(1, keepdim=True) / count[:, None].clamp(min=1)) * known for x in (values, labels))
    r = (a * b).sum(1) / (a.square().sum(1) * b.square().sum(1) + 1e-4).sqrt()
    return _mean(1 - r, weight * (count > FPS * weight))


def _figures(out: dict[str, Array], labels: Array, known: Array) -> dict[str, float]:
    figures, shapes, lips = {}, slice(0, len(VISEMES)), len(VISEMES)
    told, seen = known[:, 0] > 0, known[:, lips] > 0
    if told.any():
        right = out["visemes"][told].argmax(1) == labels[told, shapes].argmax(1)
        speaking = labels[told, 0] < 0.5
        figures["frames right"] = float(right.mean())
        figures["frames of speech right"] = float(right[speaking].mean()) if speaking.any() else 1.0
    if seen.sum() > FPS:
        for column, name in enumerate(("aperture r", "width r")):
            figures[name] = float(np.corrcoef(out["lips"][seen, column], labels[seen, lips + column])[0, 1])
    return figures
