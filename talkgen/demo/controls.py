"""What the page's controls ask for: their values as an emotion specification and a style. Files go by the names users gave them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from talkgen.lib.grammar import ALONE, LABEL, format_emotion, parse_emotion
from talkgen.members import available, member
from talkgen.motion.base import Guidance, Style
from talkgen.space import EMOTIONS, FIELDS, NEUTRAL, REGION_GROUPS, REGIONS, SIDED
from talkgen.types import EmotionKey, EmotionSpec, EmotionTerm, TalkgenError

WAYS = {
    "one emotion": LABEL, "a mixture": "mixture", "valence and arousal": "vad", "words": "text", "a reference picture": "image",
    "a reference recording": "audio", "the voice of the line": "voice", "words, voice and portrait, weighed": "auto",
}  # fmt: skip
"""How a feeling can be told, and what it is called here."""
SAME = "as the face"
"""A region that feels as the rest of the face does."""
OF_FILES = ("audio", "image", "plan")
"""Sources of emotion that read a file."""


@dataclass(frozen=True)
class Controls:
    """Values as the page holds them. `mixture` maps emotions, `feelings` regions to an emotion, `gains` fields (and `blink`) to
    0..2; `keys` over time, in the grammar, take the place of the one feeling where there are any; `steps` are those of a renderer
    that draws in steps."""

    portrait: str | None = None
    speech: str | None = None
    transcript: str = ""
    way: str = "one emotion"
    emotion: str = NEUTRAL
    strength: float = 1.0
    mixture: Mapping[str, float] = field(default_factory=dict)
    valence: float = 0.0
    arousal: float = 0.0
    words: str = ""
    picture: str | None = None
    recording: str | None = None
    feelings: Mapping[str, str] = field(default_factory=dict)
    gains: Mapping[str, float] = field(default_factory=dict)
    keys: str = ""
    articulation: float = 1.0
    audio_guidance: float = Guidance.audio
    emotion_guidance: float = Guidance.emotion
    seed: float = 0
    motion: str = "diffusion"
    renderer: str = "dit"
    steps: float = 1
    crop: str = "full"
    size: float = 512

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Controls":
        """From one value for each of `names`."""
        plain: dict[str, Any] = {}
        for name, value in values.items():
            group, _, member = name.partition(" ")
            if member:
                plain.setdefault(group, {})[member] = value
            else:
                plain[name] = value
        return cls(**plain)

    @property
    def files(self) -> dict[str, Path]:
        """The reference files by the names that a specification calls them."""
        return {safe_name(path): Path(path) for path in (self.picture, self.recording) if path}


def names() -> tuple[str, ...]:
    """One name for each control: a field of `Controls`, or field and key where it holds several."""
    several = {"mixture": EMOTIONS, "feelings": REGIONS, "gains": (*FIELDS, "blink")}
    fields = Controls.__dataclass_fields__
    return tuple(f"{name} {key}".rstrip() for name in fields for key in several.get(name, ("",)))


def safe_name(path: str | Path) -> str:
    """A file's own name, without the quotation marks that a specification gives a meaning to."""
    return Path(path).name.replace('"', "'")


def feeling(controls: Controls) -> tuple[EmotionTerm, ...]:
    """The mixture that the controls tell now, without keys. Raises `TalkgenError` where what they need is missing."""
    base = _whole_face(controls)
    own = {region: name for region, name in controls.feelings.items() if name != SAME}
    terms = base if not own else tuple(replace(term, region=place) for term in base for place in _rest(own))
    return terms + tuple(EmotionTerm(LABEL, name, 1.0, region) for region, name in own.items() if name != NEUTRAL)


def specification(controls: Controls) -> EmotionSpec:
    """The emotion that the controls ask for. Raises `TalkgenError` for keys that cannot be read."""
    if controls.keys.strip():
        asked = parse_emotion(controls.keys, available("emotion"))
    else:
        asked = EmotionSpec((EmotionKey(0.0, feeling(controls)),))
    return parse_emotion(format_emotion(asked), available("emotion"))


def located(spec: EmotionSpec, files: Mapping[str, Path]) -> EmotionSpec:
    """The specification with the places of its files, told by the same text.

    Raises `TalkgenError` for a file that is not among `files`: a page opens no other file of the machine that serves it.
    """

    def place(term: EmotionTerm) -> EmotionTerm:
        if term.source not in OF_FILES or not term.argument:
            return term
        if term.argument not in files:
            known = f"one of {', '.join(files)}" if files else "a file given as a reference picture or recording above"
            raise TalkgenError(f"There is no reference called {term.argument}; name {known}.")
        return replace(term, argument=str(files[term.argument]))

    return replace(spec, keys=tuple(replace(key, terms=tuple(map(place, key.terms))) for key in spec.keys))


def gains(controls: Controls) -> dict[str, float]:
    """Gains that are not 1, both halves of a region in one where they agree."""
    result: dict[str, float] = {}
    for region in (*REGIONS, "blink"):
        names = [f"{region}.left", f"{region}.right"] if region in SIDED else [region]
        values = {name: round(float(controls.gains.get(name, 1.0)), 3) for name in names}
        if len(set(values.values())) == 1:
            values = {region: next(iter(values.values()))}
        result |= {name: value for name, value in values.items() if value != 1}
    return result


def style(controls: Controls) -> Style:
    """How the take is played."""
    guidance = Guidance(controls.audio_guidance, controls.emotion_guidance)
    return Style(gains(controls), controls.articulation, None if guidance == Guidance() else guidance)


def transcript(controls: Controls) -> str | None:
    """What is said, where it is told."""
    return controls.transcript.strip() or None


def seed(controls: Controls) -> int:
    """A whole number from 0."""
    if controls.seed is None or controls.seed < 0 or controls.seed != int(controls.seed):
        raise TalkgenError(f"The seed {controls.seed} is not possible; give a whole number, 0 or more.")
    return int(controls.seed)


def steps(controls: Controls) -> int | None:
    """Steps of a renderer that draws in steps."""
    return int(controls.steps) if stepped(controls.renderer) else None


def stepped(renderer: str) -> tuple[int, int] | None:
    """How many steps a renderer draws in unless it is told otherwise, and the most; None where it knows no steps."""
    part = member("render", renderer)
    return (part.STEPS, part.MOST) if hasattr(part, "STEPS") else None


def _whole_face(controls: Controls) -> tuple[EmotionTerm, ...]:
    strength, source = round(controls.strength, 3), WAYS[controls.way]
    if source == LABEL:
        return () if controls.emotion == NEUTRAL else (EmotionTerm(LABEL, controls.emotion, strength),)
    if source == "mixture":
        return tuple(EmotionTerm(LABEL, name, round(value, 3)) for name, value in controls.mixture.items() if value)
    if source in ("voice", *ALONE[1:]):
        return (EmotionTerm("audio" if source == "voice" else source, "", strength),)
    return (EmotionTerm(source, _argument(controls, source), strength),)


def _argument(controls: Controls, source: str) -> str:
    if source == "vad":
        return f"{controls.valence:g},{controls.arousal:g}"
    if source == "text":
        words = " ".join(controls.words.replace('"', "'").split())
        if not words:
            raise TalkgenError("There are no words for the feeling; write some, such as quietly furious.")
        return words
    path = controls.picture if source == "image" else controls.recording
    if not path:
        raise TalkgenError(
            f"There is no reference {'picture' if source == 'image' else 'recording'}; give one, or tell it otherwise."
        )
    return safe_name(path)


def _rest(own: Mapping[str, str]) -> tuple[str, ...]:
    """The regions that feel as the face does, in groups where a whole group does."""
    places: list[str] = []
    for group, regions in {**{name: REGION_GROUPS[name] for name in ("upper", "lower")}, "head": ("head",)}.items():
        free = [region for region in regions if region not in own]
        places += [group] if len(free) == len(regions) else free
    return tuple(places)
