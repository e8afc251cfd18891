"""The hearing network: causal convolutions and a recurrent layer over log-mel frames, read a little late.

Every layer looks back only, and each output is about the sound `delay` steps earlier: that is the look-ahead, and the only one.
So a stream fed piece by piece gives what the whole clip gives. Blocks are those of ConvNeXt (Liu et al. 2022) in one dimension;
the recurrent layer lets the network get used to a voice and a room.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from talkgen.lib.weights import read_network
from talkgen.types import VISEMES

State = tuple[Tensor, ...]


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the network. `features` go in at 100 Hz; outputs come at 50 Hz, `delay` of those steps late; a front end
    that gives 50 Hz has a `stride` of 1."""

    features: int = 64
    width: int = 224
    blocks: int = 7
    kernel: int = 7
    expansion: int = 3
    delay: int = 4
    dropout: float = 0.0
    stride: int = 2

    @property
    def columns(self) -> dict[str, int]:
        """Outputs by name, with the number of their columns."""
        return {"visemes": len(VISEMES), "lips": 2, "speech": 1, "voicing": 1, "energy": 1, "effort": 1}


class CausalConv(nn.Module):
    """Convolution over time `(B, C, T)` that sees no later step; what it still has to see is its state."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, out, kernel, stride, groups=groups)
        self.memory = kernel - stride

    def start(self, batch: int, like: Tensor) -> Tensor:
        """The state before the first step: silence (zeros)."""
        return like.new_zeros(batch, self.conv.in_channels, self.memory)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """`x (B, C, T)`, T a multiple of the stride, and the state; the result `(B, out, T / stride)` and the next state."""
        x = torch.cat([state, x], dim=-1)
        return self.conv(x), x[..., x.shape[-1] - self.memory :]


class Block(nn.Module):
    """A residual block: each channel over time, then all channels at each time."""

    def __init__(self, width: int, kernel: int, expansion: int, dropout: float) -> None:
        super().__init__()
        self.over_time = CausalConv(width, width, kernel, groups=width)
        self.norm = nn.LayerNorm(width)
        self.grow = nn.Linear(width, expansion * width)
        self.shrink = nn.Linear(expansion * width, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.shrink.weight)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """`x (B, W, T)` and the state; both again."""
        y, state = self.over_time(x, state)
        y = self.shrink(self.dropout(functional.gelu(self.grow(self.norm(y.mT))))).mT
        return x + y, state


class HearingNetwork(nn.Module):
    """Log-mel frames to mouth shapes, lips, voice and affect."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config, width = config, config.width
        self.stem = CausalConv(config.features, width, 3 * config.stride, config.stride)
        blocks = [Block(width, config.kernel, config.expansion, config.dropout) for _ in range(config.blocks)]
        self.blocks = nn.ModuleList(blocks)
        self._convolutions = [self.stem, *(block.over_time for block in blocks)]
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.heads = nn.Linear(2 * width, sum(config.columns.values()))

    def start(self, features: Tensor) -> State:
        """The state before the first frame of `features (B, T, F)`."""
        batch = len(features)
        past = (convolution.start(batch, features) for convolution in self._convolutions)
        return (*past, features.new_zeros(1, batch, self.config.width))

    def forward(self, features: Tensor, state: State | None = None) -> tuple[dict[str, Tensor], State]:
        """`features (B, T, F)`, T even, and the state left by the frames before, or None at the start.

        Outputs by name, `(B, T / 2, columns)`: row k is about the features 2 (k - delay); logits for "visemes" and "speech",
        numbers about 0 to 1 for the rest. And the state for the frames that follow.
        """
        stem, *past, memory = state or self.start(features)
        x, stem = self.stem(features.mT, stem)
        for index, block in enumerate(self.blocks):
            x, past[index] = block(x, past[index])
        x = self.dropout(self.norm(x.mT))
        y, memory = self.recurrent(x, memory)
        rows = self.heads(torch.cat([x, y], dim=-1))
        parts = rows.split(list(self.config.columns.values()), dim=-1)
        return dict(zip(self.config.columns, parts, strict=True)), (stem, *past, memory)


def load_network(folder: Path) -> HearingNetwork:
    """The network in `folder`, ready to hear. Raises `TalkgenError` as `read_network` does."""
    return read_network(folder, lambda description: HearingNetwork(NetworkConfig(**description["network"])))
