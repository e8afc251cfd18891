"""Life: blinks, gaze and head, measured alike on a minute of acting and on real people; and how takes of two seeds differ."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from talkgen.corpus.shards import read_clips, read_index
from talkgen.evaluation.cases import Actor, Case, joined
from talkgen.evaluation.emotion import columns, face
from talkgen.evaluation.lips import rig_lips
from talkgen.evaluation.rows import Row, averaged, mean
from talkgen.evaluation.tracks import Curve, agree, pearson
from talkgen.face.rig import GAZE_HEIGHT, GAZE_SIDE
from talkgen.space import INDEX, REGIONS
from talkgen.types import MotionClip, TalkgenError

MINUTE = 60.0
BANDS = ((0.1, 0.5), (0.5, 1.0), (1.0, 3.0), (3.0, 8.0))
"""Hz."""
WINDOW = 10.0
"""Seconds of a spectrum: one period of the slowest movement that is asked for."""
LONG_GAP = 8.0
"""Seconds: a gap between blinks that is long."""
SHIFT, SETTLED = np.radians(3.0), 0.2
"""Radians that a gaze shift turns the eyes at least within two frames, and seconds in which it is counted once."""
TRACKED = 0.5
"""Least confidence of a frame of a real clip, and the least share of such frames of a clip that is used."""
SEEDS = 5
SAME_BLINK = 0.1
"""Seconds between blinks of two takes that coincide."""


def measure(cases: Sequence[Case], few: Sequence[Case], actor: Actor, real: Path | None) -> Row:
    """Life of a minute made of the cases' sound, real people's beside it, and diversity over seeds on `few` cases."""
    take = actor.head.perform(joined(list(cases), MINUTE), seed=actor.seed).motion
    people = real_clips(real) if real is not None else []
    return {
        "ours": living([take]),
        "real": living(people) if people else None,
        "real_range": spread([living([clip]) for clip in people]),
        "diversity": averaged([diversity(case, actor) for case in few]),
    }


def real_clips(corpus: Path) -> list[MotionClip]:
    """The tracked motion of a corpus. Raises `TalkgenError` for a folder that holds none."""
    clips = read_clips(corpus, read_index(corpus))
    tracked = ((clip.motion, clip.confidence) for clip in clips)
    found = [m for m, sure in tracked if m is not None and sure is not None and (sure > TRACKED).mean() > TRACKED]
    if not found:
        raise TalkgenError(f"The corpus {corpus} holds no clip with a tracked face; give what talkgen prepare made of videos.")
    return found


def living(clips: Sequence[MotionClip]) -> Row:
    """Blinks, gaze shifts and head of several clips, pooled: rates are counts over the whole time."""
    minutes = sum(len(clip) / clip.fps for clip in clips) / 60
    closings = [blinks(clip) for clip in clips]
    gaps = np.concatenate([np.diff(times) for times in closings])
    longest = [np.diff([0.0, *times, len(clip) / clip.fps]).max() for clip, times in zip(clips, closings, strict=True)]
    return {
        "minutes": minutes,
        "blinks_per_minute": sum(map(len, closings)) / minutes,
        "long_gaps": float((gaps > LONG_GAP).mean()) if len(gaps) else None,
        "longest_gap": float(max(longest)),
        "gaze_shifts_per_minute": sum(len(gaze_shifts(clip)) for clip in clips) / minutes,
        "head_degrees": mean([float(np.degrees(clip.head_rotation).std(0).sum()) for clip in clips]),
        "head_bands": averaged([spectrum(clip) for clip in clips]),
    }


def spread(rows: Sequence[Row]) -> Row:
    """The middle 80 % of every number in rows of one shape, over rows: its least and its greatest."""
    result: Row = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        values = [row[key] for row in rows if row.get(key) is not None]
        if values and isinstance(values[0], dict):
            result[key] = spread(values)
        elif values:
            result[key] = [float(value) for value in np.percentile(values, [10, 90])]
    return result


def blinks(clip: MotionClip) -> Curve:
    """Seconds at which the lids close more than half way."""
    lids = clip.blendshapes[:, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]].mean(1)
    return np.flatnonzero((lids[1:] > 0.5) & (lids[:-1] <= 0.5)) / clip.fps


def gaze(clip: MotionClip) -> Curve:
    """`(T, 2)` radians that the eyes look to the subject's left and up, in the head."""
    look = {name: clip.blendshapes[:, INDEX[f"eyeLook{name}"]] for name in ("OutLeft", "InLeft", "OutRight", "InRight")}
    side = (look["OutLeft"] - look["InLeft"] + look["InRight"] - look["OutRight"]) / 2
    height = [clip.blendshapes[:, [INDEX[f"eyeLook{way}{eye}"] for eye in ("Left", "Right")]].mean(1) for way in ("Up", "Down")]
    return np.stack([GAZE_SIDE * side, GAZE_HEIGHT * (height[0] - height[1])], axis=1).astype(np.float64)


def gaze_shifts(clip: MotionClip) -> list[float]:
    """Seconds at which the eyes jump."""
    angles = gaze(clip)
    jumps = np.flatnonzero(np.linalg.norm(angles[2:] - angles[:-2], axis=1) > SHIFT) / clip.fps
    times: list[float] = []
    for time in jumps:
        if not times or time - times[-1] > SETTLED:
            times.append(float(time))
    return times


def spectrum(clip: MotionClip) -> Row:
    """Degrees (root mean square, all three axes together) that the head moves in each of `BANDS`, by Welch's method (1967).

    A clip tells of the bands whose slowest movement it holds once.
    """
    from scipy.signal import welch

    seconds, result = len(clip) / clip.fps, Row()
    if seconds * BANDS[-1][0] < 1:
        return result
    length = min(len(clip), round(WINDOW * clip.fps))
    frequencies, power = welch(np.degrees(clip.head_rotation), clip.fps, nperseg=length, detrend="linear", axis=0)
    for low, high in BANDS:
        if low * seconds >= 1:
            inside = (frequencies >= low) & (frequencies < high)
            result[f"{low:g}-{high:g} Hz"] = float(np.sqrt(power[inside].sum() * (frequencies[1] - frequencies[0])))
    return result


def diversity(case: Case, actor: Actor) -> Row:
    """How takes of several seeds differ, over all pairs: by region, the mean distance of curves; agreement of head, brows, lips
    (r), and the share of blinks that coincide."""
    takes = [actor.act(case, seed=actor.seed + k) for k in range(SEEDS)]
    pairs = list(combinations(takes, 2))
    apart = np.mean([np.abs(face(a) - face(b)).mean(0) for a, b in pairs], axis=0)
    row: Row = {"distance": {region: float(apart[columns(region)].mean()) for region in REGIONS}}
    brow = INDEX["browInnerUp"]
    row["head_r"] = mean([pearson(a.head_rotation[:, 0], b.head_rotation[:, 0]) for a, b in pairs])
    row["brow_r"] = mean([pearson(a.blendshapes[:, brow], b.blendshapes[:, brow]) for a, b in pairs])
    row["aperture_r"] = mean([_same_lips(a, b) for a, b in pairs])
    row["blinks_shared"] = mean([_shared(blinks(a), blinks(b)) for a, b in pairs])
    return row


def _same_lips(a: MotionClip, b: MotionClip) -> float | None:
    found = agree(rig_lips(a).aperture, rig_lips(b).aperture)
    return found.r if found else None


def _shared(ours: Curve, theirs: Curve) -> float | None:
    if not len(ours) or not len(theirs):
        return None
    return float((np.abs(ours[:, None] - theirs).min(1) < SAME_BLINK).mean())
