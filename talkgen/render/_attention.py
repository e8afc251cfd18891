"""Attention by whatever does it fastest where it runs: xformers on a GPU that has it, plain products in half precision on a CPU."""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Softmax attention (Vaswani et al. 2017) of `query (B, heads, N, D)` over `key` and `value (B, heads, M, D)`; as `query`."""
    if query.is_cuda and _has_xformers(query.dtype):
        return _xformers(query, key, value)
    if query.device.type == "cpu" and query.dtype == torch.bfloat16:
        return plain(query, key, value)
    return functional.scaled_dot_product_attention(query, key, value)


def plain(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """As it is written down. In bfloat16, on a CPU and for a few hundred tokens, twice as fast as PyTorch 2.13's fused kernel."""
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
    result: Tensor = scores.softmax(-1).to(value.dtype) @ value
    return result


def _xformers(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    from xformers.ops import memory_efficient_attention

    result: Tensor = memory_efficient_attention(*(part.transpose(1, 2) for part in (query, key, value))).transpose(1, 2)
    return result


@cache
def _has_xformers(dtype: torch.dtype) -> bool:
    """Whether a call succeeds: an xformers for another PyTorch or another GPU imports well and fails then."""
    tokens = torch.zeros(1, 1, 8, 64, device="cuda", dtype=dtype)
    try:
        _xformers(tokens, tokens, tokens)
    except (ImportError, OSError, RuntimeError, ValueError):  # NotImplementedError, for a GPU it does not know, is a RuntimeError
        return False
    return True
