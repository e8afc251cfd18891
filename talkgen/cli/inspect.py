"""`talkgen inspect`: what is found in a portrait, and how well it can be animated."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from talkgen.cli import options
from talkgen.types import FaceFit, Portrait, TalkgenError

if TYPE_CHECKING:
    from PIL.Image import Image

SHARP, ENOUGH = 60, 25
"""Pixels between the irises for a sharp 512-pixel face, and below which little is left to move."""
TURNED = 25
"""Degrees beyond which the far side of a face shows little."""
PANEL = 640
"""Pixels of a side of each drawing."""
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
            _draw(portrait, fit, _lines(found)).save(path, "PNG")


def describe(portrait: Portrait, fit: FaceFit) -> dict[str, Any]:
    """Everything that was found, in plain values: pixels, degrees, shares 0..1."""
    import numpy as np

    from talkgen.space import BLENDSHAPES

    low, high = portrait.landmarks[:468, :2].min(0), portrait.landmarks[:468, :2].max(0)
    nod, turn, tilt = (round(float(angle), 1) for angle in np.degrees(fit.rotation))
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


def _lines(found: dict[str, Any]) -> list[str]:
    """The same as text."""
    pose, (left, top, right, bottom) = found["pose_degrees"], found["face_box"]
    resting = ", ".join(f"{name} {value:.2f}" for name, value in list(found["resting_expression"].items())[:6])
    return [
        f"{found['portrait']}  {found['size'][0]}×{found['size'][1]} pixels",
        f"face     {right - left}×{bottom - top} pixels at {left}, {top}; {found['iris_distance']:.0f} between the irises",
        f"pose     nod {pose['nod_down']:+.0f}° down, turn {pose['turn_left']:+.0f}° (their left), tilt {pose['tilt_right']:+.0f}°",
        f"resting  {resting or 'neutral'}",
        f"person   {found['person_share']:.0%} of the picture",
        f"rig      landmark error {100 * found['fit_error']:.1f} % of the iris distance",
        f"verdict  animates {found['animates']}" + "".join(f"; {remark}" for remark in found["remarks"]),
    ]


def _draw(portrait: Portrait, fit: FaceFit, lines: list[str]) -> "Image":
    """The picture with its background dimmed; beside it the face with landmarks and pose axes; below it the report."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    from talkgen.face.rig import rotation_matrix

    cover = 0.3 + 0.7 * portrait.matte[..., None].astype(np.float32) / 255
    whole = Image.fromarray((portrait.image * cover).astype(np.uint8))
    points = portrait.landmarks[:, :2]
    side = 1.3 * float(np.ptp(points, axis=0).max())
    corner = points[:468].mean(0) - side / 2
    scale = PANEL / side
    face = Image.fromarray(portrait.image).transform(
        (PANEL, PANEL), Image.Transform.AFFINE, (1 / scale, 0, corner[0], 0, 1 / scale, corner[1]), Image.Resampling.BICUBIC
    )
    draw, points = ImageDraw.Draw(face), (points - corner) * scale
    for index, (x, y) in enumerate(points.tolist()):
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=(90, 255, 120) if index < 468 else (255, 220, 60))
    origin, length = points[[468, 473]].mean(0), portrait.iris_distance * scale
    axes = rotation_matrix(fit.rotation)[:2].T * [1, -1]  # where the head's own x, y and z point in the picture
    for axis, colour in zip(axes, ((255, 80, 80), (80, 220, 80), (90, 150, 255)), strict=True):
        draw.line((*origin.tolist(), *(origin + length * axis).tolist()), colour, 3)
    whole.thumbnail((PANEL, PANEL), Image.Resampling.LANCZOS)
    page = Image.new("RGB", (2 * PANEL, PANEL + 22 * len(lines) + 16), (24, 24, 26))
    page.paste(whole, ((PANEL - whole.width) // 2, (PANEL - whole.height) // 2))
    page.paste(face, (PANEL, 0))
    for row, line in enumerate(lines):
        ImageDraw.Draw(page).text((10, PANEL + 8 + 22 * row), line.replace("×", " x "), (235, 235, 235), ImageFont.load_default(15))
    return page
