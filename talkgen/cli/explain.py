"""`talkgen explain`: what an emotion asks of the face, unit by unit, and why."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from talkgen.cli import options
from talkgen.cli.progress import report, waiting
from talkgen.members import available, member
from talkgen.types import Array, EmotionSpec, EmotionTerm, TalkgenError

if TYPE_CHECKING:
    from talkgen.emotion._plan import Plan
    from talkgen.emotion.base import Scene

WIDTH = 120
"""Characters of a line where there is no terminal."""
Explained = tuple[str, "Plan"]
"""A heading and a plan."""


def explain(
    words: Annotated[str, typer.Argument(help='Words such as "quietly furious", or anything that --emotion takes.')],
    endpoint: Annotated[
        str | None, typer.Option(help="Ask a model at an OpenAI-compatible address instead: http://localhost:11434/v1.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Which model to ask there.", show_default="llama3.1")] = None,
    audio: Annotated[Path | None, typer.Option(help="The line that audio and auto listen to.", show_default=False)] = None,
    image: Annotated[Path | None, typer.Option(help="The portrait that auto looks at.", show_default=False)] = None,
    transcript: options.Transcript = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Keep the plan for --emotion plan:FILE: plan.json.", show_default=False)
    ] = None,
) -> None:
    """Show how an emotion is acted: action units, how strong, on which side and why; and the nearest named emotions."""
    from talkgen.emotion._plan import to_content

    if model and not endpoint:
        raise TalkgenError(f"--model {model} needs the --endpoint that offers it.")
    explained = [("", _asked(endpoint, words, model))] if endpoint else list(_plans(words, audio, image, transcript))
    contents = [to_content(plan) for _, plan in explained]
    if output:
        _keep(contents, output)
    if as_json:
        typer.echo(json.dumps(contents[0] if len(contents) == 1 else contents, indent=2, ensure_ascii=False))
        return
    for heading, plan in explained:
        _show(heading, plan)


def _asked(endpoint: str, words: str, model: str | None) -> "Plan":
    from talkgen.emotion._planner import MODEL, ask

    with waiting("Asking"):
        return ask(endpoint, words, model or MODEL)


def _plans(words: str, audio: Path | None, image: Path | None, transcript: str | None) -> Iterator[Explained]:
    """The plan of each term of a specification, or the one of plain words."""
    from talkgen.emotion._plan import Plan, narrowed
    from talkgen.lib.media import open_audio
    from talkgen.pipeline import TalkingHead

    spec, said = _specification(words), options.read_transcript(transcript)
    scene = TalkingHead.from_pretrained().scene(open_audio(audio) if audio else None, said, image)
    for key in spec.keys:
        when = f"{key.time:g} s: " if len(spec.keys) > 1 else ""
        if not key.terms:
            yield f"{when}neutral", Plan("neutral", ())
        for term in key.terms:
            place = "" if term.region == "all" else f" in {term.region}"
            share = "" if term.strength == 1 else f" at strength {term.strength:g}"
            named = "" if term.source in ("label", "text") else f"{term.source} "
            yield (
                f"{when}{named}{term.argument}".rstrip() + f"{place}{share}",
                narrowed(_plan(term, scene), term.strength, term.region),
            )


def _specification(words: str) -> EmotionSpec:
    """As `--emotion` reads it; words that are not written like a specification are those of `text:`."""
    from talkgen.lib.grammar import parse_emotion

    sources = available("emotion")
    try:
        return parse_emotion(words, sources)
    except TalkgenError:
        if not words.strip() or re.search(r'[@=;":]', words):
            raise
    quoted = words.strip()
    return parse_emotion(f'text:"{quoted}"', sources)


def _plan(term: EmotionTerm, scene: "Scene") -> "Plan":
    from talkgen.emotion._plan import open_plan
    from talkgen.emotion._reading import plan_of_weights, read_words

    if term.source == "text":
        return read_words(term.argument)
    if term.source == "plan":
        return open_plan(Path(term.argument))
    return plan_of_weights(member("emotion", term.source).read(term.argument, scene).weights[0], term.argument)


def _keep(contents: list[dict[str, Any]], output: str) -> None:
    from talkgen.lib.files import check_writable, replacing

    if len(contents) > 1:
        raise TalkgenError(f"{output} can hold one plan, but there are {len(contents)}; explain one emotion at a time.")
    if not output.lower().endswith(".json"):
        raise TalkgenError(f"The plan {output} is written as JSON; end its name in .json.")
    check_writable(Path(output))
    with replacing(Path(output)) as path:
        path.write_text(json.dumps(contents[0], indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    report(f"{output}: {len(contents[0]['actions'])} actions")


def _show(heading: str, plan: "Plan") -> None:
    from rich.console import Console
    from rich.table import Table

    from talkgen.emotion._facs import UNITS, regions_of
    from talkgen.emotion._fit import fit

    found = fit(plan)
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    grid = Table(title=heading or plan.text, title_justify="left")
    for name in ("unit", "name", "region", "side", "strength", "why"):
        grid.add_column(name, justify="right" if name == "strength" else "left")
    for action in plan.actions:
        where, name = ", ".join(regions_of(action.unit)), UNITS[action.unit].name
        grid.add_row(f"AU{action.unit}", name, where, action.side, f"{action.strength:.2f}", action.why)
    console.print(grid if plan.actions else f"{heading or plan.text}\nno part of the face moves", markup=False)
    console.print(f"valence {plan.valence:+.2f}, arousal {plan.arousal:+.2f}, dominance {plan.dominance:+.2f}")
    console.print(f"nearest named emotions: {_nearest(plan, found.weights)}", markup=False)
    if plan.ignored:
        console.print(f"ignored: {', '.join(plan.ignored)}", markup=False)


def _nearest(plan: "Plan", weights: Array) -> str:
    """The named emotions that the moved part of the face consists of, strongest first."""
    from talkgen.emotion._facs import regions_of
    from talkgen.space import EMOTIONS, FIELDS

    moved = {place for action in plan.actions for region in regions_of(action.unit) for place in _places(region, action.side)}
    rows = [index for index, name in enumerate(FIELDS) if name in moved]
    mean = weights[rows].mean(axis=0) if rows else weights.mean(axis=0)
    strongest = sorted(zip(EMOTIONS, mean, strict=True), key=lambda pair: -pair[1])
    return ", ".join(f"{name} {weight:.2f}" for name, weight in strongest if weight >= 0.05) or "none, neutral"


def _places(region: str, side: str) -> tuple[str, ...]:
    """The fields of a region, or those of one side of it."""
    from talkgen.space import SIDED, expand_region

    return expand_region(region if side == "both" or region not in SIDED else f"{region}.{side}")
