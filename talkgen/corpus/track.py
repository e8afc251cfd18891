"""The face of a video on the motion clock: found, followed, fitted with the rig, and interpolated to 25 frames a second.

Curves are interpolated, never pictures. Frames without a face hold what was seen before them, with no confidence.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from talkgen.face.rig import load_rig
from talkgen.face.sequence import SequenceFit, fit_person, fit_sequence
from talkgen.lib.timeline import frame_count, frame_times, sample_rows
from talkgen.lib.video import VideoFile, open_video
from talkgen.portrait.litert.follow import Follower
from talkgen.types import MOTION_FPS, Array, FaceFit, MotionClip, TalkgenError

GLANCE = 200
"""Frames from which a person is read."""
LEAST = 0.5
"""Share of a video's frames that must show a face."""
TURNED = np.radians([30.0, 50.0])
"""Turns of a head to the side from which its far half is less and less, and at last not at all, to be trusted."""
MISFIT = np.array([0.02, 0.06])
"""Landmark errors, in iris distances, that leave all and no confidence."""
UNSTEADY = np.array([0.015, 0.04])
"""Differences of two looks at a face, in parts of its size, that leave all and no confidence."""


@dataclass(frozen=True)
class Track:
    """`motion`, with the `confidence (T,)` 0..1 of each frame and `lips (T, 2)` as in `face.sequence.SequenceFit`."""

    motion: MotionClip
    confidence: Array
    lips: Array


def track(video: VideoFile, duration: float, person: FaceFit | None = None) -> Track:
    """The largest face of a video, for `duration` seconds, of a `person` known from elsewhere or as the video itself shows them.

    Raises `TalkgenError` where there is no face in half of the frames.
    """
    sightings = list(_follower()(video.frames()))
    seen = np.flatnonzero([sighting is not None for sighting in sightings])
    if len(seen) < max(2, LEAST * len(sightings)):
        raise TalkgenError(f"{video.path} shows a face in only {len(seen)} of {len(sightings)} frames.")
    found = [sighting for sighting in sightings if sighting]
    fit = fit_sequence(load_rig(), np.array([sighting.landmarks for sighting in found]), person)
    sure = np.zeros(len(sightings), np.float32)
    sure[seen] = confidence(fit, np.array([s.presence for s in found]), np.array([s.spread for s in found]))
    last = np.maximum(np.searchsorted(seen, np.arange(len(sightings)), side="right") - 1, 0)  # the face each frame holds
    times = frame_times(frame_count(duration, MOTION_FPS), MOTION_FPS)
    after = times > (len(sightings) - 0.5) / video.fps

    def at(rows: Array) -> Array:
        return sample_rows(rows, float(video.fps), times)

    motion = MotionClip(at(fit.blendshapes[last]), at(fit.head_rotation[last]), at(fit.head_translation[last]))
    return Track(motion, np.where(after, 0, at(sure)).astype(np.float32), at(fit.lips[last]))


@lru_cache(maxsize=4)
def person_in(path: Path) -> FaceFit | None:
    """Who a video shows, read from its beginning; None where it shows no face."""
    video = open_video(path)
    sightings = islice(_follower()(video.frames()), GLANCE) if video else ()
    found = [sighting.landmarks for sighting in sightings if sighting]
    return fit_person(load_rig(), np.array(found)) if found else None


def confidence(fit: SequenceFit, presence: Array, spread: Array) -> Array:
    """`(T,)` 0..1: how far each frame's curves can be relied on; the worst of its doubts counts."""
    side = np.abs(fit.head_rotation[:, 1])
    doubts = [(side, TURNED), (fit.rms, MISFIT), (spread, UNSTEADY)]
    trust = np.min([presence, *(1 - np.clip((value - low) / (high - low), 0, 1) for value, (low, high) in doubts)], axis=0)
    return np.asarray(trust, np.float32)


@lru_cache(maxsize=1)
def _follower() -> Follower:  # kept, since its networks take longer to load than many a clip to follow
    return Follower()
