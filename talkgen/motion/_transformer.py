"""The motion diffusion transformer: frames of motion as tokens, heard speech and emotion beside each, AdaLN for what holds for all.

A diffusion transformer (Peebles & Xie 2023) with one modulation shared by its layers, which each shift it (PixArt-alpha, Chen et
al. 2023), and rotary positions (Su et al. 2021), so that a window may lie anywhere.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from talkgen.motion._curve_space import CHANNELS, HEARD


@dataclass(frozen=True)
class MotionConfig:
    """Sizes. `emotion` and `style` are the columns of what goes in beside what is heard; a `distilled` network takes any scales of
    guidance, any other only 0 and 1."""

    width: int = 224
    layers: int = 8
    heads: int = 4
    emotion: int = 32
    style: int = 2
    distilled: bool = False


class Layer(nn.Module):
    """Attention over the frames, then each frame by itself; both scaled, shifted and gated."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.shifts = nn.Parameter(torch.randn(6, width) / width**0.5)
        self.norms = nn.ModuleList(nn.LayerNorm(width, elementwise_affine=False) for _ in range(2))
        self.query_key_value, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.grow, self.shrink = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor, modulation: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        """`x (B, T, W)`, `modulation (B, 6, W)`, `turns` as `_turns` gives them."""
        scale, shift, gate, scale2, shift2, gate2 = (modulation + self.shifts)[:, :, None].unbind(1)
        y = self.norms[0](x) * (1 + scale) + shift
        query, key, value = self.query_key_value(y).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = functional.scaled_dot_product_attention(_turned(query, turns), _turned(key, turns), value)
        x = x + gate * self.out(y.transpose(1, 2).flatten(2))
        y = self.norms[1](x) * (1 + scale2) + shift2
        result: Tensor = x + gate2 * self.shrink(functional.gelu(self.grow(y), approximate="tanh"))
        return result


class MotionTransformer(nn.Module):
    """Noisy motion to the velocity of its flow."""

    def __init__(self, config: MotionConfig) -> None:
        super().__init__()
        self.config, width = config, config.width
        self.motion = nn.Linear(2 * CHANNELS + 1, width)
        self.hearing = nn.Sequential(nn.Linear(HEARD, width), nn.GELU(), nn.Linear(width, width))
        self.feeling = nn.Linear(config.emotion, width)
        self.unheard, self.unfelt = (nn.Parameter(torch.zeros(width)) for _ in range(2))
        self.style = nn.Sequential(nn.Linear(width + config.style + 2, width), nn.SiLU())
        self.modulate = nn.Linear(width, 6 * width)
        self.layers = nn.ModuleList(Layer(width, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.out = nn.Linear(width, CHANNELS)
        for layer in (self.modulate, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self,
        noisy: Tensor,
        time: Tensor,
        past: Tensor,
        known: Tensor,
        heard: Tensor,
        emotion: Tensor,
        style: Tensor,
        guidance: Tensor,
    ) -> Tensor:
        """The velocity `(B, T, 58)`, noise minus motion, of `noisy (B, T, 58)` at `time (B,)`, 0 (motion) to 1 (noise).

        `past (B, T, 58)` is motion that is there already, where `known (B, T, 1)` is 1; `heard (B, T, HEARD)`;
        `emotion (B, T, E)`; `style (B, S)`; `guidance (B, 2)`: how much speech and emotion count; at 0 they are not told.
        """
        ears = torch.where(guidance[:, None, :1] > 0, self.hearing(heard), self.unheard)
        mood = torch.where(guidance[:, None, 1:] > 0, self.feeling(emotion), self.unfelt)
        x = self.motion(torch.cat([noisy, past * known, known], dim=-1)) + ears + mood
        context = self.style(torch.cat([_wave(time, self.config.width).to(style.dtype), style, guidance], dim=-1))
        modulation = self.modulate(context).unflatten(-1, (6, -1))
        turns = _turns(x.shape[1], self.config.width // self.config.heads, x.device)
        for layer in self.layers:
            x = layer(x, modulation, turns)
        velocity: Tensor = self.out(self.norm(x))
        return velocity


def _wave(time: Tensor, width: int) -> Tensor:
    """Sines and cosines of `time (B,)`, `(B, width)`."""
    rates = torch.exp(-math.log(1e4) * torch.arange(width // 2, device=time.device) / (width // 2))
    angles = 1000 * time[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def _turns(n_frames: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines by which the frame at each place is turned, `(T, width / 2)` each."""
    rates = 1e3 ** (-torch.arange(0, width, 2, device=device) / width)
    angles = torch.arange(n_frames, device=device)[:, None] * rates
    return angles.cos(), angles.sin()


def _turned(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """`x (B, H, T, W)` turned by its place."""
    cosine, sine = turns
    one, two = x.chunk(2, dim=-1)
    return torch.cat([one * cosine - two * sine, two * cosine + one * sine], dim=-1)
