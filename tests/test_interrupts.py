"""Ctrl-C gets through, also where Python drops exceptions."""

import os
import signal
import time

import pytest

from talkgen.lib.interrupts import stoppable


class Doomed:
    """Is told to stop while it goes."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


@pytest.mark.parametrize("times", [1, 3])
def test_a_wish_that_a_destructor_swallows_comes_back(times: int) -> None:
    before = [signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    with pytest.raises(KeyboardInterrupt), stoppable():
        for _ in range(times):
            Doomed()
        time.sleep(5)
    assert [signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_wish_is_told_at_once_elsewhere(sign: signal.Signals) -> None:
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), stoppable():
        os.kill(os.getpid(), sign)
        time.sleep(5)
    assert time.monotonic() - start < 1


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
