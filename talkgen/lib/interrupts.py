"""Being asked to stop, by Ctrl-C or SIGTERM: the wish is remembered until it is obeyed."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 0.05
"""Seconds until a wish that was swallowed is told again."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Within, Ctrl-C and SIGTERM raise `KeyboardInterrupt` in the main thread, where they are not ignored altogether.

    Python drops an exception that is raised in a destructor or in a callback from C, and goes on; compiled code has many of both
    while it loads. What is dropped so comes back a moment later, until it gets through.
    """
    report = sys.unraisablehook

    def remember(dropped: Any) -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
        else:
            report(dropped)

    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    for sign, handler in before.items():
        if handler is not signal.SIG_IGN:  # as in a shell's background job, which Ctrl-C does not concern
            signal.signal(sign, signal.default_int_handler)
    sys.unraisablehook = remember
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = report
        for sign, handler in before.items():
            signal.signal(sign, handler)
