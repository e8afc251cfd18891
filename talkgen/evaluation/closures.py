"""Whether the lips close for p, b and m: in the curves, and in the rendered picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talkgen.evaluation.cases import Case
from talkgen.evaluation.lips import Lips, measured, rig_lips
from talkgen.face.fit import fit_face
from talkgen.face.landmark_mesh import LOWER_LIP_INNER, LOWER_LIP_ROWS, UPPER_LIP_INNER, UPPER_LIP_ROWS
from talkgen.lib.image import crop_affine
from talkgen.lib.timeline import frame_times, frames_of
from talkgen.pipeline import TalkingHead
from talkgen.portrait.base import open_portrait
from talkgen.render.base import View
from talkgen.space import BLENDSHAPES, INDEX
from talkgen.types import Array, Frame, MotionClip

BILABIAL = ("P", "B", "M")
AROUND, WITHIN = 0.08, 0.04
"""Seconds around a time checked by hand, and around an aligned phone, in which the lips must be seen closed."""
TOUCH = 0.02
"""Iris distances, a millimetre and a quarter: an aperture of the rig below it is closed (at rest it has 0.005)."""
SEEN_TOUCH = 0.04
"""The same for the landmarks of a picture (closed lips read up to 0.03, lips 0.02 apart from 0.04)."""
LINE = 0.02
"""Iris distances of teeth, or of shadow beyond that between the portrait's own closed lips, that count as no gap."""
DARK, BRIGHT, PALE = 0.55, 0.9, 0.5
"""Luminance below which (as a share of the lips') a pixel is shadow; above which, when less than `PALE` as red, it is tooth."""
SIDE = 512
_RED_OF_LIPS = list(UPPER_LIP_ROWS[2:7] + LOWER_LIP_ROWS[2:7])
_COLUMNS, _ROWS, _TALL = 33, 64, 0.8


@dataclass(frozen=True)
class Span:
    """Seconds between which lips must be seen closed."""

    start: float
    end: float


def spans(case: Case) -> list[Span]:
    """Where the lips of a case must close: at its times checked by hand, else at the aligned p, b and m."""
    if case.line.closures is not None:
        return [Span(time - AROUND, time + AROUND) for time in case.line.closures]
    return [Span(phone.start - WITHIN, phone.end + WITHIN) for phone in case.phones if phone.name in BILABIAL]


def hits(lips: Lips, wanted: list[Span], touch: float = TOUCH) -> int:
    """At how many spans the lips come closer than `touch`."""
    return sum(bool(lips.aperture.values[_closest(lips, span)] < touch) for span in wanted)


def by_chance(lips: Lips, wanted: list[Span], case: Case) -> float:
    """Share of other spans of speech, as long as the wanted ones, at which the lips also touch: what a hit is worth."""
    if not wanted:
        return float("nan")
    half = float(np.mean([span.end - span.start for span in wanted])) / 2
    times = frame_times(len(lips.aperture.values), lips.aperture.fps)
    said = case.is_spoken(times) if case.phones else ~case.is_known(times)
    others = [t for t in times[said] if all(t + half < span.start or t - half > span.end for span in wanted)]
    return hits(lips, [Span(t - half, t + half) for t in others]) / len(others) if others else float("nan")


def _closest(lips: Lips, span: Span) -> int:
    """The frame within a span at which the lips are closest."""
    values, fps = lips.aperture.values, lips.aperture.fps
    first = min(max(int(np.ceil(span.start * fps - 1e-6)), 0), len(values) - 1)
    last = max(min(int(span.end * fps + 1e-6), len(values) - 1), first)
    return first + int(np.nan_to_num(values[first : last + 1], nan=np.inf).argmin())


class LipReader:
    """Renders a portrait and looks at its lips with landmarks and pixels, which know nothing of the curves.

    Lips are closed where the landmarks say so and the pixels between them agree: in the middle half of the mouth, the median
    column shows no teeth, and no more shadow than the same portrait shows between lips pressed together.
    """

    def __init__(self, head: TalkingHead, image: Path) -> None:
        from talkgen.portrait.litert.mesh import FaceMesh

        self._mesh, portrait = FaceMesh(), open_portrait(image)
        self._shot = head.show.prepare(portrait, fit_face(head.rig, portrait), View("face", SIDE))
        pressed = np.zeros((1, len(BLENDSHAPES)), np.float32)
        pressed[:, [INDEX["mouthPressLeft"], INDEX["mouthPressRight"]]] = 0.3
        self._seam = self.gaps(MotionClip(pressed, *np.zeros((2, 1, 3), np.float32)))[0][1]

    def hits(self, motion: MotionClip, wanted: list[Span]) -> int:
        """At how many spans the lips are seen closed, in the frame of each at which the curves bring them closest."""
        lips = rig_lips(motion)
        chosen = [_closest(lips, span) for span in wanted]
        return int(sum(self._is_closed(*gap) for gap in self.gaps(frames_of(motion, chosen))))

    def gaps(self, motion: MotionClip) -> list[tuple[float, float, float]]:
        """For every frame: aperture of the landmarks, height of shadow and of teeth between the lips, in iris distances."""
        return [self._look(frame) for frame in self._shot.frames(motion)]

    def _is_closed(self, aperture: float, shadow: float, teeth: float) -> bool:
        return aperture < SEEN_TOUCH and shadow < self._seam + LINE and teeth < LINE

    def _look(self, frame: Frame) -> tuple[float, float, float]:
        from talkgen.portrait.litert.search import framed

        points = self._shot.landmarks
        for _ in range(2):
            points, _ = self._mesh(frame, framed(points))
        aperture = measured(points)[0]
        return aperture, *_between(frame, points, aperture)


def _between(frame: Frame, points: Array, aperture: float) -> tuple[float, float]:
    """Heights of shadow and of teeth in the median column of the middle half of the mouth, in iris distances."""
    left, right = points[UPPER_LIP_INNER[0], :2], points[UPPER_LIP_INNER[-1], :2]
    along, iris = right - left, float(np.linalg.norm(points[468, :2] - points[473, :2]))
    down = np.array([-along[1], along[0]]) / np.linalg.norm(along) * iris * _TALL
    middle = (points[UPPER_LIP_INNER[5], :2] + points[LOWER_LIP_INNER[5], :2]) / 2
    crop = crop_affine(frame, np.column_stack([along / 2 / _COLUMNS, down / _ROWS, middle - along / 4 - down / 2]), _COLUMNS, _ROWS)
    lips = frame[tuple(points[_RED_OF_LIPS, 1::-1].astype(int).T)].astype(np.float32)
    usual, red = float(np.median(_luminance(lips))), float(np.median(_redness(lips)))
    inside = np.abs((np.arange(_ROWS) + 0.5) / _ROWS - 0.5)[:, None] * _TALL < aperture / 2 + 0.06
    shadow = inside & (_luminance(crop) < DARK * usual)
    teeth = inside & (_luminance(crop) > BRIGHT * usual) & (_redness(crop) < PALE * red)
    return tuple(float(np.median(mask.mean(0)) * _TALL) for mask in (shadow, teeth))  # type: ignore[return-value]


def _luminance(colours: Array) -> Array:
    return colours @ np.array([0.299, 0.587, 0.114], np.float32)


def _redness(colours: Array) -> Array:
    result: Array = (colours[..., 0] - colours[..., 1]) / (colours.sum(-1) + 1)
    return result
