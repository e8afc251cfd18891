"""A folder of sound and a portrait, and manifests of it."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile
from conftest import speech_like

PORTRAIT = Path(__file__).parents[1] / "data" / "astronaut.jpg"
TALKGEN = (sys.executable, "-c", "from talkgen.cli import app; app()", "batch")


def furnish(folder: Path) -> Path:
    """`lines/a/0.wav` to `lines/b/5.wav`, each of its own length, `face.jpg`, and the manifest of all of them, of which two
    lines show a picture."""
    for k in range(6):
        path = folder / "lines" / "ab"[k % 2] / f"{k}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, speech_like(0.6 + 0.1 * k, seed=k), 16000)
    shutil.copy(PORTRAIT, folder / "face.jpg")
    sounds = sorted((folder / "lines").rglob("*.wav"))
    lines = [{"audio": str(path.relative_to(folder)), "emotion": "happy" if k % 2 else "sad:0.5"} for k, path in enumerate(sounds)]
    lines[0] |= {"image": "face.jpg", "outputs": [".json", ".png"]}
    lines[4] |= {"image": "face.jpg", "outputs": "npz /"}
    (folder / "six.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder / "six.jsonl"


@pytest.fixture
def six(tmp_path: Path) -> Path:
    """A manifest of six lines."""
    return furnish(tmp_path)


@pytest.fixture
def folder(six: Path) -> Path:
    """The folder with what they need."""
    return six.parent


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """A function `(lines, name="manifest.jsonl")` that writes a manifest and gives its path."""

    def make(lines: list[dict], name: str = "manifest.jsonl") -> Path:
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return folder / name

    return make


def tree(output: Path) -> dict[str, bytes]:
    """Every file under a folder of outputs, but for the lock."""
    files = (path for path in output.rglob("*") if path.is_file() and path.name != ".talkgen.lock")
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def lives(process: int) -> bool:
    """Whether a process still does something."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except OSError:
        return False


def descendants(ancestor: int, title: str = "") -> Iterator[int]:
    """Processes that a process began, and those that they began, whose command line holds `title`."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes().decode()
        except (OSError, ValueError):
            continue  # it went meanwhile
        if parent == ancestor:
            yield from descendants(int(entry.name), title)
            if title in command:
                yield int(entry.name)
