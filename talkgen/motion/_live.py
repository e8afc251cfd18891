"""Acting while the speech comes in: two frames at a time, from the sound until shortly after them.

As in the whole line's case windows go on from what is there already; slow columns are steadied two frames late instead of looking
ahead, and of closures is known what was heard until then.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from talkgen.lib.timeline import join_motion
from talkgen.motion._closure import Closures, find_closures
from talkgen.motion._curve_space import CHANNELS, OWNERS, composed, heard, rested, silence, steadied_live, to_motion
from talkgen.motion._dials import closed, dialled, faces, lids_of, manner
from talkgen.motion._prosody import read_prosody
from talkgen.motion._sampler import PAST, Direction, go_on, noise_of
from talkgen.motion._transformer import MotionTransformer
from talkgen.motion.base import Feel, Guidance, Style
from talkgen.space import FIELDS
from talkgen.types import MOTION_FPS, Array, AudioFeatures, MotionClip

HOP, AHEAD = 2, 1
"""Frames that are made at a time, and those after them that are heard already: 80 and 40 ms."""
_MEMORY = 50  # frames of hearing that closures and phrases are read from
_QUIET = 10  # frames of silence before the mouth rests
_COLUMNS = ("visemes", "loudness", "voicing", "pitch", "lips", "affect")


class LiveActor:
    """See `motion.base.LiveGenerator`."""

    def __init__(self, model: MotionTransformer, seed: int, style: Style, steps: int) -> None:
        self._model, self._seed, self._style, self._steps = model, seed, style, steps
        self._features: AudioFeatures | None = None
        self._origin = 0  # the frame that the remembered features begin with
        self._made = 0
        self._felt = np.zeros((0, len(FIELDS), 0), np.float32)
        self._past = np.zeros((len(FIELDS), 0, CHANNELS), np.float32)  # of the face that each field belongs to
        self._rows = np.zeros((0, CHANNELS), np.float32)
        self._mouth: Array | None = None
        self._lids: Array | None = None

    def push(self, features: AudioFeatures, feel: Feel) -> MotionClip:
        """See `motion.base.LiveGenerator`."""
        self._features = features if self._features is None else _after(self._features, features)
        per_frame = round(features.fps / MOTION_FPS)
        clips = []
        while self._origin + len(self._features.visemes) // per_frame >= self._made + HOP + AHEAD:
            spare = max(0, self._made - _MEMORY - self._origin)
            self._features, self._origin = _rows(self._features, spare * per_frame), self._origin + spare
            known = _rows(self._features, 0, (self._made + HOP + AHEAD - self._origin) * per_frame)
            clips.append(self._hop(known, feel))
        return join_motion(clips)

    def _hop(self, features: AudioFeatures, feel: Feel) -> MotionClip:
        """The next frames, from what is known of them and before."""
        first, stop, n_past = self._made, self._made + HOP, self._past.shape[1]
        inside = slice(first - self._origin, stop - self._origin)
        ears = heard(features, stop + AHEAD - self._origin, MOTION_FPS)
        new = feel(np.arange(first, stop + AHEAD) / MOTION_FPS)
        felt = np.concatenate([self._felt, new]) if self._felt.size else new
        places, gains, face_of = faces(felt, self._style)
        past = np.stack([self._together([row for row, face in enumerate(face_of) if face == k]) for k in range(len(places))])
        told = Direction(ears[inside.start - n_past :], places, gains, manner(self._style)).between(0, n_past + HOP + AHEAD)
        noise = noise_of(self._seed, first - n_past, stop + AHEAD)
        made = go_on(self._model, past, told, noise, self._style.guidance or Guidance(), self._steps)[:, :HOP]
        self._past = np.concatenate([self._past, made[face_of]], axis=1)[:, -PAST:]
        self._felt, self._made = felt[: n_past + HOP][-PAST:], stop
        return self._finished(composed(made, face_of), features, ears, inside)

    def _finished(self, rows: Array, features: AudioFeatures, ears: Array, inside: slice) -> MotionClip:
        """Sampled rows as motion that is steady, dialled, and closes its lips."""
        before = self._rows if len(self._rows) else np.repeat(rows[:1], 4, axis=0)
        around = np.concatenate([before, rows])
        self._rows = around[-4:]
        rows = rested(steadied_live(around, rows), silence(ears, _QUIET, AHEAD)[inside], self._mouth)
        self._mouth = rows[-1]
        motion = dialled(to_motion(rows, MOTION_FPS), self._style, self._lids)
        self._lids = lids_of(motion)
        n_frames = len(ears)
        found = find_closures(features, read_prosody(features, n_frames, MOTION_FPS), n_frames, MOTION_FPS)
        return replace(motion, blendshapes=closed(motion.blendshapes, Closures(found.lips[inside], found.teeth[inside])))

    def _together(self, rows: list[int]) -> Array:
        """The past `(p, 58)` of a face that has several fields: each column from those of them that own it, if any does."""
        past, owners = self._past[rows], OWNERS[rows]
        total = owners.sum(axis=0)
        mean = np.einsum("rc,rpc->pc", owners, past) / np.maximum(total, 1e-6)
        result: Array = np.where(total > 0, mean, past[0]).astype(np.float32)
        return result


def _after(before: AudioFeatures, after: AudioFeatures) -> AudioFeatures:
    """Features of two pieces, one after the other."""
    parts: dict[str, Any] = {name: np.concatenate([getattr(before, name), getattr(after, name)]) for name in _COLUMNS}
    return replace(after, **parts)


def _rows(features: AudioFeatures, first: int, stop: int | None = None) -> AudioFeatures:
    """Some rows of features."""
    parts: dict[str, Any] = {name: getattr(features, name)[first:stop] for name in _COLUMNS}
    return replace(features, **parts)
