"""Waiting on a fact, with a limit."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FIRST_PAUSE = 0.01
# Asking without a pause takes the machine from those who are asked.
LONGEST_PAUSE = 0.1


def until(fact: Callable[[], T | None], seconds: float = 60.0) -> T:
    """The fact, as soon as there is one (it is true); AssertionError if there is none in time.

    A busy machine may take long: only a test that fails waits as long as the limit.
    """
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while not (found := fact()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return found
