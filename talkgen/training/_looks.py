"""Other looks for an example of a face: colour, light, blur, compression and mirror, the same for all of its pictures.

Few people are filmed; without this every mouth would become theirs.
"""

import io

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy.ndimage import gaussian_filter

from talkgen.corpus.faces import MAP_SCALE, STORED, FaceExample
from talkgen.render._crops import DENSITY, MAPS, Crops, layout_of
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array

PICTURES = [name for name, channels in STORED.items() if channels == 3]
_MIDDLES = {"mouth": (0.0, 0.75), "eye_right": (-0.5, -0.35), "eye_left": (0.5, -0.35), "face": (0.0, 0.1)}
"""Where the crops lie in the face, iris distances to the image's right and down: the light varies over the face."""


TONE = 4.0
"""Pixels of a fine crop over which the tones of a mouth's inside vary."""


def _other_side(name: str) -> str:
    pair = {"Left": "Right", "Right": "Left"}
    return next((name.removesuffix(side) + other for side, other in pair.items() if name.endswith(side)), name)


_MIRRORED = [INDEX[_other_side(name)] for name in BLENDSHAPES]


def opened(example: FaceExample) -> dict[str, Crops]:
    """The pictures of an example, grey levels, and its maps, by the names in `STORED`; float32."""
    result: dict[str, Crops] = {name: {} for name in STORED}
    for crop, kept in example.crops.items():
        start = 0
        for name, channels in STORED.items():
            values = kept[..., start : start + channels].astype(np.float32)
            result[name][crop] = (values - 128) / MAP_SCALE if channels == MAPS else values
            start += channels
    return result


def photographed(pictures: dict[str, Crops], curves: Array, turns: Array) -> tuple[dict[str, Crops], Array, Array]:
    """The same where the true frame is the portrait, which the warp then shows as it is: what is right is to be left alone."""
    result = dict(pictures)
    result["warped"] = result["reference"] = pictures["true"]
    result["warped before"] = pictures["true before"]
    for name in ("maps before", "maps"):
        result[name] = {crop: values.copy() for crop, values in pictures[name].items()}
        for crop, values in result[name].items():
            values[..., 2:4] -= pictures["maps"][crop][..., 2:4]  # moved from where this frame has it
    return result, curves[[0, 1, 0]], turns[[0, 1, 0]]


def toned(pictures: dict[str, Crops]) -> None:
    """Make the true mouth's inside the warp's in its own tones, in place. Where teeth and tongue are nobody can tell from a motion:
    learnt from the truth, which is elsewhere each time, they would become a blur, or noise."""
    for when in ("", " before"):
        warped, true = pictures["warped" + when], pictures["true" + when]
        for crop in layout_of(true):
            inside = pictures["maps" + when][crop.name][..., 5:].max(axis=2, keepdims=True).clip(0, 1)
            reach = (TONE / crop.step, TONE / crop.step, 0)
            change = inside * (true[crop.name] - warped[crop.name])
            tone = gaussian_filter(change, reach) / np.maximum(gaussian_filter(inside, reach), 0.05)
            true[crop.name] += inside * (warped[crop.name] + tone - true[crop.name])


def mirrored(pictures: dict[str, Crops], curves: Array, turns: Array) -> tuple[dict[str, Crops], Array, Array]:
    """The same face in a mirror."""
    swapped = {"eye_right": "eye_left", "eye_left": "eye_right"}
    result: dict[str, Crops] = {}
    for name, crops in pictures.items():
        result[name] = {swapped.get(crop, crop): values[:, ::-1].copy() for crop, values in crops.items()}
        if STORED[name] == MAPS:
            for values in result[name].values():
                values[..., [0, 2]] *= -1
    return result, curves[:, _MIRRORED], turns * np.array([1, -1, -1], np.float32)


def relit(pictures: dict[str, Crops], rng: Generator) -> None:
    """Change colours and light of all pictures alike, in place."""
    colour = _colour_matrix(rng)
    gamma, gain, lift = np.exp(rng.normal() * 0.25), np.exp(rng.normal() * 0.18), rng.normal() * 8
    slope = rng.normal(size=2) * 0.18 * (rng.random() < 0.6)
    for crop in layout_of(pictures["true"]):
        reach = crop.step / DENSITY
        x = _MIDDLES[crop.name][0] + (np.arange(crop.width) - crop.width / 2) * reach
        y = _MIDDLES[crop.name][1] + (np.arange(crop.height) - crop.height / 2) * reach
        light = np.exp(slope[0] * x[None] + slope[1] * y[:, None])[..., None].astype(np.float32)
        for name in PICTURES:
            values = pictures[name][crop.name] @ colour
            values = 255 * (values / 255).clip(1e-4, 1.2) ** np.float32(gamma) * np.float32(gain) * light + np.float32(lift)
            pictures[name][crop.name] = values.clip(0, 255).astype(np.float32)


def worsened(pictures: dict[str, Crops], rng: Generator) -> None:
    """Sometimes blur, sometimes compress all pictures alike, in place."""
    blur = float(rng.uniform(0.3, 1.1)) if rng.random() < 0.3 else 0.0
    quality = int(rng.integers(35, 90)) if rng.random() < 0.2 else 0
    for crop in layout_of(pictures["true"]):
        for name in PICTURES:
            values = pictures[name][crop.name]
            if blur and crop.step == 1:
                values = gaussian_filter(values, (blur, blur, 0))
            if quality and crop.step == 1:
                buffer = io.BytesIO()
                Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
                values = np.asarray(Image.open(buffer), np.float32)
            pictures[name][crop.name] = values


def _colour_matrix(rng: Generator) -> Array:
    """`(3, 3)` that grey levels are multiplied by from the right: hue, saturation (sometimes none), tint."""
    grey = np.tile(np.array([[0.299], [0.587], [0.114]]), (1, 3))
    saturation = 0.0 if rng.random() < 0.15 else float(np.exp(rng.normal() * 0.25))
    angle = rng.normal() * 0.15  # rotation about the grey axis
    cosine, sine, third = np.cos(angle), np.sin(angle) / np.sqrt(3), (1 - np.cos(angle)) / 3
    hue = np.full((3, 3), third) + cosine * np.eye(3) + sine * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    matrix = (saturation * np.eye(3) + (1 - saturation) * grey) @ hue @ np.diag(np.exp(rng.normal(size=3) * 0.06))
    if saturation == 0.0:
        matrix = grey
    result: Array = matrix.astype(np.float32)
    return result
