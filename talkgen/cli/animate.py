"""`talkgen animate`: a line to facial-animation curves, without a picture."""

from pathlib import Path
from typing import Annotated

import typer

from talkgen.cli import options
from talkgen.cli.progress import report, waiting


def animate(
    audio: Annotated[Path, typer.Option(help="Speech: any sound file, or a video with sound.")],
    output: Annotated[str, typer.Option("--output", "-o", help="take.json, take.npz, or a file for an engine.")],
    emotion: options.Emotion = None,
    intensity: options.Intensity = None,
    articulation: options.Articulation = None,
    audio_guidance: options.AudioGuidance = None,
    emotion_guidance: options.EmotionGuidance = None,
    transcript: options.Transcript = None,
    hearing: options.Hearing = "mel",
    motion: options.Motion = "diffusion",
    seed: options.Seed = None,
    start: options.Start = None,
    end: options.End = None,
    format: options.Format = None,
    fps: options.Fps = None,
    rig: options.Rig = None,
    retarget: options.Retarget = None,
    flame: options.Flame = None,
) -> None:
    """Act a line and keep its curves: a take, which talkgen render --motion plays on any portrait, or a file for an engine."""
    from talkgen.output import check_output, output_rate, save
    from talkgen.pipeline import TalkingHead
    from talkgen.takes import duration

    files: dict[str, Path | str | None] = {"rig": rig, "retarget": retarget, "flame": flame}
    options.refuse_overwriting(output, audio, start, end, *files.values())
    exporter = check_output(output, False, format, fps, **files)
    head = TalkingHead.from_pretrained(motion, hearing=hearing)
    direction = options.read_direction(emotion, intensity, articulation, transcript, seed, audio_guidance, emotion_guidance)
    options.check_poses(head, start, end)
    with waiting("Acting"):
        take = head.ease(head.perform(audio, *direction), start, end)
    save(take, output, None, format, fps, **files)
    report(f"{output}: {duration(take):.2f} s at {output_rate(exporter, fps):g} frames per second")
