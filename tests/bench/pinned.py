"""Processes on cores of their own, and the processor time that they took."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

# On two cores: the process under test has the first to itself, what drives it the other.
SUBJECT_CORE = 0
DRIVER_CORE = max(os.sched_getaffinity(0))


def pin(pid: int, *cores: int) -> None:
    """Keep a process, its threads and its children on these cores."""
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        # A thread or child that has just ended needs no core.
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            for thread in each.threads():
                os.sched_setaffinity(thread.id, cores)


@contextmanager
def driving(*cores: int) -> Iterator[None]:
    """Keep this process, the load generator, on these cores for a while."""
    before = os.sched_getaffinity(0)
    wanted = cores or (DRIVER_CORE,)
    pin(os.getpid(), *wanted)
    try:
        yield
    finally:
        pin(os.getpid(), *before)


def cpu_seconds(pid: int) -> float:
    """Processor time, user and system, that a process and its living children have taken."""
    process = psutil.Process(pid)
    times = [process.cpu_times()]
    for each in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has just ended
            times.append(each.cpu_times())
    return sum(taken.user + taken.system for taken in times)
