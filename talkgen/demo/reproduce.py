"""The command line and the Python code that make the same file as the page did, from files of the names that the user gave."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from talkgen.demo.controls import Controls, gains, seed, specification, steps, style, transcript
from talkgen.lib.grammar import format_emotion
from talkgen.motion.base import Guidance

CURVES = (".csv", ".glb", ".json")
"""Besides the video."""


def command_line(controls: Controls, spoken: Sequence[str] | None = None) -> str:
    """A line for the shell; before it the one that makes the speech, where it was `spoken` by a program."""
    options = {
        "--audio": Path(controls.speech or "speech.wav").name, "--image": Path(controls.portrait or "portrait.png").name,
        "--emotion": format_emotion(specification(controls)), "--intensity": intensity(controls),
        "--articulation": _other(controls.articulation, 1.0), "--audio-guidance": _other(controls.audio_guidance, Guidance.audio),
        "--emotion-guidance": _other(controls.emotion_guidance, Guidance.emotion), "--transcript": _unread(transcript(controls)),
        "--seed": str(seed(controls)), "--motion": controls.motion, "--renderer": controls.renderer,
        "--steps": str(steps(controls) or ""), "--crop": controls.crop, "--size": str(int(controls.size)),
    }  # fmt: skip
    given = [word for name, value in options.items() if value for word in (name, value)]
    line = shlex.join(["talkgen", "render", *given, "-o", "line.mp4"])
    return f"{shlex.join(spoken)}\n{line}" if spoken else line


def python_code(controls: Controls) -> str:
    """A program of a few lines."""
    emotion, said = format_emotion(specification(controls)), transcript(controls)
    manner = style(controls)
    guidance = f", Guidance({manner.guidance.audio!r}, {manner.guidance.emotion!r})" if manner.guidance else ""
    drawn = f", steps={steps(controls)}" if steps(controls) else ""
    portrait = Path(controls.portrait or "portrait.png").name
    arguments = [
        repr(Path(controls.speech or "speech.wav").name), f"emotion={emotion!r}", f"transcript={said!r}", f"seed={seed(controls)}",
        f"style=Style({dict(manner.intensity)!r}, {manner.articulation!r}{guidance})", f"portrait={portrait!r}",
    ]  # fmt: skip
    lines = [
        f"from talkgen import {'Guidance, ' if guidance else ''}Style, TalkingHead, View, save",
        "",
        f"head = TalkingHead.from_pretrained(motion={controls.motion!r}, renderer={controls.renderer!r}{drawn})",
        f"take = head.perform({', '.join(arguments)})",
        f'head.render({portrait!r}, take, "line.mp4", View({controls.crop!r}, {int(controls.size)}))',
        *(f'save(take, "line{suffix}")' for suffix in CURVES),
    ]
    return "\n".join(lines) + "\n"


def intensity(controls: Controls) -> str:
    """The gains as `--intensity` reads them; "" where all are 1."""
    return ",".join(f"{name}={value:g}" for name, value in gains(controls).items())


def _other(value: float, usual: float) -> str:
    return "" if value == usual else f"{value:g}"


def _unread(text: str | None) -> str:
    """A transcript that begins with "@" is no file."""
    return f" {text}" if text and text.startswith("@") else text or ""
