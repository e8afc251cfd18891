"""The timeline: keys of emotion over the waveform of the speech, and the moment that is looked at.

Keys are text, `0s=neutral; 1.2s=happy:0.8`, the grammar of the command line; what is done on the picture changes that text.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from talkgen.lib.grammar import LABEL, format_emotion, parse_emotion
from talkgen.lib.media import read_samples
from talkgen.members import available
from talkgen.space import NEUTRAL
from talkgen.types import AudioClip, EmotionKey, EmotionSpec, EmotionTerm, TalkgenError

WEB = Path(__file__).parent / "web"
BARS = 200
"""Bars of the waveform."""
COLOURS = {
    NEUTRAL: "#8a8f98", "happy": "#e0a100", "sad": "#3b82f6", "angry": "#dc2626", "fear": "#8b5cf6", "disgust": "#5f9e2f",
    "surprise": "#ec6f1c", "contempt": "#b0478f",
}  # fmt: skip
OTHER = "#14a0a0"
"""A feeling that is told by no emotion's name."""


def timeline(**options: Any) -> Any:
    """The component. Its events `seek`, `move` and `remove` carry a `second` and the `index` of a key."""
    template, css, script = ((WEB / f"timeline.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css", "js"))
    return gr.HTML(drawn(None, "", (), 0), html_template=template, css_template=css, js_on_load=script, **options)


def drawn(clip: AudioClip | None, keys: str, terms: Sequence[EmotionTerm], second: float) -> dict[str, Any]:
    """What the component draws. `terms` are felt where there are no keys; keys that cannot be read are not drawn."""
    try:
        spec = read(keys)
    except TalkgenError:
        spec = ()
    return {
        "wave": [] if clip is None else waveform(clip),
        "duration": clip.duration if clip else 1.0,
        "keys": [
            {"second": key.time, "text": format_emotion(EmotionSpec((replace(key, time=0),))), "colour": _colour(key.terms)}
            for key in spec
        ],
        "colour": _colour(terms),
        "second": second,
    }


def waveform(clip: AudioClip) -> list[float]:
    """`BARS` heights, 0 to 1: the loudest sample of each piece of the sound, the loudest of all 1."""
    edges = np.linspace(0, clip.n_samples, BARS + 1).astype(int)
    peaks = np.array([np.abs(read_samples(clip, a, max(b, a + 1))).max(initial=0) for a, b in pairwise(edges)])
    return (peaks / max(peaks.max(), 1e-3)).round(3).tolist()  # type: ignore[no-any-return]


def read(keys: str) -> tuple[EmotionKey, ...]:
    """The keys that a text tells; none in an empty one. Raises `TalkgenError` as `parse_emotion` does."""
    return parse_emotion(keys, available("emotion")).keys if keys.strip() else ()


def with_key(keys: str, second: float, terms: tuple[EmotionTerm, ...]) -> str:
    """The text with one more key, in the place of any at the same moment."""
    others = [key for key in read(keys) if abs(key.time - second) >= 0.05]
    return _written([*others, EmotionKey(round(second, 2), terms)])


def moved(keys: str, index: int, second: float) -> str:
    """The text with a key at another moment."""
    spec = list(read(keys))
    spec[index] = replace(spec[index], time=round(second, 2))
    return _written(spec)


def without(keys: str, index: int) -> str:
    """The text without a key."""
    spec = read(keys)
    return _written([*spec[:index], *spec[index + 1 :]])


def _written(keys: Sequence[EmotionKey]) -> str:
    """With a time even where it is one key at 0, which is then seen to be a key."""
    text = format_emotion(EmotionSpec(tuple(sorted(keys, key=lambda key: key.time)))) if keys else ""
    return f"0s={text}" if len(keys) == 1 and keys[0].time == 0 else text


def _colour(terms: Sequence[EmotionTerm]) -> str:
    """That of the strongest term."""
    strongest = max(terms, key=lambda term: term.strength, default=EmotionTerm(LABEL, NEUTRAL))
    return COLOURS[strongest.argument] if strongest.source == LABEL else OTHER
