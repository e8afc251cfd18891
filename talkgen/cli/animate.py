"""`talkgen animate`: a line to facial-animation curves, without a picture."""

from pathlib import Path
from typing import Annotated

import typer

from talkgen.cli import options
from talkgen.cli.progress import report, waiting


def animate(
    audio: Annotated[Path, typer.Option(help="Speech: any sound file, or a video with sound.")],
    output: Annotated[str, typer.Option("--output", "-o", help="take.json or take.npz.")],
    emotion: options.Emotion = None,
    intensity: options.Intensity = None,
    articulation: options.Articulation = None,
    audio_guidance: options.AudioGuidance = None,
    emotion_guidance: options.EmotionGuidance = None,
    transcript: options.Transcript = None,
    hearing: options.Hearing = "mel",
    motion: options.Motion = "diffusion",
    seed: options.Seed = None,
    fps: options.Fps = 25.0,
) -> None:
    """Act a line and keep its curves: a take, which talkgen render --motion plays on any portrait."""
    from talkgen.pipeline import TalkingHead, check_output, check_rate, retime, save

    check_rate(fps)
    options.refuse_overwriting(output, audio)
    check_output(output, has_picture=False)
    head = TalkingHead.from_pretrained(motion, hearing=hearing)
    direction = options.read_direction(emotion, intensity, articulation, transcript, seed, audio_guidance, emotion_guidance)
    with waiting("Acting"):
        take = retime(head.perform(audio, *direction), fps)
    save(take, output)
    report(f"{output}: {len(take.motion)} frames at {fps:g} per second")
