"""What a layout is: it reads the items of a corpus from the folder as users have it on disk.

A member offers `LOOKED_FOR`, the words that tell what it wants to find, and `read(folder) -> Iterator[Item]`, in the order of
their names, which yields nothing for a folder of another shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from talkgen.members import available, member
from talkgen.types import TalkgenError

PICTURES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".flv", ".m4v")
SOUNDS = (".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus")
STAGE = "corpus.layouts"


@dataclass(frozen=True)
class Item:
    """One clip to be: a video or sound file, and what its place and name tell of it. `sound` is given where it lies apart from
    the picture; `transcript`, `emotion` (in the grammar of `--emotion`) and `language` where they are known."""

    path: Path
    name: str
    speaker: str
    sound: Path | None = None
    transcript: str | None = None
    emotion: str | None = None
    language: str = "en"


def read(source: Path, layout: str | None = None) -> list[Item]:
    """The items of a folder, or of a single file. Without `layout` the shape of the folder tells it: `files` when it is no other.

    Raises `TalkgenError`, naming what was looked for, when there is nothing of the kind.
    """
    if not source.exists():
        raise TalkgenError(f"There is no {source}.")
    if layout is not None:
        reader = member(STAGE, layout)
        items = list(reader.read(source)) if source.is_dir() else []
        if not items and not (items := _file(source, layout)):
            raise TalkgenError(f"{source} is not laid out as {layout}, which looks for {reader.LOOKED_FOR}.")
        return items
    if items := _file(source, "files"):
        return items
    for name in (*(name for name in available(STAGE) if name != "files"), "files"):
        if source.is_dir() and (items := list(member(STAGE, name).read(source))):
            return items
    wanted = "; ".join(f"{name}: {member(STAGE, name).LOOKED_FOR}" for name in available(STAGE))
    raise TalkgenError(f"Nothing in {source} can be prepared. Looked for {wanted}.")


def _file(source: Path, layout: str) -> list[Item]:
    """A source that is itself a media file, as the layout `files` has it."""
    if layout != "files" or not source.is_file() or source.suffix.lower() not in PICTURES + SOUNDS:
        return []
    item: Item = member(STAGE, "files").item(source)
    return [item]


def files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files below a folder with one of the suffixes, in the order of their paths; hidden ones are left out."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file():
            yield path
