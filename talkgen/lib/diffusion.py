"""diffusers, loaded without PyTorch's compiler: that would take a second of every start, and nothing here is compiled."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_COMPILER, _WANTS_IT = "torch._dynamo", "diffusers.utils.torch_utils"


@contextmanager
def without_compiler() -> Iterator[None]:
    """For the first import of diffusers: it looks for the compiler, and does as well where there is none."""
    if _COMPILER in sys.modules or _WANTS_IT in sys.modules:
        yield
        return
    sys.modules[_COMPILER] = None  # type: ignore[assignment]  # Python's way to say that there is no such module
    try:
        yield
    finally:
        del sys.modules[_COMPILER]


def euler(steps: int) -> Any:
    """diffusers' stock scheduler of a rectified flow, about to go from noise to data in so many equal steps."""
    with without_compiler():
        from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps))
    return scheduler
