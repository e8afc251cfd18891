"""Colours of the mouth's inside, taken from the portrait: its skin, the whites of its eyes, its own teeth."""

import numpy as np

from talkgen.types import Array

ENAMEL_LIGHT = np.array([0.31, 0.28, 107], np.float32)
"""Brightness of teeth by that of the whites of the eyes and of the skin."""
BRIGHTER = 1.5
"""Times the brighter of both that teeth are at the most, in a dark picture."""
ENAMEL_TONE = (0.25, 0.16)
"""Shares of the colour of whites and skin in that of teeth; the rest is grey."""
FLESH, DEEP = np.array([1.42, 0.82, 0.74], np.float32), np.array([1.58, 0.78, 0.60], np.float32)
"""The colour, about 1, of gums and tongue, and of the mouth's depth, where light has been thrown from flesh to flesh; in films of
people who speak, whose skin is on average"""
SKIN = np.array([1.26, 0.92, 0.74], np.float32)
FLESH_LIGHT, SKIN_TINT = 0.68, 0.12
"""How bright flesh is by the skin, before shading; and how red skin is at least in a colour photograph."""
THROWN = 0.25
"""Share of the flesh's colour in the light that it throws on teeth."""


def luminance(colours: Array) -> Array:
    """Rec. 601 luma of `(..., 3)` colours, on the scale they are in."""
    grey: Array = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    return grey


def interior_colours(skin: Array, white: Array, teeth: Array | None) -> dict[str, Array]:
    """Base colour `(3,)` 0..255, before shading, of what lies inside the mouth.

    `skin (3,)` of the cheeks, which lipstick does not change; `white (3,)` the whites of the eyes; `teeth (3,)` the photographed
    teeth, if any show. Everything inherits the portrait's light and palette, so a grey photograph gets a grey tongue.
    """
    enamel = _enamel(skin, white) if teeth is None else teeth
    enamel = enamel * min(1.0, 238 / float(enamel.max()))
    light = max(float(luminance(skin)), 1.0)
    tint = np.clip((skin[0] / light - 1) / SKIN_TINT, 0, 1)
    flesh, deep = (FLESH_LIGHT * light * (colour * np.sqrt(skin / light / SKIN)) ** tint for colour in (FLESH, DEEP))
    return {
        "teeth_upper": enamel,
        "teeth_lower": enamel * np.float32(0.95),
        "gums_upper": flesh,
        "gums_lower": flesh * np.float32(0.95),
        "tongue": flesh * np.float32(0.95),
        "mouth_socket": deep,
        "eye_socket": flesh * np.float32(0.5),
    }


def thrown_light(flesh: Array) -> Array:
    """The colour `(3,)`, about 1, of light that `flesh (3,)` has thrown: what teeth have in the shade of the lips."""
    result: Array = 1 + THROWN * (flesh / max(float(luminance(flesh)), 1.0) - 1)
    return result


def _enamel(skin: Array, white: Array) -> Array:
    """Teeth as bright and as yellow as they were, on average, beside such skin and such whites in 101 photographed smiles."""
    lights = np.array([luminance(white), luminance(skin), 1], np.float32)
    light = min(float(ENAMEL_LIGHT @ lights), BRIGHTER * float(lights[:2].max()))
    shares = [colour / max(float(luminance(colour)), 1.0) for colour in (white, skin)]
    tone = (ENAMEL_TONE[0] * shares[0] + ENAMEL_TONE[1] * shares[1] + 1 - sum(ENAMEL_TONE)).astype(np.float32)
    result: Array = light * tone / luminance(tone)
    return result
