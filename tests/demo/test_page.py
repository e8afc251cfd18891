"""The page as served, asked as a browser asks it, through gradio_client on this machine."""

import gc
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from pages import PORTRAIT, SPEECH, Served, change_of_brows_and_chin, serving, stop
from PIL import Image
from typer.testing import CliRunner

from talkgen.cli import app
from talkgen.demo.controls import SAME, Controls, names
from talkgen.demo.sessions import Sessions

pytestmark = pytest.mark.filterwarnings("ignore")  # of the client's own libraries


@pytest.fixture(scope="module")
def page(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of the page, which lets go of its connections in the end, before other tests answer for them."""
    client = Client(served.url, verbose=False, download_files=str(tmp_path_factory.mktemp("client")))
    yield client
    client.close()
    del client
    gc.collect()


@pytest.fixture
def short(tmp_path: Path) -> str:
    """A second of the example speech."""
    samples, rate = soundfile.read(SPEECH, stop=22050)
    soundfile.write(tmp_path / "short.wav", samples, rate)
    return str(tmp_path / "short.wav")


def values(**changed: Any) -> list[Any]:
    """A value for each control: the example, sad, and what is `changed` (dots and spaces as they are, through a dictionary)."""
    usual = Controls(emotion="sad", size=128)
    several = {"mixture": 0.0, "feelings": SAME, "gains": 1.0}
    given = {"portrait": handle_file(PORTRAIT), "speech": handle_file(SPEECH)} | changed
    return [given.get(name, several[name.split()[0]] if " " in name else getattr(usual, name)) for name in names()]


def looked(page: Client, **changed: Any) -> tuple[np.ndarray, list[str]]:
    """The previewed frame and the sentences."""
    frame, *sentences = page.predict(2.2, *values(**changed), api_name="/preview")
    with Image.open(frame) as image:
        return np.asarray(image.convert("RGB")), sentences


def test_a_region_is_moved_and_nothing_else(page: Client, tmp_path: Path) -> None:
    still, sentences = looked(page, **{"gains brows.left": 0, "gains brows.right": 0})
    moved, _ = looked(page, **{"gains brows.left": 2, "gains brows.right": 2})
    assert sentences == ["", "", "", ""]
    brows, chin = change_of_brows_and_chin(still, moved, tmp_path)
    assert brows > 2 and chin <= 0.03 * brows, (brows, chin)


def test_keys_are_what_is_acted(page: Client) -> None:
    keyed, _ = looked(page, keys="0s=happy; 2.2s=surprise")
    assert (
        np.abs(keyed.astype(float) - looked(page, emotion="surprise")[0]).mean()
        < 3
        < np.abs(keyed.astype(float) - looked(page)[0]).mean()
    )


def test_what_is_made_is_made_again(page: Client, short: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command line and by the Python code that the page shows, to the last bit."""
    direction = {"keys": "0s=neutral; 0.5s=happy:0.8", "gains mouth.left": 1.2, "transcript": "Printing then", "seed": 3}
    video, curves, command, code, *rest = page.predict(*values(speech=handle_file(short), **direction), api_name="/render")
    files, sentences = rest[:4], rest[4:]
    assert sentences == ["", "", "", ""] and Path(video["video"] if isinstance(video, dict) else video).suffix == ".mp4"
    assert curves.count("<polyline") == 8
    paths = {Path(file["value"]).suffix: Path(file["value"]) for file in files}
    assert list(paths) == [".mp4", ".csv", ".glb", ".json"]
    monkeypatch.chdir(tmp_path)
    shutil.copy(PORTRAIT, "astronaut.jpg")
    done = CliRunner().invoke(app, shlex.split(command)[1:])
    assert done.exit_code == 0, done.output
    assert Path("line.mp4").read_bytes() == paths[".mp4"].read_bytes()
    Path("line.mp4").unlink()
    exec(compile(code, "line.py", "exec"), {})
    for suffix, path in paths.items():
        assert Path(f"line{suffix}").read_bytes() == path.read_bytes(), suffix


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("portrait", b"no picture", "not a picture"),
        ("portrait", None, "no portrait yet"),
        ("speech", b"no sound", "not a sound file"),
        ("speech", None, "no speech yet"),
        ("speech", "long", "lasts 11 s; this page takes up to 10 s"),
        ("emotion", "0s=hapy; 1s=sad", "did you mean happy"),
        ("emotion", "image:/etc/passwd", "no reference called"),
        ("result", -1, "seed"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    served: Served, page: Client, tmp_path: Path, field: str, given: Any, words: str
) -> None:
    path = tmp_path / ("bad.png" if field == "portrait" else "bad.wav")
    soundfile.write(tmp_path / "long.wav", np.zeros(11 * 8000), 8000)
    if isinstance(given, bytes):
        path.write_bytes(given)
        given = handle_file(str(path))
    elif given == "long":
        given = handle_file(str(tmp_path / "long.wav"))
    *_, portrait, speech, emotion, result = page.predict(
        *values(**{{"emotion": "keys", "result": "seed"}.get(field, field): given}), api_name="/render"
    )
    told = {"portrait": portrait, "speech": speech, "emotion": emotion, "result": result}
    assert words in told.pop(field) and not any(told[other] for other in told if other != "result")
    assert field == "result" or field in result
    assert str(served.folder) not in portrait + speech


def test_a_render_is_cancelled(served: Served, page: Client) -> None:
    job = page.submit(*values(size=1024, articulation=1.1), api_name="/render")
    while page.predict(api_name="/stop") != "Stopping.":
        time.sleep(0.1)
    start = time.monotonic()
    assert job.result(timeout=60)[-1].startswith("Cancelled")
    assert time.monotonic() - start < 30
    assert not [path for path in served.folder.glob("results-*/*") if ".part" in path.name]


def test_what_a_session_leaves_goes_with_it(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    upload, shared, own = tmp_path / "ab" / "face.png", tmp_path / "ef" / "same.png", tmp_path.parent / "example.png"
    result = sessions["one"].next_frame()
    for path in (upload, shared, own, result):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    sessions.uploaded("one", str(upload), str(shared), str(own), None)
    sessions.uploaded("two", str(shared))
    wish = sessions.begin("one")
    sessions.leave("one")
    assert wish.is_set() and own.exists() and shared.exists()
    assert not any(path.exists() for path in (upload, result))
    sessions.leave("two")
    assert not shared.exists()


def test_an_end_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as page:
        client = Client(page.url, verbose=False, download_files=False)
        client.predict(handle_file(PORTRAIT), api_name="/portrait")
        client.close()
        assert list(page.folder.rglob("astronaut.jpg"))
        assert stop(page.process) == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("moment", ["preview", "render"])
def test_an_end_while_it_works_leaves_nothing(tmp_path: Path, moment: str) -> None:
    with serving(tmp_path) as page:
        client = Client(page.url, verbose=False, download_files=False)
        client.submit(*([2.2] if moment == "preview" else []), *values(size=1024), api_name=f"/{moment}")
        while moment == "render" and not list(page.folder.glob("results-*/*.part*")):
            time.sleep(0.1)
        time.sleep(1)
        assert stop(page.process) == 0
        client.close()
    assert not list(tmp_path.iterdir())
