"""Pictures: any common file to upright 8-bit RGB, and the two ways of resampling that the stages share.

Positions in a picture are in pixels with (0, 0) at the outer corner of the first pixel, whose centre is therefore (0.5, 0.5).
"""

import warnings
from pathlib import Path

import numpy as np
from numba import njit
from PIL import Image, ImageOps, UnidentifiedImageError

from talkgen.types import Array, Frame, TalkgenError

LONGEST = 4096
"""Pixels: a larger picture is reduced to this longest side: more than any output shows, and 60 megapixels take 180 MB a copy."""
SHORTEST = 32
"""Pixels: below this no face can be animated."""
MOST_PIXELS = 300_000_000
"""A file that claims more than this is refused unread: a decompression bomb, not a photograph."""
BACKING = (128, 128, 128)
"""Mid grey lies behind transparent pixels: neither rims of light nor of dark hair show against it."""


def read_image(path: Path) -> Frame:
    """The picture in a file as upright `(H, W, 3)` uint8 RGB, longest side at most `LONGEST`.

    Takes what Pillow opens: JPEG, PNG, WebP, AVIF, TIFF, BMP, GIF (first frame), in grey, palette, CMYK, 16-bit or float, with
    alpha (over mid grey) and EXIF orientation. Raises `TalkgenError` for what is missing, no picture, broken, too big or too small.
    """
    if path.is_dir():
        raise TalkgenError(f"{path} is a folder; give one picture file.")
    if not path.is_file():
        raise TalkgenError(f"There is no file {path}.")
    if path.stat().st_size == 0:
        raise TalkgenError(f"{path} is empty (0 bytes); give a picture file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata and its own, lower, bomb threshold
            with Image.open(path) as picture:
                return _upright(picture, path)
    except UnidentifiedImageError:
        raise TalkgenError(f"{path} is not a picture that can be read; give a JPEG, PNG, WebP, TIFF or BMP file.") from None
    except Image.DecompressionBombError:
        raise TalkgenError(f"{path} claims more than {MOST_PIXELS // 10**6} megapixels; give a smaller picture.") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise TalkgenError(f"{path} is a damaged or cut-off picture ({error}); save it again and retry.") from None


def _upright(picture: Image.Image, path: Path) -> Frame:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Image.DecompressionBombError
    if min(width, height) < SHORTEST:
        raise TalkgenError(f"{path} is {width}×{height} pixels; at least {SHORTEST} in each direction are needed.")
    shrink = max(1.0, max(width, height) / LONGEST)
    picture.draft(None, (int(width / shrink), int(height / shrink)))  # a JPEG decodes at a half or a quarter, saving memory
    picture.load()
    ImageOps.exif_transpose(picture, in_place=True)
    picture = _rgb(_eight_bit(picture))
    if max(picture.size) > LONGEST:
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return np.array(picture)


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Deep grey scaled to 8 bits by the range of its type (Pillow's own conversion would clip); any other picture as it is."""
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        values = np.asarray(picture, np.float32)
        largest = float(values.max())
        top = next((top for top in (1.0, 255.0, 65535.0) if largest <= top), largest)
        return Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))
    return picture


def _rgb(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    backed = Image.new("RGBA", picture.size, (*BACKING, 255))
    backed.alpha_composite(picture.convert("RGBA"))
    return backed.convert("RGB")


def write_image(path: Path, image: Frame) -> None:
    """Write `(H, W, 3)` uint8 RGB in the format of the suffix. Raises `TalkgenError` where the disk or the suffix refuses."""
    try:
        Image.fromarray(image).save(path)
    except (OSError, ValueError) as error:
        raise TalkgenError(f"The picture {path} cannot be written: {error}.") from None


def resize(image: np.ndarray, width: int, height: int) -> Frame:
    """Lanczos resampling of `(H, W)` or `(H, W, 3)` uint8, smoothed when it shrinks."""
    return np.array(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))


def crop_affine(image: np.ndarray, matrix: np.ndarray, width: int, height: int) -> Array:
    """The part of a picture under an affine grid, `(height, width, C)` float32 in the units of `image (H, W, C)`.

    `matrix (2, 3)` takes positions in the crop to positions in the picture. Bilinear; the picture's border is repeated outwards.
    A crop at less than half the picture's scale is first averaged over whole pixels, so that nothing aliases.
    """
    matrix = np.asarray(matrix, np.float64)
    step = int(np.sqrt(abs(np.linalg.det(matrix[:, :2]))) + 1e-6)
    if step >= 2:
        image, origin = _averaged(image, matrix, width, height, step)
        matrix = matrix.copy()
        matrix[:, 2] -= origin
        matrix /= step
    return _sample(np.ascontiguousarray(image), matrix, width, height)


def _averaged(image: np.ndarray, matrix: np.ndarray, width: int, height: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The picture under the crop, averaged over `step`² pixels, and the position of its first corner."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
    size = np.array(image.shape[1::-1])
    first = np.clip(np.floor(corners.min(0)) - step, 0, np.maximum(size - step, 0)).astype(int)
    count = np.clip((np.ceil(corners.max(0)).astype(int) + step - first) // step, 1, np.maximum((size - first) // step, 1))
    last = np.minimum(first + count * step, size)
    part = np.ascontiguousarray(image[first[1] : last[1], first[0] : last[0]])
    return _block_means(part, step), first.astype(np.float64)


@njit(cache=True)
def _block_means(image: np.ndarray, step: int) -> Array:
    """Means `(ceil(H / step), ceil(W / step), C)` of the blocks of `step`² pixels; of what there is of a block that is cut off."""
    rows, columns, channels = image.shape
    means = np.zeros((-(-rows // step), -(-columns // step), channels), np.float32)
    flat, strip = image.reshape(rows, columns * channels), np.empty(columns * channels, np.float32)
    for i in range(means.shape[0]):
        strip[:] = 0
        for row in flat[i * step : (i + 1) * step]:
            for k in range(strip.size):
                strip[k] += row[k]
        for j in range(means.shape[1]):
            block = strip[j * step * channels : (j + 1) * step * channels]
            for k in range(block.size):
                means[i, j, k % channels] += block[k]
            for channel in range(channels):
                means[i, j, channel] /= min(step, rows - i * step) * min(step, columns - j * step)
    return means


@njit(cache=True)
def _sample(image: np.ndarray, matrix: np.ndarray, width: int, height: int) -> Array:
    rows, columns, channels = image.shape
    crop = np.empty((height, width, channels), np.float32)
    for i in range(height):
        for j in range(width):
            x = matrix[0, 0] * (j + 0.5) + matrix[0, 1] * (i + 0.5) + matrix[0, 2] - 0.5
            y = matrix[1, 0] * (j + 0.5) + matrix[1, 1] * (i + 0.5) + matrix[1, 2] - 0.5
            x, y = min(max(x, 0.0), columns - 1.0), min(max(y, 0.0), rows - 1.0)
            left, top = int(x), int(y)
            right, bottom = min(left + 1, columns - 1), min(top + 1, rows - 1)
            u, v = x - left, y - top
            for channel in range(channels):
                above = (1 - u) * image[top, left, channel] + u * image[top, right, channel]
                below = (1 - u) * image[bottom, left, channel] + u * image[bottom, right, channel]
                crop[i, j, channel] = (1 - v) * above + v * below
    return crop
