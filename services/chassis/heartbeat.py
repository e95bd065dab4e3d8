"""Signs of life of the loops in a process: the relay, each consumer, each ticker.

A loop that no longer turns (its thread died, hangs, or fails again and again) breaks nothing that
its callers would see. So each says that it turned, and a watch tells when one has not for too long:
an alarm that names it, and NOT_SERVING for its name at the health service of the process.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from services.chassis.clock import monotonic

log = logging.getLogger(__name__)
# A turn may await a broker for 30 seconds; one that takes longer than this is no turn.
LONGEST_TURN_SECONDS = 60.0
LOOK_SECONDS = 5.0

Tell = Callable[[str, bool], None]


class Heartbeat:
    """One loop's sign of life: it calls `turned` whenever it has gone round without a fault."""

    def __init__(self, part: str, now: Callable[[], float]) -> None:
        self.part = part
        self._now = now
        self._at = now()

    def turned(self) -> None:
        """The loop has gone round."""
        self._at = self._now()

    def silent_seconds(self) -> float:
        """For how long it has not."""
        return self._now() - self._at


@dataclass
class Heartbeats:
    """The loops of a process, and who wants to hear whether they turn."""

    now: Callable[[], float] = monotonic
    _beats: dict[str, Heartbeat] = field(default_factory=dict)
    _silent: set[str] = field(default_factory=set)
    _listeners: list[Tell] = field(default_factory=list)

    def of(self, part: str) -> Heartbeat:
        """The heartbeat of a loop that starts now."""
        return self._beats.setdefault(part, Heartbeat(part, self.now))

    def listen(self, tell: Tell) -> None:
        """Have `tell(part, turns)` called at once for every loop, and then for every change."""
        self._listeners.append(tell)
        for part in self._beats:
            tell(part, part not in self._silent)

    def silent_seconds(self) -> dict[str, float]:
        """For how long each loop has not gone round."""
        return {part: beat.silent_seconds() for part, beat in list(self._beats.items())}

    def look(self) -> None:
        """Tell what has changed since the last look."""
        for part, beat in list(self._beats.items()):
            seconds = beat.silent_seconds()
            turns = seconds < LONGEST_TURN_SECONDS
            if turns == (part not in self._silent):
                continue
            self._silent ^= {part}
            if turns:
                log.warning("part turns again", extra={"part": part})
            else:
                fields = {"part": part, "silent_seconds": round(seconds)}
                log.error("alarm: part stands still", extra=fields)
            for tell in self._listeners:
                tell(part, turns)


class Watch:
    """One thread that looks at the heartbeats of its process until it is told to stop."""

    def __init__(self, beats: Heartbeats) -> None:
        self._beats = beats
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop first of all: loops that are told to end stand still."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self._beats.look()
