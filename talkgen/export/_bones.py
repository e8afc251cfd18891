"""The head bone of a user's rig, and how it turns as the performance does."""

import re
from typing import Any

import numpy as np

from talkgen.export._gltf import Document
from talkgen.types import Array

_FACING_BACK = np.array([-1, 1, -1], np.float32)
"""A rotation vector of a head that faces -Z, as heads of VRM 0 do."""


def head_bone(document: Document) -> int | None:
    """The node that turns the head: the one a VRM names, or one called Head (`mixamorig:Head`); None where there is none."""
    extensions, nodes = document.json.get("extensions", {}), document.entries("nodes")
    bones = extensions.get("VRMC_vrm", {}).get("humanoid", {}).get("humanBones", {})
    if "head" in bones:
        return int(bones["head"]["node"])
    for bone in extensions.get("VRM", {}).get("humanoid", {}).get("humanBones", []):
        if bone.get("bone") == "head":
            return int(bone["node"])
    joints = {joint for skin in document.entries("skins") for joint in skin.get("joints", [])}
    named = [k for k, node in enumerate(nodes) if re.fullmatch(r"(.*[^A-Za-z])?head", str(node.get("name", "")), re.IGNORECASE)]
    return next((k for k in named if k in joints), next(iter(named), None))


def head_turns(document: Document, bone: int, vectors: Array) -> Array:
    """`(T, 4)` local rotations (x y z w) of a bone under `vectors (T, 3)`, rotation vectors in the head frame.

    The bone keeps its rest and turns about the axes of the model, whichever way its own lie.
    """
    from scipy.spatial.transform import Rotation

    if "VRM" in document.json.get("extensions", {}):
        vectors = vectors * _FACING_BACK
    nodes = document.entries("nodes")
    parents = {child: k for k, node in enumerate(nodes) for child in node.get("children", [])}
    above, node = Rotation.identity(), parents.get(bone)
    while node is not None:
        above, node = Rotation.from_quat(trs(nodes[node]).get("rotation", [0, 0, 0, 1])) * above, parents.get(node)
    rest = Rotation.from_quat(trs(nodes[bone]).get("rotation", [0, 0, 0, 1]))
    turned = above.inv() * Rotation.from_rotvec(vectors) * above * rest
    return np.asarray(turned.as_quat(), np.float32)


def trs(node: dict[str, Any]) -> dict[str, Any]:
    """A node whose matrix, if it has one, is written as translation, rotation and scale, as a node that moves must be."""
    from scipy.spatial.transform import Rotation

    if "matrix" in node:
        matrix = np.array(node.pop("matrix"), float).reshape(4, 4).T  # stored by columns
        scale = np.linalg.norm(matrix[:3, :3], axis=0)
        scale[0] *= np.sign(np.linalg.det(matrix[:3, :3]))
        rotation = Rotation.from_matrix(matrix[:3, :3] / scale).as_quat()
        node |= {"translation": matrix[:3, 3].tolist(), "rotation": rotation.tolist(), "scale": scale.tolist()}
    return node
