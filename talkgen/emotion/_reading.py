"""Plain words read into a plan: feelings and their degrees, what they are not, action units, and what a face looks like.

The text is read clause by clause, the longest known phrase first. A degree ("a bit"), a side ("left") or a negation ("not")
belongs to the next feeling or description in its clause; a degree or side with none after it, to all those before it. A manner
("quietly", "trying not to show it") belongs to the whole text. Units that several words ask for are taken at the strongest,
feelings add like the square root of their number. What is negated is taken away, unless other words ask for it about as
strongly, and a negated feeling leans faintly to its opposite.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from math import sqrt

import numpy as np

from talkgen.emotion._facs import INTENSITY, SIDES, UNITS, has_sides
from talkgen.emotion._lexicon import Recipe, Sense, Units, cleaned, lexicon, names
from talkgen.emotion._plan import Action, Plan
from talkgen.lib.grammar import MAX_STRENGTH
from talkgen.space import EMOTIONS
from talkgen.types import Array, TalkgenError

PLAIN_UNIT = 0.7
"""Strength of an action unit that is named without one."""
FAINTEST = 0.05
"""Weaker actions are left out of a plan."""
LEAN = 0.25
"""How far "not happy" goes to the other side of neutral."""
AS_STRONGLY = 0.75
"""Share of a negated feeling's strength in a unit with which other words keep it."""
_UNIT = re.compile(r"(?P<before>left|right|l|r)?au(?P<number>\d+)(?P<letter>[a-e])?(?P<after>l|r)?")
_OF_WHOM = r"(?<= of )(?:the|his|her|their|your|my) "
_UNIT_LIST = re.compile(r"\bau ?\d+[a-e]?[lr]?(?: ?\+ ?(?:au ?)?[lr]?\d+[a-e]?[lr]?)+")


@dataclass
class Item:
    """A feeling or a description as the text has it, with the degree, side and negation that belong to it."""

    words: str
    recipe: Recipe
    degree: float | None = None
    side: str | None = None
    negated: bool = False

    def units(self) -> Units:
        """What it asks for, with its degree and side."""
        degree = 1.0 if self.degree is None else self.degree
        side = self.side if self.recipe.vad is None else None
        moved: Units = {}
        for (unit, own), strength in self.recipe.units.items():
            place = side if side and has_sides(unit) else own if has_sides(unit) else "both"
            share = 0.5 if side and not has_sides(unit) else 1.0  # ARKit's inner brows rise together: one of them, half as far
            moved[unit, place] = max(moved.get((unit, place), 0.0), strength * degree * share)
        return moved


@dataclass
class Heard:
    """What is understood of a text so far."""

    items: list[Item] = field(default_factory=list)
    manners: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)  # degrees and the like that belong to nothing


def read_words(text: str) -> Plan:
    """The plan of a face that a text describes. Raises `TalkgenError` when nothing in it is understood."""
    heard = Heard()
    for clause in _clauses(text):
        _Clause(clause, heard).read()
    ignored = tuple(word.replace("_", " ") for word in (*heard.unknown, *heard.idle))
    plan = _plan(text.strip(), heard, ignored)
    if not heard.items and not heard.manners:
        names_none = f"{text!r} names no feeling and nothing that a face does; {_EXAMPLES}"
        raise TalkgenError(complaint(plan) if heard.unknown else names_none)
    return plan


def plan_of_weights(weights: Array, text: str) -> Plan:
    """The plan of a mixture `(E,)` of the named emotions, 0..1.5 each."""
    known = lexicon().recipes
    parts = [(name, float(weight)) for name, weight in zip(EMOTIONS, weights, strict=True) if weight >= FAINTEST]
    return _plan(text, Heard([Item(f"{name} {weight:.2g}", known[name], weight) for name, weight in parts]), ())


def complaint(plan: Plan) -> str:
    """The sentence that tells which words of a plan were not understood, and the nearest that would be."""
    known = lexicon().known()
    unknown = [word for word in plan.ignored if word not in known]
    close = list(dict.fromkeys(match for word in unknown for match in get_close_matches(word, known, n=1, cutoff=0.75)))
    hint = f"did you mean {names(close)}?" if close else _EXAMPLES
    return f"Of {plan.text!r}, {names(plan.ignored, 6)} {'is' if len(plan.ignored) == 1 else 'are'} not understood; {hint}"


_EXAMPLES = "write for example quietly furious, a bit nervous, one eyebrow raised, clenched jaw or AU4+AU7 strong."


def _clauses(text: str) -> Iterator[list[str]]:
    """The words of each clause; a part of the face or a movement of several words is joined by "_"."""
    known = lexicon()
    marked = re.sub(r"\baction units?\b|\baus\b", "au", cleaned(text))
    marked = _UNIT_LIST.sub(lambda found: " ".join(f"au{unit}" for unit in re.findall(r"[lr]?\d+[a-e]?[lr]?", found[0])), marked)
    marked = re.sub(r"\bau([lr])(\d)", r"\1au\2", re.sub(r"\bau (?=[lr]?\d)", "au", marked))
    for clause in re.split(rf"[^\w\s+%]|\b(?:{'|'.join(known.breaks)})\b", marked):
        joined = known.compounds.sub(lambda found: re.sub(_OF_WHOM, "", found[0]).replace(" ", "_"), clause)
        words = joined.replace("+", " ").split()
        if words:
            yield words


class _Clause:
    """One clause being read: the modifiers that wait for what they belong to."""

    def __init__(self, words: list[str], heard: Heard) -> None:
        self.words, self.heard, self.known = words, heard, lexicon()
        self.items: list[Item] = []
        self.degree: float | None = None
        self.side: str | None = None
        self.negated = self.denies_on = False
        self.waiting: list[str] = []

    def read(self) -> None:
        """Add what the clause says to what was heard."""
        at = 0
        while at < len(self.words):
            at = self._step(at)
        for item in self.items:
            item.degree = self.degree if item.degree is None else item.degree
            item.side = self.side if item.side is None else item.side
        if self.negated or not self.items:
            self.heard.idle += self.waiting
        self.heard.items += self.items

    def _step(self, at: int) -> int:
        word = self.words[at]
        unit = _UNIT.fullmatch(word)
        if unit:
            self._add(Item(word.upper(), _unit_recipe(unit)))
            return at + 1
        look = self.known.look_at(self.words, at)
        if look:
            sense, end = look
            self._between(at + 1, end)
            self._add(Item(f"{self._written(at)} {self._written(end)}", self.known.recipes[sense.name]))
            return end + 1
        found = self.known.phrase_at(self.words, at)
        if found:
            self._take(found[0], " ".join(self.words[at : found[1]]))
            return found[1]
        if word in ("or", "nor"):
            self.negated |= self.denies_on
        elif word not in self.known.fillers:
            self.heard.unknown.append(word)
        return at + 1

    def _between(self, at: int, end: int) -> None:
        """Modifiers between a part of the face and what it does: eyebrows *slightly* raised."""
        while at < end:
            found = self.known.phrase_at(self.words[:end], at)
            if found and found[0].kind in ("degree", "side", "not"):
                self._take(found[0], " ".join(self.words[at : found[1]]))
            elif self.words[at] not in self.known.fillers:
                self.heard.unknown.append(self.words[at])
            at = found[1] if found else at + 1

    def _take(self, sense: Sense, words: str) -> None:
        if sense.kind == "recipe":
            recipe = self.known.recipes[sense.name]
            item = Item(words if sense.name in words else f"{words} ({sense.name})", recipe)
            self._add(replace(item, recipe=_times(recipe, sense.amount)))
            return
        if sense.kind == "manner":
            self.heard.manners[sense.name] = words
            return
        self.waiting.append(words)
        if sense.kind == "degree":
            self.degree = sense.amount if self.degree is None else min(self.degree * sense.amount, MAX_STRENGTH)
        elif sense.kind == "side":
            self.side = sense.name
        else:
            self.negated = not self.negated

    def _add(self, item: Item) -> None:
        litotes = self.negated and (self.degree or 0) > 1 and not _pleasant(item)  # "not very angry" is a little angry
        item.degree, item.side = 0.3 if litotes else self.degree, self.side
        item.negated = self.negated and not litotes
        self.items.append(item)
        self.denies_on = self.negated
        self.degree, self.side, self.negated, self.waiting = None, None, False, []

    def _written(self, at: int) -> str:
        return self.words[at].replace("_", " ")


def _pleasant(item: Item) -> bool:
    return item.recipe.vad is not None and item.recipe.vad[0] > 0


def _times(recipe: Recipe, amount: float) -> Recipe:
    """A stronger or weaker grade of a feeling."""
    vad = tuple(float(value) for value in np.clip(np.multiply(recipe.vad or (0, 0, 0), amount), -1, 1))
    units = {place: strength * amount for place, strength in recipe.units.items()}
    return Recipe(units, (vad[0], vad[1], vad[2]) if recipe.vad else None)


def _unit_recipe(found: re.Match[str]) -> Recipe:
    number = int(found["number"])
    if number not in UNITS:
        known = ", ".join(map(str, UNITS))
        raise TalkgenError(f"AU{number} is not an action unit that ARKit's shapes can show; there are {known}.")
    letter = (found["before"] or found["after"] or "")[:1]
    strength = INTENSITY[found["letter"]] if found["letter"] else PLAIN_UNIT
    return Recipe({(number, {"l": "left", "r": "right"}.get(letter, "both")): strength})


def _plan(text: str, heard: Heard, ignored: tuple[str, ...]) -> Plan:
    """Everything that was understood, put together."""
    wanted: dict[tuple[int, str], tuple[float, list[str]]] = {}
    for item in heard.items:
        if not item.negated:
            _ask(wanted, item.units(), item.words)
    for item in heard.items:
        if item.negated:
            _deny(wanted, item)
    feeling = _feeling(heard.items)
    for name, words in heard.manners.items():
        manner = lexicon().manners[name]
        kept = {place: asked for place, asked in wanted.items() if place[0] not in manner.less}
        wanted = {place: (min(strength * manner.times, MAX_STRENGTH), why) for place, (strength, why) in kept.items()}
        _ask(wanted, manner.units, words)
        feeling[1] += manner.arousal
    valence, arousal, dominance = (round(float(value), 3) + 0.0 for value in np.clip(feeling, -1, 1))
    return Plan(text, tuple(_actions(wanted)), valence, arousal, dominance, ignored)


def _ask(wanted: dict[tuple[int, str], tuple[float, list[str]]], units: Units, words: str) -> None:
    for (unit, side), strength in units.items():
        for half in SIDES if has_sides(unit) and side == "both" else (side,):
            before, why = wanted.get((unit, half), (0.0, []))
            wanted[unit, half] = (max(before, min(strength, MAX_STRENGTH)), why if words in why else [*why, words])


def _deny(wanted: dict[tuple[int, str], tuple[float, list[str]]], item: Item) -> None:
    """Take away what a negated item would ask for, and lean to its opposite where it is pleasant."""
    is_face = item.recipe.vad is None
    for (unit, side), strength in item.units().items():
        for place in [place for place in wanted if place[0] == unit and (side == "both" or place[1] in (side, "both"))]:
            if is_face or wanted[place][0] < AS_STRONGLY * strength:
                del wanted[place]
    if _pleasant(item):
        sad = lexicon().recipes["sad"].units
        _ask(wanted, {place: LEAN * strength for place, strength in sad.items()}, f"not {item.words}")


def _feeling(items: list[Item]) -> np.ndarray:
    """Valence, arousal and dominance, `(3,)`, of all feelings of a text together."""
    points = []
    for item in items:
        if item.recipe.vad is not None:
            degree = 1.0 if item.degree is None else item.degree
            share = degree if not item.negated else -LEAN if _pleasant(item) else -LEAN / 3  # "not sad" is near neutral
            points.append(share * np.array(item.recipe.vad))
    total: np.ndarray = np.sum(points, axis=0) / sqrt(len(points)) if points else np.zeros(3)
    return total


def _actions(wanted: dict[tuple[int, str], tuple[float, list[str]]]) -> Iterator[Action]:
    """Actions in the order of FACS; the same on either side is one."""
    for unit in sorted({unit for unit, _ in wanted}):
        halves = {side: wanted[unit, side] for side in ("both", *SIDES) if (unit, side) in wanted}
        left, right = halves.get("left"), halves.get("right")
        if left and right and abs(left[0] - right[0]) < 1e-6:
            halves = {"both": (left[0], list(dict.fromkeys(left[1] + right[1])))}
        for side, (strength, why) in halves.items():
            if strength >= FAINTEST:
                yield Action(unit, round(strength, 3), side, ", ".join(why))
