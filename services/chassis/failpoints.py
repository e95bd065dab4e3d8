"""Places where a test may kill the process: they exist only where ESTAFET_ENVIRONMENT is test.

A test arms a point by writing the file `$ESTAFET_HOME/failpoints/<process>.<name>` with the number
of passes to let through; the process then kills itself there with SIGKILL, once.
"""

import os
import signal
import threading
from pathlib import Path

from services.chassis.settings import Environment, Settings

_folder: Path | None = None
_process = ""
_one_at_a_time = threading.Lock()


def enable(settings: Settings, process: str) -> None:
    """Let tests arm points in this process; does nothing outside the test environment."""
    global _folder, _process
    if settings.environment is Environment.TEST and settings.home is not None:
        _folder, _process = settings.home / "failpoints", process


def reach(name: str) -> None:
    """Die here if a test has armed this point."""
    if _folder is None:
        return
    armed = _folder / f"{_process}.{name}"
    with _one_at_a_time:
        if not armed.exists():
            return
        passes = int(armed.read_text() or 0)
        if passes > 0:
            armed.write_text(str(passes - 1))
            return
        armed.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
        # The signal comes a moment later, and nobody goes on until then.
        signal.pause()
