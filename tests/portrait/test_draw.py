"""The page that shows what was found."""

import numpy as np

from talkgen.face.fit import fit_face
from talkgen.face.rig import load_rig
from talkgen.portrait._draw import BARS, DETAIL, LINE, PANEL, draw_inspection
from talkgen.types import Portrait


def test_page_shows_face_details_and_resting_smile(photo: np.ndarray, face: np.ndarray) -> None:
    portrait = Portrait(photo, face, np.full(photo.shape[:2], 255, np.uint8))
    page = draw_inspection(portrait, fit_face(load_rig(), portrait), ["astronaut.jpg", "animates well"])
    assert page.shape == (PANEL + DETAIL + LINE * (BARS + 1), 2 * PANEL, 3)
    assert page.dtype == np.uint8
    first_bar = page[PANEL + DETAIL + 10 + LINE // 2, PANEL + 260 :]
    second_row = page[PANEL + DETAIL + 10 + LINE * (BARS - 1) + LINE // 2, PANEL + 260 :]
    blue = (90, 200, 255)
    assert (first_bar == blue).all(-1).sum() > (second_row == blue).all(-1).sum()
    bare, marked = page[PANEL : PANEL + DETAIL, 3 * DETAIL :], page[PANEL : PANEL + DETAIL, 2 * DETAIL : 3 * DETAIL]
    assert (bare != marked).any(-1).mean() > 0.005
