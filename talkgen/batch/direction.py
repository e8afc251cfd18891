"""How a line is played: what a character brings along, and what a line says itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from talkgen.batch import fields
from talkgen.batch.tables import Entry, Problems
from talkgen.motion.base import Style
from talkgen.types import EmotionSpec, TalkgenError

NAMES = (
    "image", "emotion", "intensity", "emotion_keys", "style", "language", "seed", "start", "end", "outputs", *fields.OPTIONS,
)  # fmt: skip
"""The fields it is read from."""


@dataclass(frozen=True)
class Direction:
    """Of a character or of a line; None or empty where it says nothing. An `intensity` stands for itself only where there is no
    emotion for it to be multiplied with."""

    image: Path | None = None
    emotion: EmotionSpec | None = None
    intensity: float | None = None
    gains: Mapping[str, float] = field(default_factory=dict)
    language: str | None = None
    seed: int | None = None
    start: str | None = None
    end: str | None = None
    outputs: tuple[str, ...] = ()
    options: Mapping[str, Path | str] = field(default_factory=dict)
    """Of `fields.OPTIONS`, those that are given."""

    @property
    def style(self) -> Style:
        """The gains as the motion stage takes them."""
        regions = {name: gain for name, gain in self.gains.items() if name != fields.ARTICULATION}
        return Style(regions, self.gains.get(fields.ARTICULATION, 1.0))


def read_direction(entry: Entry, folder: Path) -> Direction:
    """What an entry says; its files lie relative to `folder`. What is wrong with it is told."""
    lonely = not entry.values.keys() & {"emotion", "emotion_keys"}
    return Direction(
        entry.read("image", lambda value: fields.existing("image", value, folder)),
        entry.tried(lambda: fields.emotion(entry.values, folder)),
        entry.read("intensity", fields.intensity) if lonely else None,
        entry.read("style", lambda value: fields.gains("style", value)) or {},
        entry.read("language", lambda value: fields.text("language", value)),
        entry.read("seed", lambda value: fields.whole("seed", value)),
        entry.read("start", lambda value: fields.pose("start", value, folder)),
        entry.read("end", lambda value: fields.pose("end", value, folder)),
        entry.read("outputs", lambda value: fields.endings("outputs", value)) or (),
        {name: found for name in fields.OPTIONS if (found := entry.read(name, partial(fields.option, name, folder=folder)))},
    )


def usual_direction(**values: Any) -> Direction:
    """What holds where neither a line nor its character says anything; None says nothing. Raises `TalkgenError` as they would."""
    problems = Problems()
    found = read_direction(Entry(0, {name: value for name, value in values.items() if value is not None}, problems), Path.cwd())
    for _, text in problems.found:
        raise TalkgenError(text[0].upper() + text[1:])
    return found


def played_by(own: Direction, character: Direction) -> Direction:
    """A line's own direction where it has one, its character's elsewhere; gains are taken one by one, and a lonely intensity is of
    the character's emotion. Raises `TalkgenError` where that becomes too strong."""
    emotion = own.emotion or character.emotion
    strength = own.intensity if own.intensity is not None else character.intensity
    if emotion is not None and own.emotion is None and strength is not None:
        emotion = fields.scaled(emotion, strength)
    return Direction(
        own.image or character.image,
        emotion,
        None,
        {**character.gains, **own.gains},
        own.language or character.language,
        own.seed if own.seed is not None else character.seed,
        own.start or character.start,
        own.end or character.end,
        own.outputs or character.outputs,
        {**character.options, **own.options},
    )
