"""One line after another: what a worker does, in a process of its own, with one talking head that stays loaded."""

import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

from talkgen.batch.plan import Job, Settings, why_not_done
from talkgen.batch.quality import inspect
from talkgen.batch.sidecar import Sidecar, digest, write_sidecar
from talkgen.batch.thumbnail import THUMBNAILS, watched
from talkgen.export.base import Picture
from talkgen.output import check_output, output_rate, save
from talkgen.pipeline import TalkingHead
from talkgen.portrait.base import open_portrait
from talkgen.types import Performance, Portrait, TalkgenError

_log = logging.getLogger(__name__)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""The environment that a worker begins with: sums are added up in one order whatever the machine, and lines share its cores."""
PORTRAITS = 4
"""Portraits that a worker remembers; lines of one character often follow each other."""


@dataclass(frozen=True)
class Outcome:
    """What became of the line at `place`. `error` says why it failed, "" when it did not; `trace` where, when the
    mistake was ours."""

    place: str
    error: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    trace: str = ""


@dataclass
class Worker:
    """Makes lines. Begin its process with `ONE_THREAD`; the same line gives the same bytes whichever worker makes it, and when."""

    settings: Settings
    _portraits: dict[str, tuple[Portrait, list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        chosen = self.settings
        self._head = TalkingHead.from_pretrained(chosen.motion, chosen.renderer, chosen.device, chosen.hearing)

    def __call__(self, job: Job) -> Outcome:
        """Write a line's outputs, and last its sidecar. What was done by a worker that died before it could say so stays."""
        start, name = time.monotonic(), str(job.line.place)
        try:
            warnings = self._make(job) if why_not_done(job) else ()
            return Outcome(name, "", warnings, round(time.monotonic() - start, 2))
        except (TalkgenError, OSError) as error:  # also what the system refuses: a folder, space on the disk
            return Outcome(name, str(error), (), round(time.monotonic() - start, 2))
        except Exception as error:  # noqa: BLE001  (a mistake of ours that one line brings up must not cost the others a night's work)
            what = f"talkgen itself failed on this line ({type(error).__name__}: {error}); please report it."
            return Outcome(name, what, (), round(time.monotonic() - start, 2), traceback.format_exc())

    def _make(self, job: Job) -> tuple[str, ...]:
        """The warnings of a line whose outputs and sidecar are written."""
        line, fps = job.line, self.settings.fps
        named = zip(line.formatted, line.exporters, strict=True)
        outputs = [(f"{job.output}/{file}", format, by, line.options_for(by)) for (file, format), by in named]
        job.sidecar.parent.mkdir(parents=True, exist_ok=True)
        for path, format, exporter, options in outputs:
            check_output(path, exporter.needs_picture, format, fps, **options)
        with _noted() as notes:
            portrait = self._portrait(line.portrait, job.recipe.inputs["image"]["sha256"]) if line.portrait else None
            take = self._head.perform(line.audio, line.emotion, line.english, line.seed, line.style, portrait)
            take = self._head.ease(take, line.start, line.end)
        thumbnail: Path | None = job.output / THUMBNAILS / f"{line.place}.jpg"
        for path, format, exporter, options in outputs:
            if exporter.needs_picture and portrait:
                with self._shown(take, portrait, exporter, thumbnail) as picture:
                    save(take, path, picture, format)
                thumbnail = None  # the first picture's will do
            else:
                save(take, path, None, format, fps, **options)
        found, remarks = inspect(take, line)
        warnings = (*notes, *remarks)
        digests = {file.removeprefix(f"{line.place.parent}/"): digest(job.output / file) for file in line.files}
        write_sidecar(job.sidecar, Sidecar(job.recipe, digests, warnings, found))
        return warnings

    def _shown(
        self, take: Performance, portrait: Portrait, exporter: ModuleType, thumbnail: Path | None
    ) -> AbstractContextManager[Picture]:
        view = replace(self.settings.view, cutout=getattr(exporter, "needs_alpha", False))
        picture = self._head.animate(portrait, take, view, output_rate(exporter, self.settings.fps))
        return watched(picture, thumbnail) if thumbnail else nullcontext(picture)

    def _portrait(self, image: Path, sha256: str) -> Portrait:
        """The face in a picture, remembered with what was noted when it was found."""
        if sha256 not in self._portraits:
            while len(self._portraits) >= PORTRAITS:
                self._portraits.pop(next(iter(self._portraits)))
            with _noted() as notes:
                self._portraits[sha256] = open_portrait(image, landmarks=self.settings.landmarks), notes
        portrait, notes = self._portraits[sha256]
        for note in notes:
            _log.warning(note)
        return replace(portrait, name=image.name)


@contextmanager
def _noted() -> Iterator[list[str]]:
    """What the stages note meanwhile, as sentences, instead of where it would go otherwise."""
    notes: list[str] = []
    handler, logger = _Notes(notes), logging.getLogger("talkgen")
    before, logger.handlers, logger.propagate = logger.handlers, [handler], False
    try:
        yield notes
    finally:
        logger.handlers, logger.propagate = before, True


class _Notes(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self._notes.append(record.getMessage())
