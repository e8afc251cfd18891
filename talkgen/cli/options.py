"""Options that commands share, and what their texts mean."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from talkgen.members import available
from talkgen.types import EmotionSpec, TalkgenError

if TYPE_CHECKING:
    from talkgen import TalkingHead
    from talkgen.motion.base import Style

_ACTING: dict[str, Any] = {"rich_help_panel": "Acting"}
_PICTURE: dict[str, Any] = {"rich_help_panel": "Picture"}
_CHOICES = {stage: ", ".join(available(stage)) for stage in ("audio", "motion", "portrait", "render")}
LITERT = "litert"
MOST_GUIDANCE = 3.0

Audio = Annotated[Path | None, typer.Option(help="Speech: any sound file, or a video with sound.", show_default=False)]
Emotion = Annotated[
    str | None,
    typer.Option(
        help='As in happy, angry:0.7, sad@brows+happy@mouth, "0s=neutral; 2s=fear", "text:smug".',
        show_default="neutral",
        **_ACTING,
    ),
]
Intensity = Annotated[
    str | None, typer.Option(help="Gains of regions, 0 to 2, as in mouth=1.2,head=0.", show_default="1", **_ACTING)
]
Articulation = Annotated[
    float | None, typer.Option(help="Gain of the speech movements, 0.5 (mumbled) to 1.5.", show_default="1", **_ACTING)
]
AudioGuidance = Annotated[
    float | None, typer.Option(help="How hard diffusion follows the speech, 0 to 3.", show_default="2", **_ACTING)
]
EmotionGuidance = Annotated[
    float | None, typer.Option(help="How hard diffusion follows the emotion, 0 to 3.", show_default="1.5", **_ACTING)
]
Transcript = Annotated[
    str | None, typer.Option(help="What is said, in English, or @file holding it: surer lips.", show_default=False, **_ACTING)
]
Seed = Annotated[int | None, typer.Option(help="Another seed plays the line differently.", show_default="0", **_ACTING)]
Start = Annotated[
    str | None,
    typer.Option(
        help="Begin in a pose: rest, an emotion such as happy, or where another take ends.",
        metavar="POSE|FILE", show_default="as acted", **_ACTING,
    ),
]  # fmt: skip
End = Annotated[
    str | None,
    typer.Option(
        help="End in a pose: rest, an emotion such as happy, or where another take begins.",
        metavar="POSE|FILE", show_default="as acted", **_ACTING,
    ),
]  # fmt: skip
Motion = Annotated[
    str,
    typer.Option(
        help=f"Who acts: {_CHOICES['motion']}, or diffusion with a folder of weights; render also plays a take (.json, .npz).",
        metavar="NAME[:FOLDER]|FILE",
        **_ACTING,
    ),
]
Hearing = Annotated[
    str,
    typer.Option(
        help=f"Who hears: {_CHOICES['audio']}, with a folder of weights where it needs one.", metavar="NAME[:FOLDER]", **_ACTING
    ),
]

Renderer = Annotated[
    str,
    typer.Option(
        help=f"How the portrait is shown: {_CHOICES['render']}; dit also with other weights.", metavar="NAME[:FOLDER]", **_PICTURE
    ),
]
Steps = Annotated[int | None, typer.Option(help="Steps in which dit draws a frame, 1 (fast) to 20.", show_default="1", **_PICTURE)]
Crop = Annotated[Literal["full", "face"], typer.Option(help="The whole picture, or a square around the head.", **_PICTURE)]
Size = Annotated[
    int | None,
    typer.Option(help="Pixels of the longer side.", show_default="the picture's, at most 1920; 512 for a face", **_PICTURE),
]
Fps = Annotated[float | None, typer.Option(help="Frames per second.", show_default="the format's own", **_PICTURE)]
Format = Annotated[
    str | None, typer.Option(help="The format, where the suffix does not tell.", metavar="NAME", show_default="by the suffix")
]
Rig = Annotated[Path | None, typer.Option(help="Your own head (.glb, .vrm) for the curves to move.", show_default=False)]
Flame = Annotated[Path | None, typer.Option(help="The FLAME model (.pkl) that parameters are for.", show_default=False)]
Retarget = Annotated[
    str | None,
    typer.Option(help="Curves for another rig: a map that ships, or a .yaml of yours.", metavar="NAME|FILE", show_default=False),
]
Face = Annotated[int | None, typer.Option(help="Which face, counted from the left.", show_default="the largest", **_PICTURE)]
Landmarks = Annotated[
    str,
    typer.Option(
        help=f"Who finds the face: {_CHOICES['portrait']}, with what it needs (face_alignment:FOLDER), or a .json of landmarks.",
        metavar="NAME[:FOLDER]|FILE",
        **_PICTURE,
    ),
]
Device = Annotated[str, typer.Option(help="Where the network of dit computes.", metavar="cpu|cuda", **_PICTURE)]


def read_direction(
    emotion: str | None,
    intensity: str | None,
    articulation: float | None,
    transcript: str | None,
    seed: int | None,
    audio_guidance: float | None = None,
    emotion_guidance: float | None = None,
) -> tuple[EmotionSpec, str | None, int, "Style"]:
    """The acting options, checked: emotion, transcript, seed and style, in the order that `TalkingHead.perform` takes them."""
    from talkgen.lib.grammar import parse_emotion, parse_intensity
    from talkgen.motion.base import Guidance, Style

    spec = parse_emotion("neutral" if emotion is None else emotion, available("emotion"))
    gain = 1.0 if articulation is None else articulation
    if not 0 <= gain <= 2:
        raise TalkgenError(f"--articulation {gain:g} is out of range; give 0 to 2, where 1 is normal.")
    if seed is not None and seed < 0:
        raise TalkgenError(f"--seed {seed} is negative; give 0 or more.")
    usual, scales = Guidance(), {"audio": audio_guidance, "emotion": emotion_guidance}
    given = {name: scale for name, scale in scales.items() if scale is not None}
    for name, scale in given.items():
        if not 0 <= scale <= MOST_GUIDANCE:
            raise TalkgenError(f"--{name}-guidance {scale:g} is out of range; give 0 to {MOST_GUIDANCE:g}, where 1 adds nothing.")
    guidance = replace(usual, **given) if given else None
    style = Style({} if intensity is None else parse_intensity(intensity), gain, guidance)
    return spec, read_transcript(transcript), seed or 0, style


def check_poses(head: "TalkingHead", start: str | None, end: str | None) -> None:
    """Raise `TalkgenError` for poses that there are not, before any work."""
    for name, text in (("start", start), ("end", end)):
        if text is not None:
            head.pose(text, name)


def read_transcript(text: str | None) -> str | None:
    """The words of `--transcript`: as given, or those in the file after an "@"."""
    if text is None:
        return None
    if text.startswith("@"):
        path = Path(text[1:])
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise TalkgenError(f"There is no transcript {path}.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise TalkgenError(f"The transcript {path} cannot be read as UTF-8 text ({error}).") from None
    if not text.strip():
        raise TalkgenError("The transcript is empty; give the words that are said, or leave --transcript out.")
    return text.strip()


def refuse_overwriting(output: str, *inputs: Path | str | None) -> None:
    """Raise `TalkgenError` when the output is one of the files that are read."""
    for path in inputs:
        if path is not None and Path(path).resolve() == Path(output).resolve():
            raise TalkgenError(f"The output {output} is also an input and would be lost; give another name.")
