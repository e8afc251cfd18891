"""The motion diffusion transformer: it acts what it hears with the emotion it is given, never the same twice.

Every distinct feeling in the face is acted by the whole face, with the same noise; a region then takes its curves from the face
that feels as it does. So an emotion that is dialled in one region cannot be seen in another. After sampling lips close where they
must, as in the performer.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from talkgen.checkpoints import find, read_config
from talkgen.lib.weights import read_network
from talkgen.motion._closure import close, find_closures
from talkgen.motion._curve_space import CHANNELS, heard, rested, steadied, to_motion
from talkgen.motion._curves import Curve
from talkgen.motion._prosody import read_prosody
from talkgen.motion._sampler import Direction, sample
from talkgen.motion._transformer import MotionConfig, MotionTransformer
from talkgen.motion.base import Guidance, MotionGenerator, Style
from talkgen.space import BLENDSHAPES, FIELDS, INDEX, fields_of_shape
from talkgen.types import Array, AudioFeatures, EmotionTrack, MotionClip, TalkgenError

STEPS = 4
_LIDS = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
_DROOP = 0.01  # of the way, in a frame: how fast lids close that must not blink
_ALWAYS = ("head", "gaze")  # fields whose gain is of the movement, not of the feeling


def load(source: Path | None = None) -> MotionGenerator:
    """The motion stage with the weights that ship, or those in `source`.

    Raises `TalkgenError` as `read_network`, and for weights that know another emotion space than the one that ships.
    """
    folder = source or find("motion")

    def build(description: dict[str, Any]) -> MotionTransformer:
        if description["space"] != read_config("emotion")["sha256"]:
            raise TalkgenError(
                f"The motion weights in {folder} were taught in another emotion space than this talkgen has. Take weights that "
                "were trained with it."
            )
        return MotionTransformer(MotionConfig(**description["network"]))

    return Actor(read_network(folder, build))


@dataclass(frozen=True)
class Actor:
    """Acts with one network."""

    model: MotionTransformer
    steps: int = STEPS

    def __call__(self, features: AudioFeatures, track: EmotionTrack, seed: int, style: Style) -> MotionClip:
        """See `MotionGenerator`."""
        if features.lips is None or features.affect is None:
            raise TalkgenError(
                "The diffusion acts on lips and affect, which this hearing does not give; hear with --hearing mel, or act with "
                "--motion procedural."
            )
        n_frames, fps = len(track.weights), track.fps
        if not n_frames:
            return to_motion(np.zeros((0, CHANNELS), np.float32), fps)
        gains = dict(zip(FIELDS, map(float, style.field_gains()), strict=True))
        places, scales, face_of = _faces(track, gains)
        manner = np.array([style.articulation, style.intensity.get("blink", 1.0)], np.float32)
        direction = Direction(heard(features, n_frames, fps), places, scales, manner)
        windows = sample(self.model, direction, seed, style.guidance or Guidance(), self.steps)
        clips = [to_motion(rested(steadied(rows), direction.heard), fps) for rows in np.concatenate(list(windows), axis=1)]
        faces = {field: clips[number] for field, number in face_of.items()}
        shapes = np.stack([_curve(faces, name, gains["gaze"]) for name in BLENDSHAPES], axis=1).astype(np.float64)
        if style.intensity.get("blink") == 0:
            shapes[:, _LIDS] = _awake(shapes[:, _LIDS])
        closures = find_closures(features, read_prosody(features, n_frames, fps), n_frames, fps)
        head = faces["head"]
        return MotionClip(
            np.clip(close(shapes, shapes, closures), 0, 1).astype(np.float32),
            np.float32(gains["head"]) * head.head_rotation,
            np.float32(gains["head"]) * head.head_translation,
            fps,
        )


def _awake(lids: Curve) -> Curve:
    """Lids `(T, 2)` that open as fast as they did, and close too slowly for a blink."""
    ramp = _DROOP * np.arange(len(lids), dtype=np.float64)[:, None]
    result: Curve = ramp + np.minimum.accumulate(lids - ramp, axis=0)
    return result


def _faces(track: EmotionTrack, gains: dict[str, float]) -> tuple[list[Array], list[float], dict[str, int]]:
    """The distinct feelings in a face, how far each is taken, and which of them each field has."""
    if track.embedding is None:
        raise ValueError("this track has no embedding to act")
    places: list[Array] = []
    scales: list[float] = []
    face_of = {}
    for row, field in enumerate(FIELDS):
        place, scale = track.embedding[:, row], 1.0 if field in _ALWAYS else gains[field]
        same = (k for k, known in enumerate(places) if scales[k] == scale and np.array_equal(known, place))
        face_of[field] = number = next(same, len(places))
        if number == len(places):
            places.append(place)
            scales.append(scale)
    return places, scales, face_of


def _curve(faces: dict[str, MotionClip], name: str, gaze: float) -> Array:
    """A shape's curve `(T,)`, from the faces of the fields it belongs to."""
    index = BLENDSHAPES.index(name)
    curve: Array = np.mean([faces[field].blendshapes[:, index] for field in fields_of_shape(name)], axis=0)
    return curve * gaze if name.startswith("eyeLook") else curve
