"""Emotion from everything there is: what is said, how it sounds, and the face that the portrait wears."""

from talkgen.emotion._embedder import embedder
from talkgen.emotion._evidence import Evidence, settled, weigh, widened
from talkgen.emotion._spoken import told_feeling
from talkgen.emotion._voice import has_voice, voice_numbers
from talkgen.emotion.base import Feeling, Scene
from talkgen.types import TalkgenError

SAID, WORN = 0.3, 0.6
"""How unsure, in the emotion space, the words of a line and the face in a portrait leave one: a portrait is mostly a pose."""


def read(argument: str, scene: Scene) -> Feeling:
    """What voice, words and portrait together point to, as far as they are there; it is logged, and why.

    Raises `TalkgenError` where there is none of them, and for anything to read.
    """
    if argument:
        raise TalkgenError(f"auto looks at the line itself and reads nothing else, not {argument!r}; write auto, or auto:0.8.")
    evidence, features = [], scene.line()
    if has_voice(features):
        evidence.append(Evidence("the voice", embedder().place("heard", voice_numbers(features))))
    weights, cues = told_feeling(scene.transcript or "")
    if cues:
        said = ", ".join(f'"{cue}"' for cue in cues[:3])
        evidence.append(Evidence(f"the words ({said})", widened(embedder().place("label", weights), SAID)))
    resting = scene.resting()
    if resting is not None:
        evidence.append(Evidence("the portrait", widened(settled(embedder().place("seen", resting)), WORN)))
    if not evidence:
        raise TalkgenError("There is nothing that tells an emotion: no voice, no telling words and no portrait; name the emotion.")
    return weigh("auto", evidence)
