"""Waiting on a fact, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(fact: Callable[[], T | None], seconds: float = 30.0) -> T:
    """The fact, as soon as there is one (it is true); AssertionError if there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found
