"""Observations of what the emotion space is not about: how people look at rest, how a mouth looks that speaks, how voices sound."""

import logging
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from talkgen.audio.base import AudioEncoder
from talkgen.corpus.shards import read_clips, read_index
from talkgen.emotion._voice import voice_numbers
from talkgen.emotion.base import emotion_track
from talkgen.face.fit import fit_face
from talkgen.face.rig import FaceRig
from talkgen.lib.files import replacing
from talkgen.lib.grammar import parse_emotion
from talkgen.lib.media import audio_from_samples
from talkgen.lib.timeline import frame_count
from talkgen.motion import procedural
from talkgen.motion.base import Style
from talkgen.portrait.base import open_portrait
from talkgen.types import MOTION_FPS, SAMPLE_RATE, Array, TalkgenError

_log = logging.getLogger(__name__)
_FRAMES, _CLIPS = 12, 300  # frames kept of a clip, clips of a corpus


def observe_faces(folder: Path, rig: FaceRig) -> Array:
    """`(N, 52)` the expressions that the faces in a folder of portraits wear; those that cannot be read are left out."""
    rows = []
    for path in sorted(folder.glob("*.jp*g")) + sorted(folder.glob("*.png")):
        try:
            rows.append(np.minimum(fit_face(rig, open_portrait(path)).rest, 1))
        except TalkgenError as error:
            _log.info("%s: %s", path.name, error)
    if not rows:
        raise TalkgenError(f"There is no portrait in {folder} that could be read; name a folder of .jpg or .png portraits.")
    return np.stack(rows)


def observe_speech(folder: Path, encoder: AudioEncoder, seed: int) -> tuple[Array, Array]:
    """Of up to 300 clips of a corpus, frames of a face that only speaks `(M, 52)` and the numbers of each voice `(N, 6)`."""
    rng, infos = np.random.default_rng(seed), read_index(folder)
    chosen = [infos[k] for k in np.sort(rng.permutation(len(infos))[:_CLIPS]) if infos[k].split == "train"]
    frames, voices = [], []
    for clip in read_clips(folder, chosen):
        audio = audio_from_samples((clip.samples / 32768).astype(np.float32), SAMPLE_RATE)
        features, n_frames = encoder(audio), frame_count(audio.duration, MOTION_FPS)
        try:
            voices.append(voice_numbers(features))
        except TalkgenError:
            continue
        track = emotion_track(parse_emotion("neutral", ()), n_frames, MOTION_FPS, {})
        shapes = procedural.perform(features, track, int(rng.integers(2**31)), Style()).blendshapes
        frames.append(shapes[rng.integers(0, n_frames, _FRAMES)])
    return np.concatenate(frames), np.stack(voices)


def write_observations(resting: Array, speaking: Array, voices: Array, out: Path) -> None:
    """Keep all three in a safetensors file."""
    with replacing(out) as path:
        save_file({"resting": resting, "speaking": speaking, "voices": voices}, path)
