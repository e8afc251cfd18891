"""The command line: one file per command, each a thin layer over `talkgen.pipeline`.

Nothing heavy is imported before a command runs, so that `talkgen --help` is instant.
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from talkgen import __version__
from talkgen.cli.animate import animate
from talkgen.cli.batch import batch
from talkgen.cli.demo import demo
from talkgen.cli.doctor import doctor
from talkgen.cli.eval import eval
from talkgen.cli.explain import explain
from talkgen.cli.idle import idle
from talkgen.cli.inspect import inspect
from talkgen.cli.prepare import prepare
from talkgen.cli.render import render
from talkgen.cli.retarget import retarget
from talkgen.cli.train import train
from talkgen.lib.interrupts import stoppable
from talkgen.types import TalkgenError

STOPPED = "Stopped before the end; nothing incomplete was left under its name."


class Program(TyperGroup):
    """Tells a user's error (exit code 2) and that it was stopped (130) in one sentence; anything else is a bug of ours and shows
    its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            with stoppable():
                return super().invoke(ctx)
        except TalkgenError as error:
            typer.echo(f"talkgen: {error}", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt as stop:
            typer.echo(f"talkgen: {str(stop) or STOPPED}", err=True)
            raise typer.Exit(130) from None


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"talkgen {__version__}")
        raise typer.Exit


_HELP = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(cls=Program, no_args_is_help=True, pretty_exceptions_enable=False, context_settings=_HELP)


_Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")]


@app.callback()
def main(version: _Version = False) -> None:
    """Speech, a portrait and an emotion in; a talking portrait or engine animation out.

    Exit code 2: what was given cannot be used, and a sentence says why. 130: stopped. 1: a line of a batch failed, or doctor found
    something wrong.
    """


EXAMPLES: dict[Callable[..., None], tuple[str, ...]] = {
    render: (
        "talkgen render --audio line.wav --image face.jpg --emotion angry:0.7 -o line.mp4",
        'talkgen render --audio line.wav --image face.jpg --emotion "0s=fear; 1s=happy@mouth+sad@brows" --crop face -o sheet.png',
        "talkgen render --motion take.json --audio line.wav --image face.jpg --size 256 -o frames/",
    ),
    animate: (
        "talkgen animate --audio line.wav --emotion happy --seed 7 -o take.json",
        "talkgen animate --audio line.wav --transcript @line.txt --emotion auto -o line.csv",
        "talkgen animate --audio line.wav --start rest --end happy -o line.glb",
    ),
    idle: ("talkgen idle --seconds 6 --emotion happy:0.3 -o waiting.csv",),
    batch: (
        "talkgen batch lines.csv -o lines --dry-run",
        "talkgen batch lines.csv -o lines --image face.jpg --outputs json,csv --jobs 2 --keep-going",
    ),
    retarget: ("talkgen retarget metahuman -o map.yaml",),
    explain: (
        'talkgen explain "quietly furious, trying to smile"',
        'talkgen explain auto --audio line.wav --image face.jpg --transcript "How dare you!"',
        "talkgen explain text:smug -o plan.json",
    ),
    inspect: ("talkgen inspect face.jpg -o report.png",),
    demo: ("talkgen demo --open",),
    eval: ("talkgen eval lines.jsonl -o report --only hearing,affect",),
    doctor: ("talkgen doctor",),
    prepare: ('talkgen prepare line.wav --source "our own recordings" --licence CC0-1.0 --speaker me -o corpora/mine',),
    train: ("talkgen train configs/training/tiny.yaml --data corpora -o tiny",),
}
"""The commands in the order in which they are listed, and what stands below the help of each."""

for command, examples in EXAMPLES.items():
    app.command(epilog="\n\n".join(("Examples:", *examples)))(command)
