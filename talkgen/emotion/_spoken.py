"""What the words of a line tell of its speaker's feeling: cues such as "get out" or "thank you", and its punctuation."""

import re
import tomllib
from functools import cache
from importlib.resources import files

import numpy as np

from talkgen.space import EMOTIONS
from talkgen.types import Array

_NEGATIONS = frozenset(["not", "no", "never", "dont", "isnt", "wasnt", "arent", "cant", "wont", "nothing", "without", "hardly"])
_NEAR = 2  # words before a cue in which a negation counts
_LOUD, _ASKED = 0.2, 0.25  # what each "!" adds to a feeling, and what "?!" tells of surprise
Cue = tuple[tuple[str, ...], int, float]


def told_feeling(transcript: str) -> tuple[Array, tuple[str, ...]]:
    """`(E,)` weights, 0..1, of the feelings that a transcript tells, and the cues; zeros and none where it tells nothing.

    Cues of one feeling count like the square root of their number; a negation just before a single word takes it away.
    """
    words = re.findall(r"[a-z]+", re.sub(r"['’`]", "", transcript.lower()))
    squares, found, taken = np.zeros(len(EMOTIONS)), [], np.zeros(len(words), bool)
    for phrase, emotion, strength in _cues():
        for start in range(len(words) - len(phrase) + 1):
            span = slice(start, start + len(phrase))
            if tuple(words[span]) != phrase or taken[span].any():
                continue
            taken[span] = True
            if len(phrase) == 1 and _NEGATIONS & set(words[max(start - _NEAR, 0) : start]):
                continue
            squares[emotion] += strength**2
            found.append(" ".join(phrase))
    if re.search(r"\?!|!\?", transcript):
        squares[EMOTIONS.index("surprise")] += _ASKED**2
        found.append("?!")
    weights: Array = np.clip(np.sqrt(squares) * (1 + _LOUD * min(transcript.count("!"), 3)), 0, 1).astype(np.float32)
    return weights, tuple(found)


@cache
def _cues() -> tuple[Cue, ...]:
    """Every cue, the longest first."""
    table = tomllib.loads(files("talkgen.emotion").joinpath("spoken.toml").read_text(encoding="utf-8"))
    cues = [
        (tuple(phrase.split()), EMOTIONS.index(emotion), float(strength))
        for emotion, strengths in table.items()
        for strength, phrases in strengths.items()
        for phrase in phrases.split(", ")
    ]
    return tuple(sorted(cues, key=lambda cue: -len(cue[0])))
