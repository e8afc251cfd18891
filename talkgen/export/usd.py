"""USD: talkgen's head with blendshapes and a skeleton of one joint, animated (`.usda` as text, `.usdc` or `.usd` packed).

Metres, +Y up, the face looks along +Z; a time code is a frame. The joint `Head` turns and moves about the top of the neck: a
rotation about +X nods down, about +Y turns the face to the subject's left, about +Z tilts the head towards the subject's right
shoulder.
`/Face/Animation` alone is what animates another head with ARKit's shapes.
"""

from pathlib import Path
from typing import Any

import numpy as np

from talkgen.export.base import ENGINE_FPS, Picture, provenance
from talkgen.members import missing_extra
from talkgen.space import BLENDSHAPES
from talkgen.types import MotionClip, Performance

suffixes = (".usda", ".usdc", ".usd")
needs_picture = False
fps = ENGINE_FPS

JOINT = "Head"
LEAST = 1e-6
"""Metres below which a point does not belong to a blendshape."""


def check(fps: float | None) -> None:
    """See `export.base.Exporter`; usd-core has to be installed."""
    try:
        import pxr  # noqa: F401
    except ImportError as error:
        raise missing_extra("usd-core", "usd", "Writing USD") from error


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`."""
    from pxr import Usd, UsdGeom, UsdSkel

    motion = performance.motion
    stage = Usd.Stage.CreateNew(str(path))
    stage.GetRootLayer().comment = provenance(performance)
    stage.SetTimeCodesPerSecond(motion.fps)
    stage.SetFramesPerSecond(motion.fps)
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(len(motion) - 1)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = UsdSkel.Root.Define(stage, "/Face")
    stage.SetDefaultPrim(root.GetPrim())
    animation = _animation(stage, motion)
    skeleton = _skeleton(stage)
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])
    binding = UsdSkel.BindingAPI.Apply(_mesh(stage).GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    stage.GetRootLayer().Save()


def _animation(stage: Any, motion: MotionClip) -> Any:
    from pxr import Gf, UsdSkel, Vt
    from scipy.spatial.transform import Rotation

    animation = UsdSkel.Animation.Define(stage, "/Face/Animation")
    animation.CreateJointsAttr([JOINT])
    animation.CreateBlendShapesAttr(list(BLENDSHAPES))
    animation.CreateScalesAttr([Gf.Vec3h(1, 1, 1)])
    weights, moves, turns = (
        animation.CreateBlendShapeWeightsAttr(),
        animation.CreateTranslationsAttr(),
        animation.CreateRotationsAttr(),
    )
    quaternions = Rotation.from_rotvec(motion.head_rotation).as_quat().tolist()
    for k, (x, y, z, w) in enumerate(quaternions):
        weights.Set(Vt.FloatArray.FromNumpy(motion.blendshapes[k]), k)
        moves.Set([Gf.Vec3f(*motion.head_translation[k].tolist())], k)
        turns.Set([Gf.Quatf(w, x, y, z)], k)
    return animation


def _skeleton(stage: Any) -> Any:
    from pxr import Gf, UsdSkel

    skeleton = UsdSkel.Skeleton.Define(stage, "/Face/Skeleton")
    skeleton.CreateJointsAttr([JOINT])
    skeleton.CreateBindTransformsAttr([Gf.Matrix4d(1)])
    skeleton.CreateRestTransformsAttr([Gf.Matrix4d(1)])
    return skeleton


def _mesh(stage: Any) -> Any:
    """The head, all of it held by the joint, with a blendshape for each of ARKit's."""
    from pxr import Sdf, UsdGeom, UsdSkel, Vt

    from talkgen.export._head import head_arrays

    head = head_arrays()
    mesh = UsdGeom.Mesh.Define(stage, "/Face/Mesh")
    mesh.CreatePointsAttr(_vectors(head.points))
    mesh.CreateNormalsAttr(_vectors(head.normals))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(head.triangles), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(head.triangles.ravel())))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(_vectors(head.colours))
    mesh.CreateExtentAttr(_vectors(np.stack([head.points.min(0), head.points.max(0)])))
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateJointIndicesPrimvar(True, 1).Set([0])
    binding.CreateJointWeightsPrimvar(True, 1).Set([1.0])
    binding.CreateBlendShapesAttr(list(BLENDSHAPES))
    paths = [Sdf.Path(f"/Face/Mesh/{name}") for name in BLENDSHAPES]
    binding.CreateBlendShapeTargetsRel().SetTargets(paths)
    for path, offsets, turns in zip(paths, head.offsets, head.turns, strict=True):
        moved = np.flatnonzero(np.abs(offsets).max(1) > LEAST).astype(np.int32)
        shape = UsdSkel.BlendShape.Define(stage, path)
        shape.CreateOffsetsAttr(_vectors(offsets[moved]))
        shape.CreateNormalOffsetsAttr(_vectors(turns[moved]))
        shape.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(moved))
    return mesh


def _vectors(rows: np.ndarray) -> Any:
    from pxr import Vt

    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(rows, np.float32))
