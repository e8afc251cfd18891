"""`talkgen inspect`: what is found in a portrait, and how well it can be animated."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from talkgen.cli import options
from talkgen.types import FaceFit, Portrait, TalkgenError

SHARP, ENOUGH = 60, 25
"""Pixels between the irises for a sharp 512-pixel face, and below which little is left to move."""
TURNED = 25
"""Degrees beyond which the far side of a face shows little."""
POOR_FIT = 0.05
"""Landmark error, in iris distances, beyond which the rig and this face differ visibly."""


def inspect(
    image: Annotated[Path, typer.Argument(help="A portrait: photograph, painting or drawing.", show_default=False)],
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Draw what was found: report.png.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    face: options.Face = None,
    landmarks: options.Landmarks = options.LITERT,
) -> None:
    """Report landmarks, pose, resting expression and segmentation of a portrait, and whether it can be animated."""
    from talkgen.face.fit import fit_face
    from talkgen.face.rig import load_rig
    from talkgen.lib.files import check_writable, replacing
    from talkgen.lib.image import write_image
    from talkgen.portrait._draw import draw_inspection
    from talkgen.portrait.base import open_portrait

    if output:
        options.refuse_overwriting(output, image)
        if not output.lower().endswith(".png"):
            raise TalkgenError(f"The report {output} is drawn as a PNG; end its name in .png.")
        check_writable(Path(output))
    portrait = open_portrait(image, face, landmarks)
    fit = fit_face(load_rig(), portrait)
    found = describe(portrait, fit)
    typer.echo(json.dumps(found, indent=2) if as_json else "\n".join(_lines(found)))
    if output:
        with replacing(Path(output)) as path:
            drawn = [line.replace("×", " x ") for line in _lines(found) if not line.startswith("resting")]  # that is drawn as bars
            write_image(path, draw_inspection(portrait, fit, drawn))


def describe(portrait: Portrait, fit: FaceFit) -> dict[str, Any]:
    """Everything that was found, in plain values: pixels, degrees, shares 0..1."""
    import numpy as np

    from talkgen.space import BLENDSHAPES

    low, high = portrait.landmarks[:468, :2].min(0), portrait.landmarks[:468, :2].max(0)
    nod, turn, tilt = (round(float(angle), 1) + 0.0 for angle in np.degrees(fit.rotation))
    resting = {name: round(float(value), 2) for name, value in zip(BLENDSHAPES, fit.rest, strict=True) if value >= 0.05}
    found = {
        "portrait": portrait.name,
        "size": [portrait.image.shape[1], portrait.image.shape[0]],
        "face_box": [round(float(value)) for value in (*low, *high)],
        "iris_distance": round(portrait.iris_distance, 1),
        "pose_degrees": {"nod_down": nod, "turn_left": turn, "tilt_right": tilt},
        "resting_expression": dict(sorted(resting.items(), key=lambda item: -item[1])),
        "person_share": round(float((portrait.matte > 127).mean()), 2),
        "fit_error": round(fit.rms, 3),
    }
    remarks = _remarks(found)
    return found | {"animates": "fairly" if remarks else "well", "remarks": remarks}


def _remarks(found: dict[str, Any]) -> list[str]:
    """What stands in the way of a good animation."""
    distance, turn, (width, height) = found["iris_distance"], found["pose_degrees"]["turn_left"], found["size"]
    left, top, right, bottom = found["face_box"]
    remarks = []
    if distance < SHARP:
        much = "very little" if distance < ENOUGH else "little"
        remarks.append(f"{distance:.0f} pixels between the eyes hold {much} detail; {SHARP} or more are better")
    if abs(turn) > TURNED:
        remarks.append(f"the face is turned by {abs(turn):.0f} degrees, so that one side hardly shows; under {TURNED} is better")
    if left < 0 or top < 0 or right > width or bottom > height:
        remarks.append("the face reaches beyond the edge of the picture")
    if found["fit_error"] > POOR_FIT:
        remarks.append("its proportions are far from those the rig was measured on, so that movements may miss the drawn features")
    return remarks


_WAYS = {
    "nod_down": ("nods {} down", "looks {} up"),
    "turn_left": ("turns {} to their left", "turns {} to their right"),
    "tilt_right": ("tilts {} to their right", "tilts {} to their left"),
}


def _angle(degrees: float, positive: str, negative: str) -> str:
    return (positive if degrees >= 0 else negative).format(f"{abs(degrees):.0f}°")


def _lines(found: dict[str, Any]) -> list[str]:
    """The same as text."""
    pose, (left, top, right, bottom) = found["pose_degrees"], found["face_box"]
    resting = ", ".join(f"{name} {value:.2f}" for name, value in list(found["resting_expression"].items())[:6])
    return [
        f"{found['portrait']}  {found['size'][0]}×{found['size'][1]} pixels",
        f"face     {right - left}×{bottom - top} pixels at {left}, {top}; {found['iris_distance']:.0f} between the irises",
        f"pose     {', '.join(_angle(pose[name], *ways) for name, ways in _WAYS.items())}",
        f"resting  {resting or 'neutral'}",
        f"person   {found['person_share']:.0%} of the picture",
        f"rig      landmark error {100 * found['fit_error']:.1f} % of the iris distance",
        f"verdict  animates {found['animates']}" + (":" if found["remarks"] else ""),
        *(f"         {remark}" for remark in found["remarks"]),
    ]
