"""The procedural performer: a face that acts by rule, after the phonetics and facial-coding literature. It needs no weights.

Speech moves the mouth (`_mouth`), the emotion the face (`_expression`), and life the eyes and head (`_life`); then the lips
close where they must (`_closure`).
"""

from pathlib import Path

import numpy as np

from talkgen.motion._closure import close, find_closures
from talkgen.motion._curves import Curve, saturate
from talkgen.motion._expression import blend, come_and_go, come_and_go_beyond, express
from talkgen.motion._life import blink, look_around, move_head, raise_brows, turn_eyes
from talkgen.motion._mouth import articulate
from talkgen.motion._prosody import read_prosody
from talkgen.motion.base import MotionGenerator, Style
from talkgen.space import FIELDS, INDEX
from talkgen.types import AudioFeatures, EmotionTrack, MotionClip, TalkgenError

_LIDS = {name: [INDEX[f"{name}Left"], INDEX[f"{name}Right"]] for name in ("eyeBlink", "eyeWide", "eyeSquint", "cheekSquint")}


def load(source: Path | None = None) -> MotionGenerator:
    """The performer, ready to act. Raises `TalkgenError` when weights are named, of which it has none."""
    if source:
        raise TalkgenError(f"The motion procedural takes nothing after a colon, not {str(source)!r}.")
    return perform


def perform(features: AudioFeatures, track: EmotionTrack, seed: int, style: Style) -> MotionClip:
    """A take of `len(track.weights)` frames at `track.fps`; silence after the end of `features`. Seeded and local: the same
    beginning gives the same beginning. Raises `TalkgenError` when guidance is asked for."""
    if style.guidance is not None:
        raise TalkgenError("The performer follows rules and has no guidance; leave it out, or act with --motion diffusion.")
    n_frames, fps = len(track.weights), track.fps
    face, gazing, eyes, heading, blinking, brows = np.random.default_rng(seed).spawn(6)
    gains = dict(zip(FIELDS, style.field_gains(), strict=True))
    feeling_gains = np.array([1.0 if field in ("head", "gaze") else gain for field, gain in gains.items()])
    weights = come_and_go(track, feeling_gains)
    prosody = read_prosody(features, n_frames, fps)

    gaze = look_around(n_frames, prosody, fps, gazing)
    rotation, translation, plain = move_head(weights, gaze, prosody, fps, heading)
    looks = gains["gaze"] * turn_eyes(weights, gaze, gains["head"] * plain, eyes)
    speech = articulate(features, prosody, n_frames, fps, style.articulation)
    feeling = express(weights, come_and_go_beyond(track, feeling_gains), prosody, fps, face)
    shapes = blend(speech, feeling, weights) + looks + raise_brows(prosody, n_frames, fps, brows)
    lids = blink(weights, gaze, prosody, fps, style.intensity.get("blink", 1.0), blinking)
    shapes = close(_with_lids(saturate(shapes), lids), speech, find_closures(features, prosody, n_frames, fps))
    return MotionClip(
        np.clip(shapes, 0, 1).astype(np.float32),
        (gains["head"] * rotation).astype(np.float32),
        (gains["head"] * translation).astype(np.float32),
        fps,
    )


def _with_lids(shapes: Curve, lids: Curve) -> Curve:
    """The face with its lids closed as far as `lids (n,)` says, from wherever the emotion holds them; cheeks follow a little."""
    result, closed = shapes.copy(), lids[:, None]
    result[:, _LIDS["eyeBlink"]] += closed * (1 - result[:, _LIDS["eyeBlink"]])
    result[:, _LIDS["eyeWide"]] *= 1 - closed
    result[:, _LIDS["eyeSquint"]] += 0.1 * closed * (1 - result[:, _LIDS["eyeSquint"]])
    result[:, _LIDS["cheekSquint"]] += 0.03 * closed * (1 - result[:, _LIDS["cheekSquint"]])
    return result
