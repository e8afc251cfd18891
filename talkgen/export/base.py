"""What an exporter is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from talkgen.types import Frame, Performance


@dataclass(frozen=True)
class Picture:
    """Frames on their way to a file: an iterator of `(height, width, 3)` uint8 RGB, how many will come and how fast they play."""

    frames: Iterator[Frame]
    width: int
    height: int
    n_frames: int
    fps: float


class Exporter(Protocol):
    """A member is a module with these names. It writes to `path` as given; the caller names a temporary path and renames it."""

    suffixes: tuple[str, ...]
    """Output suffixes it serves, with the dot; "/" for a folder."""
    needs_picture: bool
    """Whether it shows frames (needs a portrait) or only the motion."""

    def write(self, performance: Performance, picture: Picture | None, path: Path) -> None: ...
