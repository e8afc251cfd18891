"""Emotion from everything there is: what is said, how it sounds, and the face that the portrait wears."""

from talkgen.emotion._embedder import embedder
from talkgen.emotion._evidence import Evidence, settled, weigh, widened
from talkgen.emotion._spoken import told_feeling
from talkgen.emotion._voice import voice_numbers
from talkgen.emotion.base import Feeling, Scene

SAID, WORN = 0.3, 0.6
"""How unsure, in the emotion space, the words of a line and the face in a portrait leave one: a portrait is mostly a pose."""


def read(argument: str, scene: Scene) -> Feeling:
    """What all of it together points to; it is logged, and why. Raises `TalkgenError` where there is no voice."""
    evidence = [Evidence("the voice", embedder().place("heard", voice_numbers(scene.line())))]
    if scene.transcript:
        weights, cues = told_feeling(scene.transcript)
        if weights.any():
            said = ", ".join(f'"{cue}"' for cue in cues[:3])
            evidence.append(Evidence(f"the words ({said})", widened(embedder().place("label", weights), SAID)))
    resting = scene.resting()
    if resting is not None:
        evidence.append(Evidence("the portrait", widened(settled(embedder().place("seen", resting)), WORN)))
    return weigh("auto", evidence)
