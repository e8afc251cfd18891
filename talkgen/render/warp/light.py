"""The portrait's own light, and expression ratio images from it.

Where the same skin point faces the light differently, its brightness changes by the ratio of the two shadings, whatever
its colour (Liu, Shan, Zhang: Expressive expression mapping with ratio images, 2001). Shading is first-order spherical
harmonics (Ramamoorthi and Hanrahan 2001: ambient plus a direction), fitted to the photograph.
"""

from dataclasses import dataclass

import numpy as np

from talkgen.types import Array

DEFAULT = np.array([0.55, 0.05, 0.22, 0.35], np.float32)
"""A soft light from the front and above: ambient, then the weights of the x, y and z of the normal."""
TRUST = 0.12
"""How many observed normals, as a share of all, the default counts for. A face shows few normals; its albedo varies more."""
SURE = np.diag([0.2, 0.3, 1, 1])
"""How far the default is trusted in each weight: little from side to side, for a face is alike on both sides but for its light."""
DARKEST = 0.15
GAMMA = 2.2


@dataclass(frozen=True)
class Light:
    """`weights (4,)`: brightness (linear, face mean about 1) = weights[0] + normal . weights[1:], camera axes."""

    weights: Array

    def shade(self, normals: Array) -> Array:
        """`(V,)` linear brightness of camera-space unit `normals (V, 3)`, at least `DARKEST`."""
        bright: Array = np.maximum(self.weights[0] + normals @ self.weights[1:], np.float32(DARKEST))
        return bright


def estimate_light(luminance: Array, normals: Array) -> Light:
    """Fit a light to the brightness `(N,)` 0..255 of skin points with camera-space `normals (N, 3)`.

    Robust least squares (points far from the fit, such as hair, shadows cast and highlights, count less), pulled towards
    `DEFAULT` because moles, make-up and beards are albedo, not light.
    """
    linear = (np.maximum(luminance, 1) / 255) ** GAMMA
    linear = linear / np.median(linear)
    basis = np.concatenate([np.ones((len(normals), 1)), normals], 1)
    default = DEFAULT / np.median(basis @ DEFAULT)
    prior = TRUST * len(normals) * SURE
    weights, trust = default, np.ones(len(normals))
    for _ in range(5):
        weighted = basis * trust[:, None]
        weights = np.linalg.solve(weighted.T @ basis + prior, weighted.T @ linear + prior @ default)
        trust = 1 / (1 + ((linear - basis @ weights) / 0.25) ** 2)
    return Light(weights.astype(np.float32))


def ratio(light: Light, normals: Array, rest: Array, strength: float) -> Array:
    """`(V,)` brightness gain in display values from the rest shading `(V,)` to that of `normals (V, 3)`."""
    gain: Array = np.clip(light.shade(normals) / rest, 0.25, 3.0) ** np.float32(strength / GAMMA)
    return gain
