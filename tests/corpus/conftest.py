"""Tiny real media: a photograph that lasts a second, with or without sound."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from talkgen.lib.media import ffmpeg_command

DATA = Path(__file__).parents[1] / "data"
WORDS = "Printing, then, for our purpose, may be considered as the art of making books by means of movable types."


@pytest.fixture(scope="session")
def media(tmp_path_factory) -> Callable[..., Path]:
    """`media(name)`: a file of one second. The suffix says whether it has a picture, `face` and `sound` which picture and sound."""
    pictures, folder = {True: str(DATA / "astronaut.jpg"), False: "color=gray:size=128x96"}, tmp_path_factory.mktemp("media")

    def make(suffix: str, face: bool = True, sound: bool = True) -> Path:
        path = folder / f"{face}{sound}{suffix}"
        if path.exists():
            return path
        still = ("-loop", "1", "-framerate", "12") if face else ("-f", "lavfi")
        picture = (*still, "-t", "1", "-i", pictures[face]) if suffix in (".mp4", ".flv", ".mpg") else ()
        speech = ("-t", "1", "-i", str(DATA / "printing.flac")) if sound else ()
        shape = ("-vf", "scale=256:-2", "-pix_fmt", "yuv420p", "-r", "25") if picture else ()
        subprocess.run(ffmpeg_command("-loglevel", "error", *picture, *speech, *shape, "-ar", "44100", str(path)), check=True)
        return path

    return make
