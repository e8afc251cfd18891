"""The page: what stands where. What its controls do is in `actions`."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from talkgen.demo.actions import Actions
from talkgen.demo.controls import SAME, WAYS, Controls, names
from talkgen.demo.files import examples
from talkgen.demo.pad import pad
from talkgen.demo.speak import LONGEST, voices
from talkgen.lib.grammar import MAX_GAIN, MAX_STRENGTH
from talkgen.members import available
from talkgen.space import EMOTIONS, NEUTRAL, REGIONS, SIDED

STUDIO = "studio"
"""The queue of whatever acts or renders: one at a time."""
CSS = """
.note {color: var(--error-text-color, #b91c1c); min-height: 0}
@media (max-width: 640px) {.gradio-container {padding: 8px !important}}
"""


def _picture_file(**options: Any) -> Any:
    """A picture as the file that was given, which we look at ourselves, so that what is wrong with it is said beside it."""
    image: Any = gr.Image(type="filepath", buttons=["fullscreen"], **options)
    image.preprocess = lambda payload: payload.path if payload else None  # a subclass would have Gradio write a file beside ours
    return image


def build(actions: Actions) -> gr.Blocks:
    """The page. Each control stands in the order of `controls.names`, the order in which every action takes them."""
    parts: dict[str, Any] = {}
    page: gr.Blocks
    with gr.Blocks(title="talkgen", analytics_enabled=False, delete_cache=(600, 14400)) as page:
        gr.Markdown("# talkgen\nA face, a voice and a feeling in; a talking portrait out. Nothing leaves this machine.")
        with gr.Row(equal_height=False):
            with gr.Column(min_width=300):
                notes = _material(parts, actions)
                notes["emotion"] = _feeling(parts)
            with gr.Column(min_width=300):
                shown = _result(parts, notes)
        controls = [parts[name] for name in names()]
        _connect(parts, controls, notes, shown, actions)
        page.unload(actions.leave)
    page.queue(max_size=8, default_concurrency_limit=4)
    return page


def _material(parts: dict[str, Any], actions: Actions) -> dict[str, Any]:
    notes = {}
    portraits, sounds = examples()
    parts["portrait"] = _picture_file(label="Portrait", sources=["upload", "webcam", "clipboard"], height=280)
    notes["portrait"] = gr.Markdown(elem_classes="note", elem_id="portrait-note")
    if portraits:
        gr.Examples(portraits, parts["portrait"], label="Example portraits", api_name="example_portrait")
    parts["speech"] = gr.Audio(label="Speech", buttons=["download"], type="filepath", sources=["upload", "microphone"])
    notes["speech"] = gr.Markdown(elem_classes="note", elem_id="speech-note")
    if sounds:
        gr.Examples(sounds, parts["speech"], label="Example speech", api_name="example_speech")
    if voices():
        with gr.Accordion("Or type what is said", open=False):
            parts["text"] = gr.Textbox(label="Text to be spoken", lines=2, max_length=LONGEST)
            parts["voice"] = gr.Dropdown(list(voices()), label="Voice", value=voices()[0])
            parts["say"] = gr.Button("Speak")
    parts["transcript"] = gr.Textbox(label="Transcript (English, surer lips; may stay empty)", lines=2)
    return notes


def _feeling(parts: dict[str, Any]) -> Any:
    usual = Controls()
    parts["way"] = gr.Dropdown(list(WAYS), label="The feeling is told by", value=usual.way)
    parts["emotion"] = gr.Radio([NEUTRAL, *EMOTIONS], label="Emotion", value="happy", elem_id="emotion")
    with gr.Group(visible=False) as parts["show a mixture"]:
        for name in EMOTIONS:
            parts[f"mixture {name}"] = gr.Slider(0, MAX_STRENGTH, 0, step=0.05, label=name)
    with gr.Group(visible=False) as parts["show valence and arousal"]:
        parts["pad"] = gr.Image(
            pad(0, 0), label="Point at a feeling", interactive=False, buttons=[], height=320, width=320,
            alt_text="Valence to the right, arousal upwards; the two sliders below do the same",
        )  # fmt: skip
        parts["valence"] = gr.Slider(-1, 1, 0, step=0.01, label="Valence")
        parts["arousal"] = gr.Slider(-1, 1, 0, step=0.01, label="Arousal")
    parts["words"] = gr.Textbox(label="Words", placeholder="quietly furious, trying to smile", visible=False)
    parts["picture"] = _picture_file(label="Reference picture", sources=["upload", "webcam"], visible=False)
    parts["recording"] = gr.Audio(label="Reference recording", buttons=[], type="filepath", visible=False)
    parts["strength"] = gr.Slider(0, MAX_STRENGTH, 1, step=0.05, label="Strength")
    note = gr.Markdown(elem_classes="note", elem_id="emotion-note")
    with gr.Accordion("Regions of the face", open=False):
        gr.Markdown("Left and right are the portrait's own. The slider is the gain: 0 still, 1 as acted, 2 twice.")
        for region in REGIONS:
            _region(parts, region)
        parts["gains blink"] = gr.Slider(0, MAX_GAIN, 1, step=0.05, label="blinks: how often")
    with gr.Accordion("Feelings over time", open=False):
        parts["second"] = gr.Number(0, label="Second", minimum=0)
        parts["add"] = gr.Button("Add the feeling set above at this second")
        parts["keys"] = gr.Dataframe(
            headers=["second", "emotion"], datatype=["str", "str"], type="array", column_count=2, row_count=1, interactive=True,
            label="Keys; where there are any, they are what is acted",
        )  # fmt: skip
        parts["clear"] = gr.Button("Remove all keys")
    with gr.Accordion("Style", open=False):
        parts["articulation"] = gr.Slider(0, 2, 1, step=0.05, label="Articulation: 0.5 mumbled, 1.5 theatrical")
        parts["audio_guidance"] = gr.Slider(0, 3, usual.audio_guidance, step=0.1, label="How hard it follows the speech")
        parts["emotion_guidance"] = gr.Slider(0, 3, usual.emotion_guidance, step=0.1, label="How hard it follows the emotion")
        parts["seed"] = gr.Number(0, label="Seed: another one plays the line differently", precision=0, minimum=0)
        parts["motion"] = gr.Dropdown(list(available("motion")), value=usual.motion, label="Who acts")
        parts["renderer"] = gr.Dropdown(list(available("render")), value=usual.renderer, label="Renderer")
        parts["crop"] = gr.Radio([("whole picture", "full"), ("face", "face")], value=usual.crop, label="Show")
        parts["size"] = gr.Slider(128, 1024, usual.size, step=64, label="Pixels of the longer side")
    return note


def _region(parts: dict[str, Any], region: str) -> None:
    with gr.Row():
        parts[f"feelings {region}"] = gr.Dropdown([SAME, NEUTRAL, *EMOTIONS], value=SAME, label=f"{region}: feeling", min_width=120)
        for side in (".left", ".right") if region in SIDED else ("",):
            name = f"{region}{side}"
            parts[f"gains {name}"] = gr.Slider(
                0, MAX_GAIN, 1, step=0.05, label=name.replace(".", ", "), min_width=110, elem_id=f"gain-{name.replace('.', '-')}"
            )


def _result(parts: dict[str, Any], notes: dict[str, Any]) -> list[Any]:
    with gr.Row():
        parts["look"] = gr.Button("Preview", elem_id="preview")
        parts["render"] = gr.Button("Render", variant="primary", elem_id="render")
        parts["stop"] = gr.Button("Cancel", variant="stop", elem_id="cancel")
    notes["result"] = gr.Markdown(elem_classes="note", elem_id="result-note")
    parts["at"] = gr.Slider(0, 60, 1, step=0.1, label="Preview at second")
    parts["frame"] = gr.Image(
        label="Preview",
        buttons=["download", "fullscreen"],
        format="png",
        interactive=False,
        elem_id="frame",
        alt_text="One frame of the line",
    )
    return [
        gr.Video(label="Video", buttons=["download"], elem_id="video", interactive=False),
        gr.LinePlot(x="second", y="weight", color="curve", label="The curves that move most", height=260),
        gr.File(label="Downloads", file_count="multiple", interactive=False),
        gr.Code(label="The same on the command line", language="shell", interactive=False, wrap_lines=True, elem_id="command"),
        gr.Code(label="The same in Python", language="python", interactive=False, wrap_lines=True),
    ]


def _connect(parts: dict[str, Any], controls: Sequence[Any], notes: dict[str, Any], shown: Sequence[Any], actions: Actions) -> None:
    beside = [notes[name] for name in ("portrait", "speech", "emotion", "result")]
    one_at_a_time: dict[str, Any] = {"concurrency_id": STUDIO, "concurrency_limit": 1}
    parts["portrait"].change(actions.look_at, parts["portrait"], notes["portrait"], api_name="portrait", show_progress="hidden")
    parts["speech"].change(
        actions.listen, parts["speech"], [notes["speech"], parts["at"]], api_name="speech", show_progress="hidden"
    )
    if "say" in parts:
        parts["say"].click(
            actions.say, [parts["text"], parts["voice"]], [parts["speech"], parts["transcript"], notes["speech"]], api_name="say"
        )
    groups = [parts[name] for name in ("emotion", "show a mixture", "show valence and arousal", "words", "picture", "recording")]
    parts["way"].change(
        lambda way: [gr.update(visible=way == name) for name in list(WAYS)[: len(groups)]], parts["way"], groups,
        api_visibility="private", show_progress="hidden",
    )  # fmt: skip
    point = [parts["valence"], parts["arousal"]]
    parts["pad"].select(actions.point, None, point, api_visibility="private", show_progress="hidden")
    gr.on([part.change for part in point], pad, point, parts["pad"], api_visibility="private", show_progress="hidden")
    keys = [parts["keys"], notes["emotion"]]
    parts["add"].click(actions.add_key, [parts["second"], *controls], keys, api_name="add_key", show_progress="hidden")
    parts["clear"].click(lambda: [], None, parts["keys"], api_visibility="private")
    looked: dict[str, Any] = {"inputs": [parts["at"], *controls], "outputs": [parts["frame"], *beside], **one_at_a_time}
    parts["look"].click(actions.preview, api_name="preview", **looked)
    sliders = [part for name, part in parts.items() if name.startswith("gains ")]
    feelings = [parts["emotion"], *(part for name, part in parts.items() if name.startswith("feelings "))]
    moved = [*(slider.release for slider in (*sliders, parts["strength"], parts["at"])), *(part.input for part in feelings)]
    gr.on(moved, actions.preview_again, trigger_mode="always_last", api_visibility="private", show_progress="minimal", **looked)
    made = [*shown, *beside]
    parts["render"].click(actions.begin, None, None, api_visibility="private", queue=False).then(
        actions.render, controls, made, api_name="render", show_progress_on=[shown[0]], **one_at_a_time
    )
    parts["stop"].click(actions.stop, None, notes["result"], api_name="stop", queue=False)


def serve(actions: Actions, host: str, port: int | None, open_browser: bool, block: bool = True) -> gr.Blocks:
    """Build the page and serve it on `host`; `block` until it is stopped."""
    page = build(actions)
    threading.Thread(target=actions.studio.warm, daemon=True).start()
    theme = gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    page.launch(
        server_name=host, server_port=port, inbrowser=open_browser, prevent_thread_lock=not block, quiet=not block, share=False,
        theme=theme, css=CSS, footer_links=[], run_history=False, max_file_size="30mb", enable_monitoring=False, ssr_mode=False,
        pwa=False, mcp_server=False, allowed_paths=[str(Path(path).parent) for part in examples() for path in part],
    )  # fmt: skip
    return page
