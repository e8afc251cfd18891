"""The words that talkgen understands of a feeling or a face, from `lexicon.toml`."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from talkgen.emotion._affect import PLACES

Side = str
"""As in `_plan.Action`."""
Units = dict[tuple[int, Side], float]
"""Strength of each action unit and side."""
Words = tuple[str, ...]
_LONGEST_GAP = 4  # words between a part of the face and what it does


@dataclass(frozen=True)
class Recipe:
    """What a feeling does to the face, and its valence, arousal and dominance; a description of a face has none of these."""

    units: Units
    vad: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Manner:
    """How a feeling is borne: strengths are taken `times`, `units` come besides and those in `less` go."""

    units: Units
    less: tuple[int, ...] = ()
    times: float = 1.0
    arousal: float = 0.0


@dataclass(frozen=True)
class Sense:
    """What a phrase means: its `kind` ("recipe", "manner", "degree", "side" or "not"), which one, and how much of it."""

    kind: str
    name: str = ""
    amount: float = 1.0


@dataclass
class Lexicon:
    """Everything that can be looked up; made by `lexicon`."""

    recipes: dict[str, Recipe] = field(default_factory=dict)
    manners: dict[str, Manner] = field(default_factory=dict)
    phrases: dict[str, list[tuple[Words, Sense]]] = field(default_factory=lambda: defaultdict(list))
    pairs: dict[tuple[str, str], Sense] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()
    breaks: tuple[str, ...] = ()
    compounds: re.Pattern[str] = re.compile("")

    def phrase_at(self, words: list[str], start: int) -> tuple[Sense, int] | None:
        """The longest phrase that begins at `start`, fillers between its words allowed, and where it ends."""
        for form in _stems(words[start]):
            for phrase, sense in self.phrases.get(form, ()):
                end = self._match(phrase[1:], words, start + 1)
                if end:
                    return sense, end
        return None

    def look_at(self, words: list[str], start: int) -> tuple[Sense, int] | None:
        """What a part of the face does, told by the word at `start` and one soon after it, and where that one is."""
        for end in range(start + 1, min(start + 2 + _LONGEST_GAP, len(words))):
            sense = self.pairs.get((words[start], words[end]))
            if sense:
                return sense, end
        return None

    def known(self) -> list[str]:
        """Every phrase, as one would write it."""
        return sorted({" ".join(phrase) for phrases in self.phrases.values() for phrase, _ in phrases})

    def _match(self, rest: Words, words: list[str], at: int) -> int:
        for word in rest:
            while at < len(words) and words[at] != word and words[at] in self.fillers:
                at += 1
            if at == len(words) or words[at] != word:
                return 0
            at += 1
        return at


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    source = tomllib.loads(files("talkgen.emotion").joinpath("lexicon.toml").read_text(encoding="utf-8"))
    made = Lexicon(fillers=frozenset(source["fillers"].split()), breaks=tuple(source["joins_clauses"].split()))
    for amount, words in source["degrees"].items():
        _enter(made, words, Sense("degree", amount=float(amount)))
    for side, words in source["sides"].items():
        _enter(made, words, Sense("side", side))
    _enter(made, source["negations"], Sense("not"))
    _enter_recipes(made, source)
    for name, entry in source["manners"].items():
        less, times, arousal = entry.get("less", ()), entry.get("times", 1.0), entry.get("arousal", 0.0)
        made.manners[name] = Manner(units_of(entry.get("units", {})), tuple(less), times, arousal)
        _enter(made, f"{name}, {entry['words']}", Sense("manner", name))
    _enter_looks(made, source["looks"])
    for phrases in made.phrases.values():
        phrases.sort(key=lambda entry: -len(entry[0]))
    return made


def units_of(table: Mapping[str, float]) -> Units:
    """Units from notation such as `{"12": 0.5, "L14": 0.7}`."""
    return {(int(key.lstrip("LR")), {"L": "left", "R": "right"}.get(key[0], "both")): value for key, value in table.items()}


def cleaned(text: str) -> str:
    """Lower case, no apostrophes, hyphens and underscores as spaces."""
    return re.sub(r"[-‐‑–—_\s]+", " ", re.sub(r"['’`]", "", text.lower())).strip()


def _enter_recipes(made: Lexicon, source: dict[str, Any]) -> None:
    for name, entry in source["feelings"].items():
        made.recipes[name] = Recipe(units_of(entry["units"]), tuple(entry.get("vad") or PLACES[name]))
        _enter(made, f"{name}, {entry['words']}", Sense("recipe", name))
    for name, grades in source["grades"].items():
        for amount, words in grades.items():
            _enter(made, words, Sense("recipe", name, float(amount)))
    for name, entry in source["faces"].items():
        made.recipes[name] = Recipe(units_of(entry["units"]))
        _enter(made, f"{name}, {entry['words']}", Sense("recipe", name))


def _enter_looks(made: Lexicon, looks: list[dict[str, Any]]) -> None:
    compounds = set()
    for look in looks:
        parts, does = _listed(look["parts"]), _listed(look["does"])
        name = f"{parts[0]} {does[0]}"
        made.recipes[name] = Recipe(units_of(look["units"]))
        forms = [plural for part in parts for plural in (part, f"{part}s")]
        compounds |= {phrase for phrase in (*forms, *does) if " " in phrase}
        for part in forms:
            for act in does:
                one, other = part.replace(" ", "_"), act.replace(" ", "_")
                made.pairs[one, other] = made.pairs[other, one] = Sense("recipe", name)
    longest_first = sorted(compounds, key=lambda phrase: -len(phrase))
    of_the = (phrase.replace(" of ", r" of (?:(?:the|his|her|their|your|my) )?") for phrase in longest_first)
    made.compounds = re.compile(rf"\b(?:{'|'.join(of_the)})\b")


def _enter(made: Lexicon, words: str, sense: Sense) -> None:
    for phrase in _listed(words):
        first, *rest = phrase.split()
        made.phrases[first].append(((first, *rest), sense))


def _listed(words: str) -> list[str]:
    return [cleaned(phrase) for phrase in words.split(",")]


def _stems(word: str) -> Iterator[str]:
    """The word, and what is left of it without an ending that changes nothing here: sadly, happily, sleepiness."""
    yield word
    for ending, instead in (("ily", "y"), ("ly", ""), ("ly", "le"), ("iness", "y"), ("ness", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            yield word.removesuffix(ending) + instead


def names(phrases: Iterable[str], most: int = 3) -> str:
    """A list for a sentence: `"one", "two" and 4 more`."""
    quoted = [f'"{phrase}"' for phrase in phrases]
    return ", ".join(quoted[:most]) + (f" and {len(quoted) - most} more" if len(quoted) > most else "")
