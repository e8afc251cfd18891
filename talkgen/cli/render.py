"""`talkgen render`: a line, or a finished take, on a portrait."""

from pathlib import Path
from typing import Annotated, Any

import typer

from talkgen.cli import options
from talkgen.cli.progress import report, waiting, with_progress
from talkgen.types import TalkgenError


def render(
    image: Annotated[Path, typer.Option(help="A portrait: photograph, painting or drawing.")],
    output: Annotated[str, typer.Option("--output", "-o", help="line.mp4, sheet.png (a contact sheet) or frames/ (pictures).")],
    audio: options.Audio = None,
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
    renderer: options.Renderer = "dit",
    steps: options.Steps = None,
    crop: options.Crop = "full",
    size: options.Size = None,
    format: options.Format = None,
    fps: options.Fps = None,
    face: options.Face = None,
    landmarks: options.Landmarks = "litert",
    device: options.Device = "cpu",
) -> None:
    """Make a portrait talk: a video, a contact sheet or a folder of pictures."""
    from talkgen.output import check_output, output_rate, save
    from talkgen.pipeline import TalkingHead
    from talkgen.portrait.base import open_portrait
    from talkgen.render.base import View
    from talkgen.takes import load_take

    take_file = motion if motion.endswith((".json", ".npz")) else None
    acting: dict[str, Any] = {
        "emotion": emotion, "intensity": intensity, "articulation": articulation, "transcript": transcript, "seed": seed,
        "audio_guidance": audio_guidance, "emotion_guidance": emotion_guidance,
    }  # fmt: skip
    _refuse_contradictions(take_file, audio, acting)
    options.refuse_overwriting(output, image, audio, take_file, start, end)
    exporter = check_output(output, True, format, fps)
    rate = output_rate(exporter, fps)
    view, direction = View(crop, size, getattr(exporter, "needs_alpha", False)), options.read_direction(**acting)
    head = TalkingHead.from_pretrained("procedural" if take_file else motion, renderer, device, hearing, steps)
    _ = head.show  # what it lacks is said before anybody acts
    options.check_poses(head, start, end)
    portrait = open_portrait(image, face, landmarks)
    with waiting("Acting"):
        take = head.perform(audio, *direction, portrait) if audio and not take_file else load_take(motion, audio)
        take = head.ease(take, start, end)
        picture = head.animate(portrait, take, view, rate)
    save(take, output, with_progress(picture), format)
    report(f"{output}: {picture.n_frames} frames of {picture.width}×{picture.height}, {picture.n_frames / rate:.1f} s")


def _refuse_contradictions(take: str | None, audio: Path | None, acting: dict[str, Any]) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in acting.items() if value is not None]
    if take and given:
        raise TalkgenError(f"{' and '.join(given)} cannot change {take}, which is already acted; leave out the one or the other.")
    if not take and audio is None:
        raise TalkgenError("There is nothing to say: give speech with --audio, or a finished take with --motion take.json.")
