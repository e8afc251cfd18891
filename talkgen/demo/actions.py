"""What the page's controls do: each takes their values and answers with new ones, and a sentence for the field that is wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from talkgen.demo import pad, plot, speak, timeline
from talkgen.demo.controls import Controls, feeling, names
from talkgen.demo.reproduce import command_line, python_code
from talkgen.demo.sessions import Sessions
from talkgen.demo.studio import Refusal, Stopped, Studio
from talkgen.types import TalkgenError

FIELDS = ("portrait", "speech", "emotion", "result")
"""The fields that have room for a sentence."""
SPOKEN = "speech.wav"
"""What typed text becomes."""
PROGRESS = gr.Progress()
"""Gradio puts the bar of the event at hand in its place."""
CANCELLED = "Cancelled; nothing was kept."


class Actions:
    """The page's actions, for all sessions."""

    def __init__(self, studio: Studio, sessions: Sessions) -> None:
        self.studio, self.sessions = studio, sessions

    def look_at(self, path: str | None, request: gr.Request) -> str:
        """The sentence beside the portrait."""
        return self._tried(lambda: self.studio.portrait(path), path, request)

    def listen(self, path: str | None, request: gr.Request) -> tuple[str, Any]:
        """The sentence beside the speech, and the seconds that can be previewed."""
        sentence = self._tried(lambda: self.studio.speech(path), path, request)
        if not path or sentence:
            return sentence, gr.update()
        duration = self.studio.speech(path).duration
        return "", gr.update(maximum=round(duration, 1), value=round(duration / 2, 1))

    def say(self, text: str, voice: str, request: gr.Request) -> tuple[Any, Any, str]:
        """Speech, transcript and the sentence beside the speech."""
        session = self.sessions[_name(request)]
        path = session.folder / SPOKEN
        try:
            speak.say(text, voice, path)
        except TalkgenError as error:
            return gr.update(), gr.update(), str(error)
        session.spoken = speak.command(text.strip(), voice, Path(SPOKEN))
        return str(path), text.strip(), ""

    def draw(self, second: float, *values: Any) -> dict[str, Any]:
        """The timeline, with the speech only where it can be used."""
        controls = _controls(values)
        try:
            clip = self.studio.speech(controls.speech)
        except Refusal:
            clip = None
        try:
            terms = feeling(controls)
        except TalkgenError:
            terms = ()
        return timeline.drawn(clip, controls.keys, terms, second or 0)

    def add_key(self, second: float, *values: Any) -> tuple[Any, str]:
        """The keys with one more, and the sentence beside the emotion."""
        controls = _controls(values)
        try:
            return timeline.with_key(controls.keys, second or 0, feeling(controls)), ""
        except TalkgenError as error:
            return gr.update(), str(error)

    def preview(self, request: gr.Request, second: float, *values: Any) -> list[Any]:
        """One frame, and the sentences."""
        controls = self._received(values, request)
        try:
            frame = self.studio.preview(controls, second or 0)
        except Refusal as error:
            return [gr.update(), gr.update(), *_beside(error)]
        session = self.sessions[_name(request)]
        path = session.next_frame()
        Image.fromarray(frame).save(path)
        in_front = gr.update() if session.stop else gr.update(selected="preview")  # a video that is wanted stays in front
        return [in_front, str(path), *_beside()]

    def preview_again(self, request: gr.Request, second: float, *values: Any) -> list[Any]:
        """The same after a control was moved; nothing while there is no portrait or no speech yet."""
        controls = _controls(values)
        if not controls.portrait or not controls.speech:
            return [gr.update()] * (2 + len(FIELDS))
        return self.preview(request, second, *values)

    def begin(self, request: gr.Request) -> tuple[Any, ...]:
        """A video is wanted: show where it will be, say nothing yet, and let it be cancelled rather than asked for again."""
        self.sessions.begin(_name(request))
        return gr.update(selected="video"), "", gr.update(interactive=False), gr.update(interactive=True)

    @staticmethod
    def end() -> tuple[Any, Any]:
        """Another video can be asked for."""
        return gr.update(interactive=True), gr.update(interactive=False)

    def render(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> list[Any]:
        """Video, curves, downloads, command line and Python, and the sentences."""
        controls = self._received(values, request)
        session = self.sessions[_name(request)]
        stop = session.stop or self.sessions.begin(_name(request))
        progress(0, desc="Acting")
        try:
            if stop.is_set():
                raise Stopped
            take, files = self.studio.render(
                controls, session.folder, lambda done, total: progress((done, total), desc="Rendering", unit="frames"), stop
            )
        except Refusal as error:
            return [gr.update()] * 8 + _beside(error)
        except Stopped:
            return [gr.update()] * 8 + _beside(Refusal("result", CANCELLED))
        finally:
            session.stop = None
        ready = [gr.update(value=str(path), interactive=True) for path in files]
        spoken = session.spoken if Path(controls.speech or "").name == SPOKEN else None
        again = command_line(controls, spoken), python_code(controls)
        return [str(files[0]), plot.drawn(take), *again, *ready, *_beside()]

    def stop(self, request: gr.Request) -> str:
        """Stop the render of this page."""
        return "Stopping." if self.sessions.stop(_name(request)) else "There is nothing to cancel."

    @staticmethod
    def point(event: gr.SelectData) -> tuple[float, float]:
        """Valence and arousal where the pad was touched."""
        return pad.point(*event.index)

    @staticmethod
    def seek(event: gr.EventData) -> float:
        """The second that was pointed at on the timeline."""
        return round(float(event.second), 2)

    @staticmethod
    def move(keys: str, event: gr.EventData) -> str:
        """The keys after one was dragged."""
        return timeline.moved(keys, event.index, event.second)

    @staticmethod
    def remove(keys: str, event: gr.EventData) -> str:
        """The keys without one."""
        return timeline.without(keys, event.index)

    def leave(self, request: gr.Request) -> None:
        """The page was closed."""
        self.sessions.leave(_name(request))
        self.studio.forget()

    def _received(self, values: tuple[Any, ...], request: gr.Request) -> Controls:
        controls = _controls(values)
        self.sessions.uploaded(_name(request), controls.portrait, controls.speech, controls.picture, controls.recording)
        return controls

    def _tried(self, open_it: Callable[[], object], path: str | None, request: gr.Request) -> str:
        """The sentence with which a file is refused; "" where there is none, and for a file that can be used."""
        if not path:
            return ""
        self.sessions.uploaded(_name(request), path)
        try:
            open_it()
        except Refusal as error:
            return str(error)
        return ""


def _controls(values: tuple[Any, ...]) -> Controls:
    return Controls.read(dict(zip(names(), values, strict=True)))


def _beside(error: Refusal | None = None) -> list[str]:
    """The sentence for each of `FIELDS`, and a hint beside the buttons where it stands elsewhere."""
    said = {"result": f"See the sentence beside the {error.field}."} | {error.field: str(error)} if error else {}
    return [said.get(field, "") for field in FIELDS]


def _name(request: gr.Request) -> str:
    return str(request.session_hash)
