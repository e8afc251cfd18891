"""Training configurations: a YAML file becomes a dataclass, strictly: a misspelt key is an error, not a default."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml

from talkgen.types import TalkgenError

Config = TypeVar("Config")


def read_config(path: Path, kinds: Mapping[str, type[Config]]) -> Config:
    """The file at `path` as the one of `kinds` that its key `task` names. Raises `TalkgenError` naming the key that is unknown,
    missing or of the wrong type."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TalkgenError(f"There is no configuration {path}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TalkgenError(f"{path} is not a YAML file that can be read: {str(error).splitlines()[0]}.") from None
    if not isinstance(values, dict) or values.get("task") not in kinds:
        raise TalkgenError(f"{path} does not say what to train; give it a line task: and one of {', '.join(kinds)}.")
    return _build(kinds[values.pop("task")], values, str(path))


def _build(kind: type[Config], values: Any, place: str) -> Config:
    if not isinstance(values, dict):
        raise TalkgenError(f"{place} holds {values!r}; it needs a mapping of {', '.join(f.name for f in fields(kind))}.")  # type: ignore[arg-type]
    hints, known = get_type_hints(kind), {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(values) - set(known)):
        raise TalkgenError(f"{place} has no setting {unknown[0]!r}; there are: {', '.join(known)}.")
    required = [n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING]
    if missing := [name for name in required if name not in values]:
        raise TalkgenError(f"{place} lacks the setting {missing[0]!r}.")
    return kind(**{name: _value(hints[name], value, f"{place}, {name}") for name, value in values.items()})


def _value(hint: Any, value: Any, place: str) -> Any:
    if is_dataclass(hint):
        return _build(hint, value, place)  # type: ignore[arg-type]
    origin = getattr(hint, "__origin__", hint)
    if origin is float and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return _number(value, place)  # YAML 1.1 reads 1e-3 as words
    if origin is tuple and isinstance(value, list):
        return tuple(value)
    if not isinstance(value, origin) or (origin is int and isinstance(value, bool)):
        raise TalkgenError(f"{place} is {value!r}; it needs {getattr(origin, '__name__', origin)}.")
    return value


def _number(value: float | str, place: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise TalkgenError(f"{place} is {value!r}; it needs a number.") from None
