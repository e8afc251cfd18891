"""Curves for another rig: a YAML map says of each of its curves which of talkgen's it follows, with a gain and an offset.

    name: My rig
    path: Body/Face
    curves:
      JawDrop: jawOpen
      Smile_L: {from: mouthSmileLeft, gain: 1.2, offset: 0.05}
      Lips_Round: {from: {mouthFunnel: 1, mouthPucker: 0.75}}

A value is offset + gain * (the weighted sum), held within 0 and 1. What can be followed (`SOURCES`): the 52 blendshapes;
`viseme.aa` and the other fourteen, as the mouth shows them; `emotion.happy` and the other six, as strongly as any part of the face
feels them. `path` is for Unity. The maps that ship stand beside this file; a copy of one is the start of one's own.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from talkgen.face.visemes import visemes_of
from talkgen.lib.grammar import nearest
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS
from talkgen.types import VISEMES, Array, Performance, TalkgenError

SOURCES = (*BLENDSHAPES, *(f"viseme.{name}" for name in VISEMES), *(f"emotion.{name}" for name in EMOTIONS))
"""What a curve can follow, the columns of `sources`."""
SHIPPED = tuple(sorted(file.stem for file in Path(__file__).parent.glob("*.yaml")))
_FACE = [index for index, field in enumerate(FIELDS) if field not in ("head", "gaze")]
_EXAMPLE = "write for example  Smile_L: {from: mouthSmileLeft, gain: 1.2, offset: 0.05}"


@dataclass(frozen=True)
class Retarget:
    """The curves `names (K,)` of a rig: `weights (K, S)` over `SOURCES`, the gains in them, and `offsets (K,)`."""

    name: str
    names: tuple[str, ...]
    weights: Array
    offsets: Array
    path: str = ""
    """Where in a Unity model the face stands."""

    def __call__(self, performance: Performance) -> Array:
        """`(T, K)` float32 0..1: the rig's curves on the clock of the motion."""
        values: Array = np.clip(self._sources(performance) @ self.weights.T + self.offsets, 0, 1)
        return values

    def _sources(self, performance: Performance) -> Array:
        """`(T, S)` 0..1.5, of which columns that nothing follows are left at 0."""
        motion, track = performance.motion, performance.emotion
        rows = np.zeros((len(motion), len(SOURCES)), np.float32)
        rows[:, : len(BLENDSHAPES)] = motion.blendshapes
        visemes = slice(len(BLENDSHAPES), len(BLENDSHAPES) + len(VISEMES))
        if self.weights[:, visemes].any():
            rows[:, visemes] = visemes_of(motion.blendshapes)
        if track is not None:
            rows[:, visemes.stop :] = track.weights[:, _FACE].max(1)
        return rows


def read_map(name: Path | str) -> Retarget:
    """The map that ships under a name, or that a `.yaml` file holds.

    Raises `TalkgenError` for a file that cannot be read, a key or a source that does not exist (with those most like it), and a
    gain or an offset that is no number.
    """
    import yaml

    path, text = Path(name), map_text(name)
    try:
        content = yaml.load(text, _strict_loader())
    except yaml.YAMLError as error:
        raise TalkgenError(f"{path} is not a YAML file that can be read: {' '.join(str(error).split())[:200]}.") from None
    if not isinstance(content, dict) or not isinstance(content.get("curves"), dict) or not content["curves"]:
        raise TalkgenError(f"{path} is not a map for a rig: it needs curves: with a line for each; {_EXAMPLE}.")
    if unknown := sorted(set(map(str, content)) - {"name", "path", "curves"}):
        raise TalkgenError(f"{path} has no use for {unknown[0]!r}; a map has name, path and curves.")
    names, weights, offsets = zip(*_curves(content["curves"], str(path)), strict=True)
    title, place = str(content.get("name", path.stem)), str(content.get("path", ""))
    return Retarget(title, names, np.array(weights, np.float32), np.array(offsets, np.float32), place)


def map_text(name: Path | str) -> str:
    """The text of a map that ships, or of a `.yaml` file. Raises `TalkgenError` when there is none."""
    path = Path(name)
    if path.suffix.lower() not in (".yaml", ".yml"):
        if str(name) not in SHIPPED:
            raise TalkgenError(f"There is no rig {str(name)!r}; {nearest(str(name), SHIPPED)} Or give a .yaml file of your own.")
        path = Path(__file__).with_name(f"{name}.yaml")
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TalkgenError(f"There is no map {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TalkgenError(f"The map {path} cannot be read ({' '.join(str(error).split())[:200]}).") from None


def format_map(curves: Retarget) -> str:
    """A map as text that `read_map` takes."""
    import yaml

    lines = []
    for name, row, offset in zip(curves.names, curves.weights, curves.offsets, strict=True):
        sources = {SOURCES[k]: round(float(row[k]), 4) for k in np.flatnonzero(row)}
        followed = next(iter(sources)) if list(sources.values()) == [1.0] else sources
        told = {"from": followed, "gain": 1.0, "offset": float(offset)}
        value = yaml.safe_dump(told, default_flow_style=True, sort_keys=False, width=1000).strip()
        lines.append(f"  {json.dumps(name, ensure_ascii=False)}: {value}\n")
    return f"name: {json.dumps(curves.name)}\ncurves:\n{''.join(lines)}"


def _strict_loader() -> Any:
    """YAML's safe loader, for which a key given twice is an error: the first would be lost without a word."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value]
            if twice := [key for key in keys if keys.count(key) > 1]:
                raise yaml.YAMLError(f"{twice[0]!r} is given twice")
            return super().construct_mapping(node, deep)

    return Loader


def _curves(curves: dict[Any, Any], place: str) -> Iterator[tuple[str, Array, float]]:
    for name, told in curves.items():
        where = f"{place}, {name}"
        told = told if isinstance(told, dict) else {"from": told}
        if unknown := [key for key in told if key not in ("from", "gain", "offset")]:
            raise TalkgenError(f"{where}: {unknown[0]!r} is not from, gain or offset; {_EXAMPLE}.")
        sources = told.get("from", {})
        sources = sources if isinstance(sources, dict) else {sources: 1}
        row = np.zeros(len(SOURCES), np.float32)
        for source, weight in sources.items():
            if source not in SOURCES:
                raise TalkgenError(f"{where}: there is nothing called {source!r} to follow; {_like(str(source))}")
            row[SOURCES.index(source)] = _number(weight, f"{where}, {source}")
        yield str(name), _number(told.get("gain", 1), f"{where}, gain") * row, _number(told.get("offset", 0), f"{where}, offset")


def _like(word: str) -> str:
    hint = nearest(word, SOURCES)
    return (
        hint if hint.startswith("did you mean") else "there are the 52 ARKit blendshapes, viseme.aa and emotion.happy among others."
    )


def _number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise TalkgenError(f"{place} is {value!r}; it needs a number such as 0.8.")
    return float(value)
