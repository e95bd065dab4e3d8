"""A thread that takes turns until it is told to stop."""

import threading
from collections.abc import Callable

from services.chassis.clock import monotonic, part_of_silence

DOWN_SECONDS = 1.0
STOP_SECONDS = 6.0


class Turns:
    """One turn after another while there is something to do; after a pause that grows with the
    silence, between `shortest` and `longest` seconds, when there is not.

    `turn` answers whether there was something. `failed` is told of an error, which the thread
    outlives, and waits a second; `ended` is called by the thread when it ends.
    """

    def __init__(
        self,
        turn: Callable[[], object],
        failed: Callable[[Exception], None],
        *,
        shortest: float,
        longest: float,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._turn, self._failed, self._ended = turn, failed, ended
        self._shortest, self._longest = shortest, longest
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        """Begin, in a thread of this name."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the turn in hand; nothing if it was not begun."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def is_stopping(self) -> bool:
        """Whether it was told to stop: a turn of many things breaks off."""
        return self._stopping.is_set()

    def _run(self) -> None:
        wait, silent_since = 0.0, monotonic()
        while not self._stopping.wait(wait):
            try:
                if self._turn():
                    wait, silent_since = 0.0, monotonic()
                else:
                    silence = monotonic() - silent_since
                    wait = part_of_silence(silence, shortest=self._shortest, longest=self._longest)
            except Exception as error:  # noqa: BLE001 - the thread must outlive every fault
                self._failed(error)
                wait = DOWN_SECONDS
        self._ended()
