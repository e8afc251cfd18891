"""`talkgen demo`: a page in the browser."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from talkgen.members import missing_extra
from talkgen.types import TalkgenError


def demo(
    host: Annotated[str, typer.Option(help="The address to serve on; 0.0.0.0 lets others on the network in.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="The port.", show_default="the first free one from 7860")] = None,
    longest: Annotated[float, typer.Option(help="Seconds of speech that are taken.")] = 60.0,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Serve a web page: drop a face and a voice, direct the feeling, see and download the result. Nothing leaves the machine."""
    if find_spec("gradio") is None:
        raise missing_extra("gradio", "demo", "The web page")
    if not 1 <= longest <= 3600:
        raise TalkgenError(f"--longest {longest:g} is out of range; give 1 to 3600 seconds.")
    if port is not None and not 0 < port < 65536:
        raise TalkgenError(f"--port {port} is not possible; give 1 to 65535.")
    with _own_folder() as folder:
        os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": folder, "HF_HUB_OFFLINE": "1"}
        from talkgen.demo.actions import Actions
        from talkgen.demo.page import serve
        from talkgen.demo.sessions import Sessions
        from talkgen.demo.studio import Studio

        sessions = Sessions(Path(folder))
        try:
            page = serve(Actions(Studio(longest), sessions), host, port, open_browser)
        except OSError as error:
            raise TalkgenError(f"The page cannot be served on {host}: {error}; give another --port or --host.") from None
        try:
            typer.echo(f"{page.local_url}: the page. Ctrl-C ends it, and deletes what it was given and what it made.")
            threading.Event().wait()
        except KeyboardInterrupt:
            page.close(verbose=False)
            sessions.close()
    # A thread may be at work in PyTorch still, and would abort the program while Python takes itself apart ("terminate called").
    sys.stdout.flush()
    os._exit(0)


@contextmanager
def _own_folder() -> Iterator[str]:
    """Where all that the page is given, makes and decodes lies, and goes with it; a thread still at work may hold some of it."""
    usual = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(prefix="talkgen-demo-", ignore_cleanup_errors=True) as folder:
        tempfile.tempdir = folder
        try:
            yield folder
        finally:
            tempfile.tempdir = usual
