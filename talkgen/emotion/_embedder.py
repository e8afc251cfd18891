"""The emotion space: whatever tells a feeling becomes a Gaussian in one space, and a point of the space becomes a face.

The origin is neutral, a direction is a kind of feeling, the distance its intensity: shapes grow in proportion to it. Every kind of
input has its own encoder; all of them choose among one bank of learnt prototypes by attention, so that related emotions share what
they are made of (DICE-Talk 2025). What several inputs tell is the product of their Gaussians, in which the surer counts more
(Hinton 2002; Wu & Goodman 2018, "Multimodal generative models for scalable weakly-supervised learning").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from talkgen.checkpoints import find
from talkgen.lib.weights import read_network
from talkgen.space import BLENDSHAPES, EMOTIONS
from talkgen.types import Array, TalkgenError

DIMENSIONS = 32
KINDS = {"label": len(EMOTIONS), "vad": 3, "words": len(BLENDSHAPES) + 3, "seen": len(BLENDSHAPES), "heard": 6}
"""What a feeling is told by, and how many numbers that is: weights of the named emotions; valence, arousal and dominance; the
blendshapes that words ask for, with these three; those that a face wears, whatever it says; and what is heard in a voice."""
PROPORTIONAL = ("label", "vad", "words")
"""Kinds in which twice the numbers are the same feeling twice as strong."""


@dataclass(frozen=True)
class Gaussian:
    """`mean (D,)` and standard deviation `spread (D,)`."""

    mean: Array
    spread: Array


@dataclass(frozen=True)
class EmbedderConfig:
    """Sizes."""

    width: int = 256
    prototypes: int = 96


class Encoder(nn.Module):
    """Numbers that tell a feeling to a Gaussian whose mean is made of prototypes."""

    def __init__(self, columns: int, proportional: bool, width: int) -> None:
        super().__init__()
        self.proportional = proportional
        self.body = nn.Sequential(nn.Linear(columns, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.query, self.radius, self.spread = nn.Linear(width, DIMENSIONS), nn.Linear(width, 1), nn.Linear(width, DIMENSIONS)

    def forward(self, values: Tensor, bank: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the spread, `(B, D)` each, of `values (B, C)`; `bank (2, K, D)` holds keys and prototypes."""
        length = values.norm(dim=-1, keepdim=True)
        features = self.body(values / length.clamp(min=1e-6) if self.proportional else values)
        attention = (self.query(features) @ bank[0].T / DIMENSIONS**0.5).softmax(dim=-1)
        reach = self.radius(features).exp() * length if self.proportional else nn.functional.softplus(self.radius(features))
        spread = self.spread(features).clamp(-5, 1.5)
        return reach * (attention @ bank[1]), spread


class EmotionEmbedder(nn.Module):
    """The encoders, the bank of prototypes and the decoder."""

    def __init__(self, config: EmbedderConfig) -> None:
        super().__init__()
        self.config = config
        self.bank = nn.Parameter(torch.randn(2, config.prototypes, DIMENSIONS))
        self.encoders = nn.ModuleDict({kind: Encoder(n, kind in PROPORTIONAL, config.width) for kind, n in KINDS.items()})
        outputs = len(BLENDSHAPES) + len(EMOTIONS) + 3
        width = config.width
        self.decoder = nn.Sequential(
            nn.Linear(DIMENSIONS, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, outputs)
        )

    def encode(self, kind: str, values: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the spread, `(B, D)` each."""
        mean, spread = self.encoders[kind](values, self.bank)
        return mean, spread

    def decode(self, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Blendshapes `(B, 52)`, weights `(B, E)` and valence, arousal, dominance `(B, 3)` of `points (B, D)`, in proportion to
        their distance from the origin."""
        length = points.norm(dim=-1, keepdim=True)
        values = length * self.decoder(points / length.clamp(min=1e-6))
        shapes, weights, affect = values.split([len(BLENDSHAPES), len(EMOTIONS), 3], dim=-1)
        return shapes, weights, affect


@dataclass(frozen=True)
class Embedder:
    """The space as other code uses it: arrays in and out."""

    network: EmotionEmbedder

    def place(self, kind: str, values: Array) -> Gaussian:
        """Where `values` of a kind lie; see `KINDS`."""
        with torch.inference_mode():
            mean, spread = self.network.encode(kind, torch.from_numpy(values[None].astype(np.float32)))
        return Gaussian(mean[0].numpy(), spread[0].exp().numpy())

    def face(self, point: Array) -> tuple[Array, Array, Array]:
        """Blendshapes `(52,)`, 0 or more, weights `(E,)`, 0..1.5, and valence, arousal, dominance `(3,)` of a point `(D,)`."""
        with torch.inference_mode():
            shapes, weights, affect = self.network.decode(torch.from_numpy(point[None].astype(np.float32)))
        return shapes[0].clamp(min=0).numpy(), weights[0].clamp(0, 1.5).numpy(), affect[0].clamp(-1, 1).numpy()


def product(places: Iterable[Gaussian]) -> Gaussian:
    """What several Gaussians say together."""
    rows = list(places)
    precisions = np.stack([1 / np.square(place.spread) for place in rows])
    total = precisions.sum(axis=0)
    mean = (precisions * np.stack([place.mean for place in rows])).sum(axis=0) / total
    return Gaussian(mean.astype(np.float32), (1 / np.sqrt(total)).astype(np.float32))


@cache
def embedder() -> Embedder:
    """The space that ships. See `load_embedder` for errors."""
    return load_embedder(find("emotion"))


def load_embedder(folder: Path) -> Embedder:
    """The space whose weights lie in `folder`.

    Raises `TalkgenError` when they are missing or damaged, or when they were trained for other emotions.
    """

    def build(description: dict[str, Any]) -> EmotionEmbedder:
        if tuple(description["emotions"]) != EMOTIONS:
            raise TalkgenError(
                f"The emotion space in {folder} has the emotions {', '.join(description['emotions'])}; "
                f"this talkgen has {', '.join(EMOTIONS)}. Take weights that were trained with it."
            )
        return EmotionEmbedder(EmbedderConfig(**description["network"]))

    return Embedder(read_network(folder, build))
