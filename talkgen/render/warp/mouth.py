"""Colours of the mouth's inside, taken from the portrait: its lips, the whites of its eyes, its skin, its own teeth."""

import numpy as np

from talkgen.types import Array, Frame


def luminance(colours: Array) -> Array:
    """Rec. 601 luma of `(..., 3)` colours, on the scale they are in."""
    grey: Array = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    return grey


def interior_colours(image: Frame, lips: Array, white: Array, teeth: Array | None) -> dict[str, Array]:
    """Base colour `(3,)` 0..255, before shading, of each part of the rig that lies inside the mouth.

    `lips (N, 2)` pixels on the lips; `white (3,)` the whites of the eyes; `teeth (3,)` the photographed teeth, if any show.
    Everything inside the mouth inherits the portrait's light and palette, so a grey photograph gets a grey tongue.
    """
    x, y = (np.clip(np.round(lips[:, k]).astype(int), 0, image.shape[1 - k] - 1) for k in (0, 1))
    lip = np.median(image[y, x], 0).astype(np.float32)
    enamel = teeth if teeth is not None else white * np.array([1.02, 1.0, 0.94], np.float32)
    enamel = enamel * min(1.0, 235 / float(enamel.max()))
    flesh = 0.65 * lip + 0.35 * lip * luminance(white) / max(float(luminance(lip)), 1.0) * 0.6
    return {
        "teeth_upper": enamel,
        "teeth_lower": enamel * np.float32(0.93),
        "gums_upper": flesh,
        "gums_lower": flesh * np.float32(0.92),
        "tongue": 0.8 * flesh + 0.2 * lip,
        "mouth_socket": flesh * np.float32(0.5),
        "eye_socket": lip * np.float32(0.4),
    }
