"""How far consumers are behind the ends of their partitions, as they last heard from the broker."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from services.chassis.clock import monotonic
from services.chassis.progress import Partition


class Lag:
    """One consumer's. What it has not yet heard of a partition counts as nothing."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._unread: dict[Partition, int] = {}
        self._at_end = now()
        self._lock = threading.Lock()

    def note(self, unread: Mapping[Partition, int]) -> None:
        """The broker has just said how many records of these partitions are not read; what it says
        of partitions that others read is passed over."""
        with self._lock:
            own = {each: unread[each] for each in self._unread.keys() & unread.keys()}
            # A new one each time: who asks does so from another thread.
            self._unread = self._unread | own
            if own and not self.records():
                self._at_end = self._now()

    def keep(self, partitions: Iterable[Partition]) -> None:
        """These are read from now on, and no others."""
        with self._lock:
            self._unread = {each: self._unread.get(each, 0) for each in partitions}

    def records(self) -> int:
        """How many records are not read."""
        return sum(self._unread.values())

    def seconds(self) -> float:
        """How long ago none was left: it grows while there are some, and while nothing is heard."""
        return self._now() - self._at_end


@dataclass
class Lags:
    """Those of the consumers of a process, by name."""

    now: Callable[[], float] = monotonic
    of: dict[str, Lag] = field(default_factory=dict)

    def starts(self, consumer: str) -> Lag:
        """The lag of a consumer that starts now."""
        return self.of.setdefault(consumer, Lag(self.now))
