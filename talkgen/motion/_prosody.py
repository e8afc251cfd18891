"""What of the hearing directs the acting: where someone speaks, where the phrases begin and end, which syllables are stressed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talkgen.lib.timeline import frame_times, sample_rows
from talkgen.motion._curves import Curve, runs, smooth
from talkgen.types import VISEMES, AudioFeatures

SHORTEST_PAUSE = 0.2
"""Seconds; shorter silences are the closures of stops."""
SHORTEST_SPEECH = 0.05
AROUND = 1.0
"""Seconds before and after speech in which the mouth is its own already, and still."""
ACCENT_SPACING = 0.5
"""Seconds around a stressed syllable in which there is no stronger one."""


@dataclass(frozen=True)
class Prosody:
    """`speaking (T,)` on the feature clock; `talk (n,)`, 0..1, the same on the motion clock with soft edges; `busy (n,)`, 0..1,
    also just before and after speech, and in pauses too short for the mouth to do anything else; `calm (n,)`, 0..1, rises in long
    pauses after speech; `onsets` and `offsets` of phrases, and `accents` with their `stress` 0..1 and `rise` in pitch (semitones),
    in seconds."""

    speaking: NDArray[np.bool_]
    talk: Curve
    busy: Curve
    calm: Curve
    onsets: Curve
    offsets: Curve
    accents: Curve
    stress: Curve
    rise: Curve


def read_prosody(features: AudioFeatures, n_frames: int, fps: float) -> Prosody:
    """Phrases and accents of `features`, for a take of `n_frames` at `fps`."""
    speaking = _speaking(features)
    starts, ends = runs(speaking)
    times = frame_times(n_frames, fps)
    heard = frame_times(len(speaking), features.fps)
    since = heard - np.concatenate([[np.inf], ends / features.fps])[np.searchsorted(ends, np.arange(len(speaking)), side="right")]
    resting = ~speaking & (since > 0.7)
    accents, stress, rise = _accents(features, speaking)
    return Prosody(
        speaking=speaking,
        talk=_on_clock(smooth(speaking.astype(float), 0.3, features.fps), features.fps, times),
        busy=_on_clock(smooth(_widened(speaking, round(AROUND * features.fps)), 0.4, features.fps), features.fps, times),
        calm=_on_clock(smooth(resting.astype(float), 1.0, features.fps), features.fps, times),
        onsets=starts / features.fps,
        offsets=ends / features.fps,
        accents=accents,
        stress=stress,
        rise=rise,
    )


def _widened(mask: NDArray[np.bool_], reach: int) -> Curve:
    """1 within `reach` steps of what is true in the mask."""
    total = np.concatenate([[0], np.cumsum(mask)])
    steps = np.arange(len(mask))
    near = total[np.minimum(steps + reach + 1, len(mask))] - total[np.maximum(steps - reach, 0)]
    return np.asarray(near > 0, np.float64)


def _on_clock(curve: Curve, fps: float, times: Curve) -> Curve:
    return sample_rows(curve, fps, times) if len(curve) else np.zeros(len(times))


def _speaking(features: AudioFeatures) -> NDArray[np.bool_]:
    speaking = features.visemes[:, VISEMES.index("sil")] < 0.5
    for value, shortest in ((False, SHORTEST_PAUSE), (True, SHORTEST_SPEECH)):
        for start, end in zip(*runs(speaking == value), strict=True):
            inside = value or (start > 0 and end < len(speaking))  # silence at either end of the clip is no pause
            if inside and end - start < shortest * features.fps:
                speaking[start:end] = not value
    return speaking


def _accents(features: AudioFeatures, speaking: NDArray[np.bool_]) -> tuple[Curve, Curve, Curve]:
    """Times, stress 0..1 and pitch of the stressed syllables: peaks of loudness and pitch above their surroundings."""
    from scipy.ndimage import maximum_filter1d

    fps = features.fps
    if not speaking.any():
        return np.empty(0), np.empty(0), np.empty(0)
    pitch = smooth(np.clip(features.pitch, -6, 10), 0.1, fps)
    salience = smooth(features.loudness, 0.12, fps) + 0.03 * pitch
    surroundings = smooth(salience, 2.5, fps) / np.maximum(smooth(speaking.astype(float), 2.5, fps), 0.2)
    stress = np.clip(0.4 + 1.6 * (salience - surroundings), 0, 1)
    highest = maximum_filter1d(salience, 2 * round(ACCENT_SPACING * fps / 2) + 1) == salience
    frames = np.flatnonzero(highest & speaking & (features.voicing > 0.3) & (stress > 0.3))
    return frames / fps, stress[frames], pitch[frames]
