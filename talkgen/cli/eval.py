"""`talkgen eval`: how well the talking head speaks, feels and lives, over a manifest of speech."""

import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from talkgen.cli import options
from talkgen.cli.progress import report as tell
from talkgen.cli.progress import waiting
from talkgen.types import TalkgenError

if TYPE_CHECKING:
    from talkgen.evaluation.report import Table


WIDTH = 120
"""Characters of a line where there is no terminal."""


def eval(  # named as the command is
    manifest: Annotated[Path, typer.Argument(help="manifest.jsonl or .csv: audio, and image, reference, transcript where known.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder for report.json, report.md and pictures.")],
    image: Annotated[Path | None, typer.Option(help="A portrait for lines that name none.", show_default=False)] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Of lips, hearing, affect, emotion, life, steadiness.", show_default="all")
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option(
            help="Also with changed sound: of noise10, 8k, phone, codec, m4a, reverb, child, shifted.", show_default="none"
        ),
    ] = None,
    real: Annotated[
        Path | None, typer.Option(help="Real people to compare life with: a corpus of talkgen prepare.", show_default=False)
    ] = None,
    plots: Annotated[bool, typer.Option(help="Draw curves, dial and faces (needs matplotlib).")] = True,
    articulation: options.Articulation = None,
    hearing: options.Hearing = "mel",
    motion: options.Motion = "diffusion",
    seed: options.Seed = None,
) -> None:
    """Measure lip sync, hearing, emotion, life and steadiness; write a report and show its tables."""
    from talkgen.evaluation import plots as pictures
    from talkgen.evaluation import report
    from talkgen.evaluation.harness import PARTS, Options, evaluate
    from talkgen.evaluation.manifest import read_manifest
    from talkgen.pipeline import TalkingHead

    _, _, number, style = options.read_direction(None, None, articulation, None, seed)
    wanted = Options(_names(only) or PARTS, number, style.articulation, _names(condition), real)
    head = TalkingHead.from_pretrained(motion, hearing=hearing)
    if image is not None and not image.is_file():
        raise TalkgenError(f"There is no file {image}.")
    lines = [replace(line, image=line.image or image) for line in read_manifest(manifest)]
    if plots:
        pictures.check()
    _make(output)
    logging.getLogger("talkgen.pipeline").setLevel(logging.ERROR)  # what was not found in the speech stands in the report
    with waiting("Evaluating") as say:
        found, cases, actor = evaluate(lines, head, wanted, say)
        say("Drawing")
        drawn = pictures.draw(found, cases, actor, output) if plots else []
    report.write(found, output, drawn)
    _show(report.tables(found), report.cell)
    tell(f"{output}: {', '.join(('report.json', 'report.md', *drawn))}")


def _names(texts: list[str] | None) -> tuple[str, ...]:
    """Names given one by one or with commas between them."""
    return tuple(name.strip() for text in texts or () for name in text.split(","))


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise TalkgenError(f"{folder} is a file; give a folder for the report.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TalkgenError(f"The folder {folder} cannot be made: {(error.strerror or str(error)).lower()}.") from None


def _show(tables: Iterable["Table"], cell: Callable[[Any], str]) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    for table in (table for table in tables if not table.detail):
        grid = Grid(title=table.title, caption=table.note, title_justify="left", caption_justify="left")
        for name in table.header:
            grid.add_column(name)
        for row in table.rows:
            grid.add_row(*(cell(value) for value in row))
        console.print(grid)
