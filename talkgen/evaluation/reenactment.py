"""Self-reenactment: the first frame of a clip is the portrait, our own track of the clip moves it, and the clip is the truth.

Unlike the examples that renderers are taught with, frames are not bent to their landmarks: errors of the track count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from talkgen.corpus.faces import followed, seen_in
from talkgen.face.landmark_mesh import LIPS, LOWER_LIDS, N_MESH, UPPER_LIDS
from talkgen.face.rig import FaceRig, rotation_matrix
from talkgen.face.sequence import SequenceFit, fit_sequence
from talkgen.portrait._matte import person_matte
from talkgen.render.base import Renderer, View
from talkgen.types import Array, FaceFit, Frame, MotionClip, Portrait

PLACES = {
    "face": (tuple(range(N_MESH)), 0.1),
    "mouth": (LIPS, 0.2),
    "eyes": (tuple(k for lids in (UPPER_LIDS, LOWER_LIDS) for line in lids.values() for k in line), 0.15),
}
"""Where frames are compared: the box around these landmarks of the true frame, and so many iris distances more on every side."""
Figures = dict[str, float]


@dataclass(frozen=True)
class Clip:
    """A clip to be reenacted: its true `frames`, their `landmarks (T, 478, 3)`, the portrait, and the motion that moves it."""

    frames: list[Frame]
    landmarks: Array
    portrait: Portrait
    fit: FaceFit
    motion: MotionClip


def open_clip(path: Path, rig: FaceRig, longest: int) -> Clip:
    """Track the face of a clip, of at most so many frames. Raises `TalkgenError` for one without a face."""
    frames, marks = followed(path)
    frames, marks = frames[:longest], marks[:longest]
    track = fit_sequence(rig, marks)
    fit = seen_in(rig, marks[0], track, 0)
    matte, _ = person_matte(frames[0], marks[0])
    return Clip(frames, marks, Portrait(frames[0], marks[0], matte, path.name), fit, relative_motion(track))


def relative_motion(track: SequenceFit) -> MotionClip:
    """The motion of a track, from the pose of its first frame."""
    from scipy.spatial.transform import Rotation

    turns = np.stack([rotation_matrix(vector) for vector in track.head_rotation])
    relative = Rotation.from_matrix(turns[0].T @ turns).as_rotvec().astype(np.float32)
    shift = (track.head_translation - track.head_translation[0]) @ turns[0]
    return MotionClip(track.blendshapes, relative, shift.astype(np.float32))


def reenact(clip: Clip, renderer: Renderer) -> Figures:
    """Means over the frames after the first, by place: `dB` (PSNR), `SSIM`, `error` (mean absolute, grey levels) and `gradients`,
    the energy of the gradients against the true frame's; and `flicker` of the face against the true one's."""
    shot = renderer.prepare(clip.portrait, clip.fit, View("full", max(clip.frames[0].shape[:2])))
    rows = list(islice(_compared(clip, shot.frames(clip.motion)), 1, None))
    figures = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    figures["flicker"] = figures.pop("change") / max(figures.pop("true change"), 1e-6)
    return figures


def _compared(clip: Clip, frames: Iterator[Frame]) -> Iterator[Figures]:
    last: tuple[Array, Array] | None = None
    for true, marks, frame in zip(clip.frames, clip.landmarks, frames, strict=True):
        row: Figures = {}
        for place, (points, more) in PLACES.items():
            box = box_around(marks, points, more, true.shape)
            one, other = (picture[: true.shape[0], : true.shape[1]][box].astype(np.float64) for picture in (frame, true))
            row |= {f"{place} {name}": value for name, value in compare(one, other).items()}
        box = box_around(clip.landmarks[0], *PLACES["face"], true.shape)
        now = tuple(picture[: true.shape[0], : true.shape[1]][box].astype(np.float32) for picture in (frame, true))
        row["change"], row["true change"] = (float(np.abs(a - b).mean()) for a, b in zip(now, last or now, strict=True))
        last = (now[0], now[1])
        yield row


def box_around(marks: Array, points: tuple[int, ...], more: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a picture of `shape` around some landmarks, `more` iris distances beyond them."""
    reach = more * float(np.linalg.norm(marks[468, :2] - marks[473, :2]))
    low = np.maximum(np.floor(marks[list(points), :2].min(0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(marks[list(points), :2].max(0) + reach), shape[1::-1]).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def compare(one: NDArray[np.float64], true: NDArray[np.float64]) -> Figures:
    """How a picture `(H, W, 3)`, grey levels, agrees with the true one."""
    error = one - true
    return {
        "dB": float(10 * np.log10(255**2 / max(float((error**2).mean()), 1e-3))),
        "SSIM": similarity(one.mean(2), true.mean(2)),
        "error": float(np.abs(error).mean()),
        "gradients": gradient_energy(one) / max(gradient_energy(true), 1e-6),
    }


def gradient_energy(picture: NDArray[np.float64]) -> float:
    """Mean square of what neighbouring pixels differ by."""
    return float((np.diff(picture, axis=0) ** 2).mean() + (np.diff(picture, axis=1) ** 2).mean())


def similarity(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean structural similarity of two grey pictures (Wang, Bovik, Sheikh, Simoncelli 2004)."""

    def blurred(values: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = gaussian_filter(values, 1.5, truncate=3.5)
        return result

    a, b = blurred(one), blurred(other)
    spread_a, spread_b, common = blurred(one * one) - a * a, blurred(other * other) - b * b, blurred(one * other) - a * b
    c, d = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(((2 * a * b + c) * (2 * common + d) / ((a * a + b * b + c) * (spread_a + spread_b + d))).mean())
