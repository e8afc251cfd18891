"""Emotion in plain words: `quietly furious`, `one eyebrow raised, smirk`, `AU4+AU7 strong, lips pressed`."""

import logging

from talkgen.emotion._facs import UNITS
from talkgen.emotion._fit import can_show, fit
from talkgen.emotion._reading import complaint, read_words
from talkgen.types import Array

_log = logging.getLogger(__name__)


def read(argument: str) -> Array:
    """`(R, E)` weights, 0..1.5, nearest to the face that the words describe.

    Words that are not understood, and actions that no named emotion has, are logged. Raises `TalkgenError` when nothing is
    understood.
    """
    plan = read_words(argument)
    if plan.ignored:
        _log.warning(complaint(plan))
    lost = [f"AU{action.unit} ({UNITS[action.unit].name})" for action in plan.actions if not can_show(action.unit)]
    if lost:
        _log.warning(f"Of {argument!r}, {', '.join(lost)} is not acted, for none of the seven named emotions moves it.")
    return fit(plan).weights
