"""Emotion as it is heard in a voice: of the line itself, or of another recording."""

from pathlib import Path

from talkgen.emotion._embedder import embedder
from talkgen.emotion._evidence import Evidence, weigh
from talkgen.emotion._voice import voice_numbers
from talkgen.emotion.base import Feeling, Scene


def read(argument: str, scene: Scene) -> Feeling:
    """What the voice tells in the recording at the path `argument`, or where it is empty in the line itself; it is logged.

    That is chiefly arousal: which of the aroused emotions it is, a voice alone hardly says. Raises `TalkgenError` where there is
    no voice.
    """
    features = scene.hear(Path(argument)) if argument else scene.line()
    place = embedder().place("heard", voice_numbers(features))
    return weigh(f"audio:{argument}" if argument else "audio", [Evidence("the voice", place)])
