"""What a landmark finder is."""

from typing import Protocol

from talkgen.types import Array, Frame


class LandmarkFinder(Protocol):
    """Finds faces. A member offers `load(...) -> LandmarkFinder`."""

    def __call__(self, image: Frame) -> list[Array]:
        """The `(478, 3)` landmarks (as in `types.Portrait`) of every face in an upright picture, left to right; [] when there is none."""
        ...
