"""Lips that close: every p, b and m brings the lips together, every f and v the lower lip to the teeth, whatever else is asked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talkgen.motion._curves import Curve, runs, smoothstep
from talkgen.motion._prosody import Prosody
from talkgen.space import INDEX
from talkgen.types import VISEMES, AudioFeatures

HEARD = 0.5
"""Posterior from which a viseme counts as heard."""
SHORTEST = 0.08
"""Seconds a closure is held at least: two frames of the motion clock, so that resampling cannot miss it."""
APPROACH = 0.05
"""Seconds in which the lips come together and part."""
WIDEST_JAW = 0.1
"""`jawOpen` at a closure; what little it opens the lips `mouthClose` takes back."""

_BOTH_HELD = {"mouthPress": 0.3, "mouthRollLower": 0.2, "mouthRollUpper": 0.1, "mouthShrugLower": 0.15}
_TEETH_HELD = {"mouthRollLower": 0.4, "mouthUpperUp": 0.1}
_BOTH_LESS = {
    "mouthLowerDown": 1.0, "mouthUpperUp": 1.0, "mouthFunnel": 1.0, "mouthShrugUpper": 1.0, "tongueOut": 1.0, "noseSneer": 0.7,
}  # fmt: skip
_TEETH_LESS = {
    "mouthLowerDown": 1.0, "mouthUpperUp": 0.5, "mouthFunnel": 0.8, "mouthPucker": 0.5, "mouthShrugLower": 0.7, "mouthPress": 0.7,
    "tongueOut": 1.0, "noseSneer": 0.4,
}  # fmt: skip


@dataclass(frozen=True)
class Closures:
    """How far `lips` are to be together and the lower lip at the `teeth`, `(n,)` each, 0 to 1 (held)."""

    lips: Curve
    teeth: Curve


def find_closures(features: AudioFeatures, prosody: Prosody, n_frames: int, fps: float) -> Closures:
    """Every closure that is heard, each reaching 1 on at least one frame (none shares a frame with its neighbour unless there are
    more closures than frames)."""
    starts, ends, is_teeth = _events(features, prosody)
    if not len(starts) or not n_frames:
        return Closures(np.zeros(n_frames), np.zeros(n_frames))
    centres = (starts + ends) / 2
    starts, ends = np.minimum(starts, centres - SHORTEST / 2), np.maximum(ends, centres + SHORTEST / 2)
    between = (centres[1:] + centres[:-1]) / 2  # a closure stays on its side of the middle to the next
    differs = is_teeth[1:] != is_teeth[:-1]
    ends[:-1] = np.where(differs, np.minimum(ends[:-1], between), ends[:-1])
    starts[1:] = np.where(differs, np.maximum(starts[1:], between), starts[1:])

    frames = np.arange(len(centres))
    held = np.clip(np.maximum.accumulate(np.round(centres * fps).astype(np.intp) - frames) + frames, 0, n_frames - 1)
    times = np.arange(n_frames) / fps
    lips, teeth = (_nearness(times, starts[kind], ends[kind]) for kind in (~is_teeth, is_teeth))
    teeth[held[~is_teeth]], lips[held[is_teeth]] = 0, 0
    lips[held[~is_teeth]], teeth[held[is_teeth]] = 1, 1
    return Closures(lips, np.minimum(teeth, 1 - lips))


def close(shapes: Curve, speech: Curve, closures: Closures) -> Curve:
    """`shapes (n, 52)` with the closures held; `speech (n, 52)`, the spoken part alone, says how far the jaw is open meanwhile.

    At a full closure `jawOpen` is small, `mouthClose` equals it (it never exceeds it anywhere) and nothing parts the lips.
    """
    result = shapes.copy()
    lips, teeth = closures.lips, closures.teeth
    jaw = np.minimum(speech[:, INDEX["jawOpen"]], WIDEST_JAW)
    open_jaw = result[:, INDEX["jawOpen"]]
    result[:, INDEX["jawOpen"]] = np.minimum(open_jaw, jaw + (1 - np.maximum(lips, teeth)) * np.maximum(open_jaw - jaw, 0))
    for weight, less, held in ((lips, _BOTH_LESS, _BOTH_HELD), (teeth, _TEETH_LESS, _TEETH_HELD)):
        for name, share in less.items():
            result[:, _columns(name)] *= (1 - share * weight)[:, None]
        for name, value in held.items():
            result[:, _columns(name)] = np.maximum(result[:, _columns(name)], (value * weight)[:, None])
    result[:, INDEX["mouthClose"]] = np.minimum(lips * jaw, result[:, INDEX["jawOpen"]])
    return result


def _events(features: AudioFeatures, prosody: Prosody) -> tuple[Curve, Curve, NDArray[np.bool_]]:
    """Start and end (seconds) of every closure in time order, and whether it is one of lip and teeth."""
    heard = [runs((features.visemes[:, VISEMES.index(name)] > HEARD) & prosody.speaking) for name in ("PP", "FF")]
    starts, ends = (np.concatenate([pair[side] for pair in heard]) / features.fps for side in (0, 1))
    is_teeth = np.repeat([False, True], [len(pair[0]) for pair in heard])
    order = np.argsort(starts + ends, kind="stable")
    return starts[order], ends[order], is_teeth[order]


def _nearness(times: Curve, starts: Curve, ends: Curve) -> Curve:
    """1 inside any of the intervals, falling to 0 within `APPROACH` of them."""
    if not len(starts):
        return np.zeros(len(times))
    after = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, None)
    ahead = np.minimum(after + 1, len(starts) - 1)
    away = np.minimum(*(np.maximum(np.maximum(starts[i] - times, times - ends[i]), 0) for i in (after, ahead)))
    return smoothstep(1 - away / APPROACH)


def _columns(name: str) -> list[int]:
    return [INDEX[shape] for shape in (name, f"{name}Left", f"{name}Right") if shape in INDEX]
