"""A batch from beginning to end: what is left to do is planned, shared out, told as it is done, and reported."""

import fcntl
import os
import re
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from talkgen.batch.engines.base import Engine
from talkgen.batch.plan import Job, Settings
from talkgen.batch.work import Outcome
from talkgen.types import TalkgenError

LOCK = ".talkgen.lock"
_PART = re.compile(r"\..*\.(\d+)\.part(\..*)?")  # as `lib.files.replacing` names what it begins


def make(
    jobs: Sequence[Job], settings: Settings, output: Path, engine: Engine, workers: int | None = None, keep_going: bool = False
) -> Generator[Outcome, None, None]:
    """Do `jobs`; their outcomes as they come, once each. After one that failed no other is begun, unless told to `keep_going`.

    Closing the generator stops the work. Raises `TalkgenError` when another batch is at work in the same folder,
    and for a folder that cannot be written to.
    """
    failed = False

    def wanted() -> Iterator[Job]:
        for job in jobs:
            if failed and not keep_going:
                return
            yield job

    with _alone(output):
        sweep(output)
        try:
            with closing(engine.run(wanted(), settings, workers)) as outcomes:
                for outcome in outcomes:
                    failed |= bool(outcome.error)
                    yield outcome
        finally:
            sweep(output)


def sweep(output: Path) -> None:
    """Remove what processes that are gone began and could not finish."""
    for path in list(output.rglob(".*.part*")):
        match = _PART.fullmatch(path.name)
        if match and not _lives(int(match[1])):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


@contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Hold the folder for this batch; the system lets go of it however the batch ends."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        file = (output / LOCK).open("w")
    except OSError as error:
        raise TalkgenError(f"The folder {output} cannot be written to: {(error.strerror or str(error)).lower()}.") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TalkgenError(f"Another batch is at work in {output}; wait for it, or give another folder.") from None
        yield
