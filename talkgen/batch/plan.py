"""What is left to do: of every line, what its outputs are made from, against what the sidecar beside them says they were made from.

A line is done when its sidecar names the same recipe and its outputs are, byte for byte, the ones that were written.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from talkgen import __version__, checkpoints
from talkgen.batch import fields
from talkgen.batch.line import Line
from talkgen.batch.sidecar import Recipe, digest, read_sidecar
from talkgen.render.base import View
from talkgen.types import TalkgenError


@dataclass(frozen=True)
class Settings:
    """What all lines of a batch have in common: the parts of the talking head, and how pictures are shown."""

    motion: str
    hearing: str
    renderer: str = "dit"
    device: str = "cpu"
    view: View = field(default_factory=View)
    fps: float | None = None
    landmarks: str = "litert"


@dataclass(frozen=True)
class Job:
    """A line with what its outputs are made from, and the folder they go to; `why` it is to be made, "" when it is done already."""

    line: Line
    recipe: Recipe
    output: Path
    why: str = ""

    @property
    def sidecar(self) -> Path:
        """The file that tells how the line was made."""
        return self.output / self.line.sidecar


def plan(lines: Sequence[Line], settings: Settings, output: Path) -> Iterator[Job]:
    """A job for every line. Raises `TalkgenError` for weights that are not there, and for a rate that a format has not."""
    made = {(exporter, tuple(line.options_for(exporter).items())) for line in lines for exporter in line.exporters}
    for exporter, options in made if settings.fps else ():
        if hasattr(exporter, "check"):
            exporter.check(settings.fps, **dict(options))
    weights, read = _weights(settings), lru_cache(maxsize=None)(digest)  # many lines share a portrait
    for line in lines:
        inputs = {role: {"file": path.name, "sha256": read(path)} for role, path in _inputs(line)}
        job = Job(line, Recipe(__version__, weights, inputs, _options(line, settings)), output)
        yield replace(job, why=why_not_done(job))


def why_not_done(job: Job) -> str:
    """Why a line has to be made, in a few words; "" when it is done."""
    told = read_sidecar(job.sidecar)
    if told is None:
        return "new"
    changed = sorted(_differences(told.recipe, job.recipe))
    if changed:
        return f"{', '.join(changed)} changed"
    for name, stored in told.outputs.items():
        path = job.sidecar.parent / name
        if not path.exists():
            return f"{name} is missing"
        if digest(path) != stored:
            return f"{name} was altered"
    return ""


def _inputs(line: Line) -> Iterator[tuple[str, Path]]:
    yield "audio", line.audio
    if line.portrait:
        yield "image", line.portrait
    yield from line.neighbours.items()
    yield from ((name, value) for name, value in line.options_for(*line.exporters).items() if isinstance(value, Path))
    for path in fields.files_in(line.emotion):
        yield f"emotion {path.name}", path


def _weights(settings: Settings) -> str:
    """One digest of everything that ships and of the folders that parts were given."""
    named = [Path(part.partition(":")[2]) for part in (settings.motion, settings.hearing, settings.landmarks, settings.renderer)]
    folders = [*checkpoints.roots(), *(path for path in named if path.parts)]
    for folder in folders:
        if not folder.exists():
            raise TalkgenError(f"There is no folder {folder} of weights.")
    return hashlib.sha256("".join(map(digest, folders)).encode()).hexdigest()


def _options(line: Line, settings: Settings) -> dict[str, Any]:
    """How the line is played and shown; a portrait's options count only where there is one."""
    acted = {
        "id": line.id,
        "transcript": line.transcript,
        "language": line.language,
        "emotion": line.emotion.text,
        "style": {**line.style.intensity, fields.ARTICULATION: line.style.articulation},
        "seed": line.seed,
        "poses": [pose and Path(pose).name for pose in (line.start, line.end)],
        "outputs": list(line.outputs),
        **{name: value for name, value in line.options_for(*line.exporters).items() if isinstance(value, str)},
        "motion": settings.motion.partition(":")[0],
        "hearing": settings.hearing.partition(":")[0],
        "fps": settings.fps,
    }
    if line.portrait is None:
        return acted
    shown = {name: getattr(settings, name).partition(":")[0] for name in ("renderer", "landmarks")}
    return acted | shown | asdict(settings.view)


def _differences(old: Recipe, new: Recipe) -> Iterator[str]:
    """The names of what differs between two recipes."""
    if old.version != new.version:
        yield "version"
    if old.weights != new.weights:
        yield "weights"
    for before, after in ((old.inputs, new.inputs), (old.options, new.options)):
        yield from (name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
