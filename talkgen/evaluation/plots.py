"""Pictures of an evaluation: curves against the real speaker, dial against response, and a strip of faces per emotion."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from talkgen.evaluation.cases import Actor, Case
from talkgen.evaluation.emotion import STEPS
from talkgen.evaluation.lips import rig_lips
from talkgen.evaluation.rows import Row
from talkgen.lib.timeline import frame_times, frames_of, join_motion
from talkgen.members import missing_extra
from talkgen.render.base import View
from talkgen.space import EMOTIONS, NEUTRAL
from talkgen.types import Performance

SHOWN = 6
"""Clips whose curves are drawn, and frames of a strip."""
SIDE, GAP, LABEL = 200, 4, 70
"""Pixels of a strip's frame, between frames, and of the names beside them."""


def check() -> None:
    """Raise `TalkgenError` without matplotlib: before the measuring, not after."""
    if find_spec("matplotlib") is None:
        raise missing_extra("matplotlib", "eval", "Drawing curves (leave it out with --no-plots)")


def draw(report: Row, cases: Sequence[Case], actor: Actor, folder: Path) -> list[str]:
    """Draw what the parts of a report show into `folder`; the names of the files. A strip needs a case with a portrait."""
    pictures = []
    if "lips" in report and curves(cases, actor, folder / "curves.png"):
        pictures.append("curves.png")
    if "emotion" in report:
        dial(report["emotion"], folder / "dial.png")
        pictures.append("dial.png")
        with_image = next((case for case in cases if case.line.image is not None), None)
        if with_image is not None:
            strip(with_image, actor, folder / "strip.png")
            pictures.append("strip.png")
    return pictures


def figure(rows: int, height: float) -> tuple[Any, Any]:
    """An empty figure of `rows` axes below each other."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(12, height * rows), layout="constrained")
    return page, page.subplots(rows, squeeze=False)[:, 0]


def curves(cases: Sequence[Case], actor: Actor, path: Path) -> bool:
    """Aperture over time, acted and real, of the first cases with a reference; False when there is none."""
    shown = [case for case in cases if case.lips is not None][:SHOWN]
    if not shown:
        return False
    page, axes = figure(len(shown), 2.0)
    for axis, case in zip(axes, shown, strict=True):
        assert case.lips is not None
        tracks = {"real": case.lips.aperture, "sound alone": rig_lips(actor.act(case, with_text=False)).aperture}
        if case.line.english is not None:
            tracks["with transcript"] = rig_lips(actor.act(case)).aperture
        for (name, track), colour in zip(tracks.items(), ("black", "tab:blue", "tab:orange"), strict=False):
            axis.plot(frame_times(len(track.values), track.fps), track.values, label=name, color=colour, linewidth=1.2)
        axis.set_title(f"{case.line.name}{f' ({case.doubt})' if case.doubt else ''}", fontsize=9, loc="left")
        axis.set_ylabel("aperture")
    axes[0].legend(loc="upper right", fontsize=8)
    axes[-1].set_xlabel("seconds (apertures in iris distances)")
    page.savefig(path, dpi=100)
    return True


def dial(part: Row, path: Path) -> None:
    """Response over strength, a line per emotion, each relative to its full strength."""
    page, axes = figure(1, 5.0)
    for name, values in part["dial"].items():
        whole = values["full"]
        axes[0].plot(STEPS, np.array(values["response"]) / (whole or 1), marker="o", label=f"{name} ({whole:.2f})")
    axes[0].plot([0, 1], [0, 1], color="grey", linestyle=":", label="even")
    axes[0].set(xlabel="strength asked for", ylabel="response, of the full one (its size in brackets)")
    axes[0].legend()
    page.savefig(path, dpi=100)


def strip(case: Case, actor: Actor, path: Path) -> None:
    """Frames spread over a line, a row per emotion at full strength, neutral first."""
    assert case.line.image is not None
    names = (NEUTRAL, *EMOTIONS)
    sheet = Image.new("RGB", (LABEL + SHOWN * (SIDE + GAP), len(names) * (SIDE + GAP)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    takes = [actor.act(case, name) for name in names]
    chosen = [int((k + 0.5) * len(takes[0]) / SHOWN) for k in range(SHOWN)]
    some = join_motion([frames_of(take, chosen) for take in takes])
    picture = actor.head.animate(case.line.image, Performance(some), View("face", SIDE))
    for k, frame in enumerate(picture.frames):
        row, column = divmod(k, SHOWN)
        draw.text((4, row * (SIDE + GAP) + SIDE // 2), names[row], "black", font)
        sheet.paste(Image.fromarray(frame), (LABEL + column * (SIDE + GAP), row * (SIDE + GAP)))
    sheet.save(path)
