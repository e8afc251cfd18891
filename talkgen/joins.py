"""Takes that follow each other: they begin and end in a pose, fade into one another, or go round without a seam.

What must not be halved keeps its own time: lips that close for a sound do so in the eased part too, and a blink is seen whole or,
where a take cuts it off, not at all.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d
from scipy.spatial.transform import Rotation

from talkgen.emotion.base import Course
from talkgen.lib.timeline import frames_of, join_motion
from talkgen.motion._closure import find_closures
from talkgen.motion._curves import Curve, runs, smoothstep
from talkgen.motion._expression import held_face
from talkgen.motion._life import held_head
from talkgen.motion._prosody import read_prosody
from talkgen.space import BLENDSHAPES, INDEX, REGION_OF
from talkgen.types import MOTION_FPS, AudioFeatures, MotionClip

EASE = 0.5
"""Seconds in which a take leaves the pose it begins in, and comes to the one it ends in."""
MOUTH_EASE, LID_EASE = 0.12, 0.2
"""Seconds that are enough for a mouth which speaks at once, and for lids."""
FADE = 0.5
"""Seconds in which one take fades into the next."""
ROUND = 2.0
"""Seconds in which the end of a loop goes over into its beginning."""
_BLINK, _LONGEST_BLINK, _ONSET = 0.2, 0.8, 0.02  # how far lids close in a blink, seconds, and from where on it is one
_LIDS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
_EYES = [*_LIDS, INDEX["eyeWideLeft"], INDEX["eyeWideRight"]]
_SLOW = ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthLeft", "mouthRight")  # they let lips open and close
_MOUTH = [k for k, name in enumerate(BLENDSHAPES) if REGION_OF[name] in ("mouth", "jaw") and not name.startswith(_SLOW)]


@dataclass(frozen=True)
class Spoken:
    """What of a take's mouth is speech: how far it is `held (n,)`, 0..1, by a closure; seconds of silence `before` and `after`."""

    held: Curve
    before: float
    after: float

    @classmethod
    def of(cls, features: AudioFeatures, n_frames: int, fps: float) -> "Spoken":
        """As it is heard in `features`."""
        prosody = read_prosody(features, n_frames, fps)
        closures = find_closures(features, prosody, n_frames, fps)
        said = np.flatnonzero(prosody.speaking) / features.fps
        before, after = (said[0], n_frames / fps - said[-1]) if len(said) else (np.inf, np.inf)
        return cls(np.maximum(closures.lips, closures.teeth), float(before), float(after))

    def reversed(self) -> "Spoken":
        """From the end to the beginning."""
        return Spoken(self.held[::-1], self.after, self.before)


def pose(feeling: Course) -> MotionClip:
    """The one frame of a face that holds what `feeling` begins with; of no feeling, the neutral face on a head that is straight."""
    weights, beyond = (rows.astype(np.float64) for rows in feeling.at(np.zeros(1))[:2])
    rotation, translation = held_head(weights)
    return _clip(held_face(weights, beyond), rotation, translation, MOTION_FPS)


def ease(
    motion: MotionClip, start: MotionClip | None = None, end: MotionClip | None = None, spoken: Spoken | None = None
) -> MotionClip:
    """The clip, as long as before, whose first frame is the pose `start` and whose last is `end` (one frame each, None as it is).

    It leaves and reaches them without haste, within `EASE` or half of the clip; with speech that begins sooner the mouth is faster.
    """
    if start is not None and len(motion):
        motion = _begun(motion, start, spoken)
    if end is not None and len(motion):
        motion = _reversed(_begun(_reversed(motion), end, spoken and spoken.reversed()))
    return motion


def crossfade(
    first: MotionClip,
    second: MotionClip,
    seconds: float = FADE,
    spoken: tuple[Spoken | None, Spoken | None] = (None, None),
) -> MotionClip:
    """The end of one clip faded into the beginning of another of the same rate: `seconds`, or all of the shorter one, in which both
    play. Raises `ValueError` for clips of different rates."""
    if first.fps != second.fps:
        raise ValueError(f"these clips play at {first.fps:g} and {second.fps:g} frames per second")
    count = min(round(seconds * first.fps), len(first), len(second))
    before, after = _reversed(_settled(_reversed(first))), _settled(second)
    held = [np.zeros(len(clip)) if said is None else said.held for clip, said in zip((first, second), spoken, strict=True)]
    kept = len(first) - count
    faded = _faded(frames_of(before, slice(kept, None)), frames_of(after, slice(count)), held[0][kept:], held[1][:count])
    return join_motion([frames_of(before, slice(kept)), faded, frames_of(after, slice(count, None))])


def loop(motion: MotionClip, n_frames: int) -> MotionClip:
    """`n_frames` that go round: the last is followed by the first as any other by the next. What `motion` has beyond them, at most
    as much again, is faded into the beginning."""
    settled = _settled(_reversed(_settled(_reversed(motion))))
    count = len(motion) - n_frames
    still = np.zeros(count)
    faded = _faded(frames_of(settled, slice(n_frames, None)), frames_of(settled, slice(count)), still, still)
    return join_motion([faded, frames_of(settled, slice(count, n_frames))])


def _begun(motion: MotionClip, start: MotionClip, spoken: Spoken | None) -> MotionClip:
    """The clip, which begins in a pose."""
    motion = _settled(motion)
    count = max(1, min(round(EASE * motion.fps), len(motion) // 2))
    held, quiet = (spoken.held[:count], spoken.before) if spoken else (np.zeros(count), EASE)
    leaving = _leaving(count, EASE * motion.fps)
    share = np.tile(leaving[:, None], len(BLENDSHAPES))
    share[:, _MOUTH] = (_leaving(count, np.clip(quiet, MOUTH_EASE, EASE) * motion.fps) * (1 - held))[:, None]
    share[:, _EYES] = (_leaving(count, LID_EASE * motion.fps) * (1 - _blinks(motion)[:count]))[:, None]
    share[0] = 1
    eased = _mixed(frames_of(motion, slice(count)), start, share, leaving)
    return join_motion([eased, frames_of(motion, slice(count, None))])


def _leaving(count: int, span: float) -> Curve:
    """`(count,)` from 1, smoothly to 0 after `span` frames or at the end of them."""
    return 1 - smoothstep(np.arange(count) / min(max(span, 1), count))


def _faded(first: MotionClip, second: MotionClip, held: Curve, held_next: Curve) -> MotionClip:
    """From the one clip to the other of the same length; closures (`held` and `held_next`) and blinks are taken whole."""
    going = smoothstep(np.arange(len(first)) / max(len(first), 1))
    share = np.tile(going[:, None], len(BLENDSHAPES))
    for columns, one, other in ((_MOUTH, held, held_next), (_EYES, _blinks(first), _blinks(second))):
        share[:, columns] = ((going + (1 - going) * other) * (1 - one))[:, None]
    return _mixed(first, second, share, going)


def _mixed(one: MotionClip, other: MotionClip, share: Curve, of_head: Curve) -> MotionClip:
    """Between two clips, or a clip and a pose: `share (n, 52)` of the other's shapes, `of_head (n,)` of the way to its head."""
    part = of_head[:, None]
    here = Rotation.from_rotvec(one.head_rotation)
    way = (here.inv() * Rotation.from_rotvec(other.head_rotation)).as_rotvec()
    turned = (here * Rotation.from_rotvec(part * way)).as_rotvec()
    shapes = (1 - share) * one.blendshapes + share * other.blendshapes
    moved = (1 - part) * one.head_translation + part * other.head_translation
    return _clip(shapes, turned, moved, one.fps)


def _clip(shapes: np.ndarray, rotation: np.ndarray, translation: np.ndarray, fps: float) -> MotionClip:
    return MotionClip(shapes.astype(np.float32), rotation.astype(np.float32), translation.astype(np.float32), fps)


def _blinks(motion: MotionClip) -> Curve:
    """`(n,)` how far the lids are closed, 0..1, beyond what the face holds them at; 0 but in blinks."""
    lids = motion.blendshapes[:, _LIDS].max(axis=1).astype(np.float64)
    reach = min(round(_LONGEST_BLINK * motion.fps / 2), (len(lids) - 1) // 2)
    if reach < 1:
        return np.zeros(len(lids))
    width = 2 * reach + 1
    beyond = lids - maximum_filter1d(minimum_filter1d(lids, width, mode="constant"), width, mode="constant")
    for first, stop in zip(*runs(beyond > _ONSET), strict=True):
        if beyond[first:stop].max() < _BLINK:
            beyond[first:stop] = 0
    return np.where(beyond > _ONSET, beyond, 0)


def _settled(motion: MotionClip) -> MotionClip:
    """Without the blink that it begins in, if it does: the lids are where they are after it."""
    blinking = _blinks(motion) > 0
    if not blinking[:1].any() or blinking.all():
        return motion
    count, shapes = int(np.argmin(blinking)), motion.blendshapes.copy()
    shapes[:count, _EYES] = shapes[count, _EYES]
    return replace(motion, blendshapes=shapes)


def _reversed(motion: MotionClip) -> MotionClip:
    return frames_of(motion, slice(None, None, -1))
