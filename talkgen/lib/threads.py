"""How many cores a small network may take."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class _Inside:
    """How many threads are in `one_thread`, and PyTorch's number of threads where none is."""

    count: int = 0
    usual: int = 0


_lock, _inside = threading.Lock(), _Inside()


@contextmanager
def one_thread() -> Iterator[None]:
    """For networks that gain nothing from a second core: waiting for one that is busy makes them thirty times slower.

    What they compute is then also the same to the last bit whatever else runs: a product that two cores share rounds otherwise.
    PyTorch's number holds for the thread that sets it and for all that begin later, so the usual number is asked for while nobody
    has set it to one. Not to be nested.
    """
    import torch

    with _lock:
        if not _inside.count:
            _inside.usual = _of_a_new_thread()
        _inside.count += 1
        usual = _inside.usual
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            _inside.count -= 1
            torch.set_num_threads(usual)


def _of_a_new_thread() -> int:
    """The process's number; this thread's may be a one that it met at its own beginning, while another one was inside."""
    import torch

    numbers: list[int] = []
    asking = threading.Thread(target=lambda: numbers.append(torch.get_num_threads()))
    asking.start()
    asking.join()
    return numbers[0]
