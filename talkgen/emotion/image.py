"""Emotion as a face in a picture wears it."""

from pathlib import Path

from talkgen.emotion._embedder import embedder
from talkgen.emotion._evidence import settled
from talkgen.emotion.base import Feeling, Scene, feeling_at
from talkgen.types import TalkgenError


def read(argument: str, scene: Scene) -> Feeling:
    """The expression in the picture at the path `argument`. Raises `TalkgenError` where there is no face in it."""
    if not argument:
        raise TalkgenError("image needs a picture of a face that shows the emotion: image:reference.png.")
    return feeling_at(settled(embedder().place("seen", scene.see(Path(argument)))))
