"""A Unity animation clip (`.anim`, text): the blendshapes of a SkinnedMeshRenderer, in per cent.

Curves carry ARKit's names or those of a map (`--retarget`), whose `path` tells where below the Animator the face stands; without
one, it is the Animator's own object. Between keys values move evenly. The head's rotation is not in it: which bone turns is the
model's own. Unity takes no comments, so the file cannot say that it is AI-generated.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from talkgen.export._retarget import read_map
from talkgen.export.base import ENGINE_FPS, Picture
from talkgen.lib.timeline import frame_times
from talkgen.types import Performance

suffixes = (".anim",)
needs_picture = False
fps = ENGINE_FPS
options = ("retarget",)

_HEAD = """%YAML 1.1
%TAG !u! tag:unity3d.com,2011:
--- !u!74 &7400000
AnimationClip:
  m_ObjectHideFlags: 0
  m_CorrespondingSourceObject: {{fileID: 0}}
  m_PrefabInstance: {{fileID: 0}}
  m_PrefabAsset: {{fileID: 0}}
  m_Name: {name}
  serializedVersion: 6
  m_Legacy: 0
  m_Compressed: 0
  m_UseHighQualityCurve: 1
  m_RotationCurves: []
  m_CompressedRotationCurves: []
  m_EulerCurves: []
  m_PositionCurves: []
  m_ScaleCurves: []
  m_FloatCurves:
"""
_TAIL = """  m_PPtrCurves: []
  m_SampleRate: {fps:g}
  m_WrapMode: 0
  m_EditorCurves: []
  m_EulerEditorCurves: []
  m_HasGenericRootTransform: 0
  m_HasMotionFloatCurves: 0
  m_Events: []
"""
_KEY = """      - serializedVersion: 3
        time: {time:.6g}
        value: {value:.6g}
        inSlope: {before:.6g}
        outSlope: {after:.6g}
        tangentMode: 0
        weightedMode: 0
        inWeight: 0.33333334
        outWeight: 0.33333334
"""
_END = """      m_PreInfinity: 2
      m_PostInfinity: 2
      m_RotationOrder: 4
    attribute: {attribute}
    path: {path}
    classID: 137
    script: {{fileID: 0}}
"""


def check(fps: float | None, retarget: str = "arkit") -> None:
    """See `export.base.Exporter`."""
    read_map(retarget)


def write(performance: Performance, picture: Picture | None, path: Path, retarget: str = "arkit") -> None:
    """See `export.base.Exporter`."""
    curves, motion = read_map(retarget), performance.motion
    times = frame_times(len(motion), motion.fps)
    name = Path(str(performance.info.get("audio", "talkgen"))).stem
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD.format(name=_quoted(name)))
        for target, column in zip(curves.names, curves(performance).T, strict=True):
            file.write(_curve(target, times, 100 * column.astype(float), curves.path))
        file.write(_TAIL.format(fps=motion.fps))


def _curve(target: str, times: NDArray[np.float64], values: NDArray[np.float64], path: str) -> str:
    """One blendshape; the slopes on either side of a key are those of the straight lines to its neighbours."""
    slopes = np.diff(values) / np.diff(times)
    keys = zip(times, values, np.append(0, slopes), np.append(slopes, 0), strict=True)
    text = "  - curve:\n      serializedVersion: 2\n      m_Curve:\n"
    text += "".join(_KEY.format(time=time, value=value, before=before, after=after) for time, value, before, after in keys)
    return text + _END.format(attribute=_quoted(f"blendShape.{target}"), path=_quoted(path))


def _quoted(text: str) -> str:
    """A text as YAML holds it: plain where that is safe, between quotation marks elsewhere."""
    return text if all(c.isalnum() or c in "._/" for c in text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
