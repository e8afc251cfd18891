"""What each visitor left here, and the way to be rid of it: results, uploads, and the wish to stop a render."""

import secrets
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Session:
    """One open page: a folder for its results, the files it gave, the render under way or waiting, and the command that spoke its
    typed text."""

    folder: Path
    uploads: set[Path] = field(default_factory=set)
    stop: threading.Event | None = None
    spoken: list[str] | None = None

    def next_frame(self) -> Path:
        """Where the next previewed frame goes, under a new name, since browsers know pictures by their names; the last one goes."""
        for path in self.folder.glob("frame-*.png"):
            path.unlink()
        return self.folder / f"frame-{secrets.token_hex(4)}.png"


class Sessions:
    """Sessions by their name. `folder` also holds what Gradio keeps of uploads and results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, Session] = {}

    def __getitem__(self, name: str) -> Session:
        if name not in self._open:
            place = self.folder / f"results-{name}"
            place.mkdir(parents=True, exist_ok=True)
            self._open[name] = Session(place)
        return self._open[name]

    def begin(self, name: str) -> threading.Event:
        """A render is wanted; what is returned is set when it is not any more."""
        session = self[name]
        session.stop = threading.Event()
        return session.stop

    def stop(self, name: str) -> bool:
        """Stop the render of a session; whether there was one."""
        session = self[name]
        if session.stop is None:
            return False
        session.stop.set()
        return True

    def uploaded(self, name: str, *paths: str | None) -> None:
        """Remember files that a session gave; they lie in our own folder, and examples do not."""
        given = (Path(path).resolve() for path in paths if path)
        self[name].uploads |= {path for path in given if path.is_relative_to(self.folder.resolve())}

    def leave(self, name: str) -> None:
        """The page was closed: stop its render and delete its results and what it gave."""
        session = self._open.pop(name, None)
        if session is None:
            return
        if session.stop is not None:
            session.stop.set()
        others = {path for other in self._open.values() for path in other.uploads}  # the same file given twice is kept once
        for path in session.uploads - others:
            path.unlink(missing_ok=True)
        shutil.rmtree(session.folder, ignore_errors=True)

    def close(self) -> None:
        """Every page is left."""
        for name in list(self._open):
            self.leave(name)
