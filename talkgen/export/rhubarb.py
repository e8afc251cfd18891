"""Mouth shapes for drawn faces as Rhubarb Lip Sync 1.14 writes them: TSV, XML or JSON, by the suffix.

Rhubarb's letters stand for OVR visemes that the mouth shows: A closed, B nearly, C open, D wide, E rounded, F puckered, G lip on
teeth, X at rest. H (the tongue behind the teeth) is one of Rhubarb's optional shapes and is never told from outside. A TSV has no
place for a word on its origin.
"""

import json
import math
from itertools import groupby, pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from talkgen.export.base import Picture, provenance
from talkgen.face.visemes import visemes_of
from talkgen.types import VISEMES, Array, Performance

suffixes = (".tsv", ".xml")
also = (".json",)
needs_picture = False
fps = 100.0
"""Rhubarb's own clock."""

LETTERS = {
    "sil": "X", "PP": "A", "FF": "G", "TH": "B", "DD": "B", "kk": "B", "CH": "B", "SS": "B", "nn": "B", "RR": "E",
    "aa": "D", "E": "C", "ih": "B", "oh": "E", "ou": "F",
}  # fmt: skip
AT_REST = 0.8
"""Share of silence from which on the mouth rests; below, the strongest of the other letters shows."""
SHORTEST = {"A": 0.03, "G": 0.03}
SHORT = 0.06
"""Seconds below which a letter gives way to its neighbour; a closed mouth may be as short as `SHORTEST`."""
PAUSE = 0.2
"""Seconds of rest between letters that count as a closed mouth."""
Cue = tuple[float, float, str]
"""Start and end in seconds, and the letter."""


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`."""
    found = cues(visemes_of(performance.motion.blendshapes), performance.motion.fps)
    writer = {".tsv": _tsv, ".xml": _xml, ".json": _json}[path.suffix.lower()]
    sound = str(performance.info.get("audio", ""))
    path.write_text(writer(found, sound, provenance(performance)), encoding="utf-8", newline="\n")


def cues(visemes: Array, fps: float) -> list[Cue]:
    """When each letter shows under `visemes (T, 15)`: without gaps from 0 to the end, floored to a hundredth of a second."""
    names = sorted(set(LETTERS.values()))
    votes = np.stack([visemes[:, [LETTERS[name] == letter for name in VISEMES]].sum(1) for letter in names], axis=1)
    votes[:, names.index("X")] = np.where(visemes[:, VISEMES.index("sil")] > AT_REST, 1, 0)
    runs = _runs([names[k] for k in votes.argmax(1)])
    while len(runs) > 1 and (short := _shortest(runs, fps)) is not None:
        neighbours = [k for k in (short - 1, short + 1) if 0 <= k < len(runs)]
        runs[short] = (runs[max(neighbours, key=lambda k: runs[k][1])][0], runs[short][1])
        runs = _runs([letter for letter, length in runs for _ in range(length)])
    inside = range(1, len(runs) - 1)
    closed = ["A" if letter == "X" and length < PAUSE * fps and k in inside else letter for k, (letter, length) in enumerate(runs)]
    runs = _runs([letter for letter, (_, length) in zip(closed, runs, strict=True) for _ in range(length)])
    edges = np.floor(np.cumsum([0, *(length for _, length in runs)]) / fps * 100 + 1e-6) / 100
    return [(float(start), float(end), letter) for (start, end), (letter, _) in zip(pairwise(edges), runs, strict=True)]


def _runs(letters: list[str]) -> list[tuple[str, int]]:
    return [(letter, len(list(run))) for letter, run in groupby(letters)]


def _shortest(runs: list[tuple[str, int]], fps: float) -> int | None:
    """The shortest of the runs that are too short; None when none is."""
    short = [k for k, (letter, length) in enumerate(runs) if length < math.floor(SHORTEST.get(letter, SHORT) * fps)]
    return min(short, key=lambda k: runs[k][1]) if short else None


def _tsv(cues: list[Cue], sound: str, notice: str) -> str:
    """A line for each start; the last tells the end, with the mouth at rest."""
    return "".join(f"{start:.2f}\t{letter}\n" for start, _, letter in cues) + f"{cues[-1][1]:.2f}\tX\n"


def _xml(cues: list[Cue], sound: str, notice: str) -> str:
    root = ElementTree.Element("rhubarbResult")
    root.append(ElementTree.Comment(f" {notice.replace('--', '- -')} "))
    metadata = ElementTree.SubElement(root, "metadata")
    ElementTree.SubElement(metadata, "soundFile").text = sound
    ElementTree.SubElement(metadata, "duration").text = f"{cues[-1][1]:.2f}"
    mouth = ElementTree.SubElement(root, "mouthCues")
    for start, end, letter in cues:
        ElementTree.SubElement(mouth, "mouthCue", start=f"{start:.2f}", end=f"{end:.2f}").text = letter
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _json(cues: list[Cue], sound: str, notice: str) -> str:
    shapes = [{"start": start, "end": end, "value": letter} for start, end, letter in cues]
    content = {"metadata": {"soundFile": sound, "duration": cues[-1][1], "notice": notice}, "mouthCues": shapes}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
