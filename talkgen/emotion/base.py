"""What a feeling and an emotion source are, and how the sources of a specification become one track."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from talkgen.emotion._embedder import DIMENSIONS, Gaussian, embedder
from talkgen.lib.grammar import MAX_STRENGTH
from talkgen.lib.programs import program_table
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS, SIDED, expand_region, fields_of_shape
from talkgen.types import Array, AudioFeatures, EmotionKey, EmotionSpec, EmotionTrack, TalkgenError

TRIFLE = 0.03
"""Less than this, asked of a blendshape beyond the named emotions, is nothing."""


@dataclass(frozen=True)
class Feeling:
    """A feeling in three forms: `weights (R, E)` of the named emotions, 0..1.5; what it asks of the blendshapes `beyond (52,)`
    theirs; and where it lies in the emotion space."""

    weights: Array
    beyond: Array
    place: Gaussian


def no_line() -> AudioFeatures:
    """Raises `TalkgenError`: there is no line to listen to."""
    raise TalkgenError("There is no speech to hear an emotion in; give one, or name a recording: audio:other.wav.")


def _no_ears(path: Path) -> AudioFeatures:
    raise TalkgenError(f"Nobody here can hear {path}; name an emotion instead, such as happy.")


def _no_eyes(path: Path) -> Array:
    raise TalkgenError(f"Nobody here can see {path}; name an emotion instead, such as happy.")


@dataclass(frozen=True)
class Scene:
    """What a source may look at besides its argument.

    `line` gives what is heard of the speech that is acted, `hear` of another recording, `see` the expression `(52,)` that the face
    in a picture wears, and `resting` the one of the portrait, None where there is none; `transcript` is what is said, where known.
    """

    line: Callable[[], AudioFeatures] = no_line
    hear: Callable[[Path], AudioFeatures] = _no_ears
    see: Callable[[Path], Array] = _no_eyes
    resting: Callable[[], Array | None] = lambda: None
    transcript: str | None = None


EmotionSource = Callable[[str, Scene], Feeling]
"""Reads the argument of a term (`happy` of `label`, `0.6,-0.2` of `vad`) into a feeling. A member offers `read`."""


def spread_out(weights: Array, place: Gaussian) -> Feeling:
    """The feeling of `weights (E,)` that hold for the whole face."""
    return Feeling(np.tile(weights, (len(FIELDS), 1)), np.zeros(len(BLENDSHAPES), np.float32), place)


def feeling_at(place: Gaussian) -> Feeling:
    """The feeling in the middle of a place of the emotion space."""
    shapes, weights, _ = embedder().face(place.mean)
    named = weights @ program_table(dict.fromkeys(SIDED, "left"))
    beyond = np.where(np.abs(shapes - named) < TRIFLE, 0, shapes - named).astype(np.float32)
    return Feeling(np.tile(weights, (len(FIELDS), 1)), beyond, place)


@dataclass(frozen=True)
class _Moment:
    """The feeling of one key: `weights (R, E)`, `beyond (52,)`, `embedding (R, D)`."""

    weights: Array
    beyond: Array
    embedding: Array


def key_feeling(key: EmotionKey, sources: Mapping[str, EmotionSource], scene: Scene) -> _Moment:
    """The sum of a key's terms, each in its region."""
    weights = np.zeros((len(FIELDS), len(EMOTIONS)), np.float32)
    beyond, embedding = np.zeros(len(BLENDSHAPES), np.float32), np.zeros((len(FIELDS), DIMENSIONS), np.float32)
    for term in key.terms:
        fields = expand_region(term.region)
        rows = [FIELDS.index(name) for name in fields]
        feeling = sources[term.source](term.argument, scene)
        weights[rows] += term.strength * feeling.weights[rows]
        share = np.array([np.mean([name in fields for name in fields_of_shape(shape)]) for shape in BLENDSHAPES])
        beyond += (term.strength * share * feeling.beyond).astype(np.float32)
        embedding[rows] += term.strength * feeling.place.mean
    return _Moment(np.minimum(weights, MAX_STRENGTH), beyond, embedding)


@dataclass(frozen=True)
class Course:
    """A feeling as it goes on: at each of `times (K,)`, seconds, `weights (K, R, E)`, `beyond (K, 52)` and `embedding (K, R, D)`;
    smoothstep between them, held before the first and after the last."""

    times: Array
    weights: Array
    beyond: Array
    embedding: Array

    def at(self, now: np.ndarray) -> tuple[Array, Array, Array]:
        """Weights `(n, R, E)`, beyond `(n, 52)` and embedding `(n, R, D)` at `now (n,)` seconds."""
        tables = (self.weights, self.beyond, self.embedding)
        if len(self.times) == 1:  # views: an hour of one feeling costs no more memory than a second
            weights, beyond, embedding = (np.broadcast_to(table[0], (len(now), *table.shape[1:])) for table in tables)
            return weights, beyond, embedding
        right = np.clip(np.searchsorted(self.times, now, side="right"), 0, len(self.times) - 1)
        left = np.maximum(right - 1, 0)
        share = np.clip((now - self.times[left]) / np.maximum(self.times[right] - self.times[left], 1e-6), 0, 1)
        share = share * share * (3 - 2 * share)

        def followed(table: Array) -> Array:
            part = share.reshape(-1, *[1] * (table.ndim - 1))
            curve: Array = ((1 - part) * table[left] + part * table[right]).astype(np.float32)
            return curve

        weights, beyond, embedding = map(followed, tables)
        return weights, beyond, embedding


def course(spec: EmotionSpec, sources: Mapping[str, EmotionSource], scene: Scene | None = None) -> Course:
    """What a specification asks for, read by the `sources`, whose errors it raises."""
    moments = [key_feeling(key, sources, scene or Scene()) for key in spec.keys]
    tables = [np.stack([getattr(moment, name) for moment in moments]) for name in ("weights", "beyond", "embedding")]
    return Course(np.array([key.time for key in spec.keys]), *tables)


def emotion_track(
    spec: EmotionSpec, n_frames: int, fps: float, sources: Mapping[str, EmotionSource], scene: Scene | None = None
) -> EmotionTrack:
    """The specification on the motion clock."""
    weights, beyond, embedding = course(spec, sources, scene).at(np.arange(n_frames) / fps)
    return EmotionTrack(weights, fps, beyond, embedding)
