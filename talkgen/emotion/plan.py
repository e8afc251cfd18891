"""Emotion from a plan in a JSON file, as `talkgen explain --json -o plan.json` writes it."""

from pathlib import Path

from talkgen.emotion._plan import open_plan
from talkgen.emotion._words import feeling_of
from talkgen.emotion.base import Feeling, Scene


def read(argument: str, scene: Scene) -> Feeling:
    """The plan in a file. Raises `TalkgenError` when there is none."""
    return feeling_of(open_plan(Path(argument)))
