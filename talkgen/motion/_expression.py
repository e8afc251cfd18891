"""Emotion on the face: what each emotion does and how it comes and goes, after the action units of EMFACS (Ekman & Friesen).

A shape is driven by the weights of its own region alone, its side by that side's. For a given seed the timing of everything
is the same whatever the emotion, so dialling one region leaves the others as they are.
"""

import numpy as np

from talkgen.lib.programs import program_table, unsided
from talkgen.lib.timeline import frame_times
from talkgen.motion._curves import Curve, pulses, saturate, smooth, smoothstep, waves
from talkgen.motion._prosody import Prosody
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS, INDEX, fields_of_shape
from talkgen.types import Array, EmotionTrack

ONSET = {"happy": 0.45, "sad": 0.7, "angry": 0.4, "fear": 0.3, "disgust": 0.4, "surprise": 0.28, "contempt": 0.5}
"""Seconds in which each emotion comes and goes."""
ONSET_BEYOND = 0.45
"""Seconds in which comes and goes what no named emotion does."""
WHILE_TALKING = {
    "jawOpen": 0.3, "mouthFunnel": 0.3, "mouthPress": 0.5, "mouthShrugLower": 0.65, "mouthSmile": 0.85, "mouthFrown": 0.85,
    "mouthStretch": 0.95, "mouthUpperUp": 0.75, "mouthLowerDown": 0.5, "mouthRollLower": 0.4, "mouthRollUpper": 0.4,
    "mouthDimple": 0.85,
}  # fmt: skip
"""Share of the emotional part of a mouth shape that is left while the mouth is busy speaking."""

CLENCH = {"disgust": 0.2}
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


def come_and_go_beyond(track: EmotionTrack, gains: Array) -> Curve:
    """`(n, 52)` what is asked beyond the named emotions, as a face follows it, times the `gains (R,)` of the fields."""
    n_frames = len(track.weights)
    if track.beyond is None or not track.beyond.any():
        return np.zeros((n_frames, len(BLENDSHAPES)))
    share = [np.mean([gains[FIELDS.index(field)] for field in fields_of_shape(name)]) for name in BLENDSHAPES]
    begin = smoothstep(frame_times(n_frames, track.fps) / ONSET_BEYOND)[:, None]
    return np.asarray(smooth(track.beyond, ONSET_BEYOND, track.fps) * begin * share)


def express(weights: Curve, beyond: Curve, prosody: Prosody, fps: float, rng: np.random.Generator) -> Curve:
    """`(n, 52)` emotional part of the face, 0..1, of `weights (n, R, E)` and of shapes `beyond (n, 52)` them.

    Its lips and jaw move with the voice only, and rest when it rests.
    """
    programs = _individual(program_table(_bold_side(weights)), rng)
    times = frame_times(len(weights), fps)
    emphasis = 0.14 * pulses(times, prosody.accents, prosody.stress, 0.2, 0.45)
    strength = (1 - 0.2 * prosody.calm) * (1 + emphasis)
    breathing = 1 + 0.06 * waves(times, rng, 0.05, 0.4, 1.0, count=8)
    shapes = np.zeros((len(weights), len(BLENDSHAPES)))
    for index, name in enumerate(BLENDSHAPES):
        curve = strength * (_asked(weights, programs, index) + beyond[:, index])
        if name.startswith(("brow", "eye", "cheek")):
            curve = curve * breathing
        shapes[:, index] = curve * (1 - prosody.busy * (1 - WHILE_TALKING.get(unsided(name), 1.0)))
    return saturate(shapes)


def held_face(weights: Curve, beyond: Curve) -> Curve:
    """`(n, 52)` the same of a face that holds still and says nothing, as everybody would play it."""
    programs = program_table(_bold_side(weights))
    return saturate(np.stack([_asked(weights, programs, index) for index in range(len(BLENDSHAPES))], axis=1) + beyond)


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


def _asked(weights: Curve, programs: Curve, index: int) -> Curve:
    """`(n,)` of one shape, by the weights of its own fields."""
    fields = [FIELDS.index(field) for field in fields_of_shape(BLENDSHAPES[index])]
    emotions = np.flatnonzero(programs[:, index])
    asked: Curve = weights[:, fields][:, :, emotions].mean(axis=1) @ programs[emotions, index]
    return asked


def _bold_side(weights: Curve) -> dict[str, str]:
    """For each sided region the half that shows contempt: the one it is asked for more, else the left, on which feelings show more
    strongly (Sackeim, Gur & Saucy 1978)."""
    contempt = weights[:, :, EMOTIONS.index("contempt")].sum(axis=0)
    total = dict(zip(FIELDS, contempt, strict=True))
    regions = [field.removesuffix(".left") for field in FIELDS if field.endswith(".left")]
    more = {region: total[f"{region}.left"] - total[f"{region}.right"] for region in regions}
    return {region: "right" if more[region] < -1e-6 else "left" for region in regions}


def _individual(programs: Curve, rng: np.random.Generator) -> Curve:
    """The programs as one person on one day plays them: a few per cent of asymmetry, some action units more, others less."""
    asymmetry = rng.uniform(-0.04, 0.04, len(BLENDSHAPES))
    names = sorted({unsided(name) for name in BLENDSHAPES})
    habit = dict(zip(names, rng.uniform(0.9, 1.1, len(names)), strict=True))
    factor: Curve = (1 + asymmetry) * np.array([habit[unsided(name)] for name in BLENDSHAPES])
    return programs * factor
