"""What the emotion space learns: that whatever tells of one feeling lies in one place, and that the place gives the face back.

Words and labels, which tell everything, are the encoders of a variational autoencoder (Kingma & Welling 2014). Points of affect,
faces that speak and voices tell less; their Gaussians learn to hold the place that the words have, so that they are as wide as
they are unsure. Feelings are drawn from the named emotions, from the lexicon and from action units at random; how a face looks that
also speaks and rests as its owner's does, and how a voice sounds that is calm, come from observations (scripts/observe).
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from safetensors.numpy import load_file
from torch import Tensor, nn

from talkgen.emotion._affect import PLACES
from talkgen.emotion._embedder import EmbedderConfig, EmotionEmbedder, load_embedder
from talkgen.emotion._facs import SIDES, UNITS, has_sides, unit_shapes
from talkgen.emotion._lexicon import Recipe, lexicon
from talkgen.lib.grammar import MAX_STRENGTH
from talkgen.lib.programs import program_table
from talkgen.space import BLENDSHAPES, EMOTIONS, SIDED
from talkgen.training.loop import Batch, LoopConfig
from talkgen.types import Array, TalkgenError

NOISE = {"shapes": 0.04, "weights": 0.1, "affect": 0.15}
"""Standard deviation of what a place leaves open."""
VOICE = np.array([[-0.5, 1.6, 0.8], [0.2, 0.5, 0.2], [0.2, 2.4, -0.3], [0.0, 0.3, 0.1], [0.1, 0.7, 0.1], [-0.1, -0.5, 0.0]])
"""What valence, arousal and dominance do to `voice_numbers`, in their spreads: direction and rough size after Banse & Scherer
(1996), Scherer (2003) and Juslin & Laukka (2003, "Communication of emotions in vocal expression and music performance")."""
_RECORDING = np.array([0.7, 0.7, 0.8, 1.0, 1.0, 1.0])  # how far the same voice differs from one recording to another
LESS = ("vad", "seen", "heard")
"""Kinds that tell less of a feeling than words and labels."""
_UNSEEN = [k for k, name in enumerate(BLENDSHAPES) if name.startswith("eyeLook") or name in ("mouthClose", "tongueOut")]
_ADDS = 0.3  # weight of the loss that says that feelings add
_SHARES = {"label": 0.25, "lexicon": 0.3, "units": 0.35, "neutral": 0.1}


@dataclass(frozen=True)
class EmbedderTaskConfig:
    """`observations` lies in the data folder, made by scripts/observe. `space`, a folder there, holds weights whose space stays as
    it is, so that what was trained in it stays valid: only the kinds that tell less are then learnt, anew."""

    loop: LoopConfig
    observations: str = "observations.safetensors"
    space: str = ""
    network: EmbedderConfig = field(default_factory=EmbedderConfig)
    batch: int = 256


class EmbedderTask:
    """See `training.loop.Task`. Raises `TalkgenError` for observations that are not there."""

    def __init__(self, config: EmbedderTaskConfig, data: Path) -> None:
        self.config = config
        torch.manual_seed(config.loop.seed)
        self.model = EmotionEmbedder(config.network)
        if config.space:
            self._keep(load_embedder(data / config.space).network)
        path = data / config.observations
        if not path.is_file():
            raise TalkgenError(f"There is no {path}; make it with scripts/observe.")
        self._observed = load_file(path)
        self._named = program_table(dict.fromkeys(SIDED, "left"))
        self._places = np.array([PLACES[name] for name in EMOTIONS])
        self._moods = [(_shapes(recipe), np.array(recipe.vad or np.full(3, np.nan))) for recipe in lexicon().recipes.values()]

    def _keep(self, known: EmotionEmbedder) -> None:
        """Take over the space of a network, and keep it."""
        kept = {name: values for name, values in known.state_dict().items() if name.split(".")[1:2] not in ([k] for k in LESS)}
        self.model.load_state_dict(kept, strict=False)
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(name not in kept)

    def batch(self, rng_seed: tuple[int, ...]) -> Batch:
        """Feelings as every kind of input tells them; `has_` says which kinds do."""
        rng = np.random.default_rng(rng_seed)
        rows = [self._feeling(rng) for _ in range(self.config.batch)]
        return {key: torch.from_numpy(np.stack([row[key] for row in rows]).astype(np.float32)) for key in rows[0]}

    def loss(self, model: Callable[..., Any], batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The evidence bound of words and labels, the likelihood of the words' places under the other kinds, and what keeps
        feelings adding."""
        network = model
        assert isinstance(network, EmotionEmbedder)
        told, spread = network.encode("words", batch["words"])
        parts = {"words": self._bound(network, told, spread, batch)}
        labelled = batch["has_label"][:, 0] > 0
        mean, width = network.encode("label", batch["label"][labelled])
        parts["label"] = self._bound(network, mean, width, {name: rows[labelled] for name, rows in batch.items()})
        parts["label"] = parts["label"] + _unlikely(told[labelled].detach(), mean, width)
        for kind in LESS:
            known = batch["has_seen" if kind == "seen" else "has_affect"][:, 0] > 0
            parts[kind] = _unlikely(told[known].detach(), *network.encode(kind, batch[kind][known]))
        both = network.encode("words", batch["words"] + batch["words"].roll(1, 0))[0]
        parts["adds"] = _ADDS * (both - told - told.roll(1, 0)).square().sum(-1).mean() / NOISE["weights"]
        return torch.stack(list(parts.values())).sum(), {name: part.detach() for name, part in parts.items()}

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean errors of shapes that come back from words and labels, of mixtures that add, and what voices tell of arousal."""
        assert isinstance(model, EmotionEmbedder)
        batch = self.batch((self.config.loop.seed, 1 << 20))
        with torch.inference_mode():
            told = model.encode("words", batch["words"])[0]
            shapes, _, affect = model.decode(told)
            labelled = batch["has_label"][:, 0] > 0
            named = model.decode(model.encode("label", batch["label"][labelled])[0])[0]
            pairs = model.encode("words", batch["words"] + batch["words"].roll(1, 0))[0]
            felt = batch["has_affect"][:, 0] > 0
            heard = model.decode(model.encode("heard", batch["heard"][felt])[0])[2]
            seen = model.decode(model.encode("seen", batch["seen"])[0])[0]
            rms = {
                "words to shapes": shapes - batch["shapes"],
                "labels to shapes": named - batch["shapes"][labelled],
                "seen to shapes": seen - batch["shapes"],
                "affect": (affect - batch["affect"])[felt],
                "sums": model.decode(pairs)[0] - batch["shapes"] - batch["shapes"].roll(1, 0),
            }
            figures = {name: float(error.square().mean().sqrt()) for name, error in rms.items()}
        return figures | {"heard arousal r": float(np.corrcoef(heard[:, 1], batch["affect"][felt][:, 1])[0, 1])}

    def describe(self) -> dict[str, Any]:
        """Sizes of the network, and the emotions in their order."""
        return {"network": asdict(self.model.config), "emotions": list(EMOTIONS)}

    def _bound(self, network: EmotionEmbedder, mean: Tensor, spread: Tensor, batch: Batch) -> Tensor:
        """Minus the evidence lower bound, nats per feeling."""
        shapes, weights, affect = network.decode(mean + spread.exp() * torch.randn_like(mean))
        errors = {"shapes": shapes - batch["shapes"], "weights": weights - batch["label"], "affect": affect - batch["affect"]}
        counted = {"shapes": torch.ones(()), "weights": batch["has_label"], "affect": batch["has_affect"]}
        unlikely = [(counted[name] * (error / NOISE[name]).square()).sum(-1) / 2 for name, error in errors.items()]
        divergence = (mean.square() + (2 * spread).exp() - 1).sum(-1) / 2 - spread.sum(-1)
        return (torch.stack(unlikely).sum(0) + divergence).mean()

    def _feeling(self, rng: Generator) -> dict[str, np.ndarray]:
        label, affect, shapes = np.zeros(len(EMOTIONS)), np.zeros(3), np.zeros(len(BLENDSHAPES))
        kind = rng.choice(list(_SHARES), p=list(_SHARES.values()))
        if kind == "label":
            chosen = rng.choice(len(EMOTIONS), size=rng.choice([1, 2, 3], p=[0.5, 0.4, 0.1]), replace=False)
            label[chosen] = rng.uniform(0.1, MAX_STRENGTH, len(chosen)) / len(chosen) ** 0.5
            shapes, affect = label @ self._named, label @ self._places
        elif kind == "lexicon":
            for strength in rng.uniform(0.2, 1.4, rng.choice([1, 2], p=[0.7, 0.3])):
                mood, felt = self._moods[rng.integers(len(self._moods))]
                shapes, affect = shapes + strength * mood, affect + strength * felt
        elif kind == "units":
            for unit in rng.choice(list(UNITS), size=rng.integers(1, 5), replace=False):
                side = rng.choice(["both", *SIDES], p=[0.4, 0.3, 0.3]) if has_sides(unit) else "both"
                shapes = shapes + rng.uniform(0.2, 1.2) * unit_shapes(int(unit), side)
            affect[:] = np.nan
        known = np.isfinite(affect).all()
        affect = np.clip(np.nan_to_num(affect), -1.5, 1.5)
        return {
            "label": label, "shapes": shapes, "affect": affect, "vad": np.clip(affect, -1, 1),
            "words": np.append(shapes, np.clip(affect, -1, 1)), "seen": self._seen(shapes, rng), "heard": self._heard(affect, rng),
            "has_label": np.array([kind in ("label", "neutral")]), "has_affect": np.array([known]),
            "has_seen": np.array([kind != "units"]),
        }  # fmt: skip

    def _seen(self, shapes: np.ndarray, rng: Generator) -> np.ndarray:
        """The shapes as a fit reads them off somebody who speaks."""
        resting, speaking = self._observed["resting"], self._observed["speaking"]
        one, other = resting[rng.integers(len(resting), size=2)]
        face = shapes * rng.uniform(0.85, 1.15) + rng.uniform(0, 2) * one + rng.uniform(-0.7, 0.7) * other
        if rng.random() < 0.7:
            face = face + speaking[rng.integers(len(speaking))]
        face = np.clip(face + 0.07 * rng.standard_normal(len(face)), 0, 1)
        face[_UNSEEN] = 0
        return np.asarray(face)

    def _heard(self, affect: np.ndarray, rng: Generator) -> np.ndarray:
        """The numbers of a voice that is heard to feel so."""
        voices = self._observed["voices"]
        told: np.ndarray = (
            voices[rng.integers(len(voices))]
            + rng.uniform(0.6, 1.4) * (VOICE @ affect)
            + _RECORDING * rng.standard_normal(len(VOICE))
        )
        return told


def _shapes(recipe: Recipe) -> Array:
    total = sum((strength * unit_shapes(unit, side) for (unit, side), strength in recipe.units.items()), np.zeros(len(BLENDSHAPES)))
    return np.asarray(total, np.float32)


def _unlikely(place: Tensor, mean: Tensor, spread: Tensor) -> Tensor:
    """Minus the logarithm of the density of places `(B, D)` under Gaussians, per feeling."""
    return (((place - mean) / spread.exp()).square() / 2 + spread).sum(-1).mean()
