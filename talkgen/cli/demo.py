"""`talkgen demo`: a page in the browser."""

import os
import tempfile
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
    with tempfile.TemporaryDirectory(prefix="talkgen-demo-") as folder:
        os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": folder, "HF_HUB_OFFLINE": "1"}
        from talkgen.demo.actions import Actions
        from talkgen.demo.page import serve
        from talkgen.demo.sessions import Sessions
        from talkgen.demo.studio import Studio

        try:
            serve(Actions(Studio(longest), Sessions(Path(folder))), host, port, open_browser)
        except OSError as error:
            raise TalkgenError(f"The page cannot be served on {host}: {error}; give another --port or --host.") from None
