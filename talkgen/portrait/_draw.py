"""The picture that `talkgen inspect` draws: what was found in a portrait, for a person to judge."""

from typing import TYPE_CHECKING

import numpy as np

from talkgen.face.landmark_mesh import (
    BROWS,
    IRISES,
    LOWER_LIDS,
    LOWER_LIP_INNER,
    LOWER_LIP_OUTER,
    N_MESH,
    OVAL,
    UPPER_LIDS,
    UPPER_LIP_INNER,
    UPPER_LIP_OUTER,
)
from talkgen.face.rig import rotation_matrix
from talkgen.lib.image import crop_affine
from talkgen.space import BLENDSHAPES
from talkgen.types import Array, FaceFit, Frame, Portrait

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

PANEL, DETAIL, LINE = 640, 320, 22
"""Pixels: sides of the two large drawings and of the enlarged details; height of a line of text."""
LIPS, LIDS, IRIS = (255, 90, 120), (90, 200, 255), (255, 220, 60)
OUTLINE, BROW, EDGE = (120, 255, 140), (255, 170, 80), (255, 60, 220)
PAPER, INK = (24, 24, 26), (235, 235, 235)
AXES = ((255, 80, 80), (80, 220, 80), (90, 150, 255))
"""Of the head's own x (the subject's left), y (up) and z (out of the face)."""
BARS = 12
"""Strongest shapes of the resting expression that are drawn."""
CURVES = (
    *((line, LIPS) for line in (UPPER_LIP_OUTER, LOWER_LIP_OUTER, UPPER_LIP_INNER, LOWER_LIP_INNER)),
    *((lids[side], LIDS) for lids in (UPPER_LIDS, LOWER_LIDS) for side in ("right", "left")),
    *((BROWS[side][:5], BROW) for side in ("right", "left")),
    ((*OVAL, OVAL[0]), OUTLINE),
    *(((*IRISES[side][1:], IRISES[side][1]), IRIS) for side in ("right", "left")),
)


def draw_inspection(portrait: Portrait, fit: FaceFit, lines: list[str]) -> Frame:
    """One page: the person outlined, the face with landmarks and pose, eyes and mouth enlarged, `lines`, the resting expression."""
    from PIL import Image, ImageDraw

    points, iris = portrait.landmarks[:, :2], portrait.iris_distance
    page = Image.new("RGB", (2 * PANEL, PANEL + DETAIL + LINE * (max(len(lines), BARS) + 1)), PAPER)
    page.paste(_outlined(portrait), (0, 0))
    head = points[:N_MESH].mean(0), 1.3 * float(np.ptp(points[:N_MESH], axis=0).max())
    page.paste(_panel(portrait, *head, PANEL, fit), (PANEL, 0))
    mouth = points[list(UPPER_LIP_OUTER + LOWER_LIP_OUTER)].mean(0)
    details = [(points[list(UPPER_LIDS[side])].mean(0), 0.8 * iris, True) for side in IRISES]
    for column, (centre, extent, marked) in enumerate([*details, (mouth, 1.4 * iris, True), (mouth, 1.4 * iris, False)]):
        page.paste(_panel(portrait, centre, extent, DETAIL, marked=marked), (column * DETAIL, PANEL))
    draw = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        _write(draw, 10, row, line)
    for row, shape in enumerate(np.argsort(-fit.rest)[:BARS]):
        _write(draw, PANEL + 10, row, f"{fit.rest[shape]:.2f}  {BLENDSHAPES[shape]}")
        top = PANEL + DETAIL + 10 + LINE * row
        right = PANEL + 260 + min(float(fit.rest[shape]), 1) * (PANEL - 280)
        draw.rectangle((PANEL + 260, top + 3, right, top + LINE - 5), fill=LIDS)
    return np.asarray(page)


def _write(draw: "ImageDraw", left: int, row: int, text: str) -> None:
    from PIL import ImageFont

    draw.text((left, PANEL + DETAIL + 10 + LINE * row), text, INK, ImageFont.load_default(15))


def _outlined(portrait: Portrait) -> "Image":
    """`PANEL`²: the whole picture, its background darker, a line where the matte is one half."""
    from PIL import Image

    height, width = portrait.image.shape[:2]
    scale = PANEL / max(height, width)
    grid = np.array([[1 / scale, 0, (width - PANEL / scale) / 2], [0, 1 / scale, (height - PANEL / scale) / 2]])
    cover = crop_affine(portrait.matte[..., None], grid, PANEL, PANEL) / 255
    picture = crop_affine(portrait.image, grid, PANEL, PANEL) * (0.35 + 0.65 * cover)
    inside = cover[..., 0] > 0.5
    edge = inside ^ (np.roll(inside, 1, 0) & np.roll(inside, 1, 1) & inside)
    picture[edge] = EDGE
    y, x = (np.arange(PANEL) + 0.5 - PANEL / 2) / scale, (np.arange(PANEL) + 0.5 - PANEL / 2) / scale
    picture[(abs(y) > height / 2)[:, None] | (abs(x) > width / 2)] = PAPER
    return Image.fromarray(picture.astype(np.uint8))


def _panel(portrait: Portrait, centre: Array, extent: float, side: int, fit: FaceFit | None = None, marked: bool = True) -> "Image":
    """`side`²: the square of `extent` pixels around `centre`; landmarks where `marked`, the head's axes where there is a fit."""
    from PIL import Image, ImageDraw

    scale, corner = side / extent, centre - extent / 2
    crop = crop_affine(portrait.image, np.array([[1 / scale, 0, corner[0]], [0, 1 / scale, corner[1]]]), side, side)
    panel = Image.fromarray(crop.astype(np.uint8))
    draw, points = ImageDraw.Draw(panel), (portrait.landmarks[:, :2] - corner) * scale
    if marked:
        for x, y in points[:N_MESH].tolist():
            draw.point((x, y), OUTLINE)
        for curve, colour in CURVES:
            draw.line([(float(x), float(y)) for x, y in points[list(curve)]], colour, 2)
    if fit:
        origin, length = points[[IRISES["right"][0], IRISES["left"][0]]].mean(0), portrait.iris_distance * scale
        for axis, colour in zip(rotation_matrix(fit.rotation)[:2].T * [1, -1], AXES, strict=True):
            draw.line((*origin.tolist(), *(origin + length * axis).tolist()), colour, 3)
    return panel
