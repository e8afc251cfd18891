"""The command line: one file per command, each a thin layer over `talkgen.pipeline`.

Nothing heavy is imported before a command runs, so that `talkgen --help` is instant.
"""

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
app = typer.Typer(cls=Program, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, context_settings=_HELP)


_Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")]


@app.callback()
def main(version: _Version = False) -> None:
    """Speech, a portrait and an emotion in; a talking portrait or engine animation out."""


for command in (render, animate, idle, batch, retarget, explain, inspect, demo, eval, doctor, prepare, train):
    app.command()(command)
