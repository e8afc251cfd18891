"""Which pixels are the person."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from talkgen import checkpoints
from talkgen.lib.image import resize
from talkgen.lib.litert import Model
from talkgen.types import Array, Frame

SIDE = 256


def person_matte(image: Frame, landmarks: Array) -> NDArray[np.uint8]:
    """`(H, W)` uint8, 255 where the person is."""
    model = _segmenter()
    (share,) = model(resize(image, SIDE, SIDE) / 255)
    height, width = image.shape[:2]
    return resize((share[..., 0] * 255).astype(np.uint8), width, height)


@cache
def _segmenter() -> Model:
    return Model(checkpoints.find("mediapipe") / "selfie_segmentation.tflite")
