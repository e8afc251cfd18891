"""Emotion in plain words: `quietly furious`, `one eyebrow raised, smirk`, `AU4+AU7 strong, lips pressed`."""

import logging

from talkgen.emotion._reading import complaint, read_words
from talkgen.emotion._words import feeling_of
from talkgen.emotion.base import Feeling, Scene

_log = logging.getLogger(__name__)


def read(argument: str, scene: Scene) -> Feeling:
    """The face that the words describe. Words that are not understood are logged; raises `TalkgenError` when nothing is."""
    plan = read_words(argument)
    if plan.ignored:
        _log.warning(complaint(plan))
    return feeling_of(plan)
