"""What a layout is: it reads the items of a corpus from the folder as users have it on disk.

A member offers `LOOKED_FOR`, the words that tell what it wants to find; `SOURCE` and `LICENCE`, what the corpus is called and the
licence it was published under (empty where only the user knows); and `read(folder) -> Iterator[Item]`, in a fixed order, which
yields nothing for a folder of another shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from talkgen.members import available, member
from talkgen.types import TalkgenError

PICTURES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".flv", ".m4v")
SOUNDS = (".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus")
STAGE = "corpus.layouts"


@dataclass(frozen=True)
class Item:
    """One clip to be: a video or sound file, and what its place and name tell of it; see `shards.ClipInfo`. `sound` is given where
    it lies apart from the picture."""

    path: Path
    name: str
    speaker: str
    sound: Path | None = None
    transcript: str | None = None
    emotion: str | None = None
    language: str = "en"
    source: str = ""
    licence: str = ""


def recognise(source: Path, layout: str | None = None) -> list[Item]:
    """The items of a folder or of a single file. Without `layout` it is the first that finds anything in it; `files` comes last.

    Raises `TalkgenError`, naming what was looked for, when there is nothing of the kind.
    """
    if not source.exists():
        raise TalkgenError(f"There is no {source}.")
    names = [layout] if layout else sorted(available(STAGE), key=lambda name: (name == "files", name))
    for name in names:
        reader = member(STAGE, name)
        if items := [replace(item, source=reader.SOURCE, licence=reader.LICENCE) for item in reader.read(source)]:
            return items
    wanted = "; ".join(f"{name}: {member(STAGE, name).LOOKED_FOR}" for name in names)
    kind = f"as {layout}" if layout else "in a way that talkgen knows"
    raise TalkgenError(f"{source} is not laid out {kind}. Looked for {wanted}.")


def files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files below a folder (or the file `folder` itself) with one of the suffixes, in the order of their paths, hidden ones left
    out."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file():
            yield path
