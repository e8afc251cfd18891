"""What a frame shows: the portrait cut and scaled to the output, with everything known about the face moved along."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from talkgen.render.base import View
from talkgen.types import Array, FaceFit, Frame, Portrait, TalkgenError

LONGEST = 1920
"""Pixels of a full picture's longer side unless the user asks for more."""
FACE_CROP = 512
HEAD = 2.35
"""Side of the face crop in heights of the landmarks, which run from the hairline to the chin."""


@dataclass(frozen=True)
class Picture:
    """The output frame at rest: `image (H, W, 3)` uint8, `matte (H, W)` float32 0..1, and landmarks and fit in its pixels."""

    image: Frame
    matte: Array
    landmarks: Array
    fit: FaceFit

    @property
    def iris_distance(self) -> float:
        """Pixels between the iris centres."""
        return float(np.linalg.norm(self.landmarks[468, :2] - self.landmarks[473, :2]))


def frame_picture(portrait: Portrait, fit: FaceFit, view: View) -> Picture:
    """Cut and scale a portrait to what `view` shows. Sides come out even, as video needs.

    Raises `TalkgenError` when the asked size is too small to show a face.
    """
    left, top, right, bottom = _face_box(portrait) if view.crop == "face" else (0, 0, portrait.image.shape[1], portrait.image.shape[0])
    longest = max(right - left, bottom - top)
    size = view.size or (FACE_CROP if view.crop == "face" else min(longest, LONGEST))
    if size < 64:
        raise TalkgenError(f"A size of {size} pixels is too small to show a face; give 64 or more.")
    scale = size / longest
    width, height = (max(2, round((high - low) * scale / 2) * 2) for low, high in ((left, right), (top, bottom)))
    box = (left, top, right, bottom)
    image = Image.fromarray(portrait.image).resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    matte = Image.fromarray(portrait.matte).resize((width, height), Image.Resampling.BILINEAR, box=box, reducing_gap=3.0)
    ratio = np.array([width / (right - left), height / (bottom - top)], np.float32)
    origin = np.array([left, top], np.float32)

    def move(points: Array) -> Array:
        return ((points - origin + 0.5) * ratio - 0.5).astype(np.float32)

    landmarks = portrait.landmarks.copy()
    landmarks[:, :2] = move(landmarks[:, :2])
    landmarks[:, 2] *= scale
    moved = replace(fit, scale=fit.scale * scale, translation=move(fit.translation))
    return Picture(np.array(image), np.array(matte, np.float32) / 255, landmarks, moved)


def _face_box(portrait: Portrait) -> tuple[int, int, int, int]:
    """A square around the head, shifted and shrunk to lie within the picture."""
    points = portrait.landmarks[:468, :2]
    low, high = points.min(0), points.max(0)
    height, width = portrait.image.shape[:2]
    side = int(min(HEAD * (high[1] - low[1]), width, height))
    centre = (low + high) / 2 - [0, 0.06 * side]
    left, top = (int(np.clip(c - side / 2, 0, limit - side)) for c, limit in zip(centre, (width, height), strict=True))
    return left, top, left + side, top + side
