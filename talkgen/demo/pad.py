"""The valence-arousal pad: a square to point at, valence to the right and arousal upwards, both -1 to 1."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from talkgen.types import Frame

SIDE, MARGIN = 320, 12
WORDS = {"delighted": (0.7, 0.7), "calm": (0.65, -0.65), "sad": (-0.65, -0.55), "furious": (-0.65, 0.75)}


def pad(valence: float, arousal: float) -> Frame:
    """`(SIDE, SIDE, 3)`: the pad with a dot at the point."""
    up, right = np.mgrid[1 : -1 : complex(SIDE), -1 : 1 : complex(SIDE)]  # type: ignore[misc]
    colours = 150 + 60 * np.stack([up - 0.4 * right, 0.8 * right, -0.6 * up - 0.2 * right], axis=-1)
    image = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    draw.line([(SIDE / 2, 0), (SIDE / 2, SIDE)], "white")
    draw.line([(0, SIDE / 2), (SIDE, SIDE / 2)], "white")
    for word, (x, y) in WORDS.items():
        draw.text(_pixel(x, y), word, "black", font, anchor="mm")
    x, y = _pixel(valence, arousal)
    draw.ellipse([x - 7, y - 7, x + 7, y + 7], "white", "black", 2)
    return np.asarray(image)


def point(x: float, y: float) -> tuple[float, float]:
    """Valence and arousal at a pixel of the pad."""
    reach = SIDE / 2 - MARGIN
    valence, arousal = (float(np.clip(v, -1, 1)) for v in ((x - SIDE / 2) / reach, (SIDE / 2 - y) / reach))
    return round(valence, 2), round(arousal, 2)


def _pixel(valence: float, arousal: float) -> tuple[float, float]:
    reach = SIDE / 2 - MARGIN
    return SIDE / 2 + reach * valence, SIDE / 2 - reach * arousal
