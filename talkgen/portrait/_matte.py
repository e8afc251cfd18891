"""Which pixels are the person: a segmentation network at several scales, its edges drawn to the picture's by a guided filter."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from talkgen import checkpoints
from talkgen.face.landmark_mesh import N_MESH, OVAL
from talkgen.lib.image import crop_affine, resize
from talkgen.lib.litert import Model
from talkgen.types import Array, Frame

SIDE = 256
"""Pixels: what the network looks at."""
VIEWS = ((0.8, 6.0), (0.35, 3.8), (0.0, 2.5))
"""Squares that are looked at, from far to near: centre below the face's middle, and side, in face heights."""
WORKING = 640
"""Pixels: longest side at which edges are found; finer ones follow the full-size picture through the filter's linear model."""
RADIUS, EPSILON = 0.06, 2e-4
"""Of the guided filter: half window in face heights, and the squared contrast (picture 0..1) that counts as an edge."""
COVERED = 0.6
"""Share of the face that the network must call person to be believed."""
HEAD, TALL = 0.8, 4.0
"""Face heights from the middle of the face that are its head and hair, and of the body under it, where people stand close."""
STRIP = 256
"""Rows of the full-size matte that are made at a time."""


def person_matte(image: Frame, landmarks: Array, others: Sequence[Array] = ()) -> tuple[NDArray[np.uint8], str | None]:
    """`(H, W)` uint8, 255 where the person of this face is, and a note when it had to be drawn from the landmarks instead.

    `others` are the landmarks of the other faces in the picture, whose bodies are left out.

    Segmentation: MediaPipe selfie segmentation. Edges: He, Sun, Tang, "Guided Image Filtering", ECCV 2010, on a reduced picture
    as in their "Fast Guided Filter" (2015).
    """
    height, width = image.shape[:2]
    scale = min(1.0, WORKING / max(height, width))
    small = resize(image, round(width * scale), round(height * scale)).astype(np.float32) / np.float32(255)
    points = landmarks[:N_MESH, :2] * scale
    coarse = _segmented(small, points) * _nearest(points, [other[:N_MESH, :2] * scale for other in others], small.shape)
    coarse, note = _of_this_person(coarse, points), None
    face = _filled(points[list(OVAL)], coarse.shape)
    if coarse[face].mean() < COVERED:
        coarse = _head_and_shoulders(points, coarse.shape)
        note = "the person could not be told from the background, so head and shoulders were drawn from the face"
    model = _guided(small, coarse, max(2, round(RADIUS * float(np.ptp(points[:, 1])))))
    matte = np.empty((height, width), np.uint8)
    for top in range(0, height, STRIP):
        rows = slice(top, min(top + STRIP, height))
        here = np.array([[scale, 0, 0], [0, scale, top * scale]])
        linear = crop_affine(model, here, width, rows.stop - top)
        share = (linear[..., :3] * image[rows]).sum(-1) / 255 + linear[..., 3]
        matte[rows] = 255 * _steepened(share)
    return matte, note


def _segmented(picture: Array, points: Array) -> Array:
    """`(h, w)`, 0..1: person, each place as the nearest of `VIEWS` sees it that shows it well within its frame."""
    height, width = picture.shape[:2]
    person = np.zeros((height, width), np.float32)
    centre, tall = (points.min(0) + points.max(0)) / 2, float(np.ptp(points[:, 1]))
    for below, side in ((0.0, np.inf), *VIEWS):
        extent = min(side * tall, 1.05 * max(height, width))
        middle = centre + np.array([0, below * tall]) if np.isfinite(side) else np.array([width, height]) / 2
        corner, scale = middle - extent / 2, extent / SIDE
        crop = crop_affine(picture, np.array([[scale, 0, corner[0]], [0, scale, corner[1]]]), SIDE, SIDE)
        (seen,) = _segmenter()(crop)
        back = np.array([[1 / scale, 0, -corner[0] / scale], [0, 1 / scale, -corner[1] / scale]])
        here = crop_affine(np.concatenate([seen, _trust(np.isfinite(side))], axis=-1), back, width, height)
        person += here[..., 1] * (here[..., 0] - person)
    return person


@cache
def _segmenter() -> Model:
    return Model(checkpoints.find("mediapipe") / "selfie_segmentation.tflite")


def _trust(framed: bool) -> Array:
    """`(SIDE, SIDE, 1)`: weight of a view, falling to 0 over its outer eighth; 1 everywhere for the view of the whole picture."""
    if not framed:
        return np.ones((SIDE, SIDE, 1), np.float32)
    edge = np.minimum(np.arange(SIDE), np.arange(SIDE)[::-1]) / (SIDE / 8)
    ramp = np.clip(edge, 0, 1).astype(np.float32)
    return (ramp[:, None] * ramp)[..., None]


def _of_this_person(person: Array, points: Array) -> Array:
    """`person` without what does not hang together with the face."""
    from scipy import ndimage

    labels, _ = ndimage.label(person > 0.5)
    mine = np.unique(labels[_filled(points[list(OVAL)], person.shape)])
    near = ndimage.binary_dilation(np.isin(labels, mine[mine > 0]), iterations=6)
    return np.where(near, person, 0).astype(np.float32)


def _nearest(points: Array, others: Sequence[Array], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where this face, or the body `TALL` face heights straight down from it, is nearer than any other's, in face heights."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)

    def far(face: Array) -> Array:
        centre, tall = face.mean(0), float(np.ptp(face[:, 1]))
        below = y - centre[1]
        return np.asarray(np.hypot(x - centre[0], below - np.clip(below, 0, TALL * tall)) / tall)

    mine = far(points)
    nearest = [mine <= far(other) for other in others]
    return np.asarray(np.all(nearest, axis=0) | (mine < HEAD)) if others else np.ones(shape[:2], bool)


def _filled(outline: Array, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The inside of a polygon `(N, 2)` as a mask."""
    from PIL import Image, ImageDraw

    mask = Image.new("1", (shape[1], shape[0]))
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in outline], fill=1)
    return np.asarray(mask)


def _head_and_shoulders(points: Array, shape: tuple[int, ...]) -> Array:
    """A matte from the face alone: an oval for head and hair, on a trapezium for neck and shoulders, both soft-edged."""
    from scipy import ndimage

    top, chin = points[OVAL[0]], points[OVAL[18]]
    up = top - chin
    tall = float(np.linalg.norm(up))
    side = np.array([-up[1], up[0]])
    around = np.linspace(0, 2 * np.pi, 48, endpoint=False)[:, None]
    head = (top + chin) / 2 + 0.12 * up + 0.55 * np.cos(around) * side + 0.75 * np.sin(around) * up
    half = np.array([[0.3, 0.3], [0.35, -0.2], [1.2, -0.5], [1.4, -8]])
    body = chin + np.concatenate([half, half[::-1] * [-1, 1]]) @ [side, up]
    matte = _filled(head, shape) | _filled(body, shape)
    return np.asarray(ndimage.gaussian_filter(matte.astype(np.float32), 0.03 * tall))


def _guided(picture: Array, coarse: Array, radius: int) -> Array:
    """`(h, w, 4)`: in every window, the linear model of the colours (three slopes, offset) that comes nearest to `coarse`."""
    from scipy import ndimage

    def mean(values: Array) -> Array:
        size = (2 * radius + 1, 2 * radius + 1) + (1,) * (values.ndim - 2)
        return np.asarray(ndimage.uniform_filter(values, size, mode="nearest"))

    colour, share = mean(picture), mean(coarse)
    pairs = mean(picture[..., :, None] * picture[..., None, :]) - colour[..., :, None] * colour[..., None, :]
    common = mean(picture * coarse[..., None]) - colour * share[..., None]
    slopes = np.linalg.solve(pairs + EPSILON * np.eye(3, dtype=np.float32), common[..., None])[..., 0]
    offset = share - (slopes * colour).sum(-1)
    return mean(np.concatenate([slopes, offset[..., None]], axis=-1))


def _steepened(share: Array) -> Array:
    """Smoothstep between a tenth and nine tenths: the filter leaves a haze that is neither person nor background."""
    t = np.clip((share - 0.1) / 0.8, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
