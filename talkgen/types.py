"""The values that flow between stages. Data flows one way: each is made by one stage and read by those after it.

Conventions, fixed here for the whole program:

- Images `(H, W, 3)` uint8 RGB; audio `(N,)` float32 -1..1 mono, 16 kHz inside; times in seconds (float); `fps` is a float.
- Angles in radians; lengths in metres, except where pixels are said. Head frame: +x the subject's left, +y up, +z out of the face.
- `head_rotation` is a rotation vector (axis-angle) about a pivot at the top of the neck: +x nods down, +y turns the face to
  the subject's left, +z tilts the head towards the subject's right shoulder (right-handed about the axes above).
- Frame k stands for time k / fps; a clip has ceil(duration * fps) frames.
- Curves are absolute: 0 is the neutral face. Renderers take out a portrait's own resting expression, exporters never do.
- Arrays are NumPy on the CPU between stages; torch stays inside a stage. Frames travel as an iterator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS

Array = NDArray[np.float32]
Frame = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""

SAMPLE_RATE = 16000
"""Hz, of every `AudioClip`."""
MOTION_FPS = 25.0
"""Frames per second of the motion clock; renderers and exporters resample."""
VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou")
"""The fifteen OVR visemes (Meta), the columns of `AudioFeatures.visemes`."""


class TalkgenError(Exception):
    """Bad input or a missing part. The message is one sentence or two: what was received, what is accepted, what to do."""


def check_shape(name: str, array: np.ndarray, shape: tuple[int | None, ...]) -> None:
    """Raise `ValueError` naming both shapes unless `array` has `shape` (None matches any length)."""
    if array.ndim != len(shape) or any(want not in (None, have) for want, have in zip(shape, array.shape, strict=True)):
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")


@dataclass(frozen=True)
class AudioClip:
    """Speech on disk, read in pieces so that an hour costs no more memory than a second.

    `path` is a 16 kHz mono 16-bit PCM WAV (made by `lib.media.open_audio` from whatever the user gave); `source` is the
    user's own file, whose sound goes into videos untouched.
    """

    path: Path
    n_samples: int
    source: Path
    _owner: Any = field(default=None, repr=False, compare=False)  # keeps a temporary folder alive as long as the clip

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.n_samples / SAMPLE_RATE


@dataclass(frozen=True)
class Phone:
    """One ARPAbet phone (no stress digit; "SIL" for silence) between `start` and `end`, seconds."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class AudioFeatures:
    """What was heard, one row per step of the feature clock (`fps`: 50 Hz of `mel`, 100 of `phones`).

    `visemes (T, 15)` posteriors, rows sum to 1, columns follow `VISEMES`; `loudness (T,)` 0 (silence) to 1 (the loud parts
    of this clip); `voicing (T,)` 0..1; `pitch (T,)` semitones from the speaker's median, 0 where unvoiced.
    `lips (T, 2)`, where they can be heard: opening and width of the mouth, 0 (as narrow as this voice's mouth gets) to 1 (as wide);
    `affect (T, 3)`: vocal effort (about 0 to 1), range and height of the pitch (octaves, the height from 128 Hz) over the second or
    two around. `phones` in time order, where they are known; `notes` are sentences about what could not be heard or aligned.
    """

    visemes: Array
    loudness: Array
    voicing: Array
    pitch: Array
    fps: float
    lips: Array | None = None
    affect: Array | None = None
    phones: tuple[Phone, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.visemes)
        check_shape("visemes", self.visemes, (n, len(VISEMES)))
        for name in ("loudness", "voicing", "pitch"):
            check_shape(name, getattr(self, name), (n,))


@dataclass(frozen=True)
class EmotionTerm:
    """One emotion in one place.

    `source` (label, vad, ...) reads `argument`; `strength` 0..1.5; `region` as in `space.expand_region`.
    """

    source: str
    argument: str
    strength: float = 1.0
    region: str = "all"


@dataclass(frozen=True)
class EmotionKey:
    """The mixture (sum) of `terms` at `time` seconds; no terms is neutral."""

    time: float
    terms: tuple[EmotionTerm, ...]


@dataclass(frozen=True)
class EmotionSpec:
    """What the user asked for, keys in time order; between keys the weights move smoothly. Made by `lib.grammar.parse_emotion`."""

    keys: tuple[EmotionKey, ...]
    text: str = "neutral"


@dataclass(frozen=True)
class EmotionTrack:
    """What is felt, per motion frame. All zeros is neutral.

    `weights (T, R, E)`, 0..1.5: strength of each of `EMOTIONS` in each of `FIELDS`; `beyond (T, 52)`: what is asked of the
    blendshapes besides, which no named emotion does; `embedding (T, R, D)`: the same feeling as points of the emotion space
    (`emotion._embedder`). The last two are not kept in a take's file.
    """

    weights: Array
    fps: float
    beyond: Array | None = None
    embedding: Array | None = None

    def __post_init__(self) -> None:
        n = len(self.weights)
        check_shape("weights", self.weights, (n, len(FIELDS), len(EMOTIONS)))
        if self.beyond is not None:
            check_shape("beyond", self.beyond, (n, len(BLENDSHAPES)))
        if self.embedding is not None:
            check_shape("embedding", self.embedding, (n, len(FIELDS), None))


@dataclass(frozen=True)
class MotionClip:
    """Named facial animation: `blendshapes (T, 52)` 0..1 in the order of `BLENDSHAPES`, `head_rotation (T, 3)` rad,
    `head_translation (T, 3)` m."""

    blendshapes: Array
    head_rotation: Array
    head_translation: Array
    fps: float = MOTION_FPS

    def __post_init__(self) -> None:
        n = len(self.blendshapes)
        check_shape("blendshapes", self.blendshapes, (n, len(BLENDSHAPES)))
        check_shape("head_rotation", self.head_rotation, (n, 3))
        check_shape("head_translation", self.head_translation, (n, 3))

    def __len__(self) -> int:
        return len(self.blendshapes)


@dataclass(frozen=True)
class Performance:
    """Everything before pixels. `audio` is None for a take loaded from a file without its sound; `info` holds seed, options
    and version."""

    motion: MotionClip
    emotion: EmotionTrack | None = None
    audio: AudioClip | None = None
    info: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Portrait:
    """A face that can be animated, as found in a picture.

    `image (H, W, 3)` uint8 RGB, upright; `landmarks (478, 3)` pixels of `image`: the 468 points of the MediaPipe face mesh
    with relative depth (same scale as x, smaller is nearer) and five points for each iris (468-472 the image-left eye,
    i.e. the subject's right, 473-477 the subject's left; the first of each five is the centre);
    `matte (H, W)` uint8, 255 where the person is; `name` for messages.
    """

    image: Frame
    landmarks: Array
    matte: NDArray[np.uint8]
    name: str = "portrait"

    def __post_init__(self) -> None:
        check_shape("image", self.image, (None, None, 3))
        check_shape("landmarks", self.landmarks, (478, 3))
        check_shape("matte", self.matte, self.image.shape[:2])

    @property
    def iris_distance(self) -> float:
        """Pixels between the iris centres."""
        return float(np.linalg.norm(self.landmarks[468, :2] - self.landmarks[473, :2]))


@dataclass(frozen=True)
class FaceFit:
    """The rig's reading of a portrait: who, where, and wearing which expression.

    `rest (52,)` is the resting expression in the motion space, 0..1, but a smile may be broader than the rig's (up to
    `fit.BROADEST`); `rotation (3,)` the photographed head pose (rotation vector from facing the camera); `scale` pixels per metre;
    `translation (2,)` pixels, where the head pivot projects; `neutral (V, 3)` the person's own neutral head in metres, head frame;
    `rms` the landmark error in iris distances.
    """

    rest: Array
    rotation: Array
    scale: float
    translation: Array
    neutral: Array
    rms: float
