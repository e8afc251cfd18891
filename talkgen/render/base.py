"""What a renderer is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from talkgen.face.rig import FaceRig
from talkgen.types import Array, EmotionTrack, FaceFit, Frame, MotionClip, Portrait, TalkgenError


@dataclass(frozen=True)
class View:
    """What a frame shows: the `full` picture or the `face` crop (a square around the head), its longest side `size` pixels.

    Without a size, `full` keeps the picture's own, at most 1920, and `face` is 512. `cutout` is the person without the background:
    frames with a fourth channel, 255 where opaque, by which colours are not multiplied.
    """

    crop: Literal["full", "face"] = "full"
    size: int | None = None
    cutout: bool = False

    def __post_init__(self) -> None:
        if self.size is not None and not 64 <= self.size <= 4096:
            raise TalkgenError(f"A size of {self.size} pixels is not possible; give 64 to 4096 for the longer side.")


class Shot(Protocol):
    """A portrait prepared once, to be rendered many times."""

    width: int
    height: int
    landmarks: Array
    """`(478, 3)` pixels of the frame: the portrait's, at rest."""

    def landmarks_at(self, weights: Array, rotation: Array, translation: Array) -> Array:
        """`(478, 3)` pixels of the frame that shows the face with these curves `(52,)` and this head `(3,)`, `(3,)`."""
        ...

    def frames(self, motion: MotionClip, emotion: EmotionTrack | None = None) -> Iterator[Frame]:
        """One `(height, width, 3)` uint8 RGB frame per row of `motion`, with what is felt in each where a renderer shows more of it
        than the curves do. The yielded array is the caller's to keep."""
        ...


class Renderer(Protocol):
    """Shows. A member offers `load(rig, source: Path | None = None, steps: int | None = None, device: str = "cpu") -> Renderer`;
    `source` is the folder named for it. It has `cuts_out = True` if it can show a `cutout`."""

    def prepare(self, portrait: Portrait, fit: FaceFit, view: View) -> Shot:
        """Everything about a portrait that does not depend on the motion."""
        ...


def without_weights(name: str, source: Path | None, steps: int | None, device: str) -> None:
    """Raise `TalkgenError` where weights, steps or a GPU are asked of a renderer that has no use for them."""
    if source is not None:
        raise TalkgenError(f"The renderer {name} takes nothing after a colon, not {str(source)!r}.")
    if steps is not None:
        raise TalkgenError(f"The renderer {name} does not draw in steps; leave out --steps, or give --renderer dit.")
    if device != "cpu":
        raise TalkgenError(f"The renderer {name} computes on the CPU; leave out --device, or give --renderer dit.")


__all__ = ["FaceRig", "Renderer", "Shot", "View", "without_weights"]
