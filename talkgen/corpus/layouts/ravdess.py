"""RAVDESS (Livingstone and Russo 2018, "The Ryerson Audio-Visual Database of Emotional Speech and Song", CC BY-NC-SA 4.0).

    Actor_01/01-01-05-02-01-02-01.mp4

Seven numbers: 01 sound and picture, 02 picture alone, 03 sound alone; 01 speech, 02 song; emotion; intensity; sentence;
repetition; actor. Song is left out, and so is what is there more than once.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from talkgen.corpus.layouts.base import PICTURES, SOUNDS, Item
from talkgen.corpus.layouts.base import files as media

LOOKED_FOR = "Actor_01/01-01-05-02-01-02-01.mp4 or .wav: seven numbers for channel, speech, emotion, intensity, words, take, actor"
SOURCE, LICENCE = "RAVDESS", "CC-BY-NC-SA-4.0"
EMOTIONS = {
    "01": "neutral", "02": "neutral", "03": "happy", "04": "sad", "05": "angry", "06": "fear", "07": "disgust", "08": "surprise",
}  # fmt: skip
"""02 is "calm", a second kind of neutral."""
STRENGTHS = {"01": 0.6, "02": 1.0}
WORDS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
_NAME = re.compile(r"(0[123])-(01-(0[1-8])-(0[12])-(0[12])-0[12]-(\d\d))")


def read(folder: Path) -> Iterator[Item]:
    """Every spoken sentence: with its own sound, or as a silent picture beside its sound, or as sound alone."""
    takes: dict[str, dict[str, tuple[Path, re.Match[str]]]] = {}
    for path in media(folder, PICTURES + SOUNDS):
        if name := _NAME.fullmatch(path.stem):
            takes.setdefault(name[2], {})[name[1]] = path, name
    for take in takes.values():
        path, name = take.get("01") or take.get("02") or take["03"]
        sound = take["03"][0] if name[1] == "02" and "03" in take else None
        emotion = EMOTIONS[name[3]]
        label = emotion if emotion == "neutral" else f"{emotion}:{STRENGTHS[name[4]]:g}"
        yield Item(path, path.stem, f"ravdess_{name[6]}", sound, WORDS[name[5]], label)
