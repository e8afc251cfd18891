"""Processes of this machine."""

import multiprocessing
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import PurePosixPath

from talkgen.batch.engines.base import LIVES, TIDYING
from talkgen.batch.plan import Job, Settings
from talkgen.batch.work import ONE_THREAD, Outcome, Worker
from talkgen.lib.interrupts import stoppable


@dataclass
class _Hired:
    """A worker's process, the pipe to it, and the job it has in hand."""

    process: BaseProcess
    pipe: Connection
    job: Job


def run(jobs: Iterator[Job], settings: Settings, workers: int | None) -> Generator[Outcome, None, None]:
    """See `engines.base.Engine`."""
    crew = _Crew(jobs, settings)
    try:
        for _ in range(workers or len(os.sched_getaffinity(0))):
            crew.employ(None)
        while crew.at_work:
            for pipe in wait([worker.pipe for worker in crew.at_work]):
                worker = next(worker for worker in crew.at_work if worker.pipe is pipe)
                outcome = crew.hear(worker)
                if outcome:
                    yield outcome  # before the next line, which is not begun if this one failed
                crew.employ(worker if worker in crew.at_work else None)
    finally:
        crew.stop()


class _Crew:
    """The workers that have a job in hand, and the jobs that are left."""

    def __init__(self, jobs: Iterator[Job], settings: Settings) -> None:
        self.at_work: list[_Hired] = []
        self._jobs, self._settings = jobs, settings
        self._again: deque[Job] = deque()  # whose worker died
        self._cost: Counter[PurePosixPath] = Counter()

    def employ(self, worker: _Hired | None) -> None:
        """Give a worker, or a new one, the next job; let it go when there is none."""
        job = self._again.popleft() if self._again else next(self._jobs, None)
        if job is None:
            if worker:
                self.at_work.remove(worker)
                worker.pipe.close()
                worker.process.join()
            return
        if worker is None:
            worker = _hire(self._settings, job)
            self.at_work.append(worker)
        worker.job = job
        with suppress(BrokenPipeError):  # it died since; its pipe will tell
            worker.pipe.send(job)

    def hear(self, worker: _Hired) -> Outcome | None:
        """What became of a worker's job; None when the worker died and another shall try."""
        try:
            outcome: Outcome = worker.pipe.recv()
            return outcome
        except (EOFError, ConnectionResetError):
            self.at_work.remove(worker)
            worker.process.join()
        place = worker.job.line.place
        self._cost[place] += 1
        if self._cost[place] < LIVES:
            self._again.append(worker.job)
            return None
        return Outcome(str(place), f"{LIVES} workers died on this line, killed or crashed; is there enough memory?")

    def stop(self) -> None:
        """Have workers drop what they do."""
        for worker in self.at_work:
            worker.process.terminate()
        until = time.monotonic() + TIDYING
        for worker in self.at_work:
            worker.process.join(max(0.0, until - time.monotonic()))
            worker.process.kill()
            worker.process.join()  # until then it counts as alive, and what it began is not swept away


def _hire(settings: Settings, job: Job) -> _Hired:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, settings), daemon=True)
    with _conditions():
        process.start()
    theirs.close()  # so that its death closes the pipe
    return _Hired(process, ours, job)


@contextmanager
def _conditions() -> Iterator[None]:
    """What a process begun within inherits: one thread, and no Ctrl-C, which is for the process that shares out the work."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(pipe: Connection, settings: Settings) -> None:
    """Take jobs and tell their outcomes, until the other end is gone, by whatever death, or says to stop."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt), stoppable():
        worker = Worker(settings)
        while True:
            pipe.send(worker(pipe.recv()))
