"""Teeth: rows that are painted, photographed ones that are found, and where both come to lie."""

from pathlib import Path

import numpy as np
import pytest

from talkgen.face.fit import fit_face
from talkgen.face.rig import load_rig
from talkgen.portrait.base import open_portrait
from talkgen.render._picture import Picture, frame_picture
from talkgen.render.base import View
from talkgen.render.warp.dentition import BEYOND, CROWNS, Row, read_row
from talkgen.render.warp.mouth import interior_colours, luminance
from talkgen.render.warp.teeth import OVERLAP, SHOWN, find_teeth, longer_crowns, set_teeth
from talkgen.types import Array

ENAMEL, GUM = np.array([220, 210, 190], np.float32), np.array([170, 90, 90], np.float32)
UPPER_LIP = 13
"""The landmark in the middle of the upper lip's inner edge."""


@pytest.fixture(scope="module", params=["upper", "lower"])
def row(request: pytest.FixtureRequest) -> Row:
    return read_row(load_rig(), request.param)


@pytest.fixture(scope="module")
def picture() -> Picture:
    portrait = open_portrait(Path(__file__).parents[1] / "data" / "astronaut.jpg")
    return frame_picture(portrait, fit_face(load_rig(), portrait), View("face", 320))


def test_a_row_has_sixteen_teeth_alike_on_both_sides(row: Row) -> None:
    assert len(row.borders) == 17 and (np.diff(row.borders) > 4).all()
    np.testing.assert_allclose(row.borders, -row.borders[::-1], atol=0.3)
    assert -1 < row.up.min() < 0.6


def test_crowns_stand_in_gums_and_are_darker_between(row: Row) -> None:
    scale = 4.0
    painted = row.paint(ENAMEL, GUM, scale)

    def at(along: float, up: float) -> Array:
        colour: Array = painted[round((up + BEYOND) * scale), round((along - row.borders[0] + BEYOND) * scale)]
        return colour

    middle = float(row.borders[8:10].mean())
    crown = CROWNS[row.jaw][0]
    np.testing.assert_allclose(at(middle, 0.4 * crown), ENAMEL, rtol=0.1)
    assert luminance(at(0, 0.4 * crown)) < 0.9 * luminance(at(middle, 0.4 * crown))
    np.testing.assert_allclose(at(middle, crown + 2), GUM, rtol=0.1)
    assert np.ptp(at(0, 0.85 * crown)) > 40 > np.ptp(at(middle, 0.5 * crown))  # the gum reaches up between teeth
    assert luminance(at(row.borders[14], 3)) < 0.6 * luminance(at(middle, 3))  # and cheeks take the light
    columns, rows = row.places(scale)
    assert columns.min() >= 0 and columns.max() < painted.shape[1] and rows.min() >= 0 and rows.max() < painted.shape[0]


def test_photographed_teeth_are_found_and_invented_ones_hang_as_usual(picture: Picture) -> None:
    rig = load_rig()
    found = find_teeth(picture)
    assert found.sum() > 0.03 * picture.iris_distance**2
    own, usual = (set_teeth(rig, picture, teeth) for teeth in (found, np.zeros_like(found)))
    lip = rig.landmarks(usual)[UPPER_LIP, 1]
    front = {part: rig.members(part)[np.abs(rig.neutral[rig.members(part), 0]) < 0.006] for part in ("teeth_upper", "teeth_lower")}
    assert usual[front["teeth_upper"], 1].min() == pytest.approx(lip - SHOWN, abs=5e-4)
    assert usual[front["teeth_lower"], 1].max() == pytest.approx(lip - SHOWN + OVERLAP, abs=5e-4)
    assert own[front["teeth_upper"], 1].min() < usual[front["teeth_upper"], 1].min()  # hers show more
    assert longer_crowns(rig, usual) == pytest.approx(0, abs=0.5) and longer_crowns(rig, own) > 1


def test_a_mouth_inherits_light_and_palette() -> None:
    skin, white = np.array([200, 150, 130], np.float32), np.array([170, 160, 155], np.float32)
    coloured = interior_colours(skin, white, None)
    assert luminance(coloured["teeth_upper"]) > luminance(skin)
    assert coloured["tongue"][0] > 1.4 * coloured["tongue"][1]
    grey = interior_colours(np.full(3, 90, np.float32), np.full(3, 110, np.float32), None)
    assert max(np.ptp(colour) for colour in grey.values()) < 1
    dark = interior_colours(skin / np.float32(5), white / np.float32(5), None)
    assert luminance(dark["teeth_upper"]) < 1.6 * luminance(white / np.float32(5))
