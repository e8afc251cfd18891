"""Affect: what is heard in voices that were told how to feel, by lines of the manifest with the fields `feeling` and `speaker`.

The order of arousal asks only whether the aroused line of a speaker is heard as more aroused than the calm one; the four classes
are told by the nearest of four means (in units of the spread within a class) that the other speakers gave.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from talkgen.audio.base import arousal
from talkgen.evaluation.cases import Actor, Case
from talkgen.evaluation.rows import Row
from talkgen.types import Array

AROUSED, CALM = ("angry", "fear", "happy", "surprise"), ("neutral", "sad")
CLASSES = ("angry", "happy", "neutral", "sad")
"""The four that most corpora share."""


def measure(cases: Sequence[Case], actor: Actor) -> Row:
    """By group: share of pairs in the right order of arousal, within and across speakers, and accuracy in four classes."""
    told = [case for case in cases if case.line.feeling]
    heard = {case: actor.head.hear(case.audio) for case in told}
    if any(features.affect is None for features in heard.values()):
        return {"groups": {}}  # a hearing that does not tell affect
    levels = {case: arousal(features) for case, features in heard.items()}
    rows = {
        case: np.append(features.affect[features.voicing > 0.5].mean(axis=0), features.loudness.std())  # type: ignore[index]
        for case, features in heard.items()
        if (features.voicing > 0.5).any()
    }
    groups = {}
    for group in dict.fromkeys(case.line.group for case in told):
        own = [case for case in told if case.line.group == group]
        pairs = list(_pairs(own))
        right = [levels[aroused] > levels[calm] for aroused, calm in pairs]
        within = [ok for ok, (a, b) in zip(right, pairs, strict=True) if a.line.speaker == b.line.speaker]
        groups[group] = {
            "lines": len(own),
            "order_within_speaker": float(np.mean(within)) if within else None,
            "pairs_within_speaker": len(within),
            "order": float(np.mean(right)) if right else None,
            "four_classes": four_classes({case: row for case, row in rows.items() if case in own}),
        }
    return {"groups": groups}


def _pairs(cases: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    aroused, calm = ([case for case in cases if case.line.feeling in names] for names in (AROUSED, CALM))
    return product(aroused, calm)


def four_classes(rows: dict[Case, Array]) -> float | None:
    """Accuracy over lines of `CLASSES`, every speaker told by the others; rows are taken relative to the speaker's own mean.

    None where there is only one speaker, or the others lack a class.
    """
    known = [case for case in rows if case.line.feeling in CLASSES]
    speakers = np.array([case.line.speaker for case in known])
    labels = np.array([CLASSES.index(str(case.line.feeling)) for case in known])
    values = np.array([rows[case] for case in known])
    for speaker in set(speakers):
        values[speakers == speaker] -= values[speakers == speaker].mean(axis=0)
    right = []
    for speaker in sorted(set(speakers)):
        others = speakers != speaker
        if len(set(labels[others])) < len(CLASSES):
            return None
        means = np.array([values[others & (labels == k)].mean(axis=0) for k in range(len(CLASSES))])
        spread = (values[others] - means[labels[others]]).std(axis=0) + 1e-6
        away = np.square((values[~others, None] - means) / spread).sum(axis=2)
        right += list(away.argmin(axis=1) == labels[~others])
    return float(np.mean(right)) if right else None
