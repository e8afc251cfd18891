"""What the fields of a line and of a character may hold, and what they mean. Readers raise `TalkgenError` for anything else."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from talkgen.batch.line import exporter_of
from talkgen.export._retarget import map_text
from talkgen.lib.grammar import MAX_STRENGTH, format_emotion, parse_emotion, parse_intensity
from talkgen.members import available, member
from talkgen.pipeline import REST
from talkgen.space import NEUTRAL
from talkgen.takes import is_take
from talkgen.types import EmotionKey, EmotionSpec, EmotionTerm, TalkgenError

READ_AT_ONCE = ("plan", "text", "vad")
"""Sources of emotion that need no line to be read, so that their mistakes are found before any work."""
FROM_FILES = ("audio", "image", "plan")
"""Sources whose argument is a file."""
TOLD = ("label", "text", "vad")
"""Sources that hold all that they tell."""
ARTICULATION, MOST_ARTICULATION = "articulation", 2.0
OPTIONS = ("rig", "retarget", "flame")
"""What some formats take besides, as `talkgen animate` does."""
AS_ACTED = "none"
"""The pose of a line that is neither brought to one nor begun in one."""
_KEY_FIELDS = ("t", "emotion", "intensity")


def text(name: str, value: Any) -> str:
    """A text; numbers in JSON are taken as they are written."""
    if isinstance(value, bool | list | dict):
        raise TalkgenError(f"{name} is {_shown(value)}; give a text.")
    return str(value)


def number(name: str, value: Any, highest: float) -> float:
    """A number from 0 to `highest`."""
    try:
        if isinstance(value, bool) or not 0 <= float(value) <= highest:
            raise ValueError
    except (TypeError, ValueError):
        raise TalkgenError(f"{name} is {_shown(value)}; give a number from 0 to {highest:g}.") from None
    return float(value)


def whole(name: str, value: Any) -> int:
    """A whole number from 0."""
    try:
        if isinstance(value, bool | float) or int(value) < 0:
            raise ValueError
    except (TypeError, ValueError):
        raise TalkgenError(f"{name} is {_shown(value)}; give a whole number from 0.") from None
    return int(value)


def existing(name: str, value: Any, folder: Path) -> Path:
    """A file, relative to `folder`."""
    path = folder / text(name, value)
    if not path.is_file():
        raise TalkgenError(f"there is no {name} {path}.")
    if not os.access(path, os.R_OK):
        raise TalkgenError(f"the {name} {path} may not be read.")
    return path


def endings(name: str, value: Any) -> tuple[str, ...]:
    """What stands after a line's name in the names of its outputs (`.json`, `.sheet.png`, `/`), from a list or a text with spaces
    or commas between; the dot may be left out. A format may stand before it (`a2f:.a2f.json`), as with `--format`."""
    parts = value if isinstance(value, list) else text(name, value).replace(",", " ").split()
    found = (text(name, part).rpartition(":") for part in parts)
    whole = tuple(dict.fromkeys(format + mark + (end if end[:1] in (".", "/") else f".{end}") for format, mark, end in found))
    for ending in whole:
        exporter_of(ending)
    return whole


def pose(name: str, value: Any, folder: Path) -> str:
    """What a take begins or ends in: `rest`, an emotion told in words or numbers, another take, a file relative to `folder`, or
    `none` of them."""
    written = text(name, value)
    if is_take(written):
        return str(existing(name, written, folder))
    try:
        spec = None if written in (REST, AS_ACTED) else emotion({"emotion": written}, folder)
    except TalkgenError as error:
        raise TalkgenError(f"{name} is no pose: {error}") from None
    if spec and any(term.source not in TOLD for key in spec.keys for term in key.terms):
        raise TalkgenError(f"{name} is {_shown(value)}, which nobody can see before the line is acted; give rest, happy or a take.")
    return written


def option(name: str, value: Any, folder: Path) -> Path | str:
    """One of `OPTIONS`: a file relative to `folder`, or the name of a map that ships."""
    written = text(name, value)
    if name == "retarget" and not written.lower().endswith((".yaml", ".yml")):
        map_text(written)
        return written
    return existing(name, written, folder)


def gains(name: str, value: Any) -> dict[str, float]:
    """Gains of regions, `blink` and `articulation`: `head=0.5,blink=1.2` or `{"head": 0.5}`."""
    if isinstance(value, Mapping):
        value = ",".join(f"{key}={gain}" for key, gain in value.items())
    parts = [part.strip() for part in text(name, value).lower().split(",")]
    spoken = [part for part in parts if part.startswith(f"{ARTICULATION}=")]
    others = ",".join(part for part in parts if part not in spoken)
    found = parse_intensity(others) if others else {}
    for part in spoken:
        found[ARTICULATION] = number(ARTICULATION, part.partition("=")[2], MOST_ARTICULATION)
    return found


def emotion(values: Mapping[str, Any], folder: Path) -> EmotionSpec | None:
    """The specification of the fields `emotion`, `intensity` (by which its strengths are multiplied) and `emotion_keys`, a list of
    `{"t": seconds, "emotion": ..., "intensity": ...}` that goes on from `emotion`. Files lie relative to `folder`. None where there
    is none of them, or only an intensity."""
    if not values.keys() & {"emotion", "emotion_keys"}:
        return None
    written = text("emotion", values.get("emotion", NEUTRAL))
    spec = parse_emotion(written, available("emotion"))
    if "intensity" in values:
        spec = scaled(spec, intensity(values["intensity"]))
    if "emotion_keys" in values:
        spec = _followed(spec, _keys(values["emotion_keys"]))
    placed = replace(spec, keys=tuple(_placed(key, folder) for key in spec.keys))
    for key in placed.keys:
        for term in key.terms:
            if term.source in READ_AT_ONCE:
                _try(term.source, term.argument)
    return placed


def intensity(value: Any) -> float:
    """By what the strengths of an emotion are multiplied."""
    return number("intensity", value, MAX_STRENGTH)


def scaled(spec: EmotionSpec, factor: float) -> EmotionSpec:
    """With every strength multiplied by `factor`."""
    keys = tuple(replace(key, terms=tuple(_times(term, factor) for term in key.terms)) for key in spec.keys)
    result = EmotionSpec(keys)
    return replace(result, text=format_emotion(result))


def files_in(spec: EmotionSpec) -> tuple[Path, ...]:
    """What a specification reads from disk."""
    terms = (term for key in spec.keys for term in key.terms if term.source in FROM_FILES and term.argument)
    return tuple(dict.fromkeys(Path(term.argument) for term in terms))


def _keys(value: Any) -> list[EmotionKey]:
    try:
        entries = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise TalkgenError(f"emotion_keys is not JSON ({error}).") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TalkgenError(f'emotion_keys is {_shown(value)}; give a list such as [{{"t": 1.2, "emotion": "happy"}}].')
    return [_key(entry) for entry in entries]


def _key(entry: dict[str, Any]) -> EmotionKey:
    for name in entry:
        if name not in _KEY_FIELDS:
            raise TalkgenError(f"a key of emotion_keys has a field {name!r}; it may have {', '.join(_KEY_FIELDS)}.")
    for name in _KEY_FIELDS[:2]:
        if name not in entry:
            raise TalkgenError(f"a key of emotion_keys lacks {name}.")
    spec = parse_emotion(text("emotion", entry["emotion"]), available("emotion"))
    if "intensity" in entry:
        spec = scaled(spec, intensity(entry["intensity"]))
    if len(spec.keys) > 1:
        raise TalkgenError("a key of emotion_keys holds one emotion, without times of its own.")
    return replace(spec.keys[0], time=number("the time t of a key", entry["t"], 1e6))


def _followed(spec: EmotionSpec, keys: list[EmotionKey]) -> EmotionSpec:
    """What goes on from `spec` with `keys`, as one specification; a first key at 0 s takes its place."""
    times = [key.time for key in keys]
    if times != sorted(set(times)):
        raise TalkgenError(f"the times of emotion_keys must increase, but are {', '.join(f'{time:g}' for time in times)}.")
    if len(spec.keys) > 1:
        raise TalkgenError("emotion already has times; give them there or in emotion_keys, not in both.")
    before = spec.keys if times[0] > 0 else ()
    whole_spec = EmotionSpec((*before, *keys))
    return replace(whole_spec, text=format_emotion(whole_spec))


def _times(term: EmotionTerm, factor: float) -> EmotionTerm:
    strength = round(term.strength * factor, 6)
    if strength > MAX_STRENGTH:
        raise TalkgenError(f"an intensity of {factor:g} makes {term.argument} stronger than {MAX_STRENGTH:g}; give less.")
    return replace(term, strength=strength)


def _placed(key: EmotionKey, folder: Path) -> EmotionKey:
    """With its files found in `folder`."""

    def found(term: EmotionTerm) -> EmotionTerm:
        if term.source not in FROM_FILES or not term.argument:
            return term
        return replace(term, argument=str(existing(f"{term.source} of the emotion,", term.argument, folder)))

    return replace(key, terms=tuple(found(term) for term in key.terms))


@lru_cache(maxsize=4096)
def _try(source: str, argument: str) -> None:
    """Read a feeling once to see that it can be read."""
    from talkgen.emotion.base import Scene

    read: Callable[[str, Scene], object] = member("emotion", source).read
    read(argument, Scene())


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]
