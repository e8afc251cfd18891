"""The entries of a manifest with the lines they stand on, from CSV, JSON lines or YAML; what cannot be read is gathered.

CSV and YAML hold nothing but text (YAML's `no` is a language here, and `007` a name); JSON also numbers, lists and objects.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from talkgen.types import TalkgenError

T = TypeVar("T")


class ManifestError(TalkgenError):
    """A manifest that cannot be used. `problems` are all there are: a line number and a sentence each."""

    def __init__(self, path: Path, problems: "Problems") -> None:
        self.problems = sorted(problems.found)
        count = "one thing is" if len(self.problems) == 1 else f"{len(self.problems)} things are"
        lines = "".join(f"\n  line {line}: {text}" for line, text in self.problems)
        super().__init__(f"In {path} {count} wrong; nothing was done.{lines}")


@dataclass
class Problems:
    """What is wrong with a manifest, gathered so that all of it can be told at once."""

    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, text: str) -> None:
        """Remember a problem."""
        self.found.append((line, text))


@dataclass(frozen=True)
class Entry:
    """What stands on line `number` and after it: `values` under the names of their fields, those that say nothing left out."""

    number: int
    values: dict[str, Any]
    problems: Problems

    def read(self, name: str, meaning: Callable[[Any], T]) -> T | None:
        """What a field means; None when it is not there, or wrong, which is told."""
        return self.tried(lambda: meaning(self.values[name])) if name in self.values else None

    def tried(self, make: Callable[[], T]) -> T | None:
        """What is made, or None when it cannot be, which is told."""
        try:
            return make()
        except TalkgenError as error:
            self.problems.add(self.number, str(error))
            return None


@dataclass(frozen=True)
class Table:
    """What a file says: `lines`, and `characters` by name; the `columns` that its first line names, where it does."""

    lines: list[Entry]
    characters: dict[str, Entry]
    columns: tuple[str, ...] = ()


def read_table(path: Path, problems: Problems) -> Table:
    """The entries of a `.csv`, `.jsonl` or `.yaml` file. Raises `TalkgenError` for a file that is none of these or no text."""
    if not path.is_file():
        raise TalkgenError(f"There is no manifest {path}.")
    readers: dict[str, Callable[[str, Problems], Table]] = {".csv": _csv, ".jsonl": _jsonl, ".yaml": _yaml, ".yml": _yaml}
    if path.suffix.lower() not in readers:
        raise TalkgenError(f"The manifest {path} is neither .csv nor .jsonl nor .yaml.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TalkgenError(f"The manifest {path} cannot be read as UTF-8 text ({error}).") from None
    return readers[path.suffix.lower()](text, problems)


def _csv(text: str, problems: Problems) -> Table:
    """Columns under a header, parted by commas, semicolons or tabs, whichever the header has most of."""
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    names = [name.strip() for name in next(rows, [])]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(1, f"the column {name!r} stands there twice.")
    lines, begin = [], rows.line_num + 1
    for row in rows:
        if any(cell.strip() for cell in row):
            if len(row) != len(names):
                problems.add(begin, f"there are {len(row)} columns where the header names {len(names)}.")
            else:
                lines.append(Entry(begin, _said(dict(zip(names, row, strict=True))), problems))
        begin = rows.line_num + 1
    return Table(lines, {}, tuple(filter(None, names)))


def _jsonl(text: str, problems: Problems) -> Table:
    lines = []
    for number, row in enumerate(text.splitlines(), start=1):
        if not row.strip():
            continue
        try:
            entry = json.loads(row)
        except json.JSONDecodeError as error:
            problems.add(number, f"this is not JSON ({error.msg} at character {error.pos + 1}).")
            continue
        if isinstance(entry, dict):
            lines.append(Entry(number, _said(entry), problems))
        else:
            problems.add(number, f'a line is an object such as {{"audio": "line.wav"}}, not {row.strip()[:40]}.')
    return Table(lines, {})


def _yaml(text: str, problems: Problems) -> Table:
    """A list of lines; or `characters:`, an object of objects by name, and `lines:`, the list."""
    loader = yaml.BaseLoader(text)
    try:
        root = loader.get_single_node()
        parts: dict[str, yaml.Node] = {"lines": root} if isinstance(root, yaml.SequenceNode) else _parts(root, problems)
        lines = [found for node in _items(parts.get("lines"), problems) if (found := _object(node, loader, problems))]
        named = _members(parts.get("characters"), problems)
        characters = {name: found for name, node in named.items() if (found := _object(node, loader, problems))}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.add(mark.line + 1 if mark else 1, f"this is not YAML ({getattr(error, 'problem', None) or error}).")
        return Table([], {})
    return Table(lines, characters)


def _parts(root: yaml.Node | None, problems: Problems) -> dict[str, yaml.Node]:
    parts = _members(root, problems)
    for name in parts.keys() - {"lines", "characters"}:
        problems.add(parts[name].start_mark.line + 1, f"there is no part {name!r}; a manifest has lines and characters.")
    return parts


def _items(node: yaml.Node | None, problems: Problems) -> list[yaml.Node]:
    if node is None or isinstance(node, yaml.SequenceNode):
        return node.value if node else []
    problems.add(node.start_mark.line + 1, "this is no list of lines; begin each with a dash, as in - audio: line.wav.")
    return []


def _members(node: yaml.Node | None, problems: Problems) -> dict[str, yaml.Node]:
    if node is None or isinstance(node, yaml.MappingNode):
        return {str(key.value): value for key, value in node.value} if node else {}
    problems.add(node.start_mark.line + 1, f"this is no object of names and values, but {str(node.value)[:40]!r}.")
    return {}


def _object(node: yaml.Node, loader: yaml.BaseLoader, problems: Problems) -> Entry | None:
    _members(node, problems)  # which says so where it is none
    if not isinstance(node, yaml.MappingNode):
        return None
    return Entry(node.start_mark.line + 1, _said(loader.construct_object(node, deep=True)), problems)


def _said(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Texts without the spaces around them, and without the fields that say nothing."""
    bare = {key: value.strip() if isinstance(value, str) else value for key, value in entry.items()}
    return {key: value for key, value in bare.items() if value not in (None, "", [], {})}
