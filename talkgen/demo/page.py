"""The page: what stands where. What its controls do is in `actions`, and which does what in `wires`."""

import threading
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from talkgen.demo.actions import Actions
from talkgen.demo.controls import SAME, WAYS, Controls, stepped
from talkgen.demo.files import examples
from talkgen.demo.pad import pad
from talkgen.demo.speak import LONGEST, voices
from talkgen.demo.timeline import WEB, timeline
from talkgen.demo.wires import connect
from talkgen.lib.grammar import MAX_GAIN, MAX_STRENGTH
from talkgen.members import available
from talkgen.space import EMOTIONS, NEUTRAL, REGIONS, SIDED

FILES = {
    "video": "↓ Video .mp4", "csv": "↓ Live Link .csv", "glb": "↓ 3-D head .glb", "json": "↓ Curves .json",
}  # fmt: skip
"""What can be taken away, in the order in which `Studio.render` makes it."""
HIGH = "min(384px, 42vh)"
"""What is shown, so that what it is directed with fits below."""
Parts = dict[str, Any]


def build(actions: Actions) -> gr.Blocks:
    """The page, its components by their names in `parts`: a control by its name in `controls.names`."""
    parts: Parts = {}
    page: gr.Blocks
    with gr.Blocks(title="talkgen", analytics_enabled=False, delete_cache=(600, 14400)) as page:
        gr.Markdown("# talkgen\nA face, a voice and a feeling in; a talking portrait out. Nothing leaves this machine.")
        with gr.Row(equal_height=False, elem_id="work"):
            with gr.Column(min_width=320, scale=6):
                _material(parts)
                _feeling(parts)
                _style(parts)
            with gr.Column(min_width=320, scale=5, elem_id="stage"):
                _stage(parts, actions.studio.longest)
        connect(page, parts, actions)
    page.queue(max_size=8, default_concurrency_limit=4)
    return page


def _picture_file(**options: Any) -> Any:
    """A picture as the file that was given, which we look at ourselves, so that what is wrong with it is said beside it."""
    image: Any = gr.Image(type="filepath", buttons=["fullscreen"], **options)
    image.preprocess = lambda payload: payload.path if payload else None  # a subclass would have Gradio write a file beside ours
    return image


def _note(parts: Parts, field: str) -> None:
    """Room for a sentence beside a field."""
    parts[f"{field} note"] = gr.Markdown(elem_classes="note", elem_id=f"{field}-note")


def _material(parts: Parts) -> None:
    portraits, sounds = examples()
    with gr.Row(equal_height=False):
        with gr.Column(min_width=260):
            parts["portrait"] = _picture_file(
                label="Portrait", sources=["upload", "webcam", "clipboard"], height=240, elem_id="portrait"
            )
            _note(parts, "portrait")
            _examples(parts["portrait"], portraits, icons=True)
        with gr.Column(min_width=260):
            parts["speech"] = gr.Audio(
                label="Speech", buttons=["download"], type="filepath", sources=["upload", "microphone"], elem_id="speech"
            )
            _note(parts, "speech")
            _examples(parts["speech"], sounds)
    with gr.Accordion("Or type what is said", open=False):
        if voices():
            parts["text"] = gr.Textbox(label="Text to be spoken", lines=2, max_length=LONGEST)
            parts["voice"] = gr.Dropdown(list(voices()), label="Voice", value=voices()[0])
            parts["say"] = gr.Button("Speak")
        else:
            gr.Markdown("No voice is installed on this machine. With flite or espeak-ng installed, typed text is spoken here.")
    parts["transcript"] = gr.Textbox(
        label="What is said, in English: makes the lips surer, may stay empty", lines=1, max_lines=4, elem_id="transcript"
    )


def _examples(field: Any, paths: list[str], icons: bool = False) -> None:
    """A button for each example; they are served from where they are, since what lies among the uploads is deleted."""
    gr.set_static_paths([*paths])
    for path in paths:
        button = gr.Button(f"Example: {Path(path).stem}", icon=path if icons else None, size="sm", elem_classes="example")
        button.click(partial(str, path), None, field, api_visibility="private", show_progress="hidden")


def _feeling(parts: Parts) -> None:
    usual = Controls()
    with gr.Group():
        parts["way"] = gr.Dropdown(list(WAYS), label="The feeling is told by", value=usual.way, elem_id="way")
        parts["emotion"] = gr.Radio([NEUTRAL, *EMOTIONS], label="Emotion", value="happy", elem_id="emotion")
        with gr.Group(visible=False) as parts["show a mixture"]:
            for name in EMOTIONS:
                parts[f"mixture {name}"] = gr.Slider(0, MAX_STRENGTH, 0, step=0.05, label=name)
        with gr.Group(visible=False) as parts["show valence and arousal"]:
            parts["pad"] = gr.Image(
                pad(0, 0), label="Point at a feeling", interactive=False, buttons=[], height=320, width=320, elem_id="pad",
                alt_text="Valence to the right, arousal upwards; the two sliders below do the same",
            )  # fmt: skip
            parts["valence"] = gr.Slider(-1, 1, 0, step=0.01, label="Valence: unpleasant to pleasant")
            parts["arousal"] = gr.Slider(-1, 1, 0, step=0.01, label="Arousal: calm to excited")
        parts["words"] = gr.Textbox(label="Words", placeholder="quietly furious, trying to smile", visible=False)
        parts["picture"] = _picture_file(label="Reference picture", sources=["upload", "webcam"], visible=False)
        parts["recording"] = gr.Audio(label="Reference recording", buttons=[], type="filepath", visible=False)
        parts["strength"] = gr.Slider(0, MAX_STRENGTH, 1, step=0.05, label="Strength", elem_id="strength")
    _note(parts, "emotion")
    with gr.Accordion("Regions of the face", open=False, elem_id="regions"):
        gr.Markdown(
            "A region can feel something else than the face, such as sad brows over a smile. Its sliders are the gain of that: "
            "0 still, 1 as acted, 2 twice. Left and right are the portrait's own."
        )
        for region in REGIONS:
            _region(parts, region)
        parts["gains blink"] = gr.Slider(0, MAX_GAIN, 1, step=0.05, label="blinks: how often", elem_id="gain-blink", buttons=[])
        parts["reset"] = gr.Button("All regions as the face", size="sm")


def _region(parts: Parts, region: str) -> None:
    with gr.Row(elem_classes="region"):
        parts[f"feelings {region}"] = gr.Dropdown([SAME, NEUTRAL, *EMOTIONS], value=SAME, label=f"{region} feel", min_width=110)
        for side in ("left", "right") if region in SIDED else ("",):
            name = f"{region}.{side}".rstrip(".")
            parts[f"gains {name}"] = gr.Slider(
                0, MAX_GAIN, 1, step=0.05, label=f"{region} {side}".rstrip(), min_width=110, buttons=[],
                elem_id=f"gain-{name.replace('.', '-')}",
            )  # fmt: skip


def _style(parts: Parts) -> None:
    usual = Controls()
    with gr.Accordion("Style, renderer and size", open=False, elem_id="style"):
        parts["articulation"] = gr.Slider(0, 2, 1, step=0.05, label="Articulation: 0.5 mumbled, 1.5 theatrical")
        parts["audio_guidance"] = gr.Slider(0, 3, usual.audio_guidance, step=0.1, label="How hard it follows the speech")
        parts["emotion_guidance"] = gr.Slider(0, 3, usual.emotion_guidance, step=0.1, label="How hard it follows the emotion")
        parts["seed"] = gr.Number(0, label="Seed: another one plays the line differently", precision=0, elem_id="seed")
        parts["motion"] = gr.Dropdown(list(available("motion")), value=usual.motion, label="Who acts")
        parts["renderer"] = gr.Dropdown(list(available("render")), value=usual.renderer, label="Renderer", elem_id="renderer")
        parts["steps"] = gr.Slider(
            1, max(most for _, most in filter(None, map(stepped, available("render")))), usual.steps, step=1,
            label="Steps of the renderer: more is finer and slower", visible=bool(stepped(usual.renderer)), elem_id="steps",
        )  # fmt: skip
        parts["crop"] = gr.Radio([("whole picture", "full"), ("face", "face")], value=usual.crop, label="Show")
        parts["size"] = gr.Slider(128, 1024, usual.size, step=64, label="Pixels of the longer side")


def _stage(parts: Parts, longest: float) -> None:
    with gr.Row():
        parts["look"] = gr.Button("Preview", elem_id="preview", min_width=90)
        parts["render"] = gr.Button("Render", variant="primary", elem_id="render", min_width=90)
        parts["stop"] = gr.Button("Cancel", interactive=False, elem_id="cancel", min_width=90)
    _note(parts, "result")
    with gr.Tabs(elem_id="shown") as parts["shown"]:
        with gr.Tab("Preview", id="preview"):
            parts["frame"] = gr.Image(
                label="One frame", buttons=["download", "fullscreen"], format="png",
                interactive=False, height=HIGH, elem_id="frame", alt_text="One frame of the line",
            )  # fmt: skip
        with gr.Tab("Video", id="video"):
            parts["video"] = gr.Video(label="Video", buttons=["download"], interactive=False, height=HIGH, elem_id="video")
            with gr.Row():
                for name, label in FILES.items():
                    parts[f"file {name}"] = gr.DownloadButton(
                        label, size="sm", interactive=False, min_width=120, elem_id=f"file-{name}"
                    )
        with gr.Tab("Curves", id="curves"):
            parts["curves"] = gr.HTML("Render the line to see its curves.", elem_id="curves", padding=True)
        with gr.Tab("Code", id="code"):
            code: dict[str, Any] = {"interactive": False, "buttons": ["copy"], "elem_classes": "code", "max_lines": 16}
            parts["command"] = gr.Textbox(label="The same on the command line", lines=3, elem_id="command", **code)
            parts["program"] = gr.Textbox(label="The same in Python", lines=9, elem_id="program", **code)
    parts["timeline"] = timeline(elem_id="timeline")
    parts["at"] = gr.Slider(0, longest, 0, step=0.02, label="Second that is previewed", elem_id="at", buttons=[])
    with gr.Row():
        parts["add"] = gr.Button("Add the feeling as a key here", size="sm", elem_id="add")
        parts["clear"] = gr.Button("Remove all keys", size="sm", min_width=90)
    parts["keys"] = gr.Textbox(
        label="Feelings over time", lines=1, max_lines=4, elem_id="keys", placeholder="0s=neutral; 1.2s=happy:0.8; 4s=sad@brows",
        info="Without keys the feeling told is acted throughout; with keys they are. Their marks can be dragged.",
    )  # fmt: skip


def serve(actions: Actions, host: str, port: int | None, open_browser: bool) -> gr.Blocks:
    """Build the page and serve it on `host`, at its `local_url`, until it is closed."""
    page = build(actions)
    theme = gr.themes.Default(primary_hue="indigo", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]).set(
        body_text_color_subdued="*neutral_600", body_text_color_subdued_dark="*neutral_300",
        button_primary_background_fill="*primary_600",
    )  # fmt: skip
    page.launch(
        server_name=host, server_port=port, inbrowser=open_browser, prevent_thread_lock=True, quiet=True, share=False, theme=theme,
        css=(WEB / "page.css").read_text(encoding="utf-8"), js=(WEB / "names.js").read_text(encoding="utf-8"),
        footer_links=[], run_history=False, max_file_size="30mb", enable_monitoring=False,
        ssr_mode=False, pwa=False, mcp_server=False,
    )  # fmt: skip
    threading.Thread(target=actions.studio.warm, daemon=True).start()  # after Gradio, whose warnings it would let through
    return page
