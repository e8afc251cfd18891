"""Files that appear whole or not at all."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from talkgen.types import TalkgenError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A hidden name beside `path` to write a file or folder under; it becomes `path` when all went well and is removed otherwise.

    A folder takes the place of a whole folder. Raises `TalkgenError` for a full disk or a place that cannot be written to.
    """
    temporary = _hidden(path)
    try:
        yield temporary
        if temporary.is_dir() and path.is_dir():
            shutil.rmtree(path)
        temporary.replace(path)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        _remove(temporary)


def check_writable(path: Path) -> None:
    """Raise `TalkgenError` unless a file or folder can be made at `path`; nothing is left behind."""
    probe = _hidden(path)
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _refusal(path, error) from error


def _hidden(path: Path) -> Path:
    return path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")


def _refusal(path: Path, error: OSError) -> TalkgenError:
    if error.errno == errno.ENOSPC:
        return TalkgenError(f"No space is left on the disk for {path}; free some and try again.")
    return TalkgenError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.is_file():
        path.unlink()
