"""What pictures are compared by beside their pixels: a small bank of steerable filters at two scales, none of it learnt.

After Freeman & Adelson (1991), "The design and use of steerable filters": first and second derivatives of a Gaussian in four
directions, of the brightness; and differences of colour.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

_SIZE = 7
_LUMA = (0.299, 0.587, 0.114)


def filter_bank() -> Tensor:
    """`(8, 1, 7, 7)`, each of them of sum 0 and of norm 1."""
    y, x = np.mgrid[:_SIZE, :_SIZE] - _SIZE // 2
    window, bank = np.exp(-(x**2 + y**2) / (2 * 1.1**2)), []
    for angle in np.arange(4) * np.pi / 4:
        along = np.cos(angle) * x + np.sin(angle) * y
        bank += [along * window, (along**2 / 1.1**2 - 1) * window]
    centred = [one - window * one.sum() / window.sum() for one in bank]
    return torch.tensor(np.stack([one / np.linalg.norm(one) for one in centred]), dtype=torch.float32)[:, None]


def features(pictures: Tensor, bank: Tensor) -> list[Tensor]:
    """Of `pictures (B, 3, H, W)`, two maps `(B, 11, h, w)`: filters of the brightness, and the colours, at full and half size."""
    result = []
    for _ in range(2):
        luma = (pictures * torch.tensor(_LUMA).to(pictures)[:, None, None]).sum(1, keepdim=True)
        result.append(torch.cat([functional.conv2d(luma, bank.to(luma), padding=_SIZE // 2), 0.7 * pictures], dim=1))
        pictures = functional.avg_pool2d(pictures, 2)
    return result


def distance(ones: Tensor, others: Tensor) -> Tensor:
    """`(B, h, w)` how far two maps of features lie apart, in the Euclidean sense."""
    return (ones - others).square().sum(1).add(1e-4).sqrt()
