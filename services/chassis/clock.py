"""Domain time: real time plus an offset that only a demonstration or a test moves.

Clocks on matters and instants in events use domain time; deadlines, tokens, retries, spans and
retention use real time. The offset is one number in one file beside the data, so that every
process of a machine sees the same time.
"""

import json
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.chassis.errors import NotAllowed

PART_OF_SILENCE = 0.2


def real_now() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


class Clock:
    """Domain time, read from the offset file whenever that changes.

    Without a file it is real time. Reading costs one stat call.
    """

    def __init__(self, path: Path | None, *, movable: bool = False) -> None:
        self._path = path
        self._movable = movable
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """Domain time, aware, UTC."""
        return real_now() + self.offset()

    def offset(self) -> timedelta:
        """How far domain time is ahead of real time."""
        if self._path is None:
            return self._offset
        try:
            state = self._path.stat()
        except FileNotFoundError:
            return self._offset
        if (state.st_mtime_ns, state.st_ino) != self._seen:
            self._offset = timedelta(seconds=json.loads(self._path.read_text())["offset_seconds"])
            self._seen = (state.st_mtime_ns, state.st_ino)
        return self._offset

    def start_at(self, instant: datetime) -> None:
        """Begin domain time at an instant, past or future; only before anything has happened."""
        if self.offset():
            raise NotAllowed("domain time was moved before; it starts once")
        self._write(instant - real_now())

    def advance_to(self, instant: datetime) -> None:
        """Move domain time forward to an instant; NotAllowed backward or where it may not move."""
        offset = instant - real_now()
        if offset < self.offset():
            raise NotAllowed(f"domain time only moves forward: it is past {instant.isoformat()}")
        self._write(offset)

    def _write(self, offset: timedelta) -> None:
        if not self._movable or self._path is None:
            raise NotAllowed("domain time cannot be moved in this environment")
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".clock")
        with os.fdopen(handle, "w") as file:
            json.dump({"offset_seconds": offset.total_seconds()}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._path)


def part_of_silence(silence: float, *, shortest: float, longest: float) -> float:
    """How many seconds to wait before looking again: what comes seldom waits for a part of the time
    that there was none."""
    return min(max(shortest, silence * PART_OF_SILENCE), longest)


def monotonic() -> float:
    """Seconds for measuring how long something takes."""
    return time.monotonic()
