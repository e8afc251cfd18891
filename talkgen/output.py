"""Where a performance goes: a file that is complete or not there, or an address that it is played to."""

from pathlib import Path
from types import ModuleType
from typing import Any

from talkgen.export.base import Picture, check_taken, exporter_for
from talkgen.lib.files import check_writable, replacing
from talkgen.takes import check_rate, retime
from talkgen.types import MOTION_FPS, Performance, TalkgenError

_ADDRESSES = {"osc": "osc://127.0.0.1:39539", "livelink": "livelink://127.0.0.1:11111"}


def save(
    performance: Performance,
    output: Path | str,
    picture: Picture | None = None,
    format: str | None = None,
    fps: float | None = None,
    **options: Path | str | None,
) -> None:
    """Write a performance as curves or, given its `picture`, as a video, a contact sheet or a folder of pictures.

    The suffix of `output` tells the format, or `format` does where several share it. Curves are written at `fps`, or the rate of
    their format. `options` are files that some formats use (`export.base.Exporter`). The file appears under its name only when
    complete; whatever interrupts the work, nothing else is left behind. An address (`osc://host:port`) is played to, in real time.
    Raises `TalkgenError` as `check_output` does, and for a full disk.
    """
    exporter = check_output(output, picture is not None, format, fps, **options)
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if picture is None:
        performance = retime(performance, output_rate(exporter, fps, performance.motion.fps))
    if hasattr(exporter, "send"):
        exporter.send(performance, *read_address(str(output)), **given)
        return
    with replacing(Path(output)) as path:
        exporter.write(performance, picture, path, **given)


def output_rate(exporter: ModuleType, fps: float | None, otherwise: float = MOTION_FPS) -> float:
    """Frames per second at which a format is written: as asked, or its own, or else `otherwise`."""
    return float(getattr(exporter, "fps", otherwise) if fps is None else fps)


def check_output(
    output: Path | str, has_picture: bool, format: str | None = None, fps: float | None = None, **options: Path | str | None
) -> ModuleType:
    """The exporter for an output, once it is sure that it can be written: nobody waits for a video that has nowhere to go.

    Raises `TalkgenError` for an unknown suffix or format, one that does not go with a picture (or without), with this rate or
    these files, and for an unwritable place.
    """
    exporter, path = exporter_for(str(output), format), Path(output)
    if has_picture and not exporter.needs_picture:
        raise TalkgenError(f"{output} holds curves and no picture; talkgen animate makes it.")
    if exporter.needs_picture and not has_picture:
        raise TalkgenError(f"{output} shows a picture, which curves have not; talkgen render makes it.")
    if fps is not None:
        check_rate(fps)
    _check_options(exporter, str(output), fps, {name: value for name, value in options.items() if value is not None})
    if hasattr(exporter, "send"):
        read_address(str(output))
        return exporter
    check_writable(path)
    if "/" in exporter.suffixes:
        if path.exists() and not (path.is_dir() and all(file.suffix == ".png" and file.stem.isdigit() for file in path.iterdir())):
            raise TalkgenError(f"{output} already holds other files; give a new or an empty folder.")
    elif path.is_dir():
        raise TalkgenError(f"{output} is a folder; give the name of a file, or end it in / for a folder of pictures.")
    return exporter


def _check_options(exporter: ModuleType, output: str, fps: float | None, options: dict[str, Path | str]) -> None:
    for name in options:
        check_taken(name, [exporter], f"--{name} changes nothing in {output}")
    if hasattr(exporter, "check"):
        exporter.check(fps, **options)


def read_address(output: str) -> tuple[str, int]:
    """Host and port of `scheme://host:port`. Raises `TalkgenError` for anything else."""
    host, colon, port = output.partition("://")[2].rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        example = _ADDRESSES[output.partition(":")[0].lower()]
        raise TalkgenError(f"{output} is not an address; write it as {example}, with the host and the port.")
    return host.strip("[]"), int(port)
