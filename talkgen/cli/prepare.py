"""`talkgen prepare`: talking video and speech to a corpus that models learn from."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from talkgen.cli.progress import report, tracked, waiting
from talkgen.members import available
from talkgen.types import TalkgenError

if TYPE_CHECKING:
    from talkgen.corpus.layouts.base import Item

_LAYOUTS = ", ".join(available("corpus.layouts"))


def prepare(
    sources: Annotated[list[Path], typer.Argument(help="Folders of a corpus, or media files.", metavar="SOURCE...")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The corpus: a folder, new or to be added to.")],
    layout: Annotated[
        str | None, typer.Option(help=f"How the sources lie: {_LAYOUTS}.", metavar="NAME", show_default="recognised")
    ] = None,
    source: Annotated[str | None, typer.Option(help="What to name as the source.", show_default="the layout's")] = None,
    licence: Annotated[str | None, typer.Option(help="Its licence, as in CC-BY-4.0.", show_default="the layout's")] = None,
    speaker: Annotated[str | None, typer.Option(help="Who speaks in all of them.", show_default="the layout's")] = None,
    language: Annotated[str | None, typer.Option(help="Spoken in all of them, as in de.", show_default="en")] = None,
    emotion: Annotated[str | None, typer.Option(help="Of all of them, as in angry:0.7.", show_default="the layout's")] = None,
    validation: Annotated[int, typer.Option(min=0, help="Keep every so many-th speaker (or clip of one) for validation.")] = 10,
    test: Annotated[int, typer.Option(min=0, help="Likewise for testing; 0 keeps none.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes at work.")] = 1,
) -> None:
    """Track faces and align words: talking video, or speech alone, becomes training clips.

    What is in the corpus already is not made again. Clips that cannot be used are named with the reason and left out.
    """
    from talkgen.corpus.layouts.base import recognise
    from talkgen.corpus.prepare import missing, split
    from talkgen.corpus.prepare import prepare as run

    _check(output, emotion)
    given = {"source": source, "licence": licence, "speaker": speaker, "language": language, "emotion": emotion}
    items: list[Item] = []
    with waiting("Looking"):
        for path in sources:
            items += _labelled(path, recognise(path, layout), {key: value for key, value in given.items() if value})
        wanted = len(missing(items, output))
    outcomes, made = run(items, split(items, validation, test), output, workers), 0
    with closing(outcomes):
        for outcome in tracked(outcomes, wanted, "Preparing", "clips"):
            made += outcome.clip is not None
            if outcome.remark:
                typer.echo(f"talkgen: {outcome.remark}", err=True)
    if wanted and not made:
        raise TalkgenError(f"None of the {wanted} clips can be used; nothing was added to {output}.")
    report(f"{output}: {made} clips added, {wanted - made} left out, {len(items) - wanted} were there already")


def _labelled(path: Path, items: "Sequence[Item]", given: dict[str, Any]) -> "list[Item]":
    """The items with what the user says of them."""
    from dataclasses import replace

    labelled = [replace(item, **given) for item in items]
    if any(not item.source or not item.licence for item in labelled):
        raise TalkgenError(f"Where does {path} come from, and may it be used? Give --source and --licence (as in CC-BY-4.0).")
    return labelled


def _check(output: Path, emotion: str | None) -> None:
    from talkgen.corpus.shards import INDEX
    from talkgen.lib.files import check_writable
    from talkgen.lib.grammar import parse_emotion

    if emotion:
        parse_emotion(emotion, available("emotion"))
    if output.exists() and (not output.is_dir() or (any(output.iterdir()) and not (output / INDEX).exists())):
        raise TalkgenError(f"{output} is there and is no corpus; give a new folder, or one that talkgen prepare made.")
    there = next(parent for parent in output.absolute().parents if parent.exists())
    check_writable(there / output.name)
