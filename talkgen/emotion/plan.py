"""Emotion from a plan in a JSON file, as `talkgen explain --json -o plan.json` writes it."""

from pathlib import Path

from talkgen.emotion._fit import fit
from talkgen.emotion._plan import open_plan
from talkgen.types import Array


def read(argument: str) -> Array:
    """`(R, E)` weights, 0..1.5, of the plan in a file. Raises `TalkgenError` when there is none."""
    return fit(open_plan(Path(argument))).weights
