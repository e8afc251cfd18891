"""The words a user directs with: the emotion specification and the per-region gains, read strictly and refused clearly.

An emotion specification is one or more keys separated by `;`, each a mixture at a time; a single key needs no time:

    spec     = mixture | key ";" key ...        key  = time "=" mixture        time = "1.2s" | "1200ms" | "1.2"
    mixture  = term "+" term ...                term = emotion (":" strength)? ("@" region (":" strength)?)?

The strength (0 to 1.5, 1 when left out) is written once, after the emotion or after the region. `neutral` stands alone.
A term may also name another source with what it reads: `vad:0.6,-0.2,0.1` (valence, arousal, dominance), `text:quietly furious`,
`plan:plan.json`, `image:face.png`, `audio` (the line itself), `audio:other.wav`, `auto`; strength and region follow as ever
(`text:quietly furious:0.7@mouth`, `audio:0.8`). What holds one of `; = + @ :` is written
in quotation marks: `text:"AU4+AU7, lips pressed":0.8`.
Upper and lower case and spaces mean nothing outside a source's argument.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import pairwise

from talkgen.space import EMOTIONS, NEUTRAL, expand_region, region_names
from talkgen.types import EmotionKey, EmotionSpec, EmotionTerm, TalkgenError

MAX_STRENGTH = 1.5
MAX_GAIN = 2.0
LABEL = "label"
"""The source that reads emotion names; a term that names no source is its."""
ALONE = ("audio", "auto")
"""Sources that may stand without anything to read: `audio` is the line itself."""
ALIASES = {
    "happiness": "happy", "joy": "happy", "joyful": "happy", "sadness": "sad", "anger": "angry", "afraid": "fear",
    "fearful": "fear", "disgusted": "disgust", "surprised": "surprise", "contemptuous": "contempt",
}  # fmt: skip
"""Other words for the emotions."""

_UNQUOTED = r'(?=(?:[^"]*"[^"]*")*[^"]*$)'  # only where an even number of quotation marks follows: outside "..."
_STRENGTH = re.compile(r":\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*$")
_MARKS = re.compile(r"[;=+@:]")
_TIME = re.compile(r"(\d+\.?\d*|\.\d+)\s*(ms|s|)")


def parse_emotion(text: str, sources: Iterable[str]) -> EmotionSpec:
    """Read an emotion specification. `sources` are the available ones (`members.available("emotion")`).

    Emotion names and aliases are resolved and checked; the argument of any other source is left to that source.
    Raises `TalkgenError`, naming the nearest accepted words, for anything that is not in the grammar above.
    """
    parts = _split(text, ";")
    if parts and not parts[-1]:
        parts.pop()  # a closing ";" is harmless
    if not parts:
        raise TalkgenError("The emotion is empty; give one such as happy, angry:0.7 or neutral.")
    keys = tuple(_read_key(part, alone=len(parts) == 1, sources=tuple(sources)) for part in parts)
    for before, after in pairwise(keys):
        if after.time <= before.time:
            raise TalkgenError(f"In {text!r} the times must increase, but {after.time:g}s follows {before.time:g}s.")
    return EmotionSpec(keys, text.strip())


def format_emotion(spec: EmotionSpec) -> str:
    """The specification in the grammar above; reading it again gives the same keys."""
    mixtures = ["+".join(_format_term(term) for term in key.terms) or NEUTRAL for key in spec.keys]
    if len(spec.keys) == 1 and spec.keys[0].time == 0:
        return mixtures[0]
    return "; ".join(f"{_number_text(key.time)}s={mixture}" for key, mixture in zip(spec.keys, mixtures, strict=True))


def parse_intensity(text: str) -> dict[str, float]:
    """Read gains such as `mouth=1.2,brows=0.5,head=0` into `motion.base.Style.intensity` (names of regions or `blink`, 0 to 2).

    Raises `TalkgenError` for an unknown or repeated name and for a gain that is no number or out of range.
    """
    gains: dict[str, float] = {}
    for part in text.lower().split(","):
        name, equals, value = _partition(part, "=")
        if not equals or not name:
            raise TalkgenError(f"{part.strip()!r} is not a gain; write region=number, for example mouth=1.2,head=0.")
        if name != "blink":
            _check_region(name, extra=("blink",))
        if name in gains:
            raise TalkgenError(f"The gain of {name} is given twice in {text!r}.")
        gains[name] = _number(value, f"the gain of {name}", MAX_GAIN)
    return gains


def nearest(word: str, choices: Iterable[str]) -> str:
    """A hint that ends an error message: the choices most like `word`, or all of them when none is like it."""
    names = tuple(choices)
    close = get_close_matches(word, names, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close)}?" if close else f"available: {', '.join(names)}."


def _split(text: str, separator: str) -> list[str]:
    """The stripped parts between separators that stand outside quotation marks; [] for an empty text."""
    return [part.strip() for part in re.split(separator + _UNQUOTED, text)] if text.strip() else []


def _partition(text: str, mark: str) -> tuple[str, str, str]:
    """Like `str.partition` at the first mark outside quotation marks, stripped."""
    found = re.search(mark + _UNQUOTED, text)
    return (text[: found.start()].strip(), mark, text[found.end() :].strip()) if found else (text.strip(), "", "")


def _read_key(text: str, alone: bool, sources: tuple[str, ...]) -> EmotionKey:
    head, equals, rest = _partition(text, "=")
    when, mixture = (head, rest) if equals else ("", head)
    if not equals and not alone:
        raise TalkgenError(f"{text!r} has no time; write each of several keys as time=emotion, for example 0s=neutral; 1.2s=happy.")
    match = _TIME.fullmatch(when.lower()) if equals else None
    if equals and not match:
        raise TalkgenError(f"{when!r} is not a time; write seconds or milliseconds such as 1.2s or 1200ms.")
    time = float(match[1]) / (1000 if match[2] == "ms" else 1) if match else 0.0
    return EmotionKey(time, _read_mixture(mixture, sources))


def _read_mixture(text: str, sources: tuple[str, ...]) -> tuple[EmotionTerm, ...]:
    parts = _split(text, r"\+(?![\d.])")
    if not parts or not all(parts):
        raise TalkgenError(f"An emotion is missing in {text!r}; write one such as happy, or a mixture: happy:0.6+surprise:0.4.")
    if parts[0].lower() == NEUTRAL and len(parts) == 1:
        return ()
    terms = tuple(_read_term(part, sources) for part in parts)
    places = [(term.source, term.argument, term.region) for term in terms]
    for term, place in zip(terms, places, strict=True):
        if places.count(place) > 1:
            raise TalkgenError(f"{text!r} names {term.argument} twice in the same place; give it one strength.")
    return terms


def _read_term(text: str, sources: tuple[str, ...]) -> EmotionTerm:
    what, at, where = _partition(text, "@")
    region, colon, region_strength = _partition(where.lower() if at else "all", ":")
    _check_region(region)
    source, argument, strength = _read_source(what, sources)
    if strength and colon:
        raise TalkgenError(f"{text!r} has two strengths; write one, after the emotion or after the region.")
    given = strength or (region_strength if colon else "1")
    return EmotionTerm(source, argument, _number(given, f"the strength in {text!r}", MAX_STRENGTH), region)


def _read_source(text: str, sources: tuple[str, ...]) -> tuple[str, str, str]:
    """Source, argument and strength ("" when not given) of a term without its region."""
    name, colon, rest = _partition(text, ":")
    name = name.lower()
    if name == LABEL and colon:
        name, colon, rest = _partition(rest.lower(), ":")
    elif name in sources and name != LABEL:
        return (name, "", rest) if name in ALONE and _STRENGTH.fullmatch(f":{rest}") else (name, *_read_argument(rest))
    emotion = ALIASES.get(name, name)
    if emotion == NEUTRAL:
        raise TalkgenError(f"{NEUTRAL} stands alone, without strength, region or company, for it adds nothing; leave it out.")
    if emotion not in EMOTIONS:
        hint = nearest(name, (NEUTRAL, *EMOTIONS, *(source for source in sources if source != LABEL)))
        if re.match(r"au ?\d", name):
            hint = f'write action units as text:"{name.upper()}", in quotation marks where there are several.'
        raise TalkgenError(f"{name!r} is not an emotion; {hint}")
    if colon and not rest:
        raise TalkgenError(f"The strength is missing after {text!r}; write for example {emotion}:0.7.")
    return LABEL, emotion, rest


def _read_argument(text: str) -> tuple[str, str]:
    """What a source reads, without quotation marks, and the strength after it ("" when not given)."""
    found = _STRENGTH.search(text)
    argument, strength = (text[: found.start()], found[1]) if found else (text, "")
    return argument.strip().strip('"').strip(), strength


def _check_region(name: str, extra: tuple[str, ...] = ()) -> None:
    try:
        expand_region(name)
    except KeyError:
        raise TalkgenError(f"{name!r} is not a region of the face; {nearest(name, (*region_names(), *extra))}") from None


def _number(text: str, what: str, highest: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise TalkgenError(f"{text!r} is not a number: {what} is 0 to {highest:g}.") from None
    if not 0 <= value <= highest:
        raise TalkgenError(f"{value:g} is out of range: {what} is 0 to {highest:g}.")
    return value


def _number_text(value: float) -> str:
    """The shortest plain decimal that reads back as the same number."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return text if float(text) == value else repr(value)


def _format_term(term: EmotionTerm) -> str:
    place = "" if term.region == "all" else f"@{term.region}"
    if term.source == LABEL:
        return f"{term.argument}:{_number_text(term.strength)}{place}"
    argument = f'"{term.argument}"' if _MARKS.search(term.argument) else term.argument
    source = f"{term.source}:{argument}" if argument else term.source
    return f"{source}@{term.region}:{_number_text(term.strength)}"
