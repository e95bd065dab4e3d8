"""What consumers have read to their end: clocks wait for it, and it shows how far they are behind.

A thread of its own asks the broker, so that nobody waits for a consumer's fetch, and a consumer
that is never idle is heard, too. At the end is a partition whose position in the database has
reached what was its end at an instant after the one that is noted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, TopicPartition

from services.chassis import trouble
from services.chassis.progress import Partition, read_positions, write_positions

if TYPE_CHECKING:
    from services.chassis.lag import Lag
    from services.chassis.runtime import Runtime

log = logging.getLogger(__name__)
# How often it asks when nobody waits; how soon again when the end is not reached, later each time.
UNASKED_SECONDS = 1.0
AGAIN_SECONDS = 0.02
RECONNECT_SECONDS = 1.0
ENDS_MILLIS = 2000
STOP_SECONDS = 3.0

Offsets = Mapping[Partition, int]


@dataclass(frozen=True)
class Followed:
    """A consumer of this process."""

    name: str
    topics: Sequence[str]
    lag: Lag


class Ends:
    """Those of all consumers of a process; the thread runs while there is one."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._followed: dict[str, Followed] = {}
        self._wanted: set[str] = set()
        # Those whose partitions are known to the database, for whoever counts them there.
        self._noted: set[str] = set()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def want(self, consumer: str) -> None:
        """A clock waits for a consumer: note as soon as it has read to the end as of now."""
        self._wanted.add(consumer)
        self._wake.set()

    def is_wanted(self, consumer: str) -> bool:
        """Whether a clock waits for what this consumer has not read."""
        return consumer in self._wanted

    def follow(self, consumer: str, topics: Sequence[str], lag: Lag) -> None:
        """A consumer has started."""
        with self._lock:
            self._followed = {**self._followed, consumer: Followed(consumer, topics, lag)}
            if self._thread is None:
                self._stopping.clear()
                self._thread = threading.Thread(target=self._run, name="ends", daemon=True)
                self._thread.start()

    def leave(self, consumer: str) -> None:
        """A consumer has stopped."""
        with self._lock:
            rest = {name: each for name, each in self._followed.items() if name != consumer}
            self._followed = rest
            if not rest and self._thread is not None:
                self._stopping.set()
                self._wake.set()
                self._thread.join(STOP_SECONDS)
                self._thread = None

    def _run(self) -> None:
        beat = self._runtime.beats.of("ends")
        while not self._stopping.is_set():
            try:
                with closing(_Asker(self._runtime)) as asker:
                    pause = UNASKED_SECONDS
                    while not self._stopping.is_set():
                        pause = _later(pause) if self._look(asker) else UNASKED_SECONDS
                        beat.turned()
                        # Thousands of clocks may be due at once, and each of them asks.
                        self._stopping.wait(AGAIN_SECONDS)
                        self._wake.wait(pause)
            except Exception as error:  # noqa: BLE001 - it must outlive every fault
                trouble.tell(log, "ends are asked for again", error)
                self._stopping.wait(RECONNECT_SECONDS)

    def _look(self, asker: _Asker) -> bool:
        """Note what is read to its end; whether a clock still waits for one of this process."""
        self._wake.clear()
        # Whoever asks from here on may wait for a later instant than this look is of.
        wanted, self._wanted = self._wanted, set()
        try:
            wanted -= self._note(asker, wanted)
        finally:
            self._wanted |= wanted
        return not wanted.isdisjoint(self._followed)

    def _note(self, asker: _Asker, wanted: set[str]) -> set[str]:
        """Note what is read to its end; the consumers of which everything is."""
        asked_at = self._runtime.clock.now()
        followed = list(self._followed.values())
        ends = asker.ends({topic for each in followed for topic in each.topics})
        with self._runtime.engine.begin() as connection:
            positions = {each.name: read_positions(connection, each.name) for each in followed}
        at_end = dict[str, Offsets]()
        finished = set[str]()
        for each in followed:
            own = {at: end for at, end in ends.items() if at[0] in each.topics}
            read = asker.with_empty(own, positions[each.name])
            each.lag.note({at: max(0, end - read.get(at, 0)) for at, end in own.items()})
            at_end[each.name] = {at: end for at, end in own.items() if read.get(at, 0) >= end}
            if len(at_end[each.name]) == len(own):
                finished.add(each.name)
        if told := [name for name in at_end if name in wanted or name not in self._noted]:
            with self._runtime.engine.begin() as connection:
                for name in told:
                    write_positions(connection, name, at_end[name], asked_at)
        self._noted |= at_end.keys()
        return finished


def _later(paused: float) -> float:
    """How long to wait for what was not read to its end after a look that paused so long."""
    return AGAIN_SECONDS if paused == UNASKED_SECONDS else min(2 * paused, UNASKED_SECONDS / 2)


class _Asker:
    """A client that reads nothing."""

    def __init__(self, runtime: Runtime) -> None:
        self._source: Any = KafkaConsumer(
            **runtime.settings.kafka(runtime.service),
            client_id=f"{runtime.replica}.ends",
            group_id=None,
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            reconnect_backoff_max_ms=1000,
            metrics_enabled=False,
        )

    def close(self) -> None:
        self._source.close(autocommit=False, timeout_ms=1000)

    def ends(self, topics: set[str]) -> Offsets:
        """The offset after the last record of each partition."""
        partitions = [
            TopicPartition(topic, number)
            for topic in sorted(topics)
            for number in self._source.partitions_for_topic(topic) or ()
        ]
        found: Offsets = self._source.end_offsets(partitions, timeout_ms=ENDS_MILLIS)
        return found

    def with_empty(self, ends: Offsets, positions: Offsets) -> Offsets:
        """Positions, and where those begin that were never read: all may be gone by now."""
        unread = [at for at, end in ends.items() if end and at not in positions]
        if not unread:
            return positions
        begin: Offsets = self._source.beginning_offsets(unread, timeout_ms=ENDS_MILLIS)
        return {**begin, **positions}
