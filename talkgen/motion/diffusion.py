"""The motion diffusion transformer: it acts what it hears with the emotion it is given, never the same twice.

Every distinct feeling in the face is acted by the whole face, with the same noise; a region then takes its curves from the face
that feels as it does. So an emotion that is dialled in one region cannot be seen in another. After sampling lips close where they
must, as in the performer.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from talkgen.checkpoints import find, read_config
from talkgen.lib.weights import read_network
from talkgen.motion._closure import find_closures
from talkgen.motion._curve_space import CHANNELS, composed, heard, rested, silence, steadied, to_motion
from talkgen.motion._dials import closed, dialled, faces, manner
from talkgen.motion._live import LiveActor
from talkgen.motion._prosody import read_prosody
from talkgen.motion._sampler import Direction, sample
from talkgen.motion._transformer import MotionConfig, MotionTransformer
from talkgen.motion.base import Guidance, MotionGenerator, Style
from talkgen.types import AudioFeatures, EmotionTrack, MotionClip, TalkgenError

STEPS = 4
STEPS_LIVE = 3
"""One fewer while the speech comes in, where time counts: the jaw moves as with four, r 0.9997 and more."""


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
        if track.embedding is None:
            raise ValueError("this track has no embedding to act")
        places, gains, face_of = faces(track.embedding, style)
        direction = Direction(heard(features, n_frames, fps), places, gains, manner(style))
        windows = sample(self.model, direction, seed, style.guidance or Guidance(), self.steps)
        rows = composed(np.concatenate(list(windows), axis=1), face_of)
        motion = dialled(to_motion(rested(steadied(rows), silence(direction.heard)), fps), style)
        closures = find_closures(features, read_prosody(features, n_frames, fps), n_frames, fps)
        return replace(motion, blendshapes=closed(motion.blendshapes, closures))

    def live(self, seed: int, style: Style) -> LiveActor:
        """The same network, acting while the speech comes in."""
        return LiveActor(self.model, seed, style, min(self.steps, STEPS_LIVE))
