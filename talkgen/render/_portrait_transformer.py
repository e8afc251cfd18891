"""The portrait diffusion transformer: patches of a face's crops as tokens, the portrait's own beside them, AdaLN for what is told.

A diffusion transformer (Peebles & Xie 2023) on pixels, which predicts the clean picture rather than the velocity (Li & He 2025,
"Back to basics"); one modulation is shared by its layers, which each shift it (PixArt-alpha, Chen et al. 2023). What it draws is
the difference from the warped frame; a small convolution joins the patches. Tokens of the portrait are keys and values alone, made
once per portrait.
"""

import math
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from talkgen.lib.diffusion import without_compiler
from talkgen.lib.programs import program_table
from talkgen.render._attention import attend
from talkgen.render._crops import LAYOUTS, MAPS, PATCH, Crops, Layout, count_tokens, layout_of
from talkgen.space import BLENDSHAPES, EMOTIONS, REGION_OF, REGIONS, SIDED
from talkgen.types import Array

with without_compiler():
    from diffusers.configuration_utils import ConfigMixin, register_to_config
    from diffusers.models.modeling_utils import ModelMixin

LEVELS = 32.0
"""Grey levels that count as 1 in a difference."""
NOISE = 1.0
"""Spread of the noise that a difference starts from."""
PICTURED = 3 + 3 + MAPS + 3 + 1
"""Channels of a token's pixels: the noisy difference, the warped frame, the maps, the frame before and whether there is one."""
_REGIONS = [[k for k, name in enumerate(BLENDSHAPES) if REGION_OF[name] == region] for region in REGIONS if region != "head"]
TOLD = 2 * len(BLENDSHAPES) + 6 + len(_REGIONS) + len(EMOTIONS) + 1
_HINTS, _FINISH = 5, 16  # channels that tokens pass on beside the difference, and of the convolution that joins patches
_BIG = 2 * PATCH  # pixels along each side of a token of the reference
_PROGRAMS = program_table(dict.fromkeys(SIDED, "left"))
Memory = list[tuple[Tensor, Tensor]]
"""Keys and values `(B, heads, R, width / heads)` of the portrait for each layer."""


def patches(crops: Crops, size: int = PATCH) -> Array:
    """Crops of C channels as tokens `(N, size * size, C)`, crop by crop, row by row."""
    tokens = []
    for crop in layout_of(crops):  # whose order is that of tokens, whatever that of `crops`
        image = crops[crop.name]
        rows, columns = image.shape[0] // size, image.shape[1] // size
        grid = image[: rows * size, : columns * size].reshape(rows, size, columns, size, -1)
        tokens.append(grid.transpose(0, 2, 1, 3, 4).reshape(rows * columns, size * size, -1))
    return np.concatenate(tokens)


def images(tokens: Tensor, layout: Layout) -> dict[str, Tensor]:
    """Crops `(B, C, height, width)` from tokens `(B, N, 64, C)`."""
    result, start = {}, 0
    for crop in layout:
        rows, columns = crop.tokens
        part = tokens[:, start : start + rows * columns].reshape(len(tokens), rows, columns, PATCH, PATCH, -1)
        result[crop.name] = part.permute(0, 5, 1, 3, 2, 4).flatten(4, 5).flatten(2, 3)
        start += rows * columns
    return result


def joined(crops: dict[str, Tensor]) -> Tensor:
    """The inverse of `images`."""
    parts = []
    for image in crops.values():
        rows, columns = image.shape[2] // PATCH, image.shape[3] // PATCH
        grid = image.reshape(*image.shape[:2], rows, PATCH, columns, PATCH)
        parts.append(grid.permute(0, 2, 4, 3, 5, 1).flatten(3, 4).flatten(1, 2))
    return torch.cat(parts, dim=1)


def tell(curves: Array, rest: Array, turn: Array, rest_turn: Array, felt: Array | None) -> Array:
    """`(TOLD,)`: what the face wears and wore in the portrait `(52,)`, how the head is turned and was `(3,)`, how far each region
    is from how it was photographed, and what is felt `(7,)` where that is known."""
    strength = [float(np.sqrt(np.square(curves - rest)[region].mean())) for region in _REGIONS]
    known = np.zeros(len(EMOTIONS)) if felt is None else felt
    told: Array = np.concatenate([curves, rest, turn, rest_turn, strength, known, [felt is not None]]).astype(np.float32)
    return told


def feel(curves: Array) -> Array:
    """`(7,)`: the mixture of the named emotions whose programs come nearest to `curves (52,)`."""
    from scipy.optimize import nnls

    felt: Array = np.minimum(nnls(_PROGRAMS.T, curves.astype(np.float64))[0], 1.5).astype(np.float32)
    return felt


class Layer(nn.Module):
    """Attention over the tokens and the portrait, then each token by itself; both scaled, shifted and gated."""

    def __init__(self, width: int, heads: int, expansion: int) -> None:
        super().__init__()
        self.heads = heads
        self.shifts = nn.Parameter(torch.randn(6, width) / width**0.5)
        self.norms = nn.ModuleList(nn.LayerNorm(width, elementwise_affine=False) for _ in range(2))
        self.query_key_value, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.recall = nn.Linear(width, 2 * width)
        self.grow, self.shrink = nn.Linear(width, expansion * width), nn.Linear(expansion * width, width)

    def remember(self, portrait: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of the portrait's tokens `(B, R, W)`."""
        key, value = self.recall(portrait).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return key, value

    def forward(self, x: Tensor, modulation: Tensor, memory: tuple[Tensor, Tensor]) -> Tensor:
        """`x (B, N, W)`, `modulation (B, 6, W)`."""
        scale, shift, gate, scale2, shift2, gate2 = (modulation + self.shifts)[:, :, None].unbind(1)
        y = self.norms[0](x) * (1 + scale) + shift
        query, key, value = self.query_key_value(y).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        key, value = torch.cat([key, memory[0]], dim=2), torch.cat([value, memory[1]], dim=2)
        y = attend(query, key, value)
        x = x + gate * self.out(y.transpose(1, 2).flatten(2))
        y = self.norms[1](x) * (1 + scale2) + shift2
        result: Tensor = x + gate2 * self.shrink(functional.gelu(self.grow(y), approximate="tanh"))
        return result


class PortraitTransformer(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Noisy differences from warped frames to clean ones. `nano` is the default size; `base` is 512 wide, 8 layers, 8 heads, with
    the `layout` "whole"."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, width: int = 224, layers: int = 5, heads: int = 4, expansion: int = 3, layout: str = "parts") -> None:
        super().__init__()
        self.layout = LAYOUTS[layout]
        self.n_tokens, self.n_fine = count_tokens(self.layout), count_tokens(self.layout[:-1])
        self.fine, self.coarse = (nn.Linear(PICTURED * PATCH**2, width) for _ in range(2))
        self.place = nn.Parameter(torch.randn(self.n_tokens, width) * 0.02)
        self.photograph = nn.Linear(3 * _BIG**2, width)
        self.photographed_place = nn.Parameter(torch.randn(count_tokens(self.layout, _BIG), width) * 0.02)
        self.study = nn.TransformerEncoderLayer(width, heads, 2 * width, 0.0, functional.gelu, batch_first=True, norm_first=True)
        self.told = nn.Sequential(nn.Linear(width + TOLD, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.modulate = nn.Linear(width, 6 * width)
        self.blocks = nn.ModuleList(Layer(width, heads, expansion) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.fine_out, self.coarse_out = (nn.Linear(width, (3 + _HINTS) * PATCH**2) for _ in range(2))
        self.finish = nn.Sequential(
            nn.Conv2d(3 + _HINTS + 3 + MAPS, _FINISH, 3, padding=1), nn.SiLU(), nn.Conv2d(_FINISH, 3, 3, padding=1)
        )
        for layer in (self.modulate, self.fine_out, self.coarse_out, self.finish[2]):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)

    def remember(self, reference: Tensor) -> Memory:
        """What every layer keeps of a portrait, from its crops as patches of 16 pixels `(B, R, 256, 3)`, colours about -2 to 2."""
        tokens = self.study(self.photograph(reference.flatten(2)) + self.photographed_place)
        return [cast(Layer, layer).remember(tokens) for layer in self.blocks]

    def forward(self, noisy: Tensor, seen: Tensor, told: Tensor, time: Tensor, memory: Memory) -> Tensor:
        """The clean difference `(B, N, 64, 3)`, in `LEVELS`.

        `noisy (B, N, 64, 3)` the difference at `time (B,)`, 0 (clean) to 1 (noise); `seen (B, N, 64, PICTURED - 3)` as `see` gives
        it; `told (B, TOLD)`.
        """
        pixels = torch.cat([noisy, seen], dim=-1).flatten(2)
        x = torch.cat([self.fine(pixels[:, : self.n_fine]), self.coarse(pixels[:, self.n_fine :])], dim=1) + self.place
        told = self.told(torch.cat([_wave(time, x.shape[-1]).to(told.dtype), told], dim=-1))
        modulation = self.modulate(told).unflatten(-1, (6, -1))
        for layer, kept in zip(self.blocks, memory, strict=True):
            x = layer(x, modulation, kept)
        x = self.norm(x)
        drawn = torch.cat([self.fine_out(x[:, : self.n_fine]), self.coarse_out(x[:, self.n_fine :])], dim=1)
        drawn = drawn.reshape(len(x), self.n_tokens, PATCH**2, 3 + _HINTS)
        pictures = images(torch.cat([drawn, seen[..., : 3 + MAPS].to(drawn)], dim=-1), self.layout)
        clean: Tensor = joined({name: picture[:, :3] + self.finish(picture) for name, picture in pictures.items()})
        return clean


def see(warped: Tensor, maps: Tensor, before: Tensor, known: Tensor) -> Tensor:
    """What tokens show beside the difference: `warped` and the frame `before (B, N, 64, 3)`, grey levels, `maps (B, N, 64, MAPS)`;
    where `known (B,)` is 0 there is no frame before."""
    known = known[:, None, None, None].to(warped)
    change = known * (before - warped) / LEVELS
    return torch.cat([colours(warped), maps, change, known.expand_as(warped[..., :1])], dim=-1)


def colours(pixels: Tensor) -> Tensor:
    """Grey levels, about -2 to 2."""
    return (pixels - 128) / 64


def _wave(time: Tensor, width: int) -> Tensor:
    """Sines and cosines of `time (B,)`, `(B, width)`."""
    rates = torch.exp(-math.log(1e4) * torch.arange(width // 2, device=time.device) / (width // 2))
    angles = 1000 * time[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
