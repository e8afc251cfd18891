"""MEAD (Wang, Wu, Song, Yang, Wu, Qian, He, Qiao, Loy 2020, "MEAD: a large-scale audio-visual dataset for emotional talking-face
generation"; for research): actors, eight emotions at three levels, seven cameras, sound apart from the pictures.

    M030/video/front/angry/level_3/001.mp4
    M030/audio/angry/level_3/001.m4a

Only the front camera is read: the others show the same speech from aside.
"""

from collections.abc import Iterator
from pathlib import Path

from talkgen.corpus.layouts.base import SOUNDS, Item

LOOKED_FOR = "ACTOR/video/front/EMOTION/level_1 to level_3/001.mp4 with the sound in ACTOR/audio/EMOTION/level_3/001.m4a"
SOURCE, LICENCE = "MEAD", "LicenseRef-MEAD-research"
EMOTIONS = {
    "angry": "angry", "contempt": "contempt", "disgusted": "disgust", "fear": "fear", "happy": "happy", "neutral": "neutral",
    "sad": "sad", "surprised": "surprise",
}  # fmt: skip
STRENGTHS = {"level_1": 0.4, "level_2": 0.7, "level_3": 1.0}


def read(folder: Path) -> Iterator[Item]:
    """Every front clip of a known emotion, of one actor's folder or of all below `folder`."""
    for path in sorted(folder.resolve().rglob("video/front/*/level_[123]/*.mp4")):
        _, emotion, level = (path.parents[k].name for k in (2, 1, 0))
        actor = path.parents[4]
        if emotion not in EMOTIONS:
            continue
        sounds = (actor / "audio" / emotion / level / f"{path.stem}{suffix}" for suffix in SOUNDS)
        name = f"{actor.name}_{emotion}_{level[-1]}_{path.stem}"
        label = EMOTIONS[emotion] if emotion == "neutral" else f"{EMOTIONS[emotion]}:{STRENGTHS[level]:g}"
        yield Item(path, name, f"mead_{actor.name}", next((sound for sound in sounds if sound.is_file()), None), emotion=label)
