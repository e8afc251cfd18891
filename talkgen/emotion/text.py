"""Emotion in plain words: `quietly furious`, `one eyebrow raised, smirk`, `AU4+AU7 strong, lips pressed`."""

import logging

from talkgen.emotion._facs import UNITS
from talkgen.emotion._fit import fit, shown
from talkgen.emotion._reading import complaint, read_words
from talkgen.types import Array

_log = logging.getLogger(__name__)
HARDLY = 0.2
"""Share of an action below which the user is told that it does not show."""


def read(argument: str) -> Array:
    """`(R, E)` weights, 0..1.5, nearest to the face that the words describe.

    Words that are not understood, and actions that no named emotion can show, are logged. Raises `TalkgenError` when nothing is
    understood.
    """
    plan = read_words(argument)
    found = fit(plan)
    if plan.ignored:
        _log.warning(complaint(plan))
    lost = [f"AU{action.unit} ({UNITS[action.unit].name})" for action in plan.actions if shown(action, found) < HARDLY]
    if lost:
        _log.warning(f"Of {argument!r}, {', '.join(lost)} cannot be shown: it is in none of the emotions that are acted.")
    return found.weights
