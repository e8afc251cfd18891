"""Any folder of videos or sounds. The words of NAME.mp4 may stand in NAME.txt beside it; those of one folder are one speaker."""

from collections.abc import Iterator
from pathlib import Path

from talkgen.corpus.layouts.base import PICTURES, SOUNDS, Item
from talkgen.corpus.layouts.base import files as media

LOOKED_FOR = "videos or sounds at any depth, with their words in NAME.txt beside NAME.mp4 where they are known"


def read(folder: Path) -> Iterator[Item]:
    """Every media file below `folder`, named by its path."""
    for path in media(folder, PICTURES + SOUNDS):
        yield item(path, "-".join(path.relative_to(folder).with_suffix("").parts))


def item(path: Path, name: str | None = None) -> Item:
    """One file."""
    words = path.with_suffix(".txt")
    transcript = words.read_text(encoding="utf-8-sig").strip() if words.is_file() else None
    return Item(path, name or path.stem, path.resolve().parent.name, transcript=transcript or None)
