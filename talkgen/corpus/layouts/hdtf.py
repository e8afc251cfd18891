"""HDTF (Zhang, Li, Ding, Fan 2021, "Flow-guided one-shot talking face generation with a high-resolution audio-visual dataset"):
clips cut from public addresses, one speaker per original video.

    RD_Radio10_000.mp4      of the radio address 10, the first clip
"""

import re
from collections.abc import Iterator
from pathlib import Path

from talkgen.corpus.layouts.base import PICTURES, Item
from talkgen.corpus.layouts.base import files as media

LOOKED_FOR = "clips called RD_NAME_000.mp4, WDA_NAME_000.mp4 or WRA_NAME_000.mp4"
SOURCE, LICENCE = "HDTF", "CC-BY-4.0"
_NAME = re.compile(r"((?:RD|WDA|WRA)_\w+?)(?:_\d+)?")


def read(folder: Path) -> Iterator[Item]:
    """Every clip named as the corpus names them; the speaker is that of the original video."""
    for path in media(folder, PICTURES):
        if name := _NAME.fullmatch(path.stem):
            yield Item(path, path.stem, f"hdtf_{name[1]}")
