"""The report: tables for a terminal and the same in Markdown, from the values that `harness.evaluate` gathered."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talkgen.evaluation.rows import Row
from talkgen.lib.files import replacing

PLACES = ((0.0095, 4), (0.095, 3), (9.95, 2))
"""Digits after the point of what is smaller than this."""
_LIPS = (
    ("r", "aperture_r"), ("best r", "aperture_best_r"), ("lag ms", "aperture_lag_ms"), ("quick r", "quick_r"),
    ("its lag", "quick_lag_ms"), ("all r", "aperture_r_with_doubted"), ("width r", "width_r"), ("closed", "closed"),
    ("by chance", "closed_by_chance"), ("in picture", "closed_in_picture"),
)  # fmt: skip
LIPS_FROM = {"sound": "sound alone", "transcript": "with transcript"}


@dataclass(frozen=True)
class Table:
    """A title, a header, rows of cells, and a sentence of what must be known to read it."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    detail: bool = False
    """Whether it is left to the page, and not shown on a terminal."""


def tables(report: Row) -> Iterator[Table]:
    """Everything a reader decides by, part by part."""
    makers = {"lips": _lips, "hearing": _hearing, "affect": _affect, "emotion": _emotion, "life": _life, "steadiness": _steadiness}
    for part, make in makers.items():
        if part in report:
            yield from make(report[part])


def _lips(part: Row) -> Iterator[Table]:
    rows: list[list[Any]] = []
    doubted: dict[str, str] = {}
    for group, found in part["summary"].items():
        doubted |= found["doubted"]
        for key, label in LIPS_FROM.items():
            if key in found:
                rows.append([group, label, found[key]["clips"], *(found[key].get(name) for _, name in _LIPS)])
        base = found["baselines"]
        if base:
            rows.append([group, "loudness", "", *(base.get(name) for name in ("loudness_r", "loudness_best_r", "loudness_lag_ms"))])
            rows.append([group, "mean of others", "", base.get("mean_of_others_r")])
            rows.append([group, "real lips", "", *[None] * 7, found["real"].get("closed")])
    note = (
        "Aperture r with the real lips, mean over clips; lag: median, positive when ours are late; quick: syllables alone, without "
        "how far a mouth rests open; all r: also the clips that are doubted. "
        "Closed: share of p b m at which the lips touch (where the manifest has no times, they are aligned with the transcript, "
        "as the lips then are); by chance: of other moments of speech."
    )
    if doubted:
        note += f" Left out of r: {'; '.join(f'{name} ({why})' for name, why in doubted.items())}."
    yield Table("Lip sync", ("group", "lips from", "clips", *(label for label, _ in _LIPS)), rows, note)
    yield from _clips(part["rows"])
    changed = [
        [group, name, values.get("aperture_r"), values.get("loss")]
        for group, found in part["summary"].items()
        for name, values in found.get("conditions", {}).items()
    ]
    if changed:
        yield Table("Aperture r when the sound is changed (no transcript)", ("group", "condition", "r", "loss"), changed)


def _clips(rows: Sequence[Row]) -> Iterator[Table]:
    measures = [(label, name) for label, name in _LIPS if name not in ("aperture_r_with_doubted", "closed_by_chance")]
    cells = [
        [row["name"], row["image"], label, *(row[key].get(name) for _, name in measures), row["closures"], row["doubt"] or ""]
        for row in rows
        for key, label in LIPS_FROM.items()
        if key in row
    ]
    header = ("clip", "portrait", "lips from", *(label for label, _ in measures), "of", "doubt")
    yield Table("Lip sync, clip by clip", header, cells, detail=True)


def _hearing(part: Row) -> Iterator[Table]:
    if part["clips"]:
        note = f"Against phones aligned with the transcript, {part['clips']} clips."
        rows = [["all frames", part["accuracy"]], ["frames of speech", part["accuracy_in_speech"]], *part["recall"].items()]
        yield Table("Visemes heard without the transcript", ("frames", "right"), rows, note)


def _affect(part: Row) -> Iterator[Table]:
    columns = ("lines", "order_within_speaker", "pairs_within_speaker", "order", "four_classes")
    rows = [[group, *(values[name] for name in columns)] for group, values in part["groups"].items()]
    if rows:
        header = ("group", "lines", "of one speaker", "pairs", "of any", "four classes")
        note = "Right order of arousal in pairs of an aroused and a calm line; angry, happy, neutral or sad, of unseen speakers."
        yield Table("Affect heard in the voice", header, rows, note)


def _emotion(part: Row) -> Iterator[Table]:
    rows = []
    for name, values in part["cost"].items():
        dial = part["dial"].get(name, {})
        cells = [values.get(key) for key in ("aperture_r", "loss", "own_r", "closed", "closed_in_picture")]
        rows.append([name, dial.get("spearman"), dial.get("largest_step"), *cells])
    header = ("emotion", "dial ρ", "largest step", "aperture r", "loss", "r with neutral", "closed", "in picture")
    yield Table("Emotion: the dial, and what it costs speech", header, rows, "Largest step: 0.10 is perfectly even.")
    rows = [[name, values.get("of_full"), values.get("of_inside")] for name, values in part["leakage"].items()]
    yield Table("Leakage: change outside a region dialled alone", ("region", "of full motion", "of that inside"), rows)
    told = part["classifier"]
    rows = [["full strength", told["accuracy"]], ["half strength", told["accuracy_half_strength"]]]
    yield Table("Classifier taught by the performer (regression check)", ("takes", "right of 8"), rows)


def _life(part: Row) -> Iterator[Table]:
    columns = [part["ours"], part["real"] or {}, part["real_range"]]
    names = [name for name in part["ours"] if name != "head_bands"]
    rows = [[name.replace("_", " "), *(column.get(name) for column in columns)] for name in names]
    bands = part["ours"]["head_bands"]
    rows += [[f"head degrees in {band}", *(column.get("head_bands", {}).get(band) for column in columns)] for band in bands]
    yield Table("Life", ("figure", "ours", "real", "middle 80 % of clips"), rows)
    apart = part["diversity"]
    rows = [[f"distance, {region}", value] for region, value in apart["distance"].items()]
    rows += [[name.replace("_", " "), value] for name, value in apart.items() if name != "distance"]
    yield Table("Between seeds", ("figure", "ours"), rows)


def _steadiness(part: Row) -> Iterator[Table]:
    yield Table("Steadiness", ("figure", "ours"), [[name.replace("_", " "), value] for name, value in part.items()])


def cell(value: Any) -> str:
    """A value as a table shows it: two digits, more after the point where it is small."""
    if value is None:
        return "-"
    if isinstance(value, list):
        return " to ".join(map(cell, value))
    if not isinstance(value, float):
        return str(value)
    places = next((places for limit, places in PLACES if abs(value) < limit), 0)
    return f"{value:.{places}f}" if value else "0"


def write(report: Row, folder: Path, pictures: Sequence[str]) -> None:
    """`report.json`, all of it, and `report.md`, the tables and `pictures` (file names in the folder)."""
    with replacing(folder / "report.json") as path:
        path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with replacing(folder / "report.md") as path:
        path.write_text(markdown(report, pictures), encoding="utf-8")


def markdown(report: Row, pictures: Sequence[str]) -> str:
    """The tables and pictures as a page."""
    lines = [
        f"# talkgen {report['version']}",
        "",
        f"Head: `{json.dumps(report['head'])}`, options: `{json.dumps(report['options'])}`.",
        "",
    ]
    for table in tables(report):
        lines += [f"## {table.title}", "", _row(table.header), _row(["---"] * len(table.header))]
        width = len(table.header)
        lines += [_row([cell(value) for value in (*row, *[""] * width)[:width]]) for row in table.rows]
        lines += ["", table.note, ""] if table.note else [""]
    return "\n".join(lines + [f"![{name}]({name})" for name in pictures]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
