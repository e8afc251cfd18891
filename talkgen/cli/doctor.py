"""`talkgen doctor`: whether this machine has what talkgen needs, and the line that installs what it lacks."""

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

import typer

from talkgen import __version__
from talkgen.types import TalkgenError

DISTRIBUTIONS = {"pxr": "usd-core", "pythonosc": "python-osc"}
"""Packages that are not imported by the name they are installed by."""
PROGRAMS = {
    "espeak-ng": "typed text in talkgen demo and made voices in scripts/synthesize",
    "flite": "typed text in talkgen demo and made voices in scripts/synthesize",
}
"""Programs of the system that are run where they are installed."""
Line = tuple[str, str, str]
"""`ok`, `missing` (only an optional part suffers) or `FAILED`; what; and how it stands."""


def doctor() -> None:
    """Check the installation. Exit code 1 when something that talkgen cannot do without is wrong."""
    failed = False
    for state, what, how in _lines():
        typer.echo(f"{state:8}{what:18}{how}")
        failed |= state == "FAILED"
    if failed:
        raise typer.Exit(1)


def _lines() -> Iterator[Line]:
    yield "ok", "talkgen", f"{__version__} in {Path(__file__).parents[1]}"
    yield "ok", "python", f"{platform.python_version()} on {platform.platform(terse=True)}"
    yield from _packages()
    yield _tried("ffmpeg", _ffmpeg)
    yield _tried("shipped parts", _checkpoints)
    yield _tried("numba", _numba)
    yield _tried("temporary files", lambda: _writable(Path(tempfile.gettempdir())))
    yield from _optional()


def _packages() -> Iterator[Line]:
    """The packages that talkgen itself asks for."""
    for requirement in requires("talkgen") or ():
        if "extra ==" in requirement:
            continue
        name = re.split(r"[<>=!~ ]", requirement, maxsplit=1)[0]
        try:
            yield "ok", name, version(name)
        except PackageNotFoundError:
            yield "FAILED", name, f"not installed; pip install '{requirement}'"


def _optional() -> Iterator[Line]:
    extras = {
        "accelerate": ("train", "talkgen train"),
        "face_alignment": ("face-alignment", "other landmarks"),
        "gradio": ("demo", "talkgen demo"),
        "matplotlib": ("eval", "the plots of talkgen eval"),
        "pxr": ("usd", "USD files"),
        "pyrender": ("mesh", "the mesh preview on OpenGL"),
        "pythonosc": ("osc", "playing to a VMC receiver"),
        "ray": ("ray", "talkgen batch on a cluster"),
        "transformers": ("speech-models", "hearing through wav2vec 2.0, HuBERT or Whisper"),
    }
    for package, (extra, purpose) in extras.items():
        if find_spec(package) is None:
            yield "missing", package, f"optional, for {purpose}: pip install 'talkgen[{extra}]'"
        else:
            yield "ok", package, version(DISTRIBUTIONS.get(package, package.replace("_", "-")))
    for program, purpose in PROGRAMS.items():
        where = shutil.which(program)
        yield ("ok", program, where) if where else ("missing", program, f"optional, for {purpose}: the Debian package {program}")
    if find_spec("pyrender") is not None:
        yield _tried("EGL", _egl, optional=True)


def _tried(what: str, check: Callable[[], str], optional: bool = False) -> Line:
    """What a check says, or why it failed."""
    try:
        return "ok", what, check()
    except (TalkgenError, OSError, RuntimeError, ImportError) as error:
        return "missing" if optional else "FAILED", what, " ".join(str(error).split())


def _ffmpeg() -> str:
    import subprocess

    from talkgen.lib.media import ffmpeg_command

    command = ffmpeg_command("-version")
    words = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    return f"{words[2]} at {command[0]}"


def _checkpoints() -> str:
    from talkgen.checkpoints import find

    return ", ".join(f"{name} in {find(name).parent}" for name in ("rig", "mediapipe", "hearing", "emotion", "motion"))


def _numba() -> str:
    import numba

    from talkgen.lib import raster

    cache = Path(raster.__file__).parent / "__pycache__"
    where = (
        f"compiled code is kept in {cache}"
        if os.access(cache.parent, os.W_OK)
        else "compiled code goes to NUMBA_CACHE_DIR or ~/.cache"
    )
    return f"{numba.get_num_threads()} threads; {where}"


def _writable(folder: Path) -> str:
    with tempfile.NamedTemporaryFile(dir=folder):
        return f"{folder} can be written to"


def _egl() -> str:
    from talkgen.face.rig import load_rig
    from talkgen.render.mesh import OpenGL

    OpenGL(load_rig(), 64, 64)
    return "OpenGL draws without a screen"
