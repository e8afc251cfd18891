"""Lip sync: how the lips of a take follow the real speaker's, and whether they close where they must.

The lips are those that the curves give the mean face of the rig, so that no renderer stands between. Beside every figure stand
what needs no hearing: the loudness of the sound, and the mean of the other real curves of the group.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from talkgen.corpus.augment import degrade
from talkgen.evaluation.cases import Actor, Case
from talkgen.evaluation.closures import SEEN_TOUCH, LipReader, Span, by_chance, hits, spans
from talkgen.evaluation.lips import Lips, rig_lips
from talkgen.evaluation.rows import Row, averaged
from talkgen.evaluation.tracks import CLOCK, Track, agree
from talkgen.lib.media import audio_from_samples, open_audio, read_samples
from talkgen.lib.timeline import frame_times
from talkgen.types import SAMPLE_RATE, AudioClip

CONDITIONS = {
    "noise10": "noise 10 dB", "8k": "8 kHz", "phone": "telephone", "codec": "codec", "reverb": "reverberation", "child": "child",
    "shifted": "shifted", "m4a": "m4a",
}  # fmt: skip
"""What `--condition` takes, and what `corpus.augment` calls it; m4a goes through ffmpeg's own encoder."""
FEWEST = 3
"""Real curves in a group from which the mean of the others means something."""
Readers = Callable[[Path], LipReader]


def measure(cases: Sequence[Case], actor: Actor, conditions: Sequence[str], readers: Readers) -> list[Row]:
    """One row per case."""
    return [_row(case, cases, actor, conditions, readers) for case in cases]


def summarise(rows: Sequence[Row]) -> Row:
    """Means by group and over all: of the clips whose reference can be trusted, and beside it over every clip."""
    groups = sorted({row["group"] for row in rows if row["group"]})
    chosen = {"all": list(rows)} | ({name: [row for row in rows if row["group"] == name] for name in groups} if groups else {})
    return {name: _summary(some) for name, some in chosen.items()}


def _row(case: Case, cases: Sequence[Case], actor: Actor, conditions: Sequence[str], readers: Readers) -> Row:
    row: Row = {"name": case.line.name, "group": case.line.group, "speaker": case.line.speaker, "seconds": case.audio.duration}
    wanted = spans(case)
    row |= {"image": case.line.image.stem if case.line.image else None, "doubt": case.doubt, "closures": len(wanted)}
    for key, with_text in (("sound", False), ("transcript", True)):
        if with_text and case.line.english is None:
            continue
        motion = actor.act(case, with_text=with_text)
        lips = rig_lips(motion)
        row["notes"] = list(actor.head.hear(case.audio, case.line.english if with_text else None).notes)
        row[key] = _compared(lips, case) | _closed(lips, wanted, case)
        if case.line.image is not None and wanted:
            row[key]["closed_in_picture"] = readers(case.line.image).hits(motion, wanted)
    if case.lips is not None:
        row["baselines"] = _baselines(case, cases)
        row["real"] = {"closed": hits(case.lips, wanted, SEEN_TOUCH)} if wanted else {}
        row["conditions"] = {name: _changed(case, actor, name) for name in conditions}
    return row


def _compared(lips: Lips, case: Case) -> Row:
    """Agreement of aperture, its quick part, and width with the real lips; lags in milliseconds, positive when ours are late."""
    row: Row = {}
    for name in ("aperture", "width") if case.lips is not None else ():
        found = agree(getattr(lips, name), getattr(case.lips, name))
        if found is not None:
            row |= {f"{name}_r": found.r, f"{name}_best_r": found.best_r, f"{name}_lag_ms": 1000 * found.lag}
    quick = agree(lips.aperture.quick(), case.lips.aperture.quick()) if case.lips is not None else None
    if quick is not None:
        row |= {"quick_r": quick.r, "quick_lag_ms": 1000 * quick.lag}
    return row


def _closed(lips: Lips, wanted: list[Span], case: Case) -> Row:
    return {"closed": hits(lips, wanted), "closed_by_chance": by_chance(lips, wanted, case)} if wanted else {}


def _baselines(case: Case, cases: Sequence[Case]) -> Row:
    assert case.lips is not None
    loud = agree(case.level, case.lips.aperture)
    group = [other for other in cases if other.line.group == case.line.group and other is not case and other.doubt is None]
    others = [other.lips.aperture for other in group if other.lips is not None]
    row: Row = {"loudness_r": loud.r, "loudness_best_r": loud.best_r, "loudness_lag_ms": 1000 * loud.lag} if loud else {}
    if len(others) >= FEWEST - 1:
        times = frame_times(int(case.lips.aperture.duration * CLOCK), CLOCK)
        usual = agree(Track(np.mean([other.at(times) for other in others], axis=0), CLOCK), case.lips.aperture)
        row["mean_of_others_r"] = usual.r if usual else None
    return row


def _changed(case: Case, actor: Actor, condition: str) -> Row:
    """Aperture r when the sound is changed before it is heard, without a transcript."""
    row = _compared(rig_lips(actor.act(case, with_text=False, audio=changed(case.audio, condition))), case)
    return {"aperture_r": row.get("aperture_r"), "aperture_lag_ms": row.get("aperture_lag_ms")}


def changed(audio: AudioClip, condition: str) -> AudioClip:
    """The same speech under one of `CONDITIONS`; its times stay."""
    if condition == "m4a":
        return _encoded(audio)
    samples, _ = degrade(read_samples(audio, 0, audio.n_samples), CONDITIONS[condition])
    return audio_from_samples(samples, SAMPLE_RATE)


def _encoded(audio: AudioClip) -> AudioClip:
    """Through AAC at 32 kb/s and back."""
    import subprocess
    import tempfile

    from talkgen.lib.media import ffmpeg_command

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sound.m4a"
        subprocess.run(
            ffmpeg_command("-i", str(audio.path), "-c:a", "aac", "-b:a", "32k", str(file)), check=True, capture_output=True
        )
        return open_audio(file)


def _summary(rows: list[Row]) -> Row:
    trusted = [row for row in rows if row["doubt"] is None]
    row: Row = {"clips": len(rows), "with_reference": sum("baselines" in row for row in rows)}
    row["doubted"] = {row["name"]: row["doubt"] for row in rows if row["doubt"] is not None}
    kept = averaged(
        [{key: row[key] for key in ("sound", "transcript", "baselines", "conditions") if key in row} for row in trusted]
    )
    for key in ("sound", "transcript"):
        if key in kept:
            row[key] = kept[key] | _with_rates([r for r in rows if key in r], key)
            row[key]["clips"] = sum(key in r for r in rows)
            row[key]["aperture_r_with_doubted"] = averaged([r[key] for r in rows if key in r]).get("aperture_r")
    row["baselines"] = kept.get("baselines", {})
    row["real"] = _with_rates([r for r in trusted if "real" in r], "real")
    clean = kept.get("sound", {}).get("aperture_r")
    for name, found in kept.get("conditions", {}).items():
        row.setdefault("conditions", {})[name] = found | {"loss": clean - found["aperture_r"] if "aperture_r" in found else None}
    return row


def _with_rates(rows: list[Row], key: str) -> Row:
    """Share of all closures at which the lips close, pooled over clips."""
    result: Row = {"closures": sum(row["closures"] for row in rows)}
    for name in ("closed", "closed_in_picture"):
        told = [row for row in rows if name in row[key]]
        if told:
            result[name] = sum(row[key][name] for row in told) / sum(row["closures"] for row in told)
    return result
