"""Talking video, and speech without pictures, to training clips.

Of each clip: its sound at 16 kHz; phones where the words are known and all found; and where there is a picture, the face in it,
tracked and fitted, on the motion clock. A clip that cannot be used is named with the reason, and the others go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from talkgen.corpus.align import phones_of
from talkgen.corpus.layouts.base import Item
from talkgen.corpus.shards import ClipInfo, ShardWriter, TrainingClip
from talkgen.corpus.track import track
from talkgen.lib.media import open_audio, read_samples
from talkgen.lib.video import open_video
from talkgen.types import AudioClip, TalkgenError

SHORTEST = 0.4
"""Seconds: less teaches nothing."""


@dataclass(frozen=True)
class Terms:
    """Where clips come from, the licence they may be used under, and which are kept out of training.

    Every `validation`-th and every `test`-th speaker is kept (every so many-th clip, where there is but one speaker); 0: none.
    """

    source: str
    licence: str
    validation: int = 0
    test: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of an item: `clip`, or the `reason` why there is none; `note` tells what is missing in the clip."""

    item: Item
    clip: TrainingClip | None = None
    reason: str = ""
    note: str = ""


def prepare(items: Sequence[Item], terms: Terms, folder: Path) -> Iterator[Outcome]:
    """Add items to the corpus in `folder`, one by one; those that are there already are not made again, nor told of.

    What has been made is written also when the iterator is closed early or an error stops it. Raises `TalkgenError` for two
    items of one name, before any work.
    """
    splits = split(items, terms)
    with ShardWriter(folder) as writer:
        for item in items:
            if item.name in writer.names:
                continue
            outcome = make(item, terms, splits[item.name])
            if outcome.clip:
                writer.add(outcome.clip)
            yield outcome


def split(items: Sequence[Item], terms: Terms) -> dict[str, str]:
    """The split of each item, by name: whole speakers, where there are several. Raises `TalkgenError` for a name that is twice."""
    names = sorted(item.name for item in items)
    twice = next((a for a, b in zip(names, names[1:], strict=False) if a == b), None)
    if twice:
        raise TalkgenError(f"Two clips would be called {twice}; prepare their folders one by one, into corpora of their own.")
    speakers = sorted({item.speaker for item in items})
    order, of = (names, {item.name: item.name for item in items}) if len(speakers) < 2 else (speakers, _speaker_of(items))
    place = {key: _split_of(k, terms) for k, key in enumerate(order)}
    return {name: place[of[name]] for name in names}


def _speaker_of(items: Sequence[Item]) -> dict[str, str]:
    return {item.name: item.speaker for item in items}


def _split_of(k: int, terms: Terms) -> str:
    if terms.test and k % terms.test == 0:
        return "test"
    return "validation" if terms.validation and k % terms.validation == terms.validation // 2 else "train"


def make(item: Item, terms: Terms, split: str) -> Outcome:
    """One item to its clip."""
    try:
        audio = open_audio(item.sound or item.path)
        if audio.duration < SHORTEST:
            return Outcome(item, reason=f"{item.path} lasts only {audio.duration:.2f} s.")
        info = ClipInfo(
            item.name, item.speaker, split, terms.source, terms.licence, round(audio.duration, 3), item.language,
            item.transcript, item.emotion,
        )  # fmt: skip
        clip = TrainingClip(info, _sixteen_bits(audio))
        video = open_video(item.path)
        if video:
            seen = track(video, audio.duration)
            clip = replace(clip, motion=seen.motion, confidence=seen.confidence, lips=seen.lips)
        known = item.transcript and item.language == "en"
        clip = replace(clip, phones=phones_of(audio, item.transcript)) if known else clip
    except TalkgenError as error:
        return Outcome(item, reason=str(error))
    note = f"{item.name}: the words do not all fit the sound, so it has no phones." if known and clip.phones is None else ""
    return Outcome(item, clip, note)


def _sixteen_bits(audio: AudioClip) -> NDArray[np.int16]:
    samples = read_samples(audio, 0, audio.n_samples) * 32768
    return np.clip(np.round(samples), -32768, 32767).astype(np.int16)
