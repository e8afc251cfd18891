"""What synthetic voices say: sentences drawn from grammars and word lists of our own (`texts.toml`), so varied that no rhythm or
word order can be learnt by heart."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from numpy.random import Generator

ENGLISH = "en"
_SLOT = re.compile(r"\{(\w+)\}")
_NONSENSE = 0.12  # share of English sentences that are words without meaning
_LARGEST = 3000  # of the numbers that are read out


@cache
def texts() -> dict[str, Any]:
    """The grammar of English and the sentences and words of the other languages."""
    return tomllib.loads(files("talkgen.corpus").joinpath("texts.toml").read_text(encoding="utf-8"))


def languages() -> tuple[str, ...]:
    """The languages there are texts for, as in BCP 47, English first."""
    return (ENGLISH, *texts()["languages"])


def text(language: str, rng: Generator) -> str:
    """Something to say that lasts about 2 to 9 seconds: one to three sentences, now and then a list of words or a number."""
    make = _english if language == ENGLISH else _foreign
    return " ".join(make(language, rng) for _ in range(rng.choice([1, 2, 3], p=[0.5, 0.4, 0.1])))


def _english(language: str, rng: Generator) -> str:
    lists = texts()["english"]
    if rng.random() < _NONSENSE:
        return _stop(_joined([_sound(rng) for _ in range(rng.integers(3, 8))], rng), rng)

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if name == "number":
            return _number("en", rng)
        return _sound(rng) if name == "sound" else str(rng.choice(lists[name]))

    sentence = _SLOT.sub(fill, str(rng.choice(lists["template"])))
    sentence = re.sub(r"\ba (?=[aeio]|un|ug|um|us(?!e))", "an ", sentence)
    return _stop(sentence[0].upper() + sentence[1:], rng)


def _foreign(language: str, rng: Generator) -> str:
    lists = texts()["languages"][language]
    kind = rng.random()
    if kind < 0.45:
        return str(rng.choice(lists["sentences"]))
    words = [str(word) for word in rng.choice(lists["words"], rng.integers(2, 7))]
    if "numbers" in lists and kind < 0.65:
        words.insert(int(rng.integers(len(words) + 1)), _number(lists["numbers"], rng))
    return _stop(_joined(words, rng), rng)


def _number(language: str, rng: Generator) -> str:
    from num2words import num2words

    return str(num2words(int(rng.integers(2, 30 if rng.random() < 0.5 else _LARGEST)), lang=language))


def _sound(rng: Generator) -> str:
    """A word that means nothing, of one or two syllables."""
    lists = texts()["english"]
    syllables = [
        (rng.choice(lists["onset"]), rng.choice(lists["nucleus"]), rng.choice(lists["coda"])) for _ in range(rng.integers(1, 3))
    ]
    return "".join(str(part) for syllable in syllables for part in syllable)


def _joined(words: list[str], rng: Generator) -> str:
    """Words in a row with pauses here and there."""
    marks = rng.choice([" ", ", ", "; ", ": "], len(words) - 1, p=[0.55, 0.35, 0.05, 0.05])
    return words[0] + "".join(f"{mark}{word}" for mark, word in zip(marks, words[1:], strict=True))


def _stop(sentence: str, rng: Generator) -> str:
    """The sentence with a mark at its end: mostly a full stop."""
    return sentence if sentence[-1] in "?!" else sentence + str(rng.choice([".", "!", "?"], p=[0.7, 0.15, 0.15]))
