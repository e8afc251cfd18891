"""Lips of speech that nobody filmed: learnt where both are known, given where only phones are."""

import numpy as np

from talkgen.training import _spoken_lips
from talkgen.training._examples import LABELS, Example
from talkgen.types import VISEMES

LIPS = slice(len(VISEMES), len(VISEMES) + 2)
AA = VISEMES.index("aa")


def clip(seed: int, filmed: bool) -> Example:
    """Half a minute of random sounds; where it is filmed, lips as open as `aa` was 60 ms ago, as wide as it will be."""
    rng = np.random.default_rng(seed)
    shapes = np.repeat(np.eye(len(VISEMES))[rng.integers(0, len(VISEMES), 300)], 10, axis=0)
    labels = np.zeros((len(shapes), sum(LABELS.values())), np.float16)
    labels[:, : len(VISEMES)] = shapes
    known = np.ones(labels.shape, np.float16)
    known[:, LIPS] = filmed
    if filmed:
        labels[:, LIPS] = np.stack([np.roll(shapes[:, AA], 6), np.roll(shapes[:, AA], -9)], axis=1)
    return Example(np.zeros(160 * len(shapes), np.int16), labels, known)


def test_phones_tell_the_lips_of_speech_that_nobody_filmed() -> None:
    rule = _spoken_lips.fit([clip(0, True), clip(1, True), clip(2, False)])
    assert rule is not None
    unseen, truth = clip(3, False), clip(3, True)
    heard = _spoken_lips.spoken(unseen, rule)
    error = heard.labels[50:-50, LIPS] - truth.labels[50:-50, LIPS].astype(float)
    assert np.sqrt((error**2).mean()) < 0.1, "the rule is blurred by the 30 ms that it looks at only, and by no more"
    assert (heard.known[:, LIPS] == np.float16(_spoken_lips.TRUST)).all()
    assert (unseen.known[:, LIPS] == 0).all()


def test_lips_that_were_seen_stay_as_they_were() -> None:
    rule = _spoken_lips.fit([clip(0, True)])
    assert rule is not None
    filmed = clip(4, True)
    again = _spoken_lips.spoken(filmed, rule)
    assert (again.labels == filmed.labels).all() and (again.known == filmed.known).all()


def test_nothing_is_learnt_without_both() -> None:
    assert _spoken_lips.fit([clip(0, False)]) is None
