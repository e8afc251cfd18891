"""What is evaluated: a manifest of speech, JSON lines or CSV, one clip a line.

    {"audio": "clips/a.mp4", "reference": "clips/a.mp4", "transcript": "Bin blue at F two now.", "group": "grid"}

Paths are relative to the manifest. Only `audio` must be there; every field is described at `Line`.
"""

import csv
import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from talkgen.corpus.shards import INDEX
from talkgen.space import EMOTIONS
from talkgen.types import TalkgenError

FEELINGS = ("neutral", *EMOTIONS)


@dataclass(frozen=True)
class Line:
    """One clip: `audio`, a sound or a video; `image`, a portrait, for measures in the picture; `reference`, a video of the same
    speech, or a folder of `talkgen prepare` in which `clip` names the clip (else the audio's name); `transcript`, what is said;
    `feeling`, the emotion it is spoken with, one of `FEELINGS`; `speaker`, `group` (figures are averaged by group), `language`
    (BCP 47); `closures`, seconds at which lips close for a p, b or m, checked by hand (in CSV separated by spaces)."""

    audio: Path
    image: Path | None = None
    reference: Path | None = None
    clip: str | None = None
    transcript: str | None = None
    feeling: str | None = None
    speaker: str = ""
    group: str = ""
    language: str = "en"
    closures: tuple[float, ...] | None = None

    @property
    def name(self) -> str:
        """What the report calls the clip."""
        return self.audio.stem

    @property
    def english(self) -> str | None:
        """The transcript, where it is in the language that can be aligned."""
        return self.transcript if self.language.lower().split("-")[0] == "en" else None


_NAMES = tuple(field.name for field in fields(Line))
_PATHS = ("audio", "image", "reference")


def read_manifest(path: Path) -> list[Line]:
    """The clips of a `.jsonl` or `.csv` manifest. Raises `TalkgenError` naming line and field for whatever cannot be used."""
    if not path.is_file():
        raise TalkgenError(f"There is no manifest {path}.")
    readers = {".jsonl": _json_lines, ".csv": _table}
    if path.suffix.lower() not in readers:
        raise TalkgenError(f"The manifest {path} is neither .jsonl nor .csv.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TalkgenError(f"The manifest {path} cannot be read as UTF-8 text ({error}).") from None
    entries = readers[path.suffix.lower()](text, path)
    lines = [_line(entry, path.parent, f"{path}, line {number}") for number, entry in entries]
    if not lines:
        raise TalkgenError(f"The manifest {path} names no clip.")
    return lines


def _json_lines(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, row in enumerate(text.splitlines(), start=1):
        if not row.strip():
            continue
        try:
            entry = json.loads(row)
        except json.JSONDecodeError as error:
            raise TalkgenError(f"{path}, line {number}: this is not JSON ({error.msg} at character {error.pos + 1}).") from None
        if not isinstance(entry, dict):
            raise TalkgenError(f'{path}, line {number}: a line is an object such as {{"audio": "line.wav"}}, not {row[:40]}.')
        yield number, {key: value for key, value in entry.items() if value is not None}


def _table(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    table = csv.DictReader(text.splitlines())
    for row in table:
        if None in row or None in row.values():
            raise TalkgenError(f"{path}, line {table.line_num}: this is not as many columns as the header names.")
        entry: dict[str, Any] = {key: value for key, value in row.items() if value}
        if "closures" in entry:
            entry["closures"] = [_number(word) for word in entry["closures"].split()]
        yield table.line_num, entry


def _number(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def _line(entry: dict[str, Any], folder: Path, place: str) -> Line:
    for name in entry:
        if name not in _NAMES:
            near = difflib.get_close_matches(name, _NAMES, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_NAMES)}."
            raise TalkgenError(f"{place}: there is no field {name!r}; {hint}")
    if "audio" not in entry:
        raise TalkgenError(f"{place}: the field audio is missing.")
    values = dict(entry)
    for name, value in entry.items():
        if name == "closures":
            values[name] = _times(value, place)
        elif not isinstance(value, str) or not value.strip():
            raise TalkgenError(f"{place}: {name} is {json.dumps(value)}; give a text.")
        elif name in _PATHS:
            values[name] = folder / value
    line = Line(**values)
    _check(line, place)
    return line


def _times(value: Any, place: str) -> tuple[float, ...]:
    times = value if isinstance(value, list) else [value]
    for time in times:
        if isinstance(time, bool) or not isinstance(time, int | float) or not 0 <= time < float("inf"):
            raise TalkgenError(f"{place}: closures holds {json.dumps(time)}; give times in seconds, from 0.")
    return tuple(float(time) for time in times)


def _check(line: Line, place: str) -> None:
    if line.feeling not in (None, *FEELINGS):
        raise TalkgenError(f"{place}: feeling is {json.dumps(line.feeling)}; give one of {', '.join(FEELINGS)}.")
    for name in ("audio", "image"):
        path = getattr(line, name)
        if path is not None and not path.is_file():
            raise TalkgenError(f"{place}: there is no {name} {path}.")
    if line.reference is None:
        return
    if line.reference.is_dir() and not (line.reference / INDEX).is_file():
        raise TalkgenError(f"{place}: the reference {line.reference} is a folder without {INDEX}; talkgen prepare makes one.")
    if not line.reference.exists():
        raise TalkgenError(f"{place}: there is no reference {line.reference}.")
