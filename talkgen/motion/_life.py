"""What a living face does by itself: it blinks, looks, nods, sways and breathes, a little differently in each mood.

Blink intervals and durations after Bentivoglio et al. (1997) and Trutoiu et al. (2011); saccades jump, fixations drift not at
all at this scale (Lee, Badler & Badler 2002, "Eyes alive"); the eyes turn against the head to hold their aim (the
vestibulo-ocular reflex). The timing of everything comes from the seed and the speech, never from the emotion of another region.
"""

from dataclasses import dataclass

import numpy as np

from talkgen.lib.timeline import frame_times
from talkgen.motion._curves import Curve, pulses, smooth, smoothstep, waves
from talkgen.motion._prosody import Prosody
from talkgen.space import BLENDSHAPES, EMOTIONS, FIELDS, INDEX

Random = np.random.Generator
DEGREE = np.pi / 180

#          blink rate, gaze restlessness, sway, nods (1 is as when neutral)
MANNER = {
    "happy": (1.1, 1.0, 1.2, 1.2), "sad": (0.9, 0.7, 0.8, 0.5), "angry": (0.6, 0.4, 1.1, 1.6), "fear": (1.45, 1.9, 1.05, 0.7),
    "disgust": (1.1, 0.9, 0.95, 0.8), "surprise": (0.6, 0.5, 1.0, 1.0), "contempt": (0.8, 0.6, 0.9, 0.7),
}  # fmt: skip
#          head: nod down, turn left, tilt right (degrees); left, up, forward (millimetres)
POSTURE = {
    "happy": ((-1.5, 0.0, 2.5), (0, 0, 2)), "sad": ((8.0, 1.5, 4.0), (0, -4, -2)), "angry": ((5.0, 0.0, 1.0), (0, -1, 10)),
    "fear": ((-2.5, 4.0, -1.5), (0, 1, -12)), "disgust": ((-2.5, 5.0, 2.0), (0, 0, -9)), "surprise": ((-4.5, 0.0, 0.5), (0, 2, -9)),
    "contempt": ((-6.0, 3.0, 5.0), (0, 1, -5)),
}  # fmt: skip
#          gaze: left, up (degrees); turns and tilts go to the side that the seed chooses, gaze with them
GLANCE = {
    "happy": (0, 0), "sad": (1, -6), "angry": (0, 3), "fear": (2, 1), "disgust": (-3, -1), "surprise": (0, 1), "contempt": (-4, -4),
}  # fmt: skip
EYE_RANGE = {"In": 30 * DEGREE, "Out": 30 * DEGREE, "Up": 25 * DEGREE, "Down": 25 * DEGREE}
"""Eye rotation at which an `eyeLook` shape is 1."""
SWAY = np.array([2.0, 2.8, 1.4]) * DEGREE
"""Standard deviation of the head's wandering while speaking (nod, turn, tilt)."""


@dataclass(frozen=True)
class Gaze:
    """Where the eyes aim, `(n, 2)` radians left and up of the viewer, and when (seconds) they go to look elsewhere or come back."""

    aim: Curve
    shifts: Curve


def manner(weights: Curve, field: tuple[str, ...], column: int) -> Curve:
    """`(n,)` factor of `MANNER` that the weights of some fields (their mean) call for."""
    mean = weights[:, [FIELDS.index(name) for name in field]].mean(axis=1)
    change = np.array([MANNER[emotion][column] - 1 for emotion in EMOTIONS])
    factor: Curve = np.clip(1 + mean @ change, 0.2, 2.5)
    return factor


def move_head(weights: Curve, gaze: Gaze, prosody: Prosody, fps: float, rng: Random) -> tuple[Curve, Curve, Curve]:
    """Rotation `(n, 3)` rad and translation `(n, 3)` m of the head, and the part of the rotation that no emotion causes."""
    times = frame_times(len(weights), fps)
    liveliness = 0.6 + 0.4 * smooth(prosody.talk, 1.5, fps)
    wander = np.stack([waves(times, rng, 0.13, 2.2, 0.8) for _ in range(3)], axis=1)
    wander[:, 2] = 0.85 * wander[:, 2] - 0.5 * wander[:, 1]  # a head that turns tilts a little with it
    sway = wander * SWAY * liveliness[:, None]
    sway[:, 1] += 0.3 * smooth(gaze.aim[:, 0], 0.5, fps)
    nods = _nods(times, prosody, rng)
    plain = sway + nods
    side = np.array([1.0, *np.repeat(rng.choice([-1.0, 1.0]), 2)])
    posture, lean = held_head(weights, side)
    calls = [manner(weights, ("head",), column)[:, None] for column in (2, 3)]
    rotation = sway * calls[0] + nods * calls[1] + posture
    drift = np.stack([waves(times, rng, 0.06, 0.8, 1.0, count=8) for _ in range(3)], axis=1) * [0.002, 0.001, 0.0025]
    drift[:, 0] -= 0.03 * rotation[:, 2]
    drift[:, 1] += 0.0012 * waves(times, rng, 0.2, 0.3, 0.0, count=4)  # breath
    return rotation, drift * liveliness[:, None] + lean, plain


def held_head(weights: Curve, side: Curve | float = 1.0) -> tuple[Curve, Curve]:
    """Rotation `(n, 3)` rad and translation `(n, 3)` m of a mood's posture; `side (3,)`, 1 or -1, is where turns and tilts go."""
    head = weights[:, FIELDS.index("head")]
    postures = np.array([POSTURE[emotion][0] for emotion in EMOTIONS]) * DEGREE * side
    leans = np.array([POSTURE[emotion][1] for emotion in EMOTIONS]) / 1000
    return head @ postures, head @ leans


def look_around(n_frames: int, prosody: Prosody, fps: float, rng: Random) -> Gaze:
    """Mostly at the viewer, with small shifts; elsewhere now and then, above all while thinking in a pause."""
    times = frame_times(n_frames, fps)
    duration = n_frames / fps
    waits, places, pauses, idling, musings = rng.spawn(5)  # one stream for each list, so that a longer list begins the same
    count = int(duration / 0.3) + 2
    moments = np.cumsum(np.clip(waits.lognormal(np.log(1.0), 0.5, count), 0.3, 4))
    spots = np.concatenate([np.zeros((1, 2)), places.normal(size=(count, 2)) * [1.6 * DEGREE, 1.0 * DEGREE]])
    aim = spots[np.searchsorted(moments, times, side="right")]

    thinks, thoughts = _elsewhere(len(prosody.offsets), pauses)
    pensive = thinks[:, 0] < 0.55
    idle = np.cumsum(idling.lognormal(np.log(6.0), 0.4, int(duration / 2) + 1))
    lengths, dreams = _elsewhere(len(idle), musings)
    starts = np.concatenate([prosody.offsets[pensive] - 0.2, idle])
    ends = starts + 0.5 + 0.7 * np.concatenate([thinks[pensive, 1], lengths[:, 1]])
    for start, end, place in zip(starts, ends, np.concatenate([thoughts[pensive], dreams]), strict=True):
        aim[int(np.ceil(max(start, 0) * fps)) : int(np.ceil(end * fps))] = place
    shifts = np.sort(np.concatenate([starts, ends]))
    return Gaze(smooth(aim, 0.08, fps), shifts[(shifts > 0) & (shifts < duration)])


def turn_eyes(weights: Curve, gaze: Gaze, plain_rotation: Curve, rng: Random) -> Curve:
    """`(n, 52)` the eight `eyeLook` shapes. `plain_rotation` is the head rotation that the eyes make up for."""
    moods = weights[:, FIELDS.index("gaze")]
    side = rng.choice([-1.0, 1.0])
    glances = np.array([GLANCE[emotion] for emotion in EMOTIONS]) * DEGREE * [side, 1.0]
    aim = gaze.aim * manner(weights, ("gaze",), 1)[:, None] + moods @ glances
    left = aim[:, 0] - 0.85 * plain_rotation[:, 1]
    up = aim[:, 1] + 0.85 * plain_rotation[:, 0]
    shapes = np.zeros((len(weights), len(BLENDSHAPES)))
    for name, angle in (("OutLeft", left), ("InRight", left), ("InLeft", -left), ("OutRight", -left)):
        shapes[:, INDEX[f"eyeLook{name}"]] = np.clip(angle / EYE_RANGE[name.removesuffix("Left").removesuffix("Right")], 0, 1)
    for name, angle in (("Up", up), ("Down", -up)):
        for eye in ("Left", "Right"):
            shapes[:, INDEX[f"eyeLook{name}{eye}"]] = np.clip(angle / EYE_RANGE[name], 0, 1)
    return shapes


def blink(weights: Curve, gaze: Gaze, prosody: Prosody, fps: float, rate: float, rng: Random) -> Curve:
    """`(n,)` how far the lids are closed, 0 to 1. `rate` 1 gives about 17 blinks a minute, 0 none."""
    n_frames = len(weights)
    times = frame_times(n_frames, fps)
    count = int(n_frames / fps * 3) + 2
    draws = rng.spawn(4)
    soon = draws[0].uniform(0.2, 0.6)  # for the first, so that a short line has one too
    waits = np.clip(draws[0].lognormal(np.log(3.1), 0.45, count), 0.8, 12)
    waits[0] *= soon
    urge = np.cumsum(rate * manner(weights, ("eyes.left", "eyes.right"), 0)) / fps
    due = np.cumsum(waits)
    due = due[due < urge[-1]]
    peaks = _draw_near(np.interp(due, urge, times), np.sort(np.concatenate([gaze.shifts + 0.04, prosody.offsets])), draws[1])
    chance = draws[2].uniform(size=(len(peaks), 2))
    heights = np.where(chance[:, 0] < 0.12, 0.65, 1.0)
    twice = chance[:, 1] < 0.08
    peaks, heights = np.concatenate([peaks, peaks[twice] + 0.36]), np.concatenate([heights, heights[twice]])
    spans = draws[3].uniform([0.1, 0.16], [0.15, 0.26], (len(due), 2))
    spans = np.concatenate([spans, spans[twice]])
    return pulses(times, np.round(peaks * fps) / fps, heights, spans[:, 0], spans[:, 1])


def raise_brows(prosody: Prosody, n_frames: int, fps: float, rng: Random) -> Curve:
    """`(n, 52)` brows that rise with some of the accents in pitch, and never quite hold still."""
    times = frame_times(n_frames, fps)
    chance = rng.spawn(1)[0].uniform(size=len(prosody.accents))
    heights = np.clip(0.08 * prosody.rise, 0, 0.35) * prosody.stress * (chance < 0.65)
    lift = pulses(times, prosody.accents, heights, 0.22, 0.5)
    lift += 0.02 * smoothstep(0.5 + 0.5 * waves(times, rng, 0.05, 0.5, 1.0, count=8))
    shapes = np.zeros((n_frames, len(BLENDSHAPES)))
    for name, share in (("browInnerUp", 0.8), ("browOuterUpLeft", 1.0), ("browOuterUpRight", 0.92)):
        shapes[:, INDEX[name]] = share * lift
    return shapes


def _nods(times: Curve, prosody: Prosody, rng: Random) -> Curve:
    """`(n, 3)` rad: most stressed syllables move the head, mostly down, some up, all a little aside."""
    draws = rng.spawn(1)[0].uniform(size=(len(prosody.accents), 4))
    size = 3.2 * DEGREE * prosody.stress * (0.5 + draws[:, 0]) * (draws[:, 1] < 0.75)
    nods = np.zeros((len(times), 3))
    down = draws[:, 2] < 0.75
    for sign, chosen in ((1, down), (-1, ~down)):
        nods[:, 0] += sign * pulses(times, prosody.accents[chosen], size[chosen] * (1 if sign == 1 else 0.6), 0.26, 0.42)
    turns = size * (2 * draws[:, 3] - 1)
    for sign in (1, -1):
        nods[:, 1] += sign * pulses(times, prosody.accents, 0.6 * np.maximum(sign * turns, 0), 0.26, 0.5)
    return smooth(nods, 0.15, 1 / (times[1] - times[0])) if len(times) > 1 else nods


def _elsewhere(count: int, rng: Random) -> tuple[Curve, Curve]:
    """`(count, 2)` even chances 0..1, and as many places to look at while thinking: aside, and up or down, in radians."""
    draws = rng.uniform(size=(count, 5))
    left = np.where(draws[:, 2] < 0.5, -1, 1) * (5 + 7 * draws[:, 3])
    return draws[:, :2], np.stack([left, 12 * draws[:, 4] - 6], axis=1) * DEGREE


def _draw_near(moments: Curve, magnets: Curve, rng: Random) -> Curve:
    """Most of `moments` that lie within 0.4 s of a magnet move to it."""
    if not len(magnets):
        return moments
    after = np.searchsorted(magnets, moments)
    candidates = np.stack([magnets[np.maximum(after - 1, 0)], magnets[np.minimum(after, len(magnets) - 1)]])
    nearest = candidates[np.abs(candidates - moments).argmin(axis=0), np.arange(len(moments))]
    moves = (np.abs(nearest - moments) < 0.4) & (rng.uniform(size=len(moments)) < 0.7)
    return np.where(moves, nearest, moments)
