"""Takes to write: noise in every curve, or a head that nods, turns or tilts; heads of users; and a model of the form of FLAME."""

import pickle
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pygltflib
from scipy.sparse import csc_matrix
from scipy.spatial.transform import Rotation

from talkgen.face.rig import load_rig
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS
from talkgen.types import EmotionTrack, MotionClip, Performance

NODS_DOWN, TURNS_LEFT, TILTS_RIGHT = range(3)
"""What each component of `head_rotation` does where it is positive; left and right are the subject's own."""


def noisy_take(n: int = 50, fps: float = 30.0, seed: int = 0) -> Performance:
    """Every curve different from every other, at a rate that engines take as it is."""
    rng = np.random.default_rng(seed)
    shapes = rng.random((n, len(BLENDSHAPES)), np.float32)
    head = rng.normal(0, 0.1, (2, n, 3)).astype(np.float32)
    track = EmotionTrack(rng.random((n, len(FIELDS), len(EMOTIONS)), np.float32), fps)
    return Performance(MotionClip(shapes, head[0], head[1] / 10, fps), track, info={"seed": seed, "audio": "line.wav"})


def moving_head(axis: int, angle: float = 0.2, n: int = 40, fps: float = 30.0) -> Performance:
    """A face at rest on a head that moves evenly from 0 to `angle` radians about one axis."""
    rotation = np.zeros((n, 3), np.float32)
    rotation[:, axis] = np.linspace(0, angle, n)
    still = np.zeros((n, 3), np.float32)
    return Performance(MotionClip(np.zeros((n, len(BLENDSHAPES)), np.float32), rotation, still, fps))


FLAME_SHAPES = ("mouthSmileLeft", "mouthSmileRight", "browInnerUp", "eyeBlinkLeft", "eyeBlinkRight", "mouthPucker")
"""What the expressions of `tiny_flame` do."""
FLAME_SIZE = 0.8


def tiny_flame(path: Path) -> Path:
    """A file as FLAME's authors distribute them: every fourth point of our head, smaller and elsewhere, and a few expressions."""
    rig = load_rig()
    eyes = [rig.members("eye_left"), rig.members("eye_right")]
    kept = np.concatenate([rig.members("skin")[::4], *eyes])
    template = FLAME_SIZE * (rig.neutral[kept] + [0.01, -0.2, 0.05])
    shapes = np.zeros((len(kept), 3, 300 + len(FLAME_SHAPES)))
    for k, name in enumerate(FLAME_SHAPES):
        one = np.zeros(len(BLENDSHAPES), np.float32)
        one[BLENDSHAPES.index(name)] = 1
        shapes[..., 300 + k] = FLAME_SIZE * (rig.pose(rig.neutral, one) - rig.neutral)[kept]
    in_jaw = rig.sheet[kept] == rig.sheets.index("jaw")
    of_eyes = [np.isin(kept, eye) for eye in eyes]
    head = ~in_jaw & ~of_eyes[0] & ~of_eyes[1]
    weights = np.stack([np.zeros(len(kept)), head, in_jaw & ~of_eyes[0] & ~of_eyes[1], *of_eyes], axis=1).astype(float)
    regressor = np.zeros((5, len(kept)))
    for ear in ([0.075, 0.0, 0.02], [-0.075, 0.0, 0.02]):  # between which the jaw turns
        regressor[:3, np.linalg.norm(rig.neutral[kept] - ear, axis=1).argmin()] = 1 / 2
    for row, eye in enumerate(of_eyes, 3):
        regressor[row, np.flatnonzero(eye)[[0, -1]]] = 1 / 2  # the poles of the ball
    chumpy = ModuleType("chumpy.ch")
    chumpy.Ch = type("Ch", (), {"__module__": "chumpy.ch"})
    held = {}
    for name, value in (("v_template", template), ("shapedirs", shapes), ("posedirs", np.zeros((len(kept), 3, 36)))):
        held[name] = chumpy.Ch()
        held[name].x = value
    model = {**held, "J_regressor": csc_matrix(regressor), "weights": weights, "f": np.zeros((1, 3), np.uint32)}
    sys.modules |= {"chumpy": ModuleType("chumpy"), "chumpy.ch": chumpy}
    try:
        path.write_bytes(pickle.dumps(model | {"kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], [*range(5)]])}, protocol=2))
    finally:
        del sys.modules["chumpy"], sys.modules["chumpy.ch"]
    return path


def rig_file(path: Path, names: list[str], extensions: dict | None = None, blank: bool = False) -> Path:
    """A user's head: a skinless triangle with morph targets, under an armature that lies on its back, with a head bone."""
    count = len(names) or 1
    data = np.zeros((1 + count, 3, 3), np.float32)
    data[0] = [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    data[1:] = 0.01
    attributes = pygltflib.Attributes(POSITION=0)
    targets = [] if blank else [pygltflib.Attributes(POSITION=1 + k) for k in range(count)]
    primitive = pygltflib.Primitive(attributes=attributes, targets=targets)
    bounds = [{"min": rows.min(0).tolist(), "max": rows.max(0).tolist()} for rows in data]
    gltf = pygltflib.GLTF2(
        asset=pygltflib.Asset(version="2.0", copyright="someone"),
        scene=0,
        scenes=[pygltflib.Scene(nodes=[0])],
        nodes=[
            pygltflib.Node(
                name="Armature", rotation=Rotation.from_euler("x", -90, degrees=True).as_quat().tolist(), children=[1, 2]
            ),
            pygltflib.Node(name="mixamorig:Head", rotation=Rotation.from_euler("y", 30, degrees=True).as_quat().tolist()),
            pygltflib.Node(name="Face", mesh=0, matrix=[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2, 3, 1]),
        ],
        meshes=[pygltflib.Mesh(primitives=[primitive], extras={"targetNames": names} if names else {})],
        accessors=[
            pygltflib.Accessor(bufferView=k, componentType=5126, count=3, type="VEC3", **bounds[k]) for k in range(1 + count)
        ],
        bufferViews=[pygltflib.BufferView(buffer=0, byteOffset=36 * k, byteLength=36, target=34962) for k in range(1 + count)],
        buffers=[pygltflib.Buffer(byteLength=data.nbytes)],
        extensions=extensions or {},
        extensionsUsed=list(extensions or {}),
    )
    gltf.set_binary_blob(data.tobytes())
    gltf.save_binary(str(path))
    return path
