"""Acting live: sound goes in piece by piece, from a microphone or a synthetic voice, and frames come out 0.2 s later."""

import atexit
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from talkgen.audio.base import Ears, silence
from talkgen.emotion.base import Course
from talkgen.lib.media import read_samples
from talkgen.lib.timeline import frame_count, frames_of, join_motion
from talkgen.motion.base import LiveGenerator
from talkgen.types import MOTION_FPS, SAMPLE_RATE, Array, AudioClip, AudioFeatures, MotionClip, TalkgenError

CHANGE = 0.5
"""Seconds in which one feeling gives way to another that is asked for while the line runs."""
REST = 0.6
"""Seconds in which a face that is stopped comes to rest."""
_PIECE = 10 * SAMPLE_RATE
_HEED = SAMPLE_RATE // 10
"""Samples that a stream acts at most before it looks whether it is to stop."""


@dataclass(frozen=True)
class _Change:
    """A feeling from `time` on, told in seconds since then."""

    time: float
    course: Course


class LiveTake:
    """A take as it grows: what comes out does not depend on how the sound was cut into pieces."""

    def __init__(self, ears: Ears, actor: LiveGenerator, course: Course) -> None:
        self._ears, self._actor = ears, actor
        self._feelings = [_Change(0.0, course)]
        self._samples = self._frames = 0
        self._last: AudioFeatures | None = None

    def push(self, samples: Array) -> MotionClip:
        """Take in `samples (N,)` at 16 kHz, float32 -1..1; the frames, none or a few, that can be acted now."""
        self._samples += len(samples)
        return self._act(self._ears.push(samples))

    def whole(self, audio: AudioClip) -> MotionClip:
        """The take of a whole clip."""
        starts = range(0, audio.n_samples, _PIECE)  # an hour costs no more memory than ten seconds
        clips = [self.push(read_samples(audio, start, min(start + _PIECE, audio.n_samples))) for start in starts]
        return join_motion([*clips, self.finish()])

    def feel(self, course: Course) -> None:
        """From the next frame on, feel this; its times count from now."""
        now = self._frames / MOTION_FPS
        self._feelings = [self._feelings[-1], _Change(now, course)]

    def finish(self) -> MotionClip:
        """The frames to the end of the sound: ceil(duration * 25) in all."""
        total = frame_count(self._samples / SAMPLE_RATE, MOTION_FPS)
        return self._until(total, self._ears.finish())

    def stop(self) -> MotionClip:
        """Stop now: what was said but not acted yet is dropped, and the face comes to rest."""
        return self._until(self._frames + round(REST * MOTION_FPS), None)

    def _until(self, total: int, features: AudioFeatures | None) -> MotionClip:
        clips = [] if features is None else [self._act(features)]
        while self._frames < total:
            clips.append(self._act(silence(8, self._last.fps if self._last else 2 * MOTION_FPS)))
        whole = join_motion(clips)
        return frames_of(whole, slice(len(whole) - max(0, self._frames - total)))

    def _act(self, features: AudioFeatures) -> MotionClip:
        self._last = features if len(features.visemes) else self._last
        clip = self._actor.push(features, self._felt)
        self._frames += len(clip)
        return clip

    def _felt(self, times: np.ndarray) -> Array:
        """The last feeling, into which the one before it goes over."""
        *before, now = self._feelings
        felt = now.course.at(times - now.time)[2]
        if not before:
            return felt
        share = np.clip((times - now.time) / CHANGE, 0, 1)[:, None, None]
        share = share * share * (3 - 2 * share)
        earlier = before[0].course.at(times - before[0].time)[2]
        return ((1 - share) * earlier + share * felt).astype(np.float32)


class Stream:
    """A `LiveTake` on a thread of its own, so that nobody waits for it who does not want to.

    Iterating yields clips of a few frames as they are there, and ends with the line; `ready` gives those that are there already.
    What went wrong meanwhile is raised there.
    """

    def __init__(self, take: LiveTake, course: Callable[[str], Course], chunks: Iterable[Array] | None = None) -> None:
        self._take, self._course = take, course
        self._wishes: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._made: queue.SimpleQueue[MotionClip | Exception | None] = queue.SimpleQueue()
        self._stopped, self._over = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="talkgen stream", daemon=True)
        atexit.register(self._end)
        self._thread.start()
        if chunks is not None:
            threading.Thread(target=self._feed, args=(chunks,), name="talkgen sound", daemon=True).start()

    def push(self, samples: Array) -> None:
        """Give the next sound, `(N,)` at 16 kHz, float -1..1 or int16. Returns at once. Raises `TalkgenError` for anything else."""
        self._wishes.put(("push", _as_float(samples)))

    def feel(self, emotion: str) -> None:
        """Feel this from now on: an emotion in the grammar of `perform`; raises `TalkgenError` as that does."""
        self._wishes.put(("feel", self._course(emotion)))

    def finish(self) -> None:
        """No more sound comes: act what there is to the end."""
        self._wishes.put(("finish", None))

    def stop(self) -> None:
        """Stop speaking now and come to rest (barge-in): sound that was given but not acted yet is dropped."""
        self._stopped.set()
        self._wishes.put(("stop", None))

    def ready(self) -> MotionClip:
        """The frames that are there, perhaps none. Never waits."""
        clips = []
        while not self._over and (clip := self._next(wait=False)) is not None:
            clips.append(clip)
        return join_motion(clips)

    def __iter__(self) -> Iterator[MotionClip]:
        while not self._over and (clip := self._next(wait=True)) is not None:
            yield clip

    def _next(self, wait: bool) -> MotionClip | None:
        try:
            made = self._made.get(block=wait)
        except queue.Empty:
            return None
        if isinstance(made, MotionClip):
            return made
        self._over = True
        if made is not None:
            raise made
        return None

    def _feed(self, chunks: Iterable[Array]) -> None:
        try:
            for chunk in chunks:
                if self._stopped.is_set():
                    return
                self.push(chunk)
            self.finish()
        except Exception as error:  # noqa: BLE001  (a microphone's error is the caller's, and is raised where the caller looks)
            self._wishes.put(("fail", error))

    def _act(self, sound: Array) -> None:
        """A little at a time: a voice may give a whole sentence at once."""
        for start in range(0, len(sound), _HEED):
            if self._stopped.is_set():
                return
            self._give(self._take.push(sound[start : start + _HEED]))

    def _give(self, clip: MotionClip) -> None:
        if len(clip):
            self._made.put(clip)

    def _end(self) -> None:
        """The program ends. A thread that came back from PyTorch after Python is gone would abort it ("terminate called")."""
        self.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            while True:
                wish, what = self._wishes.get()
                if wish == "fail":
                    raise what
                if wish == "feel":
                    self._take.feel(what)
                    continue
                if wish == "push":
                    self._act(what)
                    continue
                self._give(getattr(self._take, wish)())
                break
            self._made.put(None)
        except Exception as error:  # noqa: BLE001  (raised again in `_next`, on the caller's thread)
            self._made.put(error)
        finally:
            atexit.unregister(self._end)


def _as_float(samples: Array) -> Array:
    """Samples as float32, -1..1."""
    sound = np.asarray(samples)
    if sound.ndim != 1 or sound.dtype not in (np.float32, np.float64, np.int16):
        raise TalkgenError(f"Sound of shape {sound.shape} and type {sound.dtype} came; give (N,) at 16 kHz, float -1..1 or int16.")
    if sound.dtype == np.int16:
        return (sound / 32768).astype(np.float32)
    if not np.isfinite(sound).all():
        raise TalkgenError("Sound came that is not a number in places; give (N,) at 16 kHz, float -1..1 or int16.")
    return sound.astype(np.float32)
