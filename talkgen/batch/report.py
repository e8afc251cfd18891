"""The report on a whole batch, made from the sidecars after every run: `report.json` for programs, `report.html` for people."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from talkgen import __version__
from talkgen.batch.manifest import REPORTS
from talkgen.batch.plan import Job
from talkgen.batch.quality import POINTS, Quality
from talkgen.batch.sidecar import Sidecar, read_sidecar
from talkgen.batch.thumbnail import THUMBNAILS
from talkgen.batch.work import Outcome
from talkgen.lib.files import replacing

STATES = {"failed": "failed", "remarks": "with remarks", "done": "without remarks", "waiting": "not made"}
"""What becomes of a line, in the order of who should be looked at first, and in words."""
HIGH = 40
"""Height of a drawn strip, in its own units; a point is four wide."""
WIDE = 4


@dataclass(frozen=True)
class Row:
    """What is known of a line: its sidecar where it is done; why it failed in this run, and the traceback of a mistake of ours."""

    job: Job
    sidecar: Sidecar | None
    error: str = ""
    trace: str = ""

    @property
    def state(self) -> str:
        """One of `STATES`."""
        if self.error:
            return "failed"
        if self.sidecar is None:
            return "waiting"
        return "remarks" if self.sidecar.warnings else "done"


def gather(jobs: Sequence[Job], outcomes: Mapping[str, Outcome]) -> list[Row]:
    """A row for each of `jobs`, given by place what became of those that were made now."""
    rows = []
    for job in jobs:
        made = outcomes.get(str(job.line.place))
        done = not made.error if made else not job.why
        error, trace = (made.error, made.trace) if made else ("", "")
        rows.append(Row(job, read_sidecar(job.sidecar) if done else None, error, trace))
    return rows


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How many lines there are in each state."""
    found = Counter(row.state for row in rows)
    return {state: found[state] for state in STATES}


def write(rows: Sequence[Row], output: Path, manifest: str) -> None:
    """`report.json` and `report.html` in the folder `output`."""
    content = {
        "made_by": f"talkgen {__version__}",
        "manifest": manifest,
        "counts": counts(rows),
        "lines": [_content(row) for row in rows],
    }
    texts = (json.dumps(content, indent=1, ensure_ascii=False) + "\n", page(rows, output, manifest))
    for name, text in zip(REPORTS, texts, strict=True):
        with replacing(output / name) as path:
            path.write_text(text, encoding="utf-8")


def _content(row: Row) -> dict[str, object]:
    line = row.job.line
    content: dict[str, object] = {"id": line.id, "place": str(line.place), "line": line.number, "state": row.state}
    content |= {"character": line.character, "emotion": line.emotion.text, "transcript": line.transcript, "seed": line.seed}
    if row.error:
        content |= {"error": row.error, "trace": row.trace}
    if row.sidecar:
        quality = {name: value for name, value in asdict(row.sidecar.quality).items() if name not in ("sound", "mouth")}
        content |= {"warnings": list(row.sidecar.warnings), "outputs": list(line.files), **quality}
    return content


def page(rows: Sequence[Row], output: Path, manifest: str) -> str:
    """The page, whole in itself but for the thumbnails: those who need looking at come first."""
    template = Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
    order = list(STATES)
    found = counts(rows)
    buttons = (
        f'<button aria-pressed="false" data-state="{state}"><i class="{state}"></i>{found[state]} {words}</button>'
        for state, words in STATES.items()
        if found[state]
    )
    seconds = sum(row.sidecar.quality.duration for row in rows if row.sidecar)
    return template.substitute(
        manifest=escape(manifest),
        version=__version__,
        summary=f"{len(rows)} lines, {seconds / 60:.1f} minutes of speech made",
        buttons="\n".join(buttons),
        rows="\n".join(_row(row, output) for row in sorted(rows, key=lambda row: order.index(row.state))),
    )


def _row(row: Row, output: Path) -> str:
    line = row.job.line
    about = " · ".join(filter(None, (line.character, line.emotion.text, f"seed {line.seed}", f"line {line.number}")))
    said = f"<q>{escape(line.transcript)}</q>" if line.transcript else ""
    remarks = [row.error] if row.error else list(row.sidecar.warnings) if row.sidecar else []
    told = f"<ul>{''.join(f'<li>{escape(remark)}</li>' for remark in remarks)}</ul>" if remarks else ""
    trace = f"<details><summary>Where</summary><pre>{escape(row.trace)}</pre></details>" if row.trace else ""
    files = " ".join(f'<a href="{escape(quote(file))}">{escape(Path(file).name)}</a>' for file in line.files) if row.sidecar else ""
    return (
        f'<article class="{row.state}" data-state="{row.state}"><div class="what"><h2>{escape(str(line.place))}</h2>'
        f'<p class="about">{escape(about)}</p>{said}{told}{trace}<p class="files">{files}</p></div>'
        f'<div class="looks">{_thumbnail(row, output)}{_strips(row.sidecar.quality) if row.sidecar else ""}</div></article>'
    )


def _thumbnail(row: Row, output: Path) -> str:
    file = f"{THUMBNAILS}/{row.job.line.place}.jpg"
    shown = row.sidecar is not None and row.job.line.image is not None and (output / file).is_file()
    return f'<img loading="lazy" alt="Three moments of the picture" src="{escape(quote(file))}">' if shown else ""


def _strips(found: Quality) -> str:
    """The loudness of the sound, as a band, and how far the mouth is open, as a line through it."""
    middle = HIGH / 2
    band = [(WIDE * k, middle * (1 - value)) for k, value in enumerate(found.sound)]
    band += [(x, HIGH - y) for x, y in reversed(band)]
    mouth = [(WIDE * k, HIGH * (1 - value)) for k, value in enumerate(found.mouth)]
    return (
        f'<svg viewBox="0 0 {WIDE * (POINTS - 1)} {HIGH}" preserveAspectRatio="none" role="img">'
        f"<title>Loudness (band) and opening of the jaw (line)</title>"
        f'<polygon points="{_points(band)}"/><polyline points="{_points(mouth)}"/></svg>'
        f'<p class="about">{found.duration:.1f} s · peak {round(found.peak)} dB · speech {found.speech:.0%}</p>'
    )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:.1f}" for x, y in points)
