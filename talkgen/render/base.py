"""What a renderer is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from talkgen.face.rig import FaceRig
from talkgen.types import Array, FaceFit, Frame, MotionClip, Portrait, TalkgenError


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
    """`(478, 3)` pixels of the frame: the portrait's, at rest (a contact sheet enlarges eyes and mouth)."""

    def frames(self, motion: MotionClip) -> Iterator[Frame]:
        """One `(height, width, 3)` uint8 RGB frame per row of `motion`. The yielded array is the caller's to keep."""
        ...


class Renderer(Protocol):
    """Shows. A member offers `load(rig: FaceRig) -> Renderer`, and `cuts_out = True` if it can show a `cutout`."""

    def prepare(self, portrait: Portrait, fit: FaceFit, view: View) -> Shot:
        """Everything about a portrait that does not depend on the motion."""
        ...


__all__ = ["FaceRig", "Renderer", "Shot", "View"]
