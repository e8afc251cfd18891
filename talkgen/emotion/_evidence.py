"""What several things say about a feeling, put together, and told in a sentence."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from talkgen.emotion._embedder import Gaussian, embedder, product
from talkgen.emotion.base import Feeling, feeling_at
from talkgen.space import EMOTIONS, NEUTRAL

_log = logging.getLogger(__name__)
FAINT = 0.1
"""Named emotions weaker than this are not told."""


@dataclass(frozen=True)
class Evidence:
    """What something, named for a sentence, says about the feeling."""

    name: str
    place: Gaussian


def widened(place: Gaussian, width: float) -> Gaussian:
    """The same place, known less surely."""
    return Gaussian(place.mean, np.hypot(place.spread, width).astype(np.float32))


def settled(place: Gaussian) -> Gaussian:
    """A place whose mean is drawn to neutral as far as its spread allows, all the way where it says nothing sure: faces differ, and
    what is only somebody's own look is no feeling. The positive-part estimator of James & Stein (1961)."""
    surely = float(np.square(place.mean / place.spread).sum())
    share = max(1 - (len(place.mean) - 2) / max(surely, 1e-9), 0.0)
    return Gaussian(np.float32(share) * place.mean, place.spread)


def weigh(asked: str, evidence: Sequence[Evidence]) -> Feeling:
    """The feeling that all evidence together points to, the surer counting more; it is logged, and what each piece alone says."""
    place = product(item.place for item in evidence)
    if len(evidence) == 1:
        _log.warning("%s is %s, by %s", asked, _told(place), evidence[0].name)
    else:
        alone = "; ".join(f"{item.name}: {_told(item.place)}" for item in evidence)
        _log.warning("%s is %s (%s)", asked, _told(place), alone)
    return feeling_at(place)


def _told(place: Gaussian) -> str:
    """The named emotions at a place, strongest first, and its affect."""
    _, weights, affect = embedder().face(place.mean)
    named = [f"{EMOTIONS[k]} {weights[k]:.1f}" for k in np.argsort(-weights)[:3] if weights[k] >= FAINT]
    return f"{', '.join(named) or NEUTRAL} (valence {affect[0]:+.1f}, arousal {affect[1]:+.1f})"
