"""The content of a take file, whatever its format: a header of plain values and named float32 arrays, and back, checked."""

from typing import Any

import numpy as np

from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS
from talkgen.types import Array, EmotionTrack, MotionClip, Performance, TalkgenError

FORMAT, VERSION = "talkgen-take", 1
_MOTION = ("blendshapes", "head_rotation", "head_translation")
SPACE = {"blendshape_names": BLENDSHAPES, "emotion_names": EMOTIONS, "field_names": FIELDS}
"""The names that give columns their meaning; stored in every take."""


def pack(performance: Performance, notice: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays of a performance; `notice` says who made it. `unpack` gives it back, less its sound."""
    motion, track = performance.motion, performance.emotion
    names = {key: list(value) for key, value in SPACE.items()}
    header = {"format": FORMAT, "version": VERSION, "notice": notice, "info": performance.info, "fps": motion.fps, **names}
    arrays = {key: getattr(motion, key) for key in _MOTION}
    if track is not None:
        arrays["emotion_weights"] = track.weights
    return header, arrays


def unpack(header: Any, arrays: dict[str, Any], name: str) -> Performance:
    """The performance that `pack` took apart; `name` is the file's, for messages.

    Raises `TalkgenError` when the content is no take, of another version or space, or holds impossible values.
    """
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise TalkgenError(f"{name} is not a take; give a .json or .npz file that talkgen animate wrote.")
    if header.get("version") != VERSION:
        raise TalkgenError(f"{name} is a take of version {header.get('version')}; this talkgen reads version {VERSION}.")
    for key, names in SPACE.items():
        if header.get(key) != list(names):
            raise TalkgenError(f"{name} has other {key} than this talkgen's {len(names)} ({names[0]} first); make the take again.")
    try:
        fps = float(header["fps"])
        blendshapes, rotation, translation = (np.asarray(arrays[key], np.float32) for key in _MOTION)
        motion = MotionClip(blendshapes, rotation, translation, fps)
        track = EmotionTrack(np.asarray(arrays["emotion_weights"], np.float32), fps) if "emotion_weights" in arrays else None
        performance = Performance(motion, track, info=dict(header["info"]))
    except (KeyError, TypeError, ValueError) as error:
        raise TalkgenError(f"{name} is a damaged take ({error}); make it again with talkgen animate.") from error
    _check_values(performance, name)
    return performance


def _check_values(performance: Performance, name: str) -> None:
    motion, track = performance.motion, performance.emotion
    arrays = [motion.blendshapes, motion.head_rotation, motion.head_translation, *([track.weights] if track else [])]
    if not len(motion) or len({len(array) for array in arrays}) > 1:
        raise TalkgenError(f"{name} has {len(motion)} frames of motion; a take has at least one, and as many of everything.")
    if not all(np.isfinite(array).all() for array in arrays):
        raise TalkgenError(f"{name} holds values that are not finite numbers.")
    if motion.blendshapes.min() < 0 or motion.blendshapes.max() > 1:
        low, high = motion.blendshapes.min(), motion.blendshapes.max()
        raise TalkgenError(f"{name} holds blendshapes from {low:.3g} to {high:.3g}; they go from 0 to 1.")
    if not 1 <= motion.fps <= 240:
        raise TalkgenError(f"{name} plays at {motion.fps:g} frames per second; 1 to 240 are possible.")
