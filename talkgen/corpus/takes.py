"""Takes: what the hearing network hears of the clips of a corpus, and how the performer acts them, as the motion stage learns it.

The performer acts what is known of a clip (its phones, the lips of its speaker where they were seen), with any emotion; the motion
stage is to do the same from what is heard. All takes of a corpus lie in one safetensors file, one behind the other.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from safetensors.numpy import load_file, save_file

from talkgen.audio.base import AudioEncoder
from talkgen.audio.phones import visemes
from talkgen.checkpoints import read_config
from talkgen.corpus.shards import TrainingClip, read_clips, read_index
from talkgen.emotion._lexicon import lexicon
from talkgen.emotion.base import emotion_track
from talkgen.lib.files import replacing
from talkgen.lib.media import audio_from_samples
from talkgen.lib.timeline import frame_count, sample_rows
from talkgen.members import member
from talkgen.motion import procedural
from talkgen.motion._curve_space import heard, to_numbers
from talkgen.motion.base import Style
from talkgen.space import EMOTIONS
from talkgen.types import MOTION_FPS, SAMPLE_RATE, AudioFeatures, EmotionKey, EmotionSpec, EmotionTerm

_log = logging.getLogger(__name__)
STRONGEST = 1.5
_SURE = 0.5  # confidence from which lips that were seen are acted
_SOFT = 0.3  # seconds in which a feeling gives way to the next
_SHARES = {"neutral": 0.1, "label": 0.6, "text": 0.22, "vad": 0.08}


def act_corpus(folder: Path, out: Path, encoder: AudioEncoder, seed: int) -> None:
    """Write a take of every clip of a corpus to `out` (.safetensors), each with another emotion, manner and moment of life."""
    infos = read_index(folder)
    rows: list[dict[str, np.ndarray]] = []
    for number, clip in enumerate(read_clips(folder, infos)):
        rows.append(act(clip, encoder, np.random.default_rng((seed, number))))
        if number % 200 == 199:
            _log.info("%s: %d of %d clips", folder.name, number + 1, len(infos))
    arrays: dict[str, np.ndarray] = {name: np.concatenate([row[name] for row in rows]) for name in rows[0] if name != "style"}
    arrays |= {"style": np.stack([row["style"] for row in rows]), "ends": np.cumsum([len(row["motion"]) for row in rows])}
    splits = json.dumps([info.split for info in infos])
    sources = json.dumps(sorted({f"{info.source} ({info.licence})" for info in infos}), ensure_ascii=False)
    with replacing(out) as path:
        save_file(arrays, path, {"splits": splits, "sources": sources, "space": read_config("emotion")["sha256"]})


def act(clip: TrainingClip, encoder: AudioEncoder, rng: Generator) -> dict[str, np.ndarray]:
    """`heard (T, HEARD)`, `motion (T, 58)` (see `motion._curve_space`) and `emotion (T, D)`, half precision, and `style (2,)`:
    articulation and how often the eyes blink."""
    audio = audio_from_samples((clip.samples / 32768).astype(np.float32), SAMPLE_RATE)
    n_frames, features = frame_count(audio.duration, MOTION_FPS), encoder(audio)
    articulation = float(rng.uniform(0.5, 1.5)) if rng.random() < 0.4 else 1.0
    blinks = float(rng.uniform(0, 2)) if rng.random() < 0.3 else 1.0
    sources = {name: member("emotion", name).read for name in ("label", "text", "vad")}
    track = emotion_track(draw_emotion(audio.duration, rng), n_frames, MOTION_FPS, sources)
    assert track.embedding is not None
    motion = procedural.perform(_known(features, clip), track, int(rng.integers(2**31)), Style({"blink": blinks}, articulation))
    values = {"heard": heard(features, n_frames, MOTION_FPS), "motion": to_numbers(motion), "emotion": track.embedding[:, 0]}
    values["style"] = np.array([articulation, blinks], np.float32)
    return {name: rows.astype(np.float16) for name, rows in values.items()}


def draw_emotion(duration: float, rng: Generator) -> EmotionSpec:
    """A feeling of the whole face, or two or three that follow each other: neutral, an emotion or two, words, or affect."""
    times = np.sort(rng.uniform(0, duration, rng.choice([0, 1, 2], p=[0.65, 0.25, 0.1])))
    keys = [EmotionKey(0.0, _draw_terms(rng))]
    for time in times:
        if time > keys[-1].time + _SOFT:
            keys += [replace(keys[-1], time=time - _SOFT), EmotionKey(float(time), _draw_terms(rng))]
    return EmotionSpec(tuple(key for key, after in zip(keys, [*keys[1:], None], strict=True) if not after or after.time > key.time))


def _draw_terms(rng: Generator) -> tuple[EmotionTerm, ...]:
    kind = rng.choice(list(_SHARES), p=list(_SHARES.values()))
    if kind == "label":
        named = rng.choice(EMOTIONS, size=rng.choice([1, 2], p=[0.7, 0.3]), replace=False)
        return tuple(EmotionTerm("label", str(name), float(rng.uniform(0.1, STRONGEST / len(named) ** 0.5))) for name in named)
    if kind == "text":
        return (EmotionTerm("text", str(rng.choice(list(lexicon().recipes))), float(rng.uniform(0.3, 1.4))),)
    if kind == "vad":
        return (EmotionTerm("vad", ",".join(f"{value:.2f}" for value in rng.uniform(-0.9, 0.9, 3))),)
    return ()


def _known(features: AudioFeatures, clip: TrainingClip) -> AudioFeatures:
    """The features with what is known of the clip in the place of what was heard."""
    n, fps = len(features.visemes), features.fps
    if clip.phones is not None:
        features = replace(features, visemes=visemes.paint(clip.phones, 2 * n)[::2].astype(np.float32))
    if clip.lips is not None and clip.confidence is not None and features.lips is not None:
        sure = (clip.confidence > _SURE) & np.isfinite(clip.lips).all(1)
        if sure.sum() > MOTION_FPS:
            least, most = np.percentile(clip.lips[sure], (5, 95), axis=0)
            seen = np.nan_to_num((clip.lips - least) / np.maximum(most - least, 1e-3))
            times = np.arange(n) / fps
            known = sample_rows(sure.astype(np.float32), MOTION_FPS, times) > 0.99
            lips = np.where(known[:, None], sample_rows(seen.astype(np.float32), MOTION_FPS, times), features.lips)
            features = replace(features, lips=np.clip(lips, 0, 1.5).astype(np.float32))
    return features


def read_about(path: Path) -> tuple[list[str], str]:
    """Where the speech of the takes in a file came from, and the SHA-256 of the emotion space they feel in."""
    about = _metadata(path)
    sources: list[str] = json.loads(about["sources"])
    return sources, about["space"]


def read_takes(path: Path, split: str) -> Iterator[dict[str, Any]]:
    """The takes of one split, arrays as `act` made them."""
    splits = json.loads(_metadata(path)["splits"])
    arrays = load_file(path)
    ends = arrays.pop("ends")
    for number, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if splits[number] == split:
            yield {name: rows[number] if name == "style" else rows[start:end] for name, rows in arrays.items()}


def _metadata(path: Path) -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        about: dict[str, str] = file.metadata()
    return about
