"""What a person at a terminal sees while waiting. Into a pipe or a file nothing is written."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from talkgen.export.base import Picture

Item = TypeVar("Item")


def with_progress(picture: Picture) -> Picture:
    """The same picture, whose frames move a bar with the time left as they are taken."""
    return replace(picture, frames=tracked(picture.frames, picture.n_frames, "Rendering", "frames"))


def tracked(items: Iterable[Item], total: int, doing: str, unit: str) -> Iterator[Item]:
    """The items, which move a bar with the time left as they are taken. Lines written to stderr meanwhile stand above it."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{unit},"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, total=total)


@contextmanager
def waiting(what: str) -> Iterator[Callable[[str], None]]:
    """A moving sign with a word while something of unknown length runs; what is yielded changes the word."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(what) as status:
        yield status.update


def report(text: str) -> None:
    """One closing line."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")
