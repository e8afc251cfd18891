"""Which control of the page does what, of all that `actions` offers."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from talkgen.demo.actions import FIELDS, Actions
from talkgen.demo.controls import SAME, WAYS, names, stepped
from talkgen.demo.pad import pad
from talkgen.demo.timeline import WEB

STUDIO = "studio"
"""The queue of whatever acts or renders: one at a time."""
UPLOADS = ("portrait", "speech", "picture", "recording")
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Of events that answer at once."""


def connect(page: gr.Blocks, parts: dict[str, Any], actions: Actions) -> None:
    """Let the `parts` of the page do what they are there for."""
    look = _looks(parts, actions)
    _material(parts, actions, look)
    _feeling(parts, look)
    _timeline(parts, actions, look)
    _render(parts, actions)
    _keep(page, parts)
    page.unload(actions.leave)


def _looks(parts: dict[str, Any], actions: Actions) -> dict[str, Any]:
    """Preview when asked, and again when what is shown was changed; how the latter is wired."""
    looked: dict[str, Any] = {
        "inputs": [parts["at"], *_controls(parts)], "outputs": [parts["shown"], parts["frame"], *_notes(parts)],
        "concurrency_id": STUDIO, "concurrency_limit": 1, "show_progress_on": [parts["frame"]],
    }  # fmt: skip
    parts["look"].click(actions.preview, api_name="preview", **looked)
    return {"fn": actions.preview_again, "api_visibility": "private", "show_progress": "minimal", **looked}


def _material(parts: dict[str, Any], actions: Actions, look: dict[str, Any]) -> None:
    portrait, speech = parts["portrait"], parts["speech"]
    portrait.change(actions.look_at, portrait, parts["portrait note"], api_name="portrait", show_progress="hidden").then(**look)
    heard = [parts["speech note"], parts["at"]]
    speech.change(actions.listen, speech, heard, api_name="speech", show_progress="hidden").then(**look)
    if "say" in parts:
        said = [speech, parts["transcript"], parts["speech note"]]
        parts["say"].click(actions.say, [parts["text"], parts["voice"]], said, api_name="say")


def _feeling(parts: dict[str, Any], look: dict[str, Any]) -> None:
    groups = [parts[name] for name in ("emotion", "show a mixture", "show valence and arousal", "words", "picture", "recording")]
    shown = list(WAYS)[: len(groups)]
    parts["way"].change(lambda way: [gr.update(visible=way == name) for name in shown], parts["way"], groups, **QUIET)
    point = [parts["valence"], parts["arousal"]]
    parts["pad"].select(Actions.point, None, point, **QUIET).then(**look)
    gr.on([part.change for part in point], pad, point, parts["pad"], **QUIET)
    regions = [part for name, part in parts.items() if name.startswith(("feelings ", "gains "))]
    usual = [SAME if name.startswith("feelings ") else 1 for name in parts if name.startswith(("feelings ", "gains "))]
    parts["reset"].click(lambda: usual, None, regions, **QUIET).then(**look)
    parts["renderer"].change(_steps, parts["renderer"], parts["steps"], **QUIET)
    sliders = [part for name, part in parts.items() if isinstance(part, gr.Slider) and name not in ("size", "steps")]
    chosen = [parts["emotion"], *(part for name, part in parts.items() if name.startswith("feelings "))]
    moved = [*(part.input for part in (*sliders, *chosen)), parts["words"].blur, parts["words"].submit]
    gr.on(moved, trigger_mode="always_last", **look)


def _steps(renderer: str) -> Any:
    """Steps are asked for where the renderer draws in steps."""
    n_steps = stepped(renderer)
    return gr.update(visible=True, value=n_steps[0], maximum=n_steps[1]) if n_steps else gr.update(visible=False)


def _timeline(parts: dict[str, Any], actions: Actions, look: dict[str, Any]) -> None:
    line, keys, at, told = parts["timeline"], parts["keys"], parts["at"], parts["emotion note"]
    redraw = [part.change for part in (parts["speech"], keys, at, parts["emotion"], parts["way"])]
    gr.on(redraw, actions.draw, [at, *_controls(parts)], line, trigger_mode="always_last", **QUIET)
    line.seek(Actions.seek, None, at, **QUIET).then(**look)
    line.move(Actions.move, keys, keys, **QUIET).then(**look)
    line.remove(Actions.remove, keys, keys, **QUIET).then(**look)
    parts["add"].click(actions.add_key, [at, *_controls(parts)], [keys, told], api_name="add_key", show_progress="hidden").then(
        **look
    )
    parts["clear"].click(lambda: "", None, keys, **QUIET).then(**look)
    gr.on([keys.blur, keys.submit], **look)


def _render(parts: dict[str, Any], actions: Actions) -> None:
    files = [part for name, part in parts.items() if name.startswith("file ")]
    made = [parts[name] for name in ("video", "curves", "command", "program")]
    buttons = [parts["render"], parts["stop"]]
    parts["render"].click(
        actions.begin, None, [parts["shown"], parts["result note"], *buttons], api_visibility="private", queue=False
    ).then(
        actions.render, _controls(parts), [*made, *files, *_notes(parts)], api_name="render", show_progress_on=[made[0]],
        concurrency_id=STUDIO, concurrency_limit=1,
    ).then(actions.end, None, buttons, api_visibility="private", queue=False)  # fmt: skip
    parts["stop"].click(actions.stop, None, parts["result note"], api_name="stop", queue=False)


def _keep(page: gr.Blocks, parts: dict[str, Any]) -> None:
    """Keep what is set in the browser's tab, which alone remembers it."""
    kept = [parts[name] for name in names() if name not in UPLOADS]
    keep, restore = ((WEB / name).read_text(encoding="utf-8") for name in ("keep.js", "restore.js"))
    gr.on([part.change for part in kept], None, kept, None, js=keep, **QUIET)
    page.load(None, [*kept, parts["result note"]], [*kept, parts["result note"]], js=restore, **QUIET)


def _controls(parts: dict[str, Any]) -> Sequence[Any]:
    """In the order in which every action takes them."""
    return [parts[name] for name in names()]


def _notes(parts: dict[str, Any]) -> Sequence[Any]:
    return [parts[f"{field} note"] for field in FIELDS]
