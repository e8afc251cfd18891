"""What is noteworthy about a line is found, what is not is left alone, and the report shows both."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from batch.conftest import furnish
from conftest import speech_like

from talkgen.batch import report
from talkgen.batch.manifest import read_manifest
from talkgen.batch.plan import Settings, plan
from talkgen.batch.quality import POINTS, Quality, inspect
from talkgen.batch.sidecar import Sidecar, read_sidecar, write_sidecar
from talkgen.batch.work import Outcome
from talkgen.lib.media import audio_from_samples
from talkgen.space import BLENDSHAPES
from talkgen.types import MotionClip, Performance


@pytest.fixture
def inspected(folder: Path, write: Callable[..., Path]) -> Callable[..., tuple[Quality, str]]:
    """A function of a sound, of `(T,)` curves by name and of fields of the line, that inspects them."""

    def look(samples: np.ndarray, curves: dict[str, np.ndarray] | None = None, **fields: str) -> tuple[Quality, str]:
        (line,) = read_manifest(write([{"audio": "lines/a/0.wav", **fields}]), folder / "out")
        n = round(len(samples) / 16000 * 25)
        shapes = np.zeros((n, len(BLENDSHAPES)), np.float32)
        shapes[:, BLENDSHAPES.index("jawOpen")] = np.linspace(0, 0.4, n)
        for name, curve in (curves or {}).items():
            shapes[:, BLENDSHAPES.index(name)] = curve
        motion = MotionClip(shapes, np.zeros((n, 3), np.float32), np.zeros((n, 3), np.float32))
        found, remarks = inspect(Performance(motion, audio=audio_from_samples(samples, 16000)), line)
        return found, " ".join(remarks)

    return look


def test_a_good_line_is_left_alone(inspected: Callable) -> None:
    blink = np.zeros(50)
    blink[10:14] = 1.0
    found, remarks = inspected(speech_like(2.0), {"eyeBlinkLeft": blink}, transcript="as many letters as fit in here")
    assert remarks == "" and found.clipped == {} and found.duration == 2.0 and 0.2 < found.speech < 0.9
    assert len(found.sound) == len(found.mouth) == POINTS and found.mouth[-1] == 0.4 and max(found.sound[: POINTS // 10]) < 0.2


def test_remarks(inspected: Callable) -> None:
    smile = np.zeros(50)
    smile[10:25] = 1.0
    found, remarks = inspected(speech_like(2.0), {"mouthSmileLeft": smile})
    assert found.clipped == {"mouthSmileLeft": 0.6} and "at their limit for 0.6 s: mouthSmileLeft;" in remarks
    found, remarks = inspected(np.zeros(16000))
    assert found.peak == -100 and found.speech == 0 and "is silent" in remarks
    assert "sound itself is clipped" in inspected(np.sign(speech_like(1.0)) * 1.0)[1]
    assert "never opens" in inspected(speech_like(2.0), {"jawOpen": np.zeros(50)})[1]
    assert "does not go with the sound" in inspected(speech_like(2.0), transcript="word " * 60)[1]
    assert "does not go with the sound" in inspected(speech_like(2.0), transcript="so", language="de")[1]
    assert "The transcript in de was not aligned" in inspected(speech_like(2.0), transcript="und dann gehen wir", language="de")[1]
    tone = np.sin(np.arange(32000) / 20).astype(np.float32)
    assert inspected(tone / 2)[1] == ""


def test_report(tmp_path: Path) -> None:
    jobs = list(plan(read_manifest(furnish(tmp_path), tmp_path / "out"), Settings("procedural", "mel"), tmp_path / "out"))
    for job, warnings in ((jobs[0], ()), (jobs[1], ("<odd> & new",))):
        job.sidecar.parent.mkdir(parents=True, exist_ok=True)
        quality = Quality(1.5, -3.0, 0.5, {}, [0.5] * POINTS, [0.1] * POINTS)
        write_sidecar(job.sidecar, Sidecar(job.recipe, {}, warnings, quality))
        assert read_sidecar(job.sidecar) == Sidecar(job.recipe, {}, warnings, quality)
    places = [str(job.line.place) for job in jobs]
    outcomes = {place: Outcome(place) for place in places[:2]} | {places[2]: Outcome(places[2], "No face was found.", trace="deep")}
    rows = report.gather(jobs, outcomes)
    assert report.counts(rows) == {"failed": 1, "remarks": 1, "done": 1, "waiting": 3}
    report.write(rows, tmp_path / "out", "<six>.jsonl")
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [line["state"] for line in content["lines"]] == ["done", "remarks", "failed", *["waiting"] * 3]
    assert content["lines"][2]["error"] == "No face was found." and content["lines"][1]["warnings"] == ["<odd> & new"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "&lt;odd&gt; &amp; new" in page and "<odd>" not in page and "&lt;six&gt;.jsonl" in page
    assert page.index(places[2]) < page.index(places[1]) < page.index(places[0])
    assert "http" not in page  # it asks nobody for anything
