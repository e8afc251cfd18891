"""The lines of a batch: a manifest in CSV, JSON lines or YAML, and the characters that speak them.

    id,audio,character,transcript,emotion,intensity,outputs
    greet_01,guard/greet.wav,guard,"Halt! Who goes there?",angry,0.7,json mp4

    characters:                                                     (of a YAML manifest, or a file of its own)
      guard: {image: portraits/guard.png, emotion: "angry:0.3", style: {head: 0.5}}

Paths are relative to the file they stand in. Only `audio` must be there; every field is described at `line.Line`.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import ModuleType

from talkgen.batch import direction, fields
from talkgen.batch.direction import Direction
from talkgen.batch.line import Line, exporter_of
from talkgen.batch.tables import Entry, ManifestError, Problems, read_table
from talkgen.export.base import check_taken
from talkgen.lib.grammar import nearest
from talkgen.pipeline import REST
from talkgen.types import EmotionKey, EmotionSpec, TalkgenError

REPORTS = ("report.json", "report.html")
"""Files of the whole batch in the output folder."""
CURVES, SHOWN = (".json",), (".json", ".mp4")
"""What is made of a line that names no outputs: without a portrait, and with one."""
NEUTRAL_SPEC = EmotionSpec((EmotionKey(0.0, ()),))
FIELDS = ("id", "audio", "character", "transcript", "text", *direction.NAMES)
_NOT_IN_NAMES = frozenset('/\\:*?"<>|\n\r\t')


def read_manifest(path: Path, output: Path, usual: Direction | None = None, characters: Path | None = None) -> list[Line]:
    """The lines of a manifest whose outputs go to the folder `output`.

    `usual` holds for lines and characters that say nothing else (its seed is what theirs are made from); `characters` is a file of
    more characters: a YAML manifest's part, or one a line with its `name`. Raises `ManifestError`, which names all that is wrong
    with the lines, and `TalkgenError` for a file that cannot be read at all.
    """
    problems = Problems()
    table = read_table(path, problems)
    cast = _cast(table.characters, path.parent, problems)
    if characters:
        cast |= _read_cast(characters)
    _check_names([Entry(1, dict.fromkeys(table.columns), problems), *table.lines], FIELDS, problems)
    root = _root(table.lines, path.parent)
    refusal = lru_cache(maxsize=None)(_refusal)  # many lines share a rig
    read = (_line(entry, path.parent, root, cast, usual or Direction(), refusal) for entry in table.lines)
    lines = [line for line in read if line]
    _check_apart(lines, output, problems)
    if problems.found:
        raise ManifestError(path, problems)
    if not lines:
        raise TalkgenError(f"The manifest {path} names no line.")
    return lines


def selected(lines: Sequence[Line], patterns: Sequence[str]) -> list[Line]:
    """The lines whose id or place matches one of `patterns` (`guard/*`); all of them without any. Raises `TalkgenError` for a
    pattern that matches none."""

    def matches(line: Line, pattern: str) -> bool:
        return fnmatchcase(line.id, pattern) or fnmatchcase(str(line.place), pattern)

    for pattern in patterns:
        if not any(matches(line, pattern) for line in lines):
            near = get_close_matches(pattern, [line.id for line in lines], 3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"ids are such as {lines[0].id}."
            raise TalkgenError(f"No line matches {pattern!r}; {hint}")
    return [line for line in lines if not patterns or any(matches(line, pattern) for pattern in patterns)]


def _read_cast(path: Path) -> dict[str, Direction]:
    problems = Problems()
    table = read_table(path, problems)
    named = dict(table.characters)
    for entry in table.lines:
        name = str(entry.values.pop("name", ""))
        if not name or name in named:
            problems.add(entry.number, f"the name {name} stands there twice." if name else "the field name is missing.")
        named[name] = entry
    cast = _cast(named, path.parent, problems)
    if problems.found:
        raise ManifestError(path, problems)
    return cast


def _cast(named: Mapping[str, Entry], folder: Path, problems: Problems) -> dict[str, Direction]:
    _check_names(named.values(), direction.NAMES, problems)
    return {name: direction.read_direction(entry, folder) for name, entry in named.items()}


def _check_names(entries: Iterable[Entry], known: Sequence[str], problems: Problems) -> None:
    """Tell each unknown field once, where it comes first."""
    seen = set(known)
    for entry in entries:
        for name in entry.values:
            if name not in seen:
                problems.add(entry.number, f"there is no field {name!r}; {nearest(name, known)}")
                seen.add(name)


def _root(entries: Sequence[Entry], folder: Path) -> Path:
    """The folder whose tree the outputs mirror: the manifest's, or where sound lies elsewhere the deepest that holds all of it."""
    home = _absolute(folder)
    sounds = [_place_of(folder, entry).parent for entry in entries if "audio" in entry.values]
    return home if all(sound.is_relative_to(home) for sound in sounds) else Path(os.path.commonpath(sounds))


def _place_of(folder: Path, entry: Entry) -> Path:
    return _absolute(folder / str(entry.values["audio"]))


def _absolute(path: Path) -> Path:
    """Without "..", but with its links: a tree of links is mirrored as it looks."""
    return Path(os.path.normpath(path.absolute()))


def _line(
    entry: Entry, folder: Path, root: Path, cast: Mapping[str, Direction], usual: Direction, refusal: Callable[..., str]
) -> Line | None:
    """The line of an entry; None when something in it is wrong."""
    known = len(entry.problems.found)
    if "audio" not in entry.values:
        entry.problems.add(entry.number, "the field audio is missing.")
    audio = entry.read("audio", lambda value: fields.existing("audio", value, folder))
    name = entry.read("id", _file_name)
    character = entry.read("character", lambda value: _known(fields.text("character", value), cast))
    own = direction.read_direction(entry, folder)
    role = direction.played_by(cast[character], usual) if character else usual
    played = entry.tried(lambda: direction.played_by(own, role))
    transcript = _transcript(entry)
    if len(entry.problems.found) > known or audio is None or played is None:
        return None
    place = PurePosixPath(_place_of(folder, entry).relative_to(root).with_suffix("").as_posix())
    name, place = (name, place.with_name(name)) if name else (str(place), place)
    line = Line(
        entry.number,
        name,
        place,
        audio,
        played.emotion or NEUTRAL_SPEC,
        played.style,
        derived_seed(role.seed or 0, name) if own.seed is None else own.seed,
        played.outputs or (SHOWN if played.image else CURVES),
        played.image,
        character,
        transcript,
        played.language or "en",
        _settled(played.start),
        _settled(played.end),
        played.options,
    )
    for ending in line.outputs:
        entry.tried(lambda ending=ending: _check_output(ending, line, refusal))  # type: ignore[misc]
    for name in own.options:
        idle = f"{name} changes nothing in {' '.join(line.outputs)}"
        entry.tried(lambda name=name, idle=idle: check_taken(name, line.exporters, idle))  # type: ignore[misc]
    return line


def _settled(pose: str | None) -> str | None:
    return None if pose == fields.AS_ACTED else pose or REST


def derived_seed(seed: int, name: str) -> int:
    """A line's own seed, 0 to 2^31, from the batch's or the character's and the line's id: never from its place in the order."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:4]) >> 1


def _file_name(value: object) -> str:
    name = fields.text("id", value)
    if name.startswith(".") or _NOT_IN_NAMES & set(name):
        raise TalkgenError(f'the id {name!r} cannot name a file; leave out / \\ : * ? " < > | and a dot in front.')
    return name


def _known(name: str, cast: Mapping[str, Direction]) -> str:
    if name in cast:
        return name
    hint = nearest(name, cast) if cast else "give a file of them with --characters, or a part characters in a YAML manifest."
    raise TalkgenError(f"there is no character {name!r}; {hint}")


def _transcript(entry: Entry) -> str | None:
    if {"transcript", "text"} <= entry.values.keys():
        entry.problems.add(entry.number, "transcript and text are two names of one field; give one of them.")
    name = "transcript" if "transcript" in entry.values else "text"
    return entry.read(name, lambda value: fields.text(name, value))


def _check_output(ending: str, line: Line, refusal: Callable[..., str]) -> None:
    exporter = exporter_of(ending)
    if exporter.needs_picture and line.image is None:
        raise TalkgenError(f"the output {ending} shows a picture; give an image, or a character that has one.")
    if why := refusal(exporter, *line.options_for(exporter).items()):
        raise TalkgenError(why)


def _refusal(exporter: ModuleType, *options: tuple[str, Path | str]) -> str:
    """Why a format cannot be made with these options, "" when it can."""
    try:
        if hasattr(exporter, "check"):
            exporter.check(None, **dict(options))
    except TalkgenError as error:
        return str(error)
    return ""


def _check_apart(lines: Sequence[Line], output: Path, problems: Problems) -> None:
    """No line may write over another's files, nor over what is read."""
    owners: dict[str, Line] = {}
    read = {path.resolve() for line in lines for path in _read_for(line)}
    for line in lines:
        for file in (line.sidecar, *line.files):
            if file in REPORTS:
                problems.add(line.number, f"{file} is where the report goes; give the line another id.")
            name = file.lower()  # some file systems do not tell upper from lower case
            if name in owners:
                problems.add(line.number, f"{file} is also an output of line {owners[name].number}; choose another id or ending.")
                break
            owners[name] = line
            if (output / file).resolve() in read:
                problems.add(line.number, f"its output {output / file} is also read and would be lost; give another output folder.")


def _read_for(line: Line) -> Iterator[Path]:
    """All files that a line is made from."""
    yield line.audio
    if line.image:
        yield line.image
    yield from line.neighbours.values()
    yield from (value for value in line.options.values() if isinstance(value, Path))
    yield from fields.files_in(line.emotion)
