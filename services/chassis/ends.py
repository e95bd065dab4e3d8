"""Which partitions a consumer has read to their end: clocks wait for that, and its lag tells of it.

The broker is asked, and only between records: what has arrived but is not read is no end.
"""

from collections.abc import Mapping
from typing import Any

from services.chassis.clock import monotonic
from services.chassis.lag import Lag
from services.chassis.progress import Partition, write_positions
from services.chassis.runtime import Runtime

UNASKED_SECONDS = 1.0
ENDS_MILLIS, POSITION_MILLIS = 2000, 1000


class Ends:
    """Those of one consumer's partitions, noted in the database and in its lag."""

    def __init__(self, consumer: str, runtime: Runtime, lag: Lag) -> None:
        self._consumer = consumer
        self._runtime = runtime
        self._lag = lag
        self._noted = 0.0
        # Where each partition is read on, as far as that is known without asking.
        self._next: dict[Partition, int] = {}

    def starts_at(self, positions: Mapping[Partition, int]) -> None:
        """Partitions were assigned: these are read on there, and nothing is known of others."""
        self._next = dict(positions)

    def passed(self, done: Mapping[Partition, int]) -> None:
        """These are read on there now."""
        self._next.update(done)

    @property
    def are_wanted(self) -> bool:
        """Whether a clock of this process waits for them, or one of another may have for long."""
        is_asked = self._consumer in self._runtime.unheard
        return is_asked or monotonic() - self._noted > UNASKED_SECONDS

    def note(self, source: Any) -> None:
        """Write down which partitions are read to their end, as of an instant before asking."""
        self._noted = monotonic()
        self._runtime.unheard.discard(self._consumer)
        asked_at = self._runtime.clock.now()
        assigned = list(source.assignment())
        ends = source.end_offsets(assigned, timeout_ms=ENDS_MILLIS) if assigned else {}
        at = {each: self._position(source, each, end) for each, end in ends.items()}
        read = {(each.topic, each.partition): end for each, end in ends.items() if at[each] == end}
        self._lag.note({each: ends[each] - now for each, now in at.items() if now is not None})
        with self._runtime.engine.begin() as connection:
            write_positions(connection, self._consumer, read, asked_at)

    def _position(self, source: Any, partition: Any, end: int) -> int | None:
        """Where a partition is read on. The client is asked only if that may not be its end: to
        answer, it goes through all of its partitions."""
        if self._next.get(partition) != end:
            position: int | None = source.position(partition, timeout_ms=POSITION_MILLIS)
            if position is None:
                return None
            self._next[partition] = position
        return self._next[partition]
