"""CREMA-D (Cao, Cooper, Keutmann, Gur, Nenkova, Verma 2014, "CREMA-D: crowd-sourced emotional multimodal actors dataset", ODbL).

VideoFlash/1001_DFA_ANG_XX.flv      actor, sentence, emotion, level
AudioWAV/1001_DFA_ANG_XX.wav
"""

import re
from collections.abc import Iterator
from pathlib import Path

from talkgen.corpus.layouts.base import PICTURES, SOUNDS, Item
from talkgen.corpus.layouts.base import files as media

LOOKED_FOR = "1001_DFA_ANG_XX.flv in VideoFlash or .wav in AudioWAV: actor, sentence, emotion, level"
SOURCE, LICENCE = "CREMA-D", "ODbL-1.0"
EMOTIONS = {"ANG": "angry", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
STRENGTHS = {"LO": 0.4, "MD": 0.7, "HI": 1.0, "XX": 0.7}
"""XX: no level was asked for."""
WORDS = {
    "IEO": "It's eleven o'clock", "TIE": "That is exactly what happened", "IOM": "I'm on my way to the meeting",
    "IWW": "I wonder what this is about", "TAI": "The airplane is almost full", "MTI": "Maybe tomorrow it will be cold",
    "IWL": "I would like a new alarm clock", "ITH": "I think I have a doctor's appointment", "DFA": "Don't forget a jacket",
    "ITS": "I think I've seen this before", "TSI": "The surface is slick", "WSI": "We'll stop in a couple of minutes",
}  # fmt: skip
_NAME = re.compile(f"(1\\d{{3}})_({'|'.join(WORDS)})_({'|'.join(EMOTIONS)})_({'|'.join(STRENGTHS)})")


def read(folder: Path) -> Iterator[Item]:
    """Every clip, as a video where there is one and as sound where there is none."""
    clips: dict[str, Path] = {}
    for path in media(folder, SOUNDS + PICTURES):
        if _NAME.fullmatch(path.stem) and (path.stem not in clips or path.suffix.lower() in PICTURES):
            clips[path.stem] = path
    for stem, path in sorted(clips.items()):
        actor, words, emotion, level = stem.split("_")
        label = EMOTIONS[emotion] if emotion == "NEU" else f"{EMOTIONS[emotion]}:{STRENGTHS[level]:g}"
        yield Item(path, stem, f"cremad_{actor}", transcript=WORDS[words], emotion=label)
