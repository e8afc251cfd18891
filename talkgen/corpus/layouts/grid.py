"""GRID (Cooke, Barker, Cunningham, Shao 2006, "An audio-visual corpus for speech perception and automatic speech recognition",
CC BY 4.0): a thousand sentences of six words by each of 34 speakers, whose file names spell what is said.

    s1/bbaf2n.mpg       "bin blue at f two now"
"""

import re
from collections.abc import Iterator
from pathlib import Path

from talkgen.corpus.layouts.base import PICTURES, SOUNDS, Item
from talkgen.corpus.layouts.base import files as media

LOOKED_FOR = "clips named after their six words (bbaf2n.mpg) in folders named after their speakers (s1)"
SOURCE, LICENCE = "GRID corpus", "CC-BY-4.0"
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LETTERS = {letter: letter for letter in "abcdefghijklmnopqrstuvxyz"}
WORDS = (
    {"b": "bin", "l": "lay", "p": "place", "s": "set"}, {"b": "blue", "g": "green", "r": "red", "w": "white"},
    {"a": "at", "b": "by", "i": "in", "w": "with"}, _LETTERS, dict(zip("z123456789", _DIGITS, strict=True)),
    {"a": "again", "n": "now", "p": "please", "s": "soon"},
)  # fmt: skip
"""The grammar: for each of the six words, what the letter of the file name stands for. There is no letter w."""
_NAME = re.compile("(?:.*_)?(" + "".join(f"[{''.join(words)}]" for words in WORDS) + ")")
_SPEAKER = re.compile(r"(?:.*_)?(s[1-9]\d?)(?:\.mpg.*|_.*)?")


def read(folder: Path) -> Iterator[Item]:
    """Every clip whose name the grammar knows. The speaker is the nearest folder called s1 to s34; without one, clips are taken
    to be of as many speakers."""
    for path in media(folder, PICTURES + SOUNDS):
        if name := _NAME.fullmatch(path.stem.lower()):
            speaker = _speaker(path)
            clip = f"{speaker}_{name[1]}" if speaker else path.stem
            yield Item(path, clip, speaker or clip, transcript=sentence(name[1]))


def sentence(name: str) -> str:
    """The words that a name of six letters stands for."""
    return " ".join(words[letter] for letter, words in zip(name, WORDS, strict=True))


def _speaker(path: Path) -> str | None:
    folders = (_SPEAKER.fullmatch(folder.name) for folder in path.resolve().parents)
    return next((f"grid_{folder[1]}" for folder in folders if folder), None)
