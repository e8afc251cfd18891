"""The page as served, driven as a browser drives it, through gradio_client on this machine."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("gradio_client")

from talkgen.demo.controls import SAME, Controls, names
from talkgen.portrait.base import open_portrait

DATA = Path(__file__).parents[1] / "data"
PORTRAIT, SPEECH = str(DATA / "astronaut.jpg"), str(DATA / "printing.flac")
pytestmark = pytest.mark.filterwarnings("ignore")  # of the page's own libraries
BROWS, LIPS = (55, 65, 52, 53, 46, 285, 295, 282, 283, 276), (61, 291, 0, 17)
"""Points of the face mesh."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a page that is served for these tests; `folder` is where it keeps what it is given."""
    folder = tmp_path_factory.mktemp("page")
    os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": str(folder)}
    from gradio_client import Client

    from talkgen.demo.actions import Actions
    from talkgen.demo.page import serve
    from talkgen.demo.sessions import Sessions
    from talkgen.demo.studio import Studio

    actions = Actions(Studio(longest=10), Sessions(folder))
    blocks = serve(actions, "127.0.0.1", None, open_browser=False, block=False)
    client = Client(blocks.local_url, verbose=False, download_files=str(folder / "client"))
    client.actions = actions
    yield client
    client.close()
    blocks.close()


def values(**changed: Any) -> list[Any]:
    """A value for each control: the example, sad, and what is `changed` (dots and spaces as they are, through a dictionary)."""
    from gradio_client import handle_file

    usual = Controls(emotion="sad", size=128)
    several = {"mixture": 0.0, "feelings": SAME, "gains": 1.0}
    files: dict[str, Any] = {"portrait": handle_file(PORTRAIT), "speech": handle_file(SPEECH)}
    rows = {"keys": {"headers": ["second", "emotion"], "data": [], "metadata": None}}
    given = files | rows | changed
    return [given.get(name, several[name.split()[0]] if " " in name else getattr(usual, name)) for name in names()]


def looked(page: Any, **changed: Any) -> tuple[np.ndarray, list[str]]:
    """The previewed frame and the sentences."""
    frame, *sentences = page.predict(2.2, *values(**changed), api_name="/preview")
    with Image.open(frame) as image:
        return np.asarray(image.convert("RGB")).astype(float), sentences


def test_a_region_is_moved_and_nothing_else(page: Any, tmp_path: Path) -> None:
    still, sentences = looked(page, **{"gains brows.left": 0, "gains brows.right": 0})
    moved, _ = looked(page, **{"gains brows.left": 2, "gains brows.right": 2})
    assert sentences == ["", "", "", ""]
    change = np.abs(moved - still).sum(axis=2)
    Image.fromarray(still.astype(np.uint8)).save(tmp_path / "still.png")
    points = open_portrait(tmp_path / "still.png").landmarks[:, :2]
    brows, lips = (points[list(group)] for group in (BROWS, LIPS))
    low = int((lips[:, 1].min() + points[1, 1]) / 2)  # below the tip of the nose
    band = change[int(brows[:, 1].min()) - 15 : int(brows[:, 1].max()) + 15].mean()
    assert band > 2 and change[low:].mean() <= 0.03 * band, (band, change[low:].mean())


def test_a_video_and_the_way_to_make_it_again(page: Any) -> None:
    video, plot, files, command, code, *sentences = page.predict(*values(), api_name="/render")
    assert sentences == ["", "", "", ""] and Path(video if isinstance(video, str) else video["video"]).stat().st_size > 20_000
    assert sorted(Path(file).suffix for file in files) == [".csv", ".glb", ".json", ".mp4"]
    assert "--emotion sad:1" in command and "emotion='sad:1'" in code and len(plot["data"]) > 100


@pytest.mark.parametrize(
    ("field", "content", "words"),
    [
        ("portrait", b"no picture", "not a picture"),
        ("portrait", None, "no portrait yet"),
        ("speech", b"no sound", "not a sound file"),
        ("speech", None, "no speech yet"),
    ],
)
def test_a_bad_file_is_told_beside_its_field(page: Any, tmp_path: Path, field: str, content: bytes | None, words: str) -> None:
    from gradio_client import handle_file

    path = tmp_path / ("bad.png" if field == "portrait" else "bad.wav")
    path.write_bytes(content or b"")
    *_, portrait, speech, emotion, result = page.predict(
        *values(**{field: handle_file(str(path)) if content else None}), api_name="/render"
    )
    told = {"portrait": portrait, "speech": speech}
    assert words in told.pop(field) and not any((*told.values(), emotion, result))
    assert str(page.actions.sessions.folder) not in portrait + speech


def test_a_render_is_cancelled(page: Any) -> None:
    job = page.submit(*values(size=1024, articulation=1.1), api_name="/render")
    while page.predict(api_name="/stop") != "Stopping.":
        time.sleep(0.1)
    start = time.monotonic()
    assert job.result(timeout=60)[-1].startswith("Cancelled")
    assert time.monotonic() - start < 30
    assert not [path for path in page.actions.sessions.folder.glob("results-*/*") if ".part" in path.name]


def test_what_a_session_leaves_goes_with_it(tmp_path: Path) -> None:
    from talkgen.demo.sessions import Sessions

    sessions = Sessions(tmp_path)
    upload, copy, own = tmp_path / "ab" / "face.png", tmp_path / "cd" / "line-1f.mp4", tmp_path.parent / "example.png"
    result = sessions["one"].folder / copy.name
    for path in (upload, copy, own, result):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    sessions.uploaded("one", str(upload), str(own), None)
    stop = sessions.begin("one")
    sessions.leave("one")
    assert stop.is_set() and isinstance(stop, threading.Event) and own.exists()
    assert not any(path.exists() for path in (upload, copy, result))
