"""A plan as a feeling."""

import numpy as np

from talkgen.emotion._embedder import embedder
from talkgen.emotion._fit import asked, fit
from talkgen.emotion._plan import Plan
from talkgen.emotion.base import Feeling
from talkgen.types import Array


def feeling_of(plan: Plan) -> Feeling:
    """What a plan asks for, in every form."""
    found = fit(plan)
    return Feeling(found.weights, found.beyond, embedder().place("words", numbers_of(plan)))


def numbers_of(plan: Plan) -> Array:
    """`(55,)`: the shapes that a plan asks for, and its valence, arousal and dominance; as in `_embedder.KINDS`."""
    return np.append(asked(plan), (plan.valence, plan.arousal, plan.dominance)).astype(np.float32)
