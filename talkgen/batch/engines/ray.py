"""A Ray cluster: the one at RAY_ADDRESS, or one started on this machine for the purpose.

Its machines need talkgen and the same paths to inputs and outputs. Ray itself replaces workers and machines that are lost.
"""

import os
from collections.abc import Generator, Iterator
from functools import lru_cache
from typing import Any

from talkgen.batch.engines.base import LIVES, TIDYING
from talkgen.batch.plan import Job, Settings
from talkgen.batch.work import ONE_THREAD, Outcome, Worker
from talkgen.members import missing_extra

STORE = 100_000_000
"""Bytes of memory that a Ray of our own keeps for objects: a line and its outcome are small."""


def run(jobs: Iterator[Job], settings: Settings, workers: int | None) -> Generator[Outcome, None, None]:
    """See `engines.base.Engine`."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    try:
        import ray
    except ModuleNotFoundError:
        raise missing_extra("ray", "ray", "The engine ray") from None
    elsewhere = "RAY_ADDRESS" in os.environ
    local = {} if elsewhere else {"num_cpus": workers, "include_dashboard": False, "object_store_memory": STORE}
    ray.init(runtime_env={"env_vars": ONE_THREAD}, log_to_driver=False, logging_level="ERROR", **local)
    make = ray.remote(num_cpus=1, max_retries=LIVES - 1)(_make)
    room = workers or int(ray.cluster_resources().get("CPU", 1))
    under_way: dict[Any, Job] = {}
    try:
        while True:
            while len(under_way) < room and (job := next(jobs, None)):
                under_way[make.remote(settings, job)] = job
            if not under_way:
                return
            (done, *_), _ = ray.wait(list(under_way))
            job = under_way.pop(done)
            try:
                yield ray.get(done)
            except ray.exceptions.RayError as error:
                yield Outcome(
                    str(job.line.place), f"Ray gave this line up ({type(error).__name__}: {str(error).strip().splitlines()[-1]})."
                )
    finally:
        for reference in under_way:
            ray.cancel(reference)  # as Ctrl-C would: what was begun is removed
        if under_way:
            ray.wait(list(under_way), num_returns=len(under_way), timeout=TIDYING)
        ray.shutdown()


def _make(settings: Settings, job: Job) -> Outcome:
    return _worker(settings)(job)


@lru_cache(maxsize=1)
def _worker(settings: Settings) -> Worker:
    """The worker of this process, which Ray keeps for the lines that follow."""
    return Worker(settings)
