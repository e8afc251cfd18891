"""Reading any common picture, refusing the rest in one sentence, and resampling."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from talkgen.lib.image import BACKING, LONGEST, crop_affine, read_image, resize, write_image
from talkgen.types import TalkgenError

WIDTH, HEIGHT = 64, 48


@pytest.fixture
def picture() -> Image.Image:
    """A ramp to the right in red, downwards in green, constant blue: every corner is different."""
    x, y = np.meshgrid(np.linspace(0, 255, WIDTH), np.linspace(0, 255, HEIGHT))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 90)], axis=-1).astype(np.uint8))


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "webp", "jpg", "gif"])
def test_common_formats(picture: Image.Image, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    options = {"lossless": True} if suffix == "webp" else {"quality": 98, "subsampling": 0} if suffix == "jpg" else {}
    picture.save(path, **options)
    image = read_image(path)
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - np.asarray(picture)).mean() < (6 if suffix in ("gif", "jpg") else 0.01)


def test_every_exif_orientation_is_righted(picture: Image.Image, tmp_path: Path) -> None:
    for orientation in range(1, 9):
        stored = {
            1: picture, 2: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 3: picture.transpose(Image.Transpose.ROTATE_180),
            4: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 5: picture.transpose(Image.Transpose.TRANSPOSE),
            6: picture.transpose(Image.Transpose.ROTATE_90), 7: picture.transpose(Image.Transpose.TRANSVERSE),
            8: picture.transpose(Image.Transpose.ROTATE_270),
        }[orientation]  # fmt: skip
        exif = Image.Exif()
        exif[0x0112] = orientation
        for suffix in ("png", "tiff"):
            stored.save(tmp_path / f"turned.{suffix}", exif=exif)
            np.testing.assert_array_equal(
                read_image(tmp_path / f"turned.{suffix}"), np.asarray(picture), str((orientation, suffix))
            )


def test_transparency_lies_over_grey(tmp_path: Path) -> None:
    pixels = np.full((40, 40, 4), (200, 0, 0, 255), np.uint8)
    pixels[:20, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "clear.png")
    image = read_image(tmp_path / "clear.png")
    assert (image[:20] == BACKING).all()
    assert (image[20:] == (200, 0, 0)).all()
    palette = Image.new("P", (40, 40), 0)
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.save(tmp_path / "palette.gif", transparency=0)
    assert (read_image(tmp_path / "palette.gif") == BACKING).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "LAB", "RGBA"])
def test_colour_modes(picture: Image.Image, tmp_path: Path, mode: str) -> None:
    converted = Image.frombytes("LAB", picture.size, picture.tobytes()) if mode == "LAB" else picture.convert(mode)
    path = tmp_path / ("picture.tiff" if mode in ("CMYK", "LAB") else "picture.png")
    converted.save(path)
    image = read_image(path)
    assert image.shape == (HEIGHT, WIDTH, 3)
    if mode in ("CMYK", "RGBA"):
        assert np.abs(image.astype(int) - np.asarray(picture)).max() <= 2


@pytest.mark.parametrize(("dtype", "top"), [(np.uint16, 65535), (np.int32, 65535), (np.float32, 1.0)])
def test_deep_grey_is_scaled_not_clipped(tmp_path: Path, dtype: type, top: float) -> None:
    ramp = np.tile(np.linspace(0, top, 64), (40, 1)).astype(dtype)
    Image.fromarray(ramp).save(tmp_path / "deep.tiff")
    row = read_image(tmp_path / "deep.tiff")[0, :, 0].astype(int)
    assert row[0] == 0
    assert row[-1] == 255
    assert np.abs(np.diff(row) - 255 / 63).max() <= 1


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ((250, 0, 0), (0, 250, 0))]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert (read_image(tmp_path / "moving.gif")[0, 0] == (250, 0, 0)).all()


def test_huge_picture_is_reduced(tmp_path: Path) -> None:
    Image.new("RGB", (9000, 2000), (10, 200, 30)).save(tmp_path / "huge.jpg")
    image = read_image(tmp_path / "huge.jpg")
    assert max(image.shape) <= LONGEST
    assert image.shape[1] / image.shape[0] == pytest.approx(4.5, rel=0.01)


def _bad_files(folder: Path) -> dict[str, Path]:
    names = ("missing", "folder", "empty", "text", "truncated", "small", "bomb")
    paths = {name: folder / f"{name}.png" for name in names}
    paths["folder"].mkdir()
    paths["empty"].touch()
    paths["text"].write_text("this is no picture")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8))
    noise.save(folder / "whole.png")
    paths["truncated"].write_bytes((folder / "whole.png").read_bytes()[:4000])
    noise.resize((31, 80)).save(paths["small"])
    Image.new("1", (20000, 16000)).save(paths["bomb"])
    return paths


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "no file"), ("folder", "is a folder"), ("empty", "0 bytes"), ("text", "not a picture"),
        ("truncated", "damaged"), ("small", "31×80"), ("bomb", "megapixels"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_in_a_sentence(tmp_path: Path, name: str, words: str) -> None:
    path = _bad_files(tmp_path)[name]
    with pytest.raises(TalkgenError, match=words) as error:
        read_image(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_write_and_read_back(picture: Image.Image, tmp_path: Path) -> None:
    write_image(tmp_path / "out.png", np.asarray(picture))
    np.testing.assert_array_equal(read_image(tmp_path / "out.png"), np.asarray(picture))
    with pytest.raises(TalkgenError, match="cannot be written"):
        write_image(tmp_path / "nowhere" / "out.png", np.asarray(picture))


def test_resize_keeps_a_constant() -> None:
    assert (resize(np.full((40, 60, 3), 77, np.uint8), 25, 33) == 77).all()


def _slow_sample(image: np.ndarray, matrix: np.ndarray, width: int, height: int) -> np.ndarray:
    """The twin of `_sample` in plain NumPy."""
    y, x = np.mgrid[:height, :width] + 0.5
    source = np.einsum("ij,jhw->ihw", matrix, np.stack([x, y, np.ones_like(x)])) - 0.5
    rows, columns = image.shape[:2]
    x, y = np.clip(source[0], 0, columns - 1), np.clip(source[1], 0, rows - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    u, v = (x - left)[..., None], (y - top)[..., None]
    above, below = (1 - u) * image[top, left] + u * image[top, right], (1 - u) * image[bottom, left] + u * image[bottom, right]
    return (1 - v) * above + v * below


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_crop_agrees_with_its_twin(dtype: type) -> None:
    image = np.random.default_rng(1).integers(0, 255, (30, 40, 3)).astype(dtype)
    matrix = np.array([[0.8, -0.5, 7.0], [0.4, 0.9, -6.0]])  # reaches beyond the border on two sides
    crop = crop_affine(image, matrix, 35, 33)
    assert crop.dtype == np.float32
    np.testing.assert_allclose(crop, _slow_sample(image, matrix, 35, 33), atol=1e-3)


def test_identity_crop_is_the_picture() -> None:
    image = np.random.default_rng(2).integers(0, 255, (20, 30, 3), np.uint8)
    np.testing.assert_array_equal(crop_affine(image, np.eye(3)[:2], 30, 20), image)


def test_reducing_crop_averages_and_stays_in_place() -> None:
    stripes = np.zeros((400, 400, 1), np.uint8)
    stripes[:, ::2] = 200
    small = crop_affine(stripes, np.array([[8.0, 0, 0], [0, 8.0, 0]]), 50, 50)
    np.testing.assert_allclose(small, 100, atol=1e-3)
    ramp = np.arange(400, dtype=np.float32)[None, :, None].repeat(400, 0)
    small = crop_affine(ramp, np.array([[5.3, 0, 40], [0, 5.3, 40]]), 50, 50)
    np.testing.assert_allclose(small[25, :, 0], 5.3 * (np.arange(50) + 0.5) + 40 - 0.5, atol=0.6)


def test_crop_far_outside_repeats_the_border() -> None:
    image = np.full((50, 50, 3), 9, np.uint8)
    for offset in (-5000.0, 5000.0):
        assert (crop_affine(image, np.array([[3.0, 0, offset], [0, 3.0, offset]]), 8, 8) == 9).all()
