"""Steadiness: lips that rest in silence, curves without jumps, values in range."""

from collections.abc import Sequence

import numpy as np

from talkgen.evaluation.cases import Actor, Case, is_silent, loudness
from talkgen.evaluation.lips import rig_lips
from talkgen.evaluation.rows import Row, averaged, mean
from talkgen.lib.media import audio_from_samples
from talkgen.lib.timeline import frame_times
from talkgen.space import BLENDSHAPES
from talkgen.types import SAMPLE_RATE, AudioClip, MotionClip

SILENCE = 4.0
"""Seconds of a clip in which nothing is said."""
FEWEST = 5
"""Pairs of silent frames from which a quiver is told."""
_LIDS = np.array([name.startswith(("eyeBlink", "eyeWide", "eyeSquint", "eyeLook")) for name in BLENDSHAPES])


def measure(cases: Sequence[Case], actor: Actor) -> Row:
    """Means over the cases, the largest jump of any, and the quiver of a wholly silent clip."""
    rows: list[Row] = []
    for case in cases:
        motion = actor.act(case)
        rows.append({"quiver_in_pauses": quiver(motion, case.audio)} | jumps(motion))
    silence = audio_from_samples(np.zeros(round(SILENCE * SAMPLE_RATE), np.float32), SAMPLE_RATE)
    silent = actor.head.perform(silence, seed=actor.seed).motion
    return averaged(rows) | {
        "quiver_in_silence": quiver(silent, silence),
        "largest_jump": max(row["jump"] or 0.0 for row in rows),
        "in_range": mean([row["in_range"] for row in rows]),
    }


def quiver(motion: MotionClip, audio: AudioClip) -> float | None:
    """Mean change of the lips' aperture (iris distances) from frame to frame in silence; None where there is none."""
    level = loudness(audio)
    silent = is_silent(level)[np.minimum((frame_times(len(motion), motion.fps) * level.fps).astype(int), len(level.values) - 1)]
    pairs = silent[1:] & silent[:-1]
    if pairs.sum() < FEWEST:
        return None
    return float(np.abs(np.diff(rig_lips(motion).aperture.values))[pairs].mean())


def jumps(motion: MotionClip) -> Row:
    """Largest change from one frame to the next: `jump` of any curve but those of lids and gaze, whose nature it is, and
    `head_jump` in degrees; and whether every value is finite and every curve within 0..1 (`in_range`)."""
    shapes, head = motion.blendshapes, np.degrees(motion.head_rotation)
    moving = len(motion) > 1
    return {
        "jump": float(np.abs(np.diff(shapes[:, ~_LIDS], axis=0)).max()) if moving else None,
        "head_jump": float(np.linalg.norm(np.diff(head, axis=0), axis=1).max()) if moving else None,
        "in_range": float(np.isfinite(head).all() and shapes.min() >= 0 and shapes.max() <= 1),
    }
