"""Emotion on the face: what each emotion does and how it comes and goes, after the action units of EMFACS (Ekman & Friesen).

A shape is driven by the weights of its own region alone, its side by that side's. For a given seed the timing of everything
is the same whatever the emotion, so dialling one region leaves the others as they are.
"""

import numpy as np

from talkgen.lib.timeline import frame_times
from talkgen.motion._curves import Curve, pulses, saturate, smooth, smoothstep, waves
from talkgen.motion._prosody import Prosody
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS, INDEX, fields_of_shape, side_of
from talkgen.types import Array, EmotionTrack

PROGRAMS: dict[str, dict[str, float]] = {
    "happy": {  # AU 6 + 12, 25
        "mouthSmile": 0.88, "cheekSquint": 0.7, "eyeSquint": 0.4, "mouthDimple": 0.15, "mouthUpperUp": 0.2, "mouthLowerDown": 0.12,
        "browOuterUp": 0.12, "browInnerUp": 0.08, "jawOpen": 0.06,
    },
    "sad": {  # AU 1 + 4 + 15 + 17, heavy lids
        "browInnerUp": 0.95, "browDown": 0.25, "eyeSquint": 0.25, "eyeBlink": 0.16, "mouthFrown": 0.85, "mouthShrugLower": 0.5,
        "mouthRollLower": 0.1, "mouthStretch": 0.12, "cheekSquint": 0.15,
    },
    "angry": {  # AU 4 + 5 + 7 + 10 + 17 + 23
        "browDown": 1.0, "eyeSquint": 0.6, "eyeWide": 0.08, "noseSneer": 0.5, "mouthPress": 0.6, "mouthFrown": 0.35,
        "mouthShrugLower": 0.35, "mouthRollUpper": 0.15, "mouthUpperUp": 0.1, "mouthLowerDown": 0.1, "mouthFunnel": 0.08,
        "jawForward": 0.3, "cheekSquint": 0.15,
    },
    "fear": {  # AU 1 + 2 + 4 + 5 + 20 + 25
        "browInnerUp": 0.95, "browOuterUp": 0.25, "browDown": 0.45, "eyeWide": 0.95, "mouthStretch": 0.85, "mouthLowerDown": 0.35,
        "mouthFrown": 0.25, "jawOpen": 0.3, "mouthUpperUp": 0.08,
    },
    "disgust": {  # AU 9 + 10 + 16 + 17, 4 and 7 in company
        "noseSneer": 0.7, "browDown": 0.6, "eyeSquint": 0.6, "cheekSquint": 0.55, "mouthUpperUp": 0.55, "mouthFrown": 0.7,
        "mouthShrugLower": 0.35, "mouthLowerDown": 0.15, "mouthStretch": 0.1,
    },
    "surprise": {  # AU 1 + 2 + 5 + 26
        "browInnerUp": 0.85, "browOuterUp": 0.85, "eyeWide": 0.9, "jawOpen": 0.36, "mouthFunnel": 0.16, "mouthLowerDown": 0.1,
    },
    "contempt": {  # AU 12 + 14 of one side; the values of that side
        "mouthSmile": 0.5, "mouthDimple": 0.75, "mouthPress": 0.25, "mouthUpperUp": 0.12, "mouthRollLower": 0.08,
        "cheekSquint": 0.4, "noseSneer": 0.25, "eyeSquint": 0.4, "eyeBlink": 0.14, "browOuterUp": 0.45,
        "browDown": 0.1, "jawForward": 0.08,
    },
}  # fmt: skip
"""ARKit shapes (both sides of a paired one) at strength 1, an actor playing it plainly."""
WEAK_SIDE = {"mouthSmile": 0.1, "mouthDimple": 0.25, "mouthPress": 1.2, "mouthUpperUp": 0.0, "cheekSquint": 0.35, "noseSneer": 0.3,
             "eyeSquint": 0.9, "eyeBlink": 1.0, "browOuterUp": 0.0, "browDown": 5.0}  # fmt: skip
"""Contempt is one-sided: share of each value that the other side has (its brow is lowered instead of raised)."""
ONSET = {"happy": 0.45, "sad": 0.7, "angry": 0.4, "fear": 0.3, "disgust": 0.4, "surprise": 0.28, "contempt": 0.5}
"""Seconds in which each emotion comes and goes."""
WHILE_TALKING = {
    "jawOpen": 0.4, "mouthFunnel": 0.4, "mouthPress": 0.5, "mouthShrugLower": 0.65, "mouthSmile": 0.85, "mouthFrown": 0.85,
    "mouthStretch": 0.95, "mouthUpperUp": 0.85, "mouthLowerDown": 0.8, "mouthRollLower": 0.4, "mouthRollUpper": 0.4,
    "mouthDimple": 0.85,
}  # fmt: skip
"""Share of the emotional part of a mouth shape that is left while the mouth is busy speaking."""

CLENCH = {"disgust": 0.4}
"""Share of the jaw's opening for speech that an emotion takes away: disgust speaks through nearly closed teeth (AU 17 and 10)."""


def come_and_go(track: EmotionTrack, gains: Array) -> Curve:
    """`(n, R, E)` weights as a face follows them: each emotion at its own pace, first from neutral, times `gains (R,)`."""
    weights = track.weights.astype(np.float64) * gains[:, None]
    times = frame_times(len(weights), track.fps)
    for column, emotion in enumerate(EMOTIONS):
        if weights[:, :, column].any():
            begin = smoothstep(times / ONSET[emotion])[:, None]
            weights[:, :, column] = smooth(weights[:, :, column], ONSET[emotion], track.fps) * begin
    return weights


def express(weights: Curve, prosody: Prosody, fps: float, rng: np.random.Generator) -> Curve:
    """`(n, 52)` emotional part of the face, 0..1. Its lips and jaw move with the voice only, and rest when it rests."""
    programs = _individual(_programs(_bold_side(weights, rng)), rng)
    times = frame_times(len(weights), fps)
    emphasis = 0.14 * pulses(times, prosody.accents, prosody.stress, 0.2, 0.45)
    strength = (1 - 0.2 * prosody.calm) * (1 + emphasis)
    breathing = 1 + 0.06 * waves(times, rng, 0.05, 0.4, 1.0, count=8)
    shapes = np.zeros((len(weights), len(BLENDSHAPES)))
    for index, name in enumerate(BLENDSHAPES):
        fields = [FIELDS.index(field) for field in fields_of_shape(name)]
        emotions = np.flatnonzero(programs[:, index])
        curve = strength * (weights[:, fields][:, :, emotions].mean(axis=1) @ programs[emotions, index])
        if name.startswith(("brow", "eye", "cheek")):
            curve = curve * breathing
        shapes[:, index] = curve * (1 - prosody.talk * (1 - WHILE_TALKING.get(_unsided(name), 1.0)))
    return saturate(shapes)


def blend(speech: Curve, feeling: Curve, weights: Curve) -> Curve:
    """Speech and emotion on one mouth, `(n, 52)` each: they add, but a smile holds the corners against rounding, and an emotion
    of `weights (n, R, E)` may hold the jaw."""
    speech = speech.copy()
    jaw = weights[:, [FIELDS.index(field) for field in fields_of_shape("jawOpen")]].mean(axis=1)
    clenched = jaw @ np.array([CLENCH.get(emotion, 0.0) for emotion in EMOTIONS])
    speech[:, INDEX["jawOpen"]] *= 1 - np.minimum(clenched, 0.6)
    smile = feeling[:, [INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]].mean(axis=1)
    speech[:, INDEX["mouthPucker"]] *= 1 - 0.35 * smile
    speech[:, INDEX["mouthFunnel"]] *= 1 - 0.25 * smile
    return saturate(speech + feeling)


def _unsided(name: str) -> str:
    return name.removesuffix("Left").removesuffix("Right") if side_of(name) else name


def _bold_side(weights: Curve, rng: np.random.Generator) -> dict[str, str]:
    """For each sided region the half that shows contempt: the one it is asked for more, else one that the seed chooses for all."""
    chosen = ("left", "right")[rng.integers(2)]
    contempt = weights[:, :, EMOTIONS.index("contempt")].sum(axis=0)
    total = dict(zip(FIELDS, contempt, strict=True))
    regions = [field.removesuffix(".left") for field in FIELDS if field.endswith(".left")]
    more = {region: total[f"{region}.left"] - total[f"{region}.right"] for region in regions}
    return {region: chosen if abs(more[region]) < 1e-6 else "left" if more[region] > 0 else "right" for region in regions}


def _programs(bold_side: dict[str, str]) -> Curve:
    """`(E, 52)` from `PROGRAMS`, contempt on the given sides."""
    table = np.zeros((len(EMOTIONS), len(BLENDSHAPES)))
    for row, emotion in enumerate(EMOTIONS):
        for column, name in enumerate(BLENDSHAPES):
            value, side = PROGRAMS[emotion].get(_unsided(name), 0.0), side_of(name)
            if emotion == "contempt" and side:
                region = fields_of_shape(name)[0].partition(".")[0]
                value *= 1.0 if side == bold_side[region] else WEAK_SIDE.get(_unsided(name), 1.0)
            table[row, column] = value
    return table


def _individual(programs: Curve, rng: np.random.Generator) -> Curve:
    """The programs as one person on one day plays them: a few per cent of asymmetry, some action units more, others less."""
    asymmetry = rng.uniform(-0.04, 0.04, len(BLENDSHAPES))
    names = sorted({_unsided(name) for name in BLENDSHAPES})
    habit = dict(zip(names, rng.uniform(0.9, 1.1, len(names)), strict=True))
    factor: Curve = (1 + asymmetry) * np.array([habit[_unsided(name)] for name in BLENDSHAPES])
    return programs * factor
