"""Talking video, and speech without pictures, to training clips.

Of each clip: its sound at 16 kHz; phones where the words are known and all found; and where there is a picture, the face in it,
tracked and fitted, on the motion clock. A clip that cannot be used is named with the reason, and the others go on.
"""

import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from talkgen.corpus.align import phones_of
from talkgen.corpus.layouts.base import PICTURES, Item
from talkgen.corpus.shards import ClipInfo, ShardWriter, TrainingClip, read_index
from talkgen.corpus.track import person_in, track
from talkgen.lib.media import open_audio, read_samples
from talkgen.lib.video import open_video
from talkgen.space import NEUTRAL
from talkgen.types import AudioClip, TalkgenError

SHORTEST = 0.4
"""Seconds: less teaches nothing."""


@dataclass(frozen=True)
class Job:
    """An item, the split it belongs to, and a video that shows its speaker neutral, where there is one."""

    item: Item
    split: str = "train"
    neutral: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of an item: a `clip`, with a `remark` where it lacks something; or no clip, and the remark says why."""

    item: Item
    clip: TrainingClip | None
    remark: str = ""


def missing(items: Sequence[Item], folder: Path) -> list[Item]:
    """Those that the corpus in `folder` does not hold yet. Raises `TalkgenError` when two are of one name."""
    for one, other in pairwise(sorted(items, key=lambda item: item.name)):
        if one.name == other.name:
            raise TalkgenError(f"{one.path} and {other.path} would both be called {one.name}; prepare one of them apart.")
    there = {info.name for info in read_index(folder)}
    return [item for item in items if item.name not in there]


def prepare(items: Sequence[Item], splits: Mapping[str, str], folder: Path, workers: int = 1) -> Generator[Outcome, None, None]:
    """Add those `items` that are missing to the corpus in `folder`, in their order, each to the split that `splits` has for its
    name (see `split`). What was made is written also when the iterator is closed early or an error or Ctrl-C ends it."""
    neutral = neutral_clips(items)
    jobs = [Job(item, splits[item.name], neutral.get(item.speaker)) for item in missing(items, folder)]
    with ShardWriter(folder) as writer:
        for outcome in _made(jobs, workers):
            if outcome.clip:
                writer.add(outcome.clip)
            yield outcome


def neutral_clips(items: Sequence[Item]) -> dict[str, Path]:
    """Of each speaker a video that is labelled neutral, where there is one: the face in the others is read against it."""
    return {i.speaker: i.path for i in reversed(items) if i.emotion == NEUTRAL and i.path.suffix.lower() in PICTURES}


def split(items: Sequence[Item], validation: int = 0, test: int = 0) -> dict[str, str]:
    """The split of each item, by name. Every `validation`-th and every `test`-th speaker (in alphabetical order) is kept out of
    training; every so many-th clip where there is but one speaker; 0 keeps none."""
    alone = len({item.speaker for item in items}) == 1
    keys = {item.name: item.name if alone else item.speaker for item in items}
    place = {}
    for k, key in enumerate(sorted(set(keys.values()))):
        kept = validation and k % validation == validation // 2
        place[key] = "test" if test and k % test == 0 else "validation" if kept else "train"
    return {name: place[key] for name, key in keys.items()}


def make(job: Job) -> Outcome:
    """One item to its clip."""
    item = job.item
    try:
        audio = open_audio(item.sound or item.path, with_picture=item.sound is None)
        if audio.duration < SHORTEST:
            return Outcome(item, None, f"{item.path} lasts only {audio.duration:.2f} s.")
        info = ClipInfo(
            item.name, item.speaker, job.split, item.source, item.licence, round(audio.duration, 3), item.language,
            item.transcript, item.emotion,
        )  # fmt: skip
        clip = TrainingClip(info, _sixteen_bits(audio))
        if video := open_video(item.path):
            seen = track(video, audio.duration, person_in(job.neutral) if job.neutral else None)
            clip = replace(clip, motion=seen.motion, confidence=seen.confidence, lips=seen.lips)
        if item.transcript is None or item.language != "en":
            return Outcome(item, clip)
        clip = replace(clip, phones=phones_of(audio, item.transcript))
        return Outcome(item, clip, "" if clip.phones else f"{item.name}: its words do not all fit the sound; it has no phones.")
    except TalkgenError as error:
        return Outcome(item, None, str(error))


def _made(jobs: Sequence[Job], workers: int) -> Iterator[Outcome]:
    """The outcomes in the order of the jobs, made in as many processes as asked for.

    They are processes of their own also when there is but one: linear algebra as small as ours is ten times slower where it is
    shared between threads, and the number of threads can only be told to a process that has not begun.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _leave_interrupts)
    try:
        yield from pool.map(make, jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that writes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _sixteen_bits(audio: AudioClip) -> NDArray[np.int16]:
    samples = read_samples(audio, 0, audio.n_samples) * 32768
    return np.clip(np.round(samples), -32768, 32767).astype(np.int16)
