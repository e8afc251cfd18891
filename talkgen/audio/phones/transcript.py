"""Transcript to words: what a reader may have said for each piece of an English text.

A text becomes a row of slots. A slot holds the readings that are possible in its place, each a tuple of lower-case words:
"1984" is a year or a number, "(laughing)" is spoken or skipped (the empty reading). The aligner hears which it was.
"""

import re
import unicodedata
from collections.abc import Iterator

Slot = tuple[tuple[str, ...], ...]

_SKIPPED = re.compile(r"\[[^\]]*\]|<[^>]*>|\{[^}]*\}")  # stage directions and tags: never spoken
_MAYBE = re.compile(r"\(([^()]*)\)|\*([^*]+)\*")  # asides: stage directions in some texts, spoken in others
_WORDS = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "prof": "professor", "capt": "captain", "lt": "lieutenant", "sgt": "sergeant",
    "gen": "general", "col": "colonel", "rev": "reverend", "hon": "honorable", "jr": "junior", "sr": "senior", "vs": "versus",
    "etc": "et cetera", "approx": "approximately", "dept": "department", "govt": "government", "ave": "avenue", "blvd": "boulevard",
    "e.g": "for example|e g", "i.e": "that is|i e", "a.m": "a m", "p.m": "p m", "km": "kilometers",
    "kg": "kilograms", "cm": "centimeters",
    "mm": "millimeters", "mph": "miles per hour", "km/h": "kilometers per hour", "ft": "feet", "lb": "pounds", "lbs": "pounds",
    "&": "and", "+": "plus", "=": "equals", "@": "at",
    "%": "percent", "°": "degrees", "°c": "degrees celsius", "°f": "degrees fahrenheit",
    "#": "number", "w/": "with", "dr": "doctor|drive", "st": "saint|street", "no": "no|number", "mt": "mount",
    "fig": "figure", "vol": "volume",
}  # fmt: skip
_NEEDS_DOT = {"gen", "col", "rev", "hon", "no", "fig", "ave", "mm", "ms"}  # words of their own, or sounds, without the dot
_MONEY = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent"), "¥": ("yen", "sen")}
_PLURALS = {"penny": "pence", "yen": "yen", "sen": "sen"}
_SCALES = ("hundred", "thousand", "million", "billion", "trillion")
_LONGEST = 24  # characters: a longer number is read digit by digit
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_TOKEN = re.compile(
    rf"(?P<money>[$£€¥](?:{_NUMBER})(?:\s+(?:{'|'.join(_SCALES)})\b)?)|(?P<time>\b\d{{1,2}}:\d{{2}}\b)|(?P<decade>'?\b\d+0s\b)"
    rf"|(?P<ordinal>\b\d[\d,]*(?:st|nd|rd|th)\b)|(?P<fraction>\b\d{{1,2}}/\d{{1,2}}\b)|(?P<number>(?:(?<!\S)[-−])?(?:{_NUMBER}))"
    r"|(?P<word>(?:[a-z]\.){2,}|[a-z]+(?:'[a-z]+)*'?|&|\+|=|@|%|°[cf]?|\#)(?P<dot>\.?)",
    re.IGNORECASE | re.ASCII,
)


def slots(transcript: str) -> list[Slot]:
    """The readings of a transcript, piece by piece; empty when it holds no words that English letters can spell."""
    text = unicodedata.normalize("NFKD", _SKIPPED.sub(" ", transcript))
    text = "".join(c for c in text if not unicodedata.combining(c)).translate({0x2019: "'", 0x2018: "'", 0x02BC: "'", 0x2044: "/"})
    found: list[Slot] = []
    position = 0
    for aside in _MAYBE.finditer(text):
        found += _plain(text[position : aside.start()])
        words = tuple(word for slot in _plain(aside[1] or aside[2] or "") for word in slot[0])
        found += [(words, ())] if words else []
        position = aside.end()
    return found + list(_plain(text[position:]))


def _plain(text: str) -> Iterator[Slot]:
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup if token.lastgroup != "dot" else "word"
        if kind == "word":
            yield _word(token["word"], bool(token["dot"]))
        else:
            text = " ".join(token[0].lower().replace(",", "").split())
            read = _READERS[str(kind)] if len(text) <= _LONGEST else _digits
            yield from _spoken(*read(text))


def _word(word: str, dot: bool) -> Slot:
    key = word.lower().rstrip(".")
    if key in _WORDS and (dot or key not in _NEEDS_DOT):
        return tuple(tuple(reading.split()) for reading in _WORDS[key].split("|"))
    letters = tuple(key.replace(".", ""))
    if "." in key:
        return (letters,)
    if word.isupper() and 2 <= len(word) <= 5:  # NASA or FBI
        return ((key,), letters)
    return ((key.rstrip("'") if key.endswith("s'") else key.strip("'"),),)


def _spoken(*readings: str) -> Iterator[Slot]:
    """Slots for the readings of one number; the "and" of "one hundred and five" is optional."""
    tidy = [re.sub(r"[-,]", " ", reading).split() for reading in dict.fromkeys(readings)]
    if len(tidy) == 1:
        for word in tidy[0]:
            yield (("and",), ()) if word == "and" else ((word,),)
    else:
        yield tuple(dict.fromkeys(tuple(w for w in words if w != "and") for words in tidy))


def _cardinal(number: str) -> str:
    from num2words import num2words

    value = float(number) if "." in number else int(number)
    return str(num2words(value))


def _digits(text: str) -> tuple[str, ...]:
    """One by one, with both names of nought."""
    words = " ".join("point" if c == "." else _cardinal(c) for c in text if c in ".0123456789")
    return (words, words.replace("zero", "oh"))


def _number(text: str) -> tuple[str, ...]:
    sign = "minus " if text[0] in "-−" else ""
    digits = text.lstrip("-−")
    if "." in digits:
        return (sign + _cardinal(digits.rstrip(".")),)
    if digits.startswith("0") or len(digits) > 9:
        return _digits(digits)
    readings = [_cardinal(digits), _digits(digits)[0]] if len(digits) in (3, 4) else [_cardinal(digits)]
    if len(digits) == 4 and 1000 < int(digits) < 10000:
        readings.insert(0, _year(digits))
    return tuple(sign + reading for reading in readings)


def _year(digits: str) -> str:
    from num2words import num2words

    return str(num2words(int(digits), to="year"))


def _ordinal(text: str) -> tuple[str, ...]:
    from num2words import num2words

    return (str(num2words(int(text[:-2]), to="ordinal")),)


def _decade(text: str) -> tuple[str, ...]:
    digits = text.strip("'s")
    spoken = _year(digits) if len(digits) == 4 else _cardinal(digits)
    return (spoken[:-1] + "ies" if spoken.endswith("y") else spoken + "s",)


def _fraction(text: str) -> tuple[str, ...]:
    from num2words import num2words

    above, below = map(int, text.split("/"))
    name = {2: "half", 4: "quarter"}.get(below, str(num2words(below, to="ordinal")))
    plural = name if above == 1 else "halves" if name == "half" else name + "s"
    literal = f"{_cardinal(str(above))} slash {_cardinal(str(below))}"
    return (
        (f"{_cardinal(str(above))} {plural}", f"a {plural}", literal)
        if above == 1
        else (f"{_cardinal(str(above))} {plural}", literal)
    )


def _time(text: str) -> tuple[str, ...]:
    hour, minute = (str(int(part)) for part in text.split(":"))
    if minute == "0":
        return (f"{_cardinal(hour)} o'clock", _cardinal(hour), f"{_cardinal(hour)} hundred", f"{_cardinal(hour)} hundred hours")
    return (f"{_cardinal(hour)} {'oh ' * (len(minute) == 1)}{_cardinal(minute)}",)


def _money(text: str) -> tuple[str, ...]:
    unit, small = _MONEY[text[0]]
    amount, _, scale = text[1:].partition(" ")
    if scale:
        return (f"{_cardinal(amount)} {scale.strip()} {_plural(unit, 2)}",)
    whole, _, cents = amount.partition(".")
    words = f"{_cardinal(whole or '0')} {_plural(unit, int(whole or '0'))}"
    if not int(cents or 0):
        return (words,)
    count = int(f"{cents}0"[:2])
    if not int(whole or 0):
        return (f"{_cardinal(str(count))} {_plural(small, count)}",)
    return (f"{words} and {_cardinal(str(count))} {_plural(small, count)}", f"{_cardinal(whole or '0')} {_cardinal(str(count))}")


def _plural(unit: str, count: int) -> str:
    return unit if count == 1 else _PLURALS.get(unit, unit + "s")


_READERS = {
    "money": _money, "time": _time, "decade": _decade, "ordinal": _ordinal, "fraction": _fraction, "number": _number,
}  # fmt: skip
