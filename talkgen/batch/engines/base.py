"""What an engine is: who shares lines out among workers, and takes the place of those that die."""

from collections.abc import Generator, Iterator
from typing import Protocol

from talkgen.batch.plan import Job, Settings
from talkgen.batch.work import Outcome

LIVES = 3
"""Workers that a line may cost (a crash, too little memory) before it counts as failed."""

TIDYING = 10.0
"""Seconds that workers have to remove what they began before they are killed."""


class Engine(Protocol):
    """A member offers `run`."""

    def run(self, jobs: Iterator[Job], settings: Settings, workers: int | None) -> Generator[Outcome, None, None]:
        """The outcome of every job, once each, as they come. A job is taken when a worker is free for it.

        `workers` at once, or as many as there are cores. When the generator is closed, work that is under way is dropped and leaves
        nothing behind. Raises `TalkgenError` when the engine cannot be had.
        """
        ...
