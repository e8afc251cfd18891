"""Where the named emotions lie in valence, arousal and dominance, and the mixture of them that is nearest to a point.

The named emotions lie where Russell & Mehrabian (1977, "Evidence for a three-factor theory of emotions", Journal of Research
in Personality 11) found them; contempt, which their table lacks, halfway between its "arrogant" and "displeased". The
direction of the point from the origin (neutral) chooses the mixture, its distance the strength: a named emotion's own
point reads as that emotion at strength 1.
"""

import numpy as np

from talkgen.lib.grammar import MAX_STRENGTH
from talkgen.space import EMOTIONS
from talkgen.types import Array

PLACES = {
    "happy": (0.81, 0.51, 0.46),
    "sad": (-0.63, -0.27, -0.33),
    "angry": (-0.51, 0.59, 0.25),
    "fear": (-0.64, 0.60, -0.43),
    "disgust": (-0.60, 0.35, 0.11),
    "surprise": (0.40, 0.67, -0.13),
    "contempt": (-0.28, 0.25, 0.22),
}
"""Valence, arousal and dominance, -1..1, of each of `EMOTIONS`."""
SHARPNESS = 40.0
"""How strongly the nearest direction wins: at 40, emotions 15 degrees further off than the nearest have a quarter of its weight."""


def nearest_mixture(point: np.ndarray) -> Array:
    """`(E,)` float32 weights, 0..1.5, of a point `(3,)` of valence, arousal and dominance, each -1..1.

    Continuous everywhere; zero at the origin. Directions that no named emotion is near (calm, asleep) give weak mixtures.
    """
    places = np.array([PLACES[name] for name in EMOTIONS])
    lengths = np.linalg.norm(places, axis=1)
    radius = float(np.linalg.norm(point))
    if radius == 0:
        return np.zeros(len(EMOTIONS), np.float32)
    nearness = places @ point / (lengths * radius)  # cosine of the angle between the directions
    mixture = np.exp(SHARPNESS * (nearness - nearness.max()))
    mixture /= mixture.sum()
    strength = radius / (mixture @ lengths) * (1 + mixture @ nearness) / 2
    weights: Array = np.minimum(strength * mixture, MAX_STRENGTH).astype(np.float32)
    return weights
