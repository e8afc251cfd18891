"""`talkgen batch`: every line of a manifest, as many at once as there are cores, and only what is not done yet."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from talkgen.cli import options
from talkgen.cli.progress import report as tell
from talkgen.cli.progress import tracked, waiting
from talkgen.members import available, member
from talkgen.types import TalkgenError

if TYPE_CHECKING:
    from talkgen.batch.engines.base import Engine
    from talkgen.batch.plan import Job, Settings
    from talkgen.batch.work import Outcome

Progress = Literal["bar", "json"]
_ENGINES = "|".join(available("batch.engines"))
_MANIFEST = (
    "A .csv, .jsonl or .yaml of lines: audio, and where they have it id, character, transcript (or text), language, image, "
    "emotion, intensity, emotion_keys, style, seed, start, end, outputs, rig, retarget, flame."
)
_WORK: dict[str, Any] = {"rich_help_panel": "Work"}
_LINES: dict[str, Any] = {"rich_help_panel": "Lines that say nothing else"}


def _pose(what: str) -> Any:
    words = f"The pose that they {what}, so that lines join: rest, an emotion, another take, or none."
    return typer.Option(help=words, metavar="POSE|FILE", show_default="rest", **_LINES)


def batch(
    manifest: Annotated[Path, typer.Argument(help=_MANIFEST)],
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder that mirrors the one of the sound.")],
    characters: Annotated[
        Path | None, typer.Option(help="A file of characters: portrait, emotion, style, seed.", show_default=False)
    ] = None,
    image: Annotated[Path | None, typer.Option(help="The portrait.", show_default=False, **_LINES)] = None,
    outputs: Annotated[
        str | None,
        typer.Option(help="Endings of the files to make.", show_default=".json, with a portrait also .mp4", **_LINES),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="What the seeds of lines are derived from.", **_LINES)] = 0,
    start: Annotated[str | None, _pose("begin in")] = None,
    end: Annotated[str | None, _pose("end in")] = None,
    rig: Annotated[Path | None, typer.Option(help="The head (.glb, .vrm) for .glb outputs.", show_default=False, **_LINES)] = None,
    retarget: Annotated[
        str | None, typer.Option(help="The map for other rigs.", metavar="NAME|FILE", show_default=False, **_LINES)
    ] = None,
    flame: Annotated[
        Path | None, typer.Option(help="The FLAME model (.pkl) for flame outputs.", show_default=False, **_LINES)
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Lines at once, one core each.", show_default="all cores", **_WORK)
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Ids or patterns such as 'guard/*'; may be repeated.", show_default="all", **_WORK)
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going/--fail-fast", help="Go on with the others after a line that failed.", **_WORK)
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be made, and why.", **_WORK)] = False,
    progress: Annotated[Progress, typer.Option(help="For a person, or for a program: JSON lines on stderr.", **_WORK)] = "bar",
    engine: Annotated[str, typer.Option(help="Processes here, or a Ray cluster.", metavar=_ENGINES, **_WORK)] = "local",
    hearing: options.Hearing = "mel",
    motion: options.Motion = "diffusion",
    renderer: options.Renderer = "dit",
    crop: options.Crop = "full",
    size: options.Size = None,
    fps: options.Fps = None,
    landmarks: options.Landmarks = "litert",
    device: options.Device = "cpu",
) -> None:
    """Make every line of a manifest, and a report on them; what was made from the same already stays.

    Exit code 1 when a line failed.
    """
    from talkgen.batch.direction import usual_direction
    from talkgen.batch.manifest import read_manifest, selected
    from talkgen.batch.plan import Settings, plan
    from talkgen.pipeline import TalkingHead
    from talkgen.render.base import View
    from talkgen.takes import check_rate

    logging.getLogger("talkgen").addHandler(logging.NullHandler())  # what is noted of a line stands in the report
    manifest, output = manifest.absolute(), output.absolute()  # workers on a cluster begin elsewhere
    with _refusals(progress):
        if fps is not None:
            check_rate(fps)
        TalkingHead.from_pretrained(motion, renderer, device, hearing)
        if output.exists() and not output.is_dir():
            raise TalkgenError(f"{output} is a file; give a folder for the outputs.")
        engine_chosen: Engine = member("batch.engines", engine)
        usual = usual_direction(
            image=image, outputs=outputs, seed=seed, start=start, end=end, rig=rig, retarget=retarget, flame=flame
        )
        settings = Settings(motion, hearing, renderer, device, View(crop, size), fps, landmarks)
        with waiting("Reading"):
            lines = read_manifest(manifest, output, usual, characters.absolute() if characters else None)
            chosen = {line.place for line in selected(lines, _names(only))}
            planned = list(plan(lines, settings, output))
        asked = [job for job in planned if job.line.place in chosen]
        if dry_run:
            _list(asked)
            return
        wanted = [job for job in asked if job.why]
        _tell(progress, "start", lines=len(planned), to_make=len(wanted))
        outcomes = _make(wanted, settings, output, engine_chosen, jobs, keep_going, progress)
        if _report(planned, outcomes, output, manifest, progress):
            raise typer.Exit(1)


def _names(texts: Sequence[str] | None) -> list[str]:
    """Patterns given one by one or with commas between them."""
    return [name.strip() for text in texts or () for name in text.split(",") if name.strip()]


def _list(jobs: "Sequence[Job]") -> None:
    """What would be made, and why."""
    for job in jobs:
        made = f"  {' '.join(job.line.outputs)}  ({job.why})" if job.why else ""
        typer.echo(f"{'make' if job.why else 'keep'}  {job.line.place}{made}")


def _make(
    jobs: "Sequence[Job]",
    settings: "Settings",
    output: Path,
    engine: "Engine",
    workers: int | None,
    keep_going: bool,
    progress: Progress,
) -> "dict[str, Outcome]":
    """What became of the jobs, by place, told as it happens."""
    from talkgen.batch.run import make

    outcomes: dict[str, Outcome] = {}
    made = make(jobs, settings, output, engine, workers, keep_going)
    try:
        with closing(made):
            for outcome in tracked(made, len(jobs), "Making", "lines") if progress == "bar" else made:
                outcomes[outcome.place] = outcome
                if outcome.error and progress == "bar":
                    typer.echo(f"talkgen: {outcome.place}: {outcome.error}", err=True)
                _tell(progress, "line", **asdict(outcome), finished=len(outcomes), of=len(jobs))
    except KeyboardInterrupt:
        done = sum(not outcome.error for outcome in outcomes.values())
        words = f"Stopped after {done} of {len(jobs)} lines; nothing is half done, and the same command goes on from here."
        raise KeyboardInterrupt(words) from None
    return outcomes


def _report(planned: "Sequence[Job]", outcomes: "dict[str, Outcome]", output: Path, manifest: Path, progress: Progress) -> bool:
    """Write the report, tell where it is, and whether a line failed."""
    from talkgen.batch import report
    from talkgen.batch.manifest import REPORTS

    rows = report.gather(planned, outcomes)
    report.write(rows, output, manifest.name)
    found = report.counts(rows)
    summary = ", ".join(f"{number} {report.STATES[state]}" for state, number in found.items() if number)
    if progress == "bar":
        tell(f"{output}: of {len(rows)} lines {summary}; see {output / REPORTS[1]}")
    _tell(progress, "end", **found, report=str(output / REPORTS[0]))
    return bool(found["failed"])


@contextmanager
def _refusals(progress: Progress) -> Iterator[None]:
    """Where a program listens, errors and the wish to stop are told as JSON too."""
    try:
        yield
    except TalkgenError as error:
        if progress == "bar":
            raise
        _tell(progress, "refused", message=str(error), problems=getattr(error, "problems", []))
        raise typer.Exit(2) from None
    except KeyboardInterrupt as stop:
        if progress == "bar":
            raise
        _tell(progress, "stopped", message=str(stop))
        raise typer.Exit(130) from None


def _tell(progress: Progress, event: str, **what: object) -> None:
    """A JSON line on stderr, for a program."""
    if progress == "json":
        typer.echo(json.dumps({"event": event, **what}, ensure_ascii=False), err=True)
