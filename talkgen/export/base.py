"""What an exporter is, what it is given, which one serves an output, and the words that every file it writes carries."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Protocol

from talkgen import __version__
from talkgen.lib.grammar import nearest
from talkgen.members import available, member
from talkgen.types import Array, Frame, Performance, TalkgenError

ENGINE_FPS = 30.0
"""Frames per second of files for engines, unless the format or the user asks for another."""

LONGEST = 500
"""Characters of an option (a transcript may be a chapter) that a file's metadata repeats."""


@dataclass(frozen=True)
class Picture:
    """Frames on their way to a file: an iterator of `(height, width, 3)` uint8 RGB, how many will come and how fast they play.

    For a format that asks for it, a fourth channel tells how opaque a pixel is; colours are not multiplied by it.

    `landmarks` tells of a frame by its number where `(478, 3)`, pixels, eyes and mouth are in it; `info` holds the options
    it was rendered with.
    """

    frames: Iterator[Frame]
    width: int
    height: int
    n_frames: int
    fps: float
    landmarks: Callable[[int], Array] | None = None
    info: Mapping[str, object] = field(default_factory=dict)


class Exporter(Protocol):
    """A member is a module with these names. It writes to `path` as given; the caller names a temporary path and renames it.

    Besides, where it needs them:
    `also` are suffixes that it serves when the user names the format (`--format`), and that are another's otherwise;
    `fps` its own rate, on which it gets every performance for which the user asked for no other; without one, the take's;
    `needs_alpha` that frames are cut out of their background;
    `options` the keywords, files that the user gives, which its `write` takes;
    `check(fps, **options)` raises `TalkgenError` for a rate (None: not given) or a file that it could not write with;
    `read(path) -> Performance` where it can be played again;
    `send(performance, host, port, **options)` in place of `write`, for an address (`osc://host:port`).
    """

    suffixes: tuple[str, ...]
    """Output suffixes it serves, with the dot; "/" for a folder, "osc://" for an address."""
    needs_picture: bool
    """Whether it shows frames (needs a portrait) or only the motion."""

    def write(self, performance: Performance, picture: Picture | None, path: Path) -> None: ...


def exporter_for(output: str, name: str | None = None) -> ModuleType:
    """The export member for an output: the format called `name`, or the one that its suffix stands for.

    "/" at the end asks for a folder. Raises `TalkgenError` for an unknown suffix or name, and a name that does not go with it.
    """
    suffix, members = _suffix(output), {key: member("export", key) for key in available("export")}
    if name is None:
        for exporter in members.values():
            if suffix in exporter.suffixes:
                return exporter
        known = ", ".join(suffix for exporter in members.values() for suffix in exporter.suffixes)
        raise TalkgenError(f"{output} has no suffix that talkgen knows; give one of {known} (a folder of pictures ends in /).")
    key = name.lower().replace("-", "_")
    if key not in members:
        raise TalkgenError(f"There is no format {name!r}; {nearest(key, members)}")
    if suffix not in (served := suffixes_of(members[key])):
        raise TalkgenError(f"{output} does not end as the format {name} does; give {' or '.join(served)}.")
    return members[key]


def suffixes_of(exporter: ModuleType) -> tuple[str, ...]:
    """Every suffix that an exporter serves, with the format named or without."""
    return (*exporter.suffixes, *getattr(exporter, "also", ()))


def options_of(exporter: ModuleType) -> tuple[str, ...]:
    """The files that an exporter's `write` takes besides."""
    return tuple(getattr(exporter, "options", ()))


def check_taken(option: str, exporters: Iterable[ModuleType], told: str) -> None:
    """Raise `TalkgenError` when none of these exporters takes an option; `told` is how the user gave it, and for what."""
    if not any(option in options_of(exporter) for exporter in exporters):
        takers = [name for name in available("export") if option in options_of(member("export", name))]
        raise TalkgenError(f"{told}; it goes with the formats {', '.join(takers)}.")


def _suffix(output: str) -> str:
    scheme, mark, _ = output.partition("://")
    return scheme.lower() + mark if mark else "/" if output.endswith("/") else Path(output).suffix.lower()


def provenance(performance: Performance, picture: Picture | None = None) -> str:
    """One line for a file's metadata: that it is AI-generated, by which version, and from which seed and options."""
    options = {**performance.info, **(picture.info if picture else {})}
    brief = {key: value[:LONGEST] if isinstance(value, str) else value for key, value in options.items()}
    return f"AI-generated by talkgen {__version__} {json.dumps(brief, sort_keys=True, ensure_ascii=False)}"
