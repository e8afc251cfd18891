"""What a face is to do, unit by unit, and why: the plan that words are read into and that a JSON file may hold."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from talkgen.emotion._facs import SIDES, UNITS, has_sides, regions_of
from talkgen.lib.grammar import MAX_STRENGTH
from talkgen.space import expand_region
from talkgen.types import TalkgenError

Content = dict[str, Any]
REMEDY = "talkgen explain WORDS --json shows a correct one"
"""What to do about a plan that is none."""


@dataclass(frozen=True)
class Action:
    """FACS action unit number `unit` at `strength` 0..1.5 on `side` "both", "left" or "right" (the subject's own), and `why`."""

    unit: int
    strength: float
    side: str = "both"
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """What `text` asks of a face: its actions, the feeling (each -1..1), and the words that were not understood."""

    text: str
    actions: tuple[Action, ...]
    valence: float = 0.0
    arousal: float = 0.0
    dominance: float = 0.0
    ignored: tuple[str, ...] = ()


def _fields(**properties: Content) -> Content:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_FEELING = {"type": "number", "minimum": -1, "maximum": 1}
_ACTION = _fields(
    unit={"type": "integer", "enum": list(UNITS), "description": "; ".join(f"{n} {unit.name}" for n, unit in UNITS.items())},
    strength={"type": "number", "minimum": 0, "maximum": MAX_STRENGTH, "description": "1 is plain acting"},
    side={"type": "string", "enum": ["both", *SIDES], "description": "the subject's own; both for a unit that has no sides"},
    why={"type": "string", "description": "which words ask for it"},
)
SCHEMA = _fields(
    text={"type": "string", "description": "the words that the plan is for"},
    actions={"type": "array", "items": _ACTION, "description": "FACS action units, each side of each once"},
    valence=_FEELING,
    arousal=_FEELING,
    dominance=_FEELING,
    ignored={"type": "array", "items": {"type": "string"}, "description": "words that were not understood"},
)
"""The JSON Schema of a plan. `from_content` checks every keyword in it."""


def to_content(plan: Plan) -> Content:
    """The plan as JSON values that follow `SCHEMA`."""
    content: Content = json.loads(json.dumps(asdict(plan)))
    return content


def from_content(content: Any, where: str, remedy: str = REMEDY) -> Plan:
    """A plan from JSON values. Raises `TalkgenError`, naming `where` and the first value that does not follow `SCHEMA`, and for a
    unit that is given twice for one side or has no sides; `remedy` ends the sentence."""
    problem = _problem(content, SCHEMA, "") or _contradiction(content["actions"])
    if problem:
        raise TalkgenError(f"{where} is not an emotion plan: {problem}; {remedy}.")
    lists = {"actions": tuple(Action(**action) for action in content["actions"]), "ignored": tuple(content["ignored"])}
    return Plan(**{**content, **lists})


def from_text(text: str, where: str, remedy: str = REMEDY) -> Plan:
    """A plan from JSON. Raises `TalkgenError` as `from_content`, and when it is not JSON."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TalkgenError(f"{where} is not an emotion plan: it is not valid JSON ({error}); {remedy}.") from None
    return from_content(content, where, remedy)


def open_plan(path: Path) -> Plan:
    """The plan in a JSON file. Raises `TalkgenError` when there is none."""
    try:
        return from_text(path.read_text(encoding="utf-8-sig"), str(path))
    except FileNotFoundError:
        raise TalkgenError(f"There is no emotion plan {path}; talkgen explain WORDS --json -o {path} writes one.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TalkgenError(f"The emotion plan {path} cannot be read as UTF-8 text ({error}).") from None


def narrowed(plan: Plan, strength: float, region: str) -> Plan:
    """The part of a plan that moves a region (as in `space.expand_region`), at `strength` 0..1.5 times its own."""
    regions = {field.partition(".")[0] for field in expand_region(region)}
    half = region.partition(".")[2]
    kept = []
    for action in plan.actions:
        side = half if half and has_sides(action.unit) and action.side == "both" else action.side
        if regions & set(regions_of(action.unit)) and (not half or side == half):
            kept.append(replace(action, strength=min(action.strength * strength, MAX_STRENGTH), side=side))
    feeling = {name: min(max(getattr(plan, name) * strength, -1.0), 1.0) for name in ("valence", "arousal", "dominance")}
    return replace(plan, actions=tuple(kept), **feeling)


_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
}  # fmt: skip


def _problem(value: Any, schema: Content, place: str) -> str:
    """What about a JSON value does not follow a schema made of the keywords above, with its place; "" when it follows."""
    name = place or "it"
    if not isinstance(value, _TYPES[schema["type"]]) or isinstance(value, bool):
        return f"{name} is {_shown(value)} where the schema wants {_article(schema['type'])}"
    if schema["type"] == "object":
        return _object_problem(value, schema, place)
    if schema["type"] == "array":
        return next((found for i, item in enumerate(value) if (found := _problem(item, schema["items"], f"{place}[{i}]"))), "")
    if "enum" in schema and value not in schema["enum"]:
        return f"{name} is {_shown(value)} and not one of {', '.join(map(str, schema['enum']))}"
    if "minimum" in schema and not schema["minimum"] <= value <= schema["maximum"]:
        return f"{name} is {_shown(value)} and not from {schema['minimum']:g} to {schema['maximum']:g}"
    return ""


def _object_problem(value: Content, schema: Content, place: str) -> str:
    prefix = f"{place}." if place else ""
    for key in schema["required"]:
        if key not in value:
            return f"{prefix}{key} is missing"
    for key, item in value.items():
        if key not in schema["properties"]:
            return f"{prefix}{key} is not a field of it (it has {', '.join(schema['properties'])})"
        found = _problem(item, schema["properties"][key], f"{prefix}{key}")
        if found:
            return found
    return ""


def _contradiction(actions: list[Content]) -> str:
    """What a schema cannot say: one strength for each side of a unit, and sides only where there are any."""
    taken = set()
    for action in actions:
        unit, side = action["unit"], action["side"]
        if side != "both" and not has_sides(unit):
            return f"AU{unit} ({UNITS[unit].name}) moves both sides as one, so that its side is both and not {side}"
        for half in SIDES if side == "both" else (side,):
            if (unit, half) in taken:
                return f"AU{unit} ({UNITS[unit].name}) is given twice for the {half} side"
            taken.add((unit, half))
    return ""


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aio" else f"a {kind}"
