"""The demo page as a user starts it, and what its tests look for in a face."""

import os
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from talkgen.portrait.base import open_portrait

DATA = Path(__file__).parent / "data"
PORTRAIT, SPEECH = str(DATA / "astronaut.jpg"), str(DATA / "printing.flac")
BROWS, LIPS, NOSE = (55, 65, 52, 53, 46, 285, 295, 282, 283, 276), (61, 291, 0, 17), 1
"""Points of the face mesh."""


@dataclass(frozen=True)
class Served:
    """A page that is served: its address, and the folder that holds all that it is given and makes."""

    url: str
    place: Path
    process: subprocess.Popen

    @property
    def folder(self) -> Path:
        (folder,) = self.place.glob("talkgen-demo-*")
        return folder


@contextmanager
def serving(place: Path, *options: str) -> Iterator[Served]:
    """`talkgen demo`, which keeps its files in `place` and takes ten seconds of speech."""
    command = [f"{sysconfig.get_path('scripts')}/talkgen", "demo", "--longest", "10", *options]
    process = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(place)}, stdout=subprocess.PIPE, text=True)
    try:
        url, said, _ = process.stdout.readline().partition(": the page")
        assert said, "the page did not start"
        yield Served(url, place, process)
    finally:
        stop(process)


def stop(process: subprocess.Popen) -> int:
    """As Ctrl-C does; the exit code."""
    process.send_signal(signal.SIGINT)
    code = process.wait(60)
    process.stdout.close()
    return code


def change_of_brows_and_chin(still: np.ndarray, moved: np.ndarray, folder: Path) -> tuple[float, float]:
    """How much two pictures `(H, W, 3)` of a face differ about its brows, and below its nose."""
    Image.fromarray(still).save(folder / "still.png")
    points = open_portrait(folder / "still.png").landmarks[:, :2]
    brows, lips = (points[list(group)] for group in (BROWS, LIPS))
    change = np.abs(moved.astype(float) - still).sum(axis=2)
    low = int((lips[:, 1].min() + points[NOSE, 1]) / 2)
    return change[int(brows[:, 1].min()) - 15 : int(brows[:, 1].max()) + 15].mean(), change[low:].mean()
