"""Landmarks from a file, for faces that no finder sees: `{"landmarks": [[x, y], ...]}`.

`landmarks` is one face, or a list of faces from the left. A face is 68 points (iBUG 300-W order), 468 or 478 (MediaPipe face mesh,
the last ten the irises), each `[x, y]` or `[x, y, z]` in pixels of the upright picture; missing points are filled in.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from talkgen.portrait._layout import POINTS_68, completed
from talkgen.portrait.base import LandmarkFinder
from talkgen.types import Array, Frame, TalkgenError

KNOWN = {68: POINTS_68, 468: tuple(range(468)), 478: tuple(range(478))}


def load(source: Path | None = None) -> LandmarkFinder:
    """A finder that answers with the faces of the file `source`. Raises `TalkgenError` for what is no such file."""
    if source is None:
        raise TalkgenError("Give the file of landmarks itself: a path that ends in .json.")
    faces = [_face(points, source) for points in _listed(_read(source))]

    def find(image: Frame) -> list[Array]:
        height, width = image.shape[:2]
        middles = [face[:, :2].mean(0) for face in faces]
        if any(not (0 <= x <= width and 0 <= y <= height) for x, y in middles):
            raise TalkgenError(f"The landmarks of {source} lie outside the picture, which is {width}×{height} pixels.")
        return sorted(faces, key=lambda face: float(face[:, 0].mean()))

    return find


def _read(path: Path) -> Any:
    """What stands under "landmarks" in a JSON file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TalkgenError(f"There is no landmarks file {path}.") from None
    except (OSError, ValueError) as error:
        raise TalkgenError(f"The landmarks file {path} is not JSON ({error}).") from None
    if not isinstance(content, dict) or not isinstance(content.get("landmarks"), list) or not content["landmarks"]:
        raise TalkgenError(f'The landmarks file {path} should read {{"landmarks": [[x, y], ...]}} with 68, 468 or 478 points.')
    return content["landmarks"]


def _listed(value: list[Any]) -> list[Any]:
    """A list of faces, whether one or several were given: a face is a list of points, a point a list of numbers."""
    first = value[0]
    several = isinstance(first, list) and bool(first) and isinstance(first[0], list)
    return value if several else [value]


def _face(value: Any, path: Path) -> Array:
    try:
        points = np.array(value, np.float32)
    except (TypeError, ValueError):
        points = np.empty(0, np.float32)
    if points.ndim != 2 or len(points) not in KNOWN or points.shape[1] not in (2, 3) or not np.isfinite(points).all():
        raise TalkgenError(f"A face in {path} is not 68, 468 or 478 points of two or three finite numbers.")
    return completed(points, KNOWN[len(points)])
