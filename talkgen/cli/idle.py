"""`talkgen idle`: a face that waits, as a take that goes round."""

from pathlib import Path
from typing import Annotated

import typer

from talkgen.cli import options
from talkgen.cli.progress import report, waiting


def idle(
    seconds: Annotated[float, typer.Option(help="How long it goes until it begins again.")],
    output: Annotated[str, typer.Option("--output", "-o", help="take.json, take.npz, or a file for an engine.")],
    emotion: options.Emotion = None,
    intensity: options.Intensity = None,
    emotion_guidance: options.EmotionGuidance = None,
    motion: options.Motion = "diffusion",
    seed: options.Seed = None,
    format: options.Format = None,
    fps: options.Fps = None,
    rig: options.Rig = None,
    retarget: options.Retarget = None,
    flame: options.Flame = None,
) -> None:
    """Let a face wait, silent and alive: curves that play again and again, their end going on into their beginning."""
    from talkgen.output import check_output, output_rate, save
    from talkgen.pipeline import TalkingHead
    from talkgen.takes import duration

    files: dict[str, Path | str | None] = {"rig": rig, "retarget": retarget, "flame": flame}
    options.refuse_overwriting(output, *files.values())
    exporter = check_output(output, False, format, fps, **files)
    spec, _, chosen_seed, style = options.read_direction(emotion, intensity, None, None, seed, None, emotion_guidance)
    head = TalkingHead.from_pretrained(motion)
    with waiting("Acting"):
        take = head.idle(seconds, spec, chosen_seed, style)
    save(take, output, None, format, fps, **files)
    report(f"{output}: {duration(take):.2f} s at {output_rate(exporter, fps):g} frames per second")
