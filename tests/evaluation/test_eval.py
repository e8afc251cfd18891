"""`talkgen eval` as a person runs it."""

import json
from pathlib import Path

import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

from talkgen.cli import app

DATA = Path(__file__).parents[1] / "data"
PORTRAIT, SPEECH = DATA / "astronaut.jpg", DATA / "printing.flac"


def run(*arguments: str | Path):
    return CliRunner().invoke(app, ["eval", *map(str, arguments)])


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """One line: the first two seconds of a sentence, with a video of an actor who speaks it."""
    samples, rate = soundfile.read(SPEECH, stop=2 * 16000)
    soundfile.write(tmp_path / "line.wav", samples, rate)
    line = {"audio": "line.wav", "reference": "real.mp4", "transcript": "Printing, then, for our purpose", "group": "test"}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(line) + "\n")
    return tmp_path / "manifest.jsonl"


def test_a_whole_evaluation(tmp_path: Path, manifest: Path) -> None:
    pytest.importorskip("matplotlib")
    options = ("--audio", str(tmp_path / "line.wav"), "--image", str(PORTRAIT), "--seed", "5", "--size", "256")
    assert CliRunner().invoke(app, ["render", *options, "-o", str(tmp_path / "real.mp4")]).exit_code == 0
    result = run(manifest, "-o", tmp_path / "out", "--image", PORTRAIT, "--only", "lips,emotion,steadiness", "--condition", "8k")
    assert result.exit_code == 0, (result.output, result.exception)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    (row,) = report["lips"]["rows"]
    assert row["doubt"] is None and row["closures"] == 3
    assert row["sound"]["aperture_r"] > 0.9 and abs(row["sound"]["aperture_lag_ms"]) <= 20  # it is the very same take, seen
    assert row["transcript"]["closed"] == row["transcript"]["closed_in_picture"] == 3
    assert report["lips"]["summary"]["test"]["conditions"]["8k"]["loss"] > -0.1
    assert all(dial["spearman"] > 0.95 for dial in report["emotion"]["dial"].values())
    assert report["emotion"]["leakage"]["all"]["of_full"] < 0.03
    assert report["emotion"]["cost"]["neutral"]["own_r"] == 1 and report["emotion"]["classifier"]["accuracy"] > 0.8
    assert report["steadiness"]["in_range"] == 1 and "life" not in report and report["options"]["seed"] == 0
    page = (tmp_path / "out" / "report.md").read_text()
    assert "## Lip sync" in page and "| happy |" in page and "Lip sync" in result.output
    for name in ("curves.png", "dial.png", "strip.png"):
        assert f"![{name}]({name})" in page
        with Image.open(tmp_path / "out" / name) as picture:
            assert picture.width > 500


def test_the_same_again(tmp_path: Path, manifest: Path) -> None:
    manifest.write_text('{"audio": "line.wav"}\n')
    for name in ("a", "b"):
        assert run(manifest, "-o", tmp_path / name, "--no-plots", "--only", "lips,hearing", "--only", "steadiness").exit_code == 0
    assert (tmp_path / "a" / "report.json").read_bytes() == (tmp_path / "b" / "report.json").read_bytes()
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == ["report.json", "report.md"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--only", "lips,moods"), "no part 'moods'"),
        (("--condition", "fog"), "no condition 'fog'"),
        (("--real", "nowhere"), "no folder nowhere"),
        (("--image", "nowhere.png"), "no file nowhere.png"),
        (("--motion", "magic"), "procedural"),
        (("--seed", "-1"), "negative"),
    ],
)
def test_bad_options(tmp_path: Path, manifest: Path, options: tuple[str, str], words: str) -> None:
    manifest.write_text('{"audio": "line.wav"}\n')
    result = run(manifest, "-o", tmp_path / "out", *options)
    assert result.exit_code == 2 and words in result.stderr and len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_bad_places(tmp_path: Path, manifest: Path) -> None:
    manifest.write_text('{"audio": "line.wav"}\n')
    for output, words in ((manifest, "is a file"), (Path("/proc/report"), "cannot be made")):
        result = run(manifest, "-o", output, "--only", "hearing")
        assert result.exit_code == 2 and words in result.stderr
    result = run(tmp_path / "none.jsonl", "-o", tmp_path / "out")
    assert result.exit_code == 2 and "no manifest" in result.stderr
