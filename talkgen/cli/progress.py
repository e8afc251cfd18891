"""What a person at a terminal sees while waiting. Into a pipe or a file nothing is written."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from talkgen.export.base import Picture
from talkgen.types import Frame


def with_progress(picture: Picture) -> Picture:
    """The same picture, whose frames move a bar with the time left as they are taken."""
    return replace(picture, frames=_tracked(picture)) if sys.stderr.isatty() else picture


def _tracked(picture: Picture) -> Iterator[Frame]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("Rendering"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(picture.frames, total=picture.n_frames)


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
