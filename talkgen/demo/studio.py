"""Behind the page: portraits and speech opened and checked, lines acted and rendered, by the pipeline's own calls."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from talkgen.demo.controls import Controls, located, seed, specification, steps, style, transcript
from talkgen.demo.files import examples
from talkgen.demo.reproduce import CURVES
from talkgen.export.base import Picture
from talkgen.lib.media import open_audio
from talkgen.lib.timeline import frames_of
from talkgen.output import check_output, output_rate, save
from talkgen.pipeline import TalkingHead
from talkgen.portrait.base import open_portrait
from talkgen.render.base import View
from talkgen.types import AudioClip, Frame, Performance, Portrait, TalkgenError

PREVIEW_SIZE = 384
"""Pixels of a previewed frame."""
LARGEST = 1024
"""Pixels of the longer side of a video that the page makes."""


class Refusal(TalkgenError):
    """An error, with the `field` of the page that it concerns: portrait, speech, emotion or result."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class Stopped(Exception):
    """The user does not want the video any more."""


@contextmanager
def concerning(field: str, path: str | None = None) -> Iterator[None]:
    """A `TalkgenError` within becomes a `Refusal` of that field, which calls an uploaded file by its name."""
    try:
        yield
    except Refusal:
        raise
    except TalkgenError as error:
        sentence = str(error)
        raise Refusal(field, sentence.replace(path, Path(path).name) if path else sentence) from None


@dataclass(frozen=True)
class Studio:
    """Opens, acts and renders. `longest` is the length in seconds of the speech that it takes."""

    longest: float = 60.0

    def portrait(self, path: str | None) -> Portrait:
        """The face in a picture. Raises `Refusal` when there is none that can be animated."""
        if not path:
            raise Refusal("portrait", "There is no portrait yet; upload one, take one, or choose an example.")
        with concerning("portrait", path):
            return _portrait(path)

    def speech(self, path: str | None) -> AudioClip:
        """The sound in a file. Raises `Refusal` for what is no sound or too long."""
        if not path:
            raise Refusal("speech", "There is no speech yet; upload or record some, type a text, or choose an example.")
        with concerning("speech", path):
            clip = _speech(path)
        if clip.duration > self.longest:
            name = Path(path).name
            raise Refusal(
                "speech", f"{name} lasts {clip.duration:.0f} s; this page takes up to {self.longest:.0f} s, so cut it first."
            )
        return clip

    def act(self, controls: Controls) -> Performance:
        """The line as the controls direct it; the last one is remembered. Raises `Refusal` for what cannot be acted."""
        portrait, clip = self.portrait(controls.portrait), self.speech(controls.speech)
        with concerning("emotion"):
            spec = located(specification(controls), controls.files)
        with concerning("result"):
            head, manner, number = _shown(controls), style(controls), seed(controls)
        key = (spec, clip.path, transcript(controls), number, manner, controls.motion, controls.portrait)
        if _last and _last[0][0] == key:
            return _last[0][1]  # type: ignore[return-value]
        with concerning("emotion"):
            take = head.perform(clip, spec, transcript(controls), number, manner, portrait)
        _last[:] = [(key, take)]
        return take

    def preview(self, controls: Controls, second: float) -> Frame:
        """`(H, W, 3)`: the frame at that second of the line, from near."""
        take = self.act(controls)
        k = min(max(int(second * take.motion.fps), 0), len(take.motion) - 1)
        moment = Performance(frames_of(take.motion, [k]))
        with concerning("result"):
            picture = _shown(controls).animate(self.portrait(controls.portrait), moment, View("face", PREVIEW_SIZE))
            return next(picture.frames)

    def render(
        self, controls: Controls, folder: Path, progress: Callable[[int, int], None], stop: threading.Event
    ) -> tuple[Performance, list[Path]]:
        """The performance, and the files that it was written to: video first, then curves.

        `progress` is told frames done and frames in all. Raises `Stopped` when `stop` is set, and leaves no half file; `Refusal` as
        `act` does.
        """
        take = self.act(controls)
        stem = f"{Path(controls.speech or '').stem[:40]}-{secrets.token_hex(4)}"
        video = folder / f"{stem}.mp4"
        with concerning("result"):
            size = int(controls.size)
            if not 64 <= size <= LARGEST:
                raise TalkgenError(f"A size of {size} pixels is not possible here; give 64 to {LARGEST} for the longer side.")
            rate = output_rate(check_output(video, has_picture=True), None)
            view = View("face" if controls.crop == "face" else "full", size)
            picture = _shown(controls).animate(self.portrait(controls.portrait), take, view, rate)
            save(take, video, replace(picture, frames=_watched(picture, progress, stop)))
            curves = [folder / f"{stem}{suffix}" for suffix in CURVES]
            for path in curves:
                save(take, path)
        return take, [video, *curves]

    def warm(self) -> None:
        """Load what the first preview needs, with the examples, so that nobody waits for it."""
        portraits, sounds = examples()
        if portraits and sounds:
            self.preview(Controls(portrait=portraits[0], speech=sounds[0]), 0)

    def forget(self) -> None:
        """Let go of what was uploaded last."""
        _last.clear()
        _portrait.cache_clear()
        _speech.cache_clear()


_last: list[tuple[object, Performance]] = []  # the last key of `Studio.act` and its take


def _shown(controls: Controls) -> TalkingHead:
    return _head(controls.motion, controls.renderer, steps(controls))


@cache
def _head(motion: str, renderer: str, n_steps: int | None) -> TalkingHead:
    return TalkingHead.from_pretrained(motion, renderer, steps=n_steps)


@lru_cache(maxsize=4)
def _portrait(path: str) -> Portrait:
    return open_portrait(path)


@lru_cache(maxsize=4)
def _speech(path: str) -> AudioClip:
    return open_audio(Path(path))


def _watched(picture: Picture, progress: Callable[[int, int], None], stop: threading.Event) -> Iterator[Frame]:
    for done, frame in enumerate(picture.frames):
        if stop.is_set():
            raise Stopped
        progress(done, picture.n_frames)
        yield frame
