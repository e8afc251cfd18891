"""glTF: a head with morph-target animation, talkgen's own or, with `--rig`, the user's.

Times are in seconds. Both heads face +Z with +Y up, as glTF asks, which is talkgen's own frame: a rotation about +X nods down,
about +Y turns the face to the subject's left, about +Z tilts the head towards the subject's right shoulder. talkgen's head turns
and moves about the top of its neck (node `Head`); a user's turns about its head bone and stays in its place, lest the neck stretch.
"""

from pathlib import Path
from typing import Any

import numpy as np

from talkgen import __version__
from talkgen.export._bones import head_bone, head_turns, trs
from talkgen.export._gltf import INDICES, VERTICES, Document, read_glb
from talkgen.export._head import head_arrays
from talkgen.export._targets import Rig, curves_for, read_targets
from talkgen.export.base import ENGINE_FPS, Picture, provenance
from talkgen.lib.timeline import frame_times
from talkgen.space import BLENDSHAPES
from talkgen.types import Array, Performance, TalkgenError

suffixes = (".glb",)
needs_picture = False
fps = ENGINE_FPS
options = ("rig", "retarget")


def check(fps: float | None, rig: Path | None = None, retarget: str | None = None) -> None:
    """See `export.base.Exporter`."""
    if rig is not None:
        curves_for(read_targets(read_glb(Path(rig)), str(rig)), retarget)
    elif retarget is not None:
        raise TalkgenError("--retarget moves the targets of your own head in a .glb; give that head with --rig FILE.")


def write(
    performance: Performance, picture: Picture | None, path: Path, rig: Path | None = None, retarget: str | None = None
) -> None:
    """See `export.base.Exporter`."""
    motion = performance.motion
    if rig is None:
        document, channels = _own_head(), [(0, "weights", motion.blendshapes), (0, "translation", motion.head_translation)]
        channels.append((0, "rotation", quaternions(motion.head_rotation)))
    else:
        document = read_glb(Path(rig))
        channels = _channels(read_targets(document, str(rig)), performance, retarget)
    document.animate("talkgen", frame_times(len(motion), motion.fps).astype(np.float32), channels)
    asset = document.json.setdefault("asset", {"version": "2.0"})
    asset["extras"] = (asset.get("extras") or {}) | {"talkgen": provenance(performance)}
    document.write(path)


def quaternions(vectors: Array) -> Array:
    """`(T, 4)` unit quaternions, x y z w, of rotation vectors `(T, 3)`."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(vectors).as_quat(), np.float32)


def _channels(rig: Rig, performance: Performance, retarget: str | None) -> list[tuple[int, str, Array]]:
    """What moves in a user's head: the weights of every node whose mesh has targets, and the head bone where there is one."""
    curves = curves_for(rig, retarget)
    values, nodes = curves(performance), rig.document.entries("nodes")
    weights = {mesh: np.zeros((len(values), size), np.float32) for mesh, size in rig.sizes.items()}
    for name, column in zip(curves.names, values.T, strict=True):
        for mesh, index, strength in rig.binds(name):
            weights[mesh][:, index] += strength * column
    moved = {mesh: np.clip(rows, 0, 1) for mesh, rows in weights.items() if rows.any() or _bound(rig, curves.names, mesh)}
    channels = [(node, "weights", moved[content["mesh"]]) for node, content in enumerate(nodes) if content.get("mesh") in moved]
    bone = head_bone(rig.document)
    if bone is not None:
        channels.append((bone, "rotation", head_turns(rig.document, bone, performance.motion.head_rotation)))
    for node, _, _ in channels:
        trs(nodes[node])
    return channels


def _bound(rig: Rig, names: tuple[str, ...], mesh: int) -> bool:
    return any(bind[0] == mesh for name in names for bind in rig.binds(name))


def _own_head() -> Document:
    """The generic head as a document: node and mesh 0, a morph target for each blendshape, colours at the vertices."""
    head = head_arrays()
    document = Document({"asset": {"version": "2.0", "generator": f"talkgen {__version__}"}})
    attributes = {
        "POSITION": document.accessor(head.points, VERTICES, bounds=True),
        "NORMAL": document.accessor(head.normals, VERTICES),
        "COLOR_0": document.accessor(head.colours, VERTICES),
    }
    targets = [
        {"POSITION": document.accessor(offset, VERTICES, bounds=True), "NORMAL": document.accessor(turn, VERTICES)}
        for offset, turn in zip(head.offsets, head.turns, strict=True)
    ]
    faces = document.accessor(head.triangles.ravel().astype(np.uint32), INDICES)
    skin = {"name": "Head", "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.7}}
    primitive: dict[str, Any] = {"attributes": attributes, "indices": faces, "targets": targets}
    primitive["material"] = document.add("materials", skin)
    extras = {"targetNames": list(BLENDSHAPES)}
    mesh = {"name": "Head", "primitives": [primitive], "weights": [0.0] * len(BLENDSHAPES), "extras": extras}
    node = document.add("nodes", {"name": "Head", "mesh": document.add("meshes", mesh)})
    document.json["scene"] = document.add("scenes", {"nodes": [node]})
    return document
