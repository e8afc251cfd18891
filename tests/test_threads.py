"""How many cores a network takes, and that what it computes does not depend on how many it might have taken."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from talkgen import TalkingHead
from talkgen.lib.media import open_audio
from talkgen.lib.threads import one_thread

SPEECH = Path(__file__).parent / "data" / "printing.flac"


@pytest.fixture(autouse=True)
def two() -> Iterator[None]:
    """PyTorch's threads: two here, as they were afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_a_take_does_not_depend_on_the_number_of_cores() -> None:
    head, clip = TalkingHead.from_pretrained(), open_audio(SPEECH)
    takes = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        takes.append(head.perform(clip, "0s=neutral; 1s=happy:0.8@mouth", seed=3).motion)
    np.testing.assert_array_equal(takes[0].blendshapes, takes[1].blendshapes)
    np.testing.assert_array_equal(takes[0].head_rotation, takes[1].head_rotation)


def test_threads_that_begin_meanwhile_spoil_nothing() -> None:
    """Neither for themselves, once they have been inside, nor for those after them."""
    numbers: dict[str, int] = {}
    begun, out = threading.Event(), threading.Event()

    def other() -> None:
        numbers["met"] = torch.get_num_threads()
        begun.set()
        out.wait()
        with one_thread():
            numbers["inside"] = torch.get_num_threads()
        numbers["afterwards"] = torch.get_num_threads()

    thread = threading.Thread(target=other)
    with one_thread():
        assert torch.get_num_threads() == 1
        thread.start()
        begun.wait()
    out.set()
    thread.join()
    later = threading.Thread(target=lambda: numbers.update(later=torch.get_num_threads()))
    later.start()
    later.join()
    assert numbers == {"met": 1, "inside": 1, "afterwards": 2, "later": 2} and torch.get_num_threads() == 2
