"""`talkgen train`: make weights from a corpus."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from talkgen.cli.progress import report
from talkgen.members import missing_extra


def train(
    config: Annotated[Path, typer.Argument(help="What to train and how: a YAML file such as configs/training/hearing.yaml.")],
    data: Annotated[Path, typer.Option(help="The folder that holds the corpora, made by talkgen prepare.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder for weights, state and log.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in the output folder.")] = False,
) -> None:
    """Train a model; on several devices, start it with torchrun."""
    try:
        from talkgen.training.config import read_config
        from talkgen.training.loop import train as run
        from talkgen.training.tasks import CONFIGS, task_for
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "train", "Training") from None

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("accelerate").setLevel(logging.WARNING)
    settings = read_config(config, CONFIGS)
    figures = run(task_for(settings, data), settings.loop, output, resume)
    report(f"{output}: step {settings.loop.steps}" + "".join(f", {name} {value:.3f}" for name, value in figures.items()))
