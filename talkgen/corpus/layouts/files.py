"""Any folder of videos or sounds. The words of NAME.mp4 may stand in NAME.txt beside it, and its sound in NAME.wav; the clips of
one folder are taken to be of one speaker."""

from collections.abc import Iterator
from pathlib import Path

from talkgen.corpus.layouts.base import PICTURES, SOUNDS, Item
from talkgen.corpus.layouts.base import files as media

LOOKED_FOR = "videos or sounds at any depth, with their words in NAME.txt beside NAME.mp4 where they are known"
SOURCE = LICENCE = ""


def read(folder: Path) -> Iterator[Item]:
    """Every video, and every sound that is no video's, below `folder` or `folder` itself where it is a file; named by its path."""
    videos = {path.with_suffix(""): path for path in media(folder, PICTURES)}
    sounds = {path.with_suffix(""): path for path in media(folder, SOUNDS)}
    for path in media(folder, PICTURES + SOUNDS):
        plain = path.with_suffix("")
        if plain in videos and path.suffix.lower() in SOUNDS:
            continue
        words = path.with_suffix(".txt")
        transcript = words.read_text(encoding="utf-8-sig").strip() if words.is_file() else None
        name = "-".join(plain.relative_to(folder if folder.is_dir() else folder.parent).parts)
        sound = sounds.get(plain) if plain in videos else None
        yield Item(path, name, path.resolve().parent.name, sound, transcript or None)
