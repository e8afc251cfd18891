"""What a user's head can do: its morph targets and VRM expressions, and which of talkgen's curves each of them follows."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from talkgen.export._gltf import Document, read_glb
from talkgen.export._retarget import SOURCES, Retarget, read_map
from talkgen.lib.grammar import nearest
from talkgen.space import BLENDSHAPES, REGION_OF
from talkgen.types import VISEMES, TalkgenError

Bind = tuple[int, int, float]
"""Mesh, morph target and weight."""
VRM0 = {
    "joy": "happy", "angry": "angry", "sorrow": "sad", "fun": "relaxed", "a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh",
    "blink_l": "blinkLeft", "blink_r": "blinkRight", "lookup": "lookUp", "lookdown": "lookDown", "lookleft": "lookLeft",
    "lookright": "lookRight", "blink": "blink", "neutral": "neutral",
}  # fmt: skip
"""What VRM 1.0 calls the presets of VRM 0."""
_VISEMES = {name.lower(): name for name in VISEMES} | {"i": "ih", "o": "oh", "u": "ou"}
_SHAPES = {name.lower(): name for name in BLENDSHAPES}
_SIDE = re.compile(r"(?:(?<=[a-z])|[^A-Za-z])([LR])$|[^A-Za-z]([lr])$")
_SHOWN = 8


@dataclass(frozen=True)
class Rig:
    """A document's targets: `binds` by the name of a morph target or an expression; the nodes of each mesh."""

    document: Document
    name: str
    morphs: dict[str, list[Bind]]
    expressions: dict[str, list[Bind]]
    sizes: dict[int, int]
    """Number of morph targets, by mesh."""

    def binds(self, name: str) -> list[Bind]:
        """What a name moves."""
        return self.morphs.get(name) or self.expressions[name]


def read_targets(document: Document, name: str) -> Rig:
    """The targets of a document, `name` being its file's for messages. Raises `TalkgenError` for a document that makes no sense."""
    try:
        return _read(document, name)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise TalkgenError(f"{name} is a damaged rig ({type(error).__name__}: {error}); export it again.") from None


def _read(document: Document, name: str) -> Rig:
    morphs: dict[str, list[Bind]] = {}
    sizes = {}
    for mesh, content in enumerate(document.entries("meshes")):
        primitive = content["primitives"][0]
        sizes[mesh] = len(primitive.get("targets", []))
        names = (content.get("extras") or {}).get("targetNames") or (primitive.get("extras") or {}).get("targetNames") or []
        for index, target in enumerate(names[: sizes[mesh]]):
            morphs.setdefault(str(target), []).append((mesh, index, 1.0))
    sizes = {mesh: size for mesh, size in sizes.items() if size}
    return Rig(document, name, morphs, _expressions(document), sizes)


def curves_for(rig: Rig, retarget: str | None) -> Retarget:
    """The curves that move a rig: those of a map, or of the names that it has.

    ARKit's shapes in any spelling come first, then VRM's expressions, then visemes (with the ARKit shapes outside the mouth).
    Raises `TalkgenError` when a map names what the rig has not, and when nothing of the rig is known.
    """
    if retarget is not None:
        curves = read_map(retarget)
        known = [*rig.morphs, *rig.expressions]
        for name in curves.names:
            if name not in known:
                raise TalkgenError(f"{retarget} moves {name!r}, which {rig.name} has not; {nearest(name, known[:200])}")
        return curves
    shapes = {name: shape for name in (*rig.morphs, *rig.expressions) if (shape := arkit_name(name))}
    if "jawOpen" in shapes.values():
        return _following(shapes)
    presets = read_map("vrm")
    usable = [k for k, name in enumerate(presets.names) if rig.expressions.get(name)]
    if "aa" in {presets.names[k] for k in usable}:
        return Retarget("VRM", tuple(presets.names[k] for k in usable), presets.weights[usable], presets.offsets[usable])
    visemes = {name: f"viseme.{viseme}" for name in rig.morphs if (viseme := viseme_name(name))}
    if visemes:
        return _following(visemes | {name: shape for name, shape in shapes.items() if REGION_OF[shape] not in ("mouth", "jaw")})
    raise TalkgenError(_nothing_known(rig))


def start_of_map(path: Path) -> Retarget:
    """What moves a user's head by its own names; for one without any that are known, a line for each target, which nothing moves.

    Raises `TalkgenError` for a file that is no rig, or has no named target.
    """
    rig = read_targets(read_glb(path), str(path))
    names = tuple(rig.morphs)
    if not names:
        raise TalkgenError(_nothing_known(rig))
    try:
        found = curves_for(rig, None)
    except TalkgenError:
        found = Retarget("", names, np.zeros((len(names), len(SOURCES)), np.float32), np.zeros(len(names), np.float32))
    return replace(found, name=path.stem)


def arkit_name(name: str) -> str | None:
    """The ARKit shape that a target's name spells: `eyeBlink_L`, `Face.EyeBlinkLeft` and `BS_eye_blink_left` are eyeBlinkLeft."""
    side = _SIDE.search(name)
    stem = name[: side.start()] if side else name
    words = [word.lower() for word in re.split(r"[^A-Za-z0-9]+", stem) if word]
    ending = {"l": "left", "r": "right"}[(side[1] or side[2]).lower()] if side else ""
    for first in range(len(words)):
        spelt = "".join(words[first:])
        if shape := _SHAPES.get(spelt + ending) or _SHAPES.get(spelt):  # a half of a shape that ARKit has whole follows it
            return shape
    return None


def viseme_name(name: str) -> str | None:
    """The viseme that a target's name spells: `viseme_aa`, `vrc.v_aa`, `viseme_I` (ih)."""
    found = re.search(r"(?:^|[^a-z])(?:viseme|vis|v)[^a-z]*([a-z]{1,3})$", name.lower())
    return _VISEMES.get(found[1]) if found else None


def _following(sources: dict[str, str]) -> Retarget:
    weights = np.zeros((len(sources), len(SOURCES)), np.float32)
    weights[np.arange(len(sources)), [SOURCES.index(source) for source in sources.values()]] = 1
    return Retarget("own names", tuple(sources), weights, np.zeros(len(sources), np.float32))


def _nothing_known(rig: Rig) -> str:
    has = [*rig.morphs, *rig.expressions]
    found = f"; it has {', '.join(has[:_SHOWN])}{' and more' if len(has) > _SHOWN else ''}" if has else ", and has no named targets"
    looked = "ARKit's (jawOpen, eyeBlinkLeft or eyeBlink_L, ...), visemes (viseme_aa, ...) and VRM's expressions (aa, blink, ...)"
    return f"{rig.name} has no usable targets: looked for {looked}{found}; name its targets in a map with --retarget MAP.yaml."


def _expressions(document: Document) -> dict[str, list[Bind]]:
    """A VRM's expressions by their name in VRM 1.0; custom ones by their own."""
    extensions = document.json.get("extensions", {})
    found: dict[str, list[Bind]] = {}
    newer = extensions.get("VRMC_vrm", {}).get("expressions", {})
    for name, expression in [*newer.get("preset", {}).items(), *newer.get("custom", {}).items()]:
        binds = expression.get("morphTargetBinds") or []
        found[name] = [(_mesh(document, bind["node"]), bind["index"], float(bind.get("weight", 1))) for bind in binds]
    for group in extensions.get("VRM", {}).get("blendShapeMaster", {}).get("blendShapeGroups", []):
        name = VRM0.get(str(group.get("presetName", "")).lower(), str(group.get("name", "")))
        found[name] = [(bind["mesh"], bind["index"], float(bind.get("weight", 100)) / 100) for bind in group.get("binds") or []]
    return {name: binds for name, binds in found.items() if binds}


def _mesh(document: Document, node: int) -> int:
    mesh: Any = document.entries("nodes")[node]["mesh"]
    return int(mesh)
