"""What a frame shows: the portrait cut and scaled to the output, with everything known about the face moved along."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, maximum_filter

from talkgen.face.landmark_mesh import N_MESH
from talkgen.render.base import View
from talkgen.types import Array, FaceFit, Frame, Portrait

LONGEST = 1920
"""Pixels of a full picture's longer side unless the user asks for more."""
FACE_CROP = 512
HEAD = 2.35
"""Side of the face crop in heights of the landmarks, which run from the hairline to the chin."""

AGAIN, STEEPEST, SHARPER = 1.0, 0.06, 0.25
"""How a photograph's blur is measured: by so many pixels more, at the steepest of its pixels, of which that quantile counts."""
DRAWN = 0.45
"""Standard deviation in pixels of the blur that what is drawn has: its edges are means over pixels."""


@dataclass(frozen=True)
class Picture:
    """The output frame at rest, with `margin` pixels more on every side: `image (H, W, 3)` uint8, `matte (H, W)` float32 0..1,
    and landmarks and fit in its pixels; `blur` is the standard deviation (pixels) by which the face is less sharp than what is
    drawn."""

    image: Frame
    matte: Array
    landmarks: Array
    fit: FaceFit
    margin: int
    blur: float = 0.0

    @property
    def iris_distance(self) -> float:
        """Pixels between the iris centres."""
        return float(np.linalg.norm(self.landmarks[468, :2] - self.landmarks[473, :2]))


def frame_picture(portrait: Portrait, fit: FaceFit, view: View, margin: float = 0.0) -> Picture:
    """Cut and scale a portrait to what `view` shows. The sides of the frame come out even, as video needs.

    `margin` asks for that share of the longer side more on every side.
    """
    left, top, right, bottom = (
        _face_box(portrait) if view.crop == "face" else (0, 0, portrait.image.shape[1], portrait.image.shape[0])
    )
    longest = max(right - left, bottom - top)
    size = view.size or (FACE_CROP if view.crop == "face" else min(longest, LONGEST))
    scale = size / longest
    width, height = (max(2, round((high - low) * scale / 2) * 2) for low, high in ((left, right), (top, bottom)))
    ratio = np.array([width / (right - left), height / (bottom - top)], np.float32)
    extra = round(margin * size)
    sides = extra / ratio
    wide = (left - sides[0], top - sides[1], right + sides[0], bottom + sides[1])
    image, matte = (_cut(array, wide, (width + 2 * extra, height + 2 * extra)) for array in (portrait.image, portrait.matte))
    origin = np.array(wide[:2], np.float32)

    def move(points: Array) -> Array:
        moved: Array = ((points - origin + 0.5) * ratio - 0.5).astype(np.float32)
        return moved

    landmarks = portrait.landmarks.copy()
    landmarks[:, :2] = move(landmarks[:, :2])
    landmarks[:, 2] *= scale
    moved = replace(fit, scale=fit.scale * scale, translation=move(fit.translation))
    blur = measure_blur(portrait.image, portrait.landmarks) * scale
    return Picture(
        image, matte.astype(np.float32) / np.float32(255), landmarks, moved, extra, float(np.sqrt(max(blur**2 - DRAWN**2, 0.0)))
    )


def measure_blur(image: Frame, landmarks: Array) -> float:
    """Standard deviation in pixels of the blur of a face: how much less steep a little more blur makes its edges (Zhuo & Sim 2011,
    "Defocus map estimation from a single image"). Of the strongest edges the sharper ones count: others are no edges by themselves.
    """
    (left, top), (right, bottom) = (np.maximum(f(landmarks[:N_MESH, :2], 0), 0).astype(int) for f in (np.min, np.max))
    grey = image[top : bottom + 1, left : right + 1] @ np.array([0.299, 0.587, 0.114], np.float32)
    steep, less = (np.hypot(*np.gradient(picture)) for picture in (grey, gaussian_filter(grey, AGAIN)))
    edges = (steep == maximum_filter(steep, 3)) & (steep >= np.quantile(steep, 1 - STEEPEST))
    ratio = np.maximum(steep[edges] / np.maximum(less[edges], 1e-3), 1.001)
    return float(np.quantile(AGAIN / np.sqrt(ratio**2 - 1), SHARPER))


def _cut(image: Frame, box: tuple[float, float, float, float], size: tuple[int, int]) -> Frame:
    """`box` (left, top, right, bottom) of an image scaled to `size` (width, height); beyond its edges the edge goes on."""
    height, width = image.shape[:2]
    left, top, right, bottom = box
    beyond = [max(0, int(np.ceil(side))) for side in (-top, bottom - height, -left, right - width)]
    spread = np.pad(image, (beyond[:2], beyond[2:], (0, 0))[: image.ndim], mode="edge") if any(beyond) else image
    moved = (left + beyond[2], top + beyond[0], right + beyond[2], bottom + beyond[0])
    return np.array(Image.fromarray(spread).resize(size, Image.Resampling.LANCZOS, box=moved, reducing_gap=3.0))


def _face_box(portrait: Portrait) -> tuple[int, int, int, int]:
    """A square around the head, shifted and shrunk to lie within the picture."""
    points = portrait.landmarks[:468, :2]
    low, high = points.min(0), points.max(0)
    height, width = portrait.image.shape[:2]
    side = int(min(HEAD * (high[1] - low[1]), width, height))
    centre = (low + high) / 2 - [0, 0.06 * side]
    left, top = (int(np.clip(c - side / 2, 0, limit - side)) for c, limit in zip(centre, (width, height), strict=True))
    return left, top, left + side, top + side
