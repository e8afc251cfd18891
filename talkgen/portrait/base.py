"""What a landmark finder is, and the way in: from a picture file to a `Portrait`."""

from pathlib import Path
from typing import Protocol

from talkgen.members import member
from talkgen.types import Array, Frame, Portrait


class LandmarkFinder(Protocol):
    """Finds faces. A member offers `load(source: Path | None) -> LandmarkFinder`, where `source` is what the user named for it."""

    def __call__(self, image: Frame) -> list[Array]:
        """The `(478, 3)` landmarks (as in `types.Portrait`) of every face in a picture, left to right; [] when there is none."""
        ...


def open_portrait(path: Path | str, face: int | None = None, landmarks: str = "litert") -> Portrait:
    """The face in a picture file that is to be animated.

    `face` counts the faces from the left, from 1; None takes the largest. `landmarks` names the finder (`litert`), with what it
    needs after a colon (`face_alignment:folder-of-weights`), or is a JSON file of landmarks. Raises `TalkgenError` when the file
    is no picture, or holds no such face or none that can be animated, saying why.
    """
    from talkgen.portrait._build import read_portrait

    name, _, source = landmarks.partition(":")
    if landmarks.endswith(".json"):
        name, source = "landmarks_json", landmarks
    finder: LandmarkFinder = member("portrait", name).load(Path(source) if source else None)
    return read_portrait(Path(path), finder, face)
