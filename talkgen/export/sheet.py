"""A contact sheet: frames spread evenly over the take, each with its time and with eyes and mouth enlarged, on one page."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from talkgen.export.base import Picture, provenance
from talkgen.types import Array, Performance

suffixes = (".png",)
needs_picture = True

CELLS, COLUMNS = 12, 4
SIDE = 300
"""Pixels of a frame's longer side on the sheet, and the width of an enlargement."""
GAP, LINE = 8, 18
PAPER, INK = (24, 24, 26), (235, 235, 235)
EYES, EYES_WIDE = (33, 133, 362, 263, 159, 145, 386, 374, 105, 334), 2.2
"""Corners and lids of both eyes, and the middle of the brows, in the face mesh; iris distances that are shown around them."""
MOUTH, MOUTH_WIDE = (61, 291, 0, 17), 1.7
"""Corners of the mouth and the middle of both lips."""


def write(performance: Performance, picture: Picture | None, path: Path) -> None:
    """See `export.base.Exporter`. Frames that are not shown are rendered and let go, one at a time."""
    assert picture is not None
    chosen = sorted({int((k + 0.5) * picture.n_frames / CELLS) for k in range(CELLS)})
    numbered = enumerate(picture.frames)
    cells = [_cell(Image.fromarray(frame), index, picture) for index, frame in numbered if index in chosen]
    width, height = cells[0].size
    rows = -(-len(cells) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (width + GAP) + GAP, rows * (height + GAP) + GAP + LINE), PAPER)
    title = "   ".join(f"{key} {value}" for key, value in performance.info.items() if isinstance(value, str | int | float))
    ImageDraw.Draw(sheet).text((GAP, GAP // 2), title, INK, ImageFont.load_default(12))
    for k, cell in enumerate(cells):
        sheet.paste(cell, (GAP + k % COLUMNS * (width + GAP), LINE + GAP + k // COLUMNS * (height + GAP)))
    note = PngInfo()
    note.add_text("Comment", provenance(performance, picture))
    sheet.save(path, "PNG", pnginfo=note)


def _cell(frame: Image.Image, index: int, picture: Picture) -> Image.Image:
    """A frame with its time, and below it the enlargements, side by side."""
    scale = SIDE / max(frame.size)
    parts = [frame.resize((round(frame.width * scale), round(frame.height * scale)), Image.Resampling.LANCZOS)]
    if picture.landmarks is not None:
        landmarks = picture.landmarks(index)
        iris_distance = float(np.linalg.norm(landmarks[468, :2] - landmarks[473, :2]))
        places = ((EYES, EYES_WIDE), (MOUTH, MOUTH_WIDE))
        boxes = (_box(landmarks[list(points), :2], wide * iris_distance) for points, wide in places)
        parts += [frame.resize((SIDE, SIDE // 2), Image.Resampling.BICUBIC, box=_within(box, frame.size)) for box in boxes]
    cell = Image.new("RGB", (SIDE, LINE + sum(part.height for part in parts)), PAPER)
    ImageDraw.Draw(cell).text((0, 0), f"{index / picture.fps:.2f} s", INK, ImageFont.load_default(12))
    top = LINE
    for part in parts:
        cell.paste(part, ((SIDE - part.width) // 2, top))
        top += part.height
    return cell


def _box(points: Array, width: float) -> tuple[float, float, float, float]:
    """A box twice as wide as high around points."""
    x, y = (points.min(0) + points.max(0)) / 2
    return float(x - width / 2), float(y - width / 4), float(x + width / 2), float(y + width / 4)


def _within(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The part of a box that lies in a picture of `size`; a face never lies wholly outside."""
    left, top, right, bottom = box
    return max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])
