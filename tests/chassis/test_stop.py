"""A process that was told to stop ends within its time, whatever hangs."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

SCRIPT = """
import threading
from concurrent.futures import ThreadPoolExecutor
from services.chassis import logs
from services.chassis.__main__ import must_end_within

logs.setup("complaint")
ThreadPoolExecutor(1).submit(threading.Event().wait)
must_end_within({seconds})
"""


def run(seconds: float, last: str = "") -> "subprocess.CompletedProcess[str]":
    script = SCRIPT.format(seconds=seconds) + last
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_handler_that_hangs_does_not_hold_the_process() -> None:
    ended = run(0.2)
    assert ended.returncode == 1
    assert "alarm: stop took too long" in ended.stderr


def test_a_process_that_ends_in_time_says_nothing() -> None:
    ended = run(50, "import os; os._exit(0)")
    assert (ended.returncode, ended.stderr) == (0, "")
