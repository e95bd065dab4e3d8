"""The Kafka side of a reactions class: one thread that owns one KafkaConsumer.

On assignment it seeks to `position` in the service's database; group offsets are written for tools
only. It never blocks on a handler's dependency: it pauses its partitions and goes on polling, so
that it stays in its group. kafka-python has no wakeup(): polls are short so that a stop is heard.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from nameko.extensions import SharedExtension

from services.chassis import trouble
from services.chassis.batch import Batches, DependencyDown, needs_pause
from services.chassis.clock import monotonic
from services.chassis.foreign import from_outside, type_of
from services.chassis.handlers import Handlers
from services.chassis.incoming import delivery_of
from services.chassis.linger import GAP_MILLIS, Linger
from services.chassis.logs import describe
from services.chassis.parked import ParkedRuns
from services.chassis.progress import Delivery, Partition, read_positions, write_positions
from services.chassis.runtime import Runtime

if TYPE_CHECKING:
    from services.chassis.reaction import Reaction

log = logging.getLogger(__name__)
POLL_MILLIS = 500
JOIN_MILLIS = 1000
# With half as many a record costs a tenth more processor: each batch pays for its transaction. How
# long a batch may hold its locks is limited by time.
MAX_RECORDS = 400
SESSION_MILLIS = 10_000
STOP_SECONDS = 6.0
PAUSE_SECONDS = 0.5
LOOK_SECONDS = 0.5
RECONNECT_SECONDS = 1.0
COMMIT_SECONDS = 1.0

_IS_STOPPED = sa.text("SELECT reason FROM consumer_stopped WHERE consumer = :consumer")


class Consumer(SharedExtension):
    """Reads the topics of a reactions class and has every record run once, in order per key."""

    def __init__(self) -> None:
        super().__init__()
        self._handlers = Handlers()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pause_until = 0.0
        self._paused = False
        self._looked = 0.0
        self._committed = 0.0
        self._offsets: dict[Partition, int] = {}
        self._first_since: dict[Any, int] = {}

    def add(self, handler: "Reaction") -> None:
        """Have a method run for its records."""
        self._handlers.add(handler)

    def start(self) -> None:
        self._runtime: Runtime = self.container.runtime
        self._name = str(self.container.service_name)
        since: datetime | None = getattr(self.container.service_cls, "since", None)
        self._since = since
        self._batches = Batches(
            self._name, self._runtime, self._handlers, from_first_seen=since is not None
        )
        self._linger = Linger(self._can_wait)
        self._parked = ParkedRuns(self._name, self._runtime.engine, self._handlers)
        self._beat = self._runtime.beats.of(self._name)
        self._lag = self._runtime.metrics.lags.starts(self._name)
        self._ends = self._runtime.ends
        self._consumed = self._runtime.metrics.consumed.labels(self._name)
        self._ends.follow(self._name, self._handlers.topics(), self._lag)
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._ends.leave(self._name)
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read()
            except Exception as error:  # noqa: BLE001 - the consumer must outlive every fault
                trouble.tell(log, "consumer starts again", error, consumer=self._name)
                self._stopping.wait(RECONNECT_SECONDS)

    def _read(self) -> None:
        source = self._open()
        try:
            while not self._stopping.is_set():
                self._turn(source)
            self._commit(source, wait=True)
        finally:
            source.close(autocommit=False, timeout_ms=1000)

    def _open(self) -> Any:
        source = KafkaConsumer(
            **self._runtime.settings.kafka(self._runtime.service),
            client_id=self._runtime.replica,
            group_id=f"estafet.{self._name}",
            group_instance_id=self._runtime.replica,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            max_poll_records=MAX_RECORDS,
            session_timeout_ms=SESSION_MILLIS,
            fetch_max_wait_ms=POLL_MILLIS,
            reconnect_backoff_max_ms=1000,
            metrics_enabled=False,
        )
        topics = self._handlers.topics()
        self._first_since = self._offsets_since(source, topics)
        source.subscribe(topics=topics, listener=_SeekToPosition(self, source))
        return source

    def _turn(self, source: Any) -> None:
        self._pause_or_resume(source)
        polled = source.poll(timeout_ms=self._millis(source), max_records=MAX_RECORDS)
        found = [self._delivery(raw) for records in polled.values() for raw in records]
        read = self._linger.take(found, at_once=self._ends.is_wanted(self._name))
        left, reached = read, _firsts(read)
        try:
            if self._is_time_to_look(is_idle=not read):
                self._look()
            # Partitions that were assigned during the poll came unpaused.
            while left and not self._must_wait():
                done = self._batches.run(left)
                reached.update(done)
                self._offsets.update(done)
                left = [each for each in left if _is_left(each, done)]
        except Exception as error:
            if not (isinstance(error, DependencyDown) or needs_pause(error)):
                raise
            why = str(error) if isinstance(error, DependencyDown) else describe(error)
            log.warning("paused", extra={"consumer": self._name, "why": why})
            self._pause_until = monotonic() + PAUSE_SECONDS
        self._rewind(source, left)
        self._consumed.inc(len(read) - len(left))
        self._note_reached(source, reached)
        self._commit(source, wait=False)
        self._beat.turned()

    def _millis(self, source: Any) -> int:
        if self._linger.is_keeping:
            return GAP_MILLIS
        # Without partitions it is about to join, which a short poll would interrupt.
        return POLL_MILLIS if source.assignment() else JOIN_MILLIS

    def _can_wait(self, delivery: Delivery) -> bool:
        """Whether nobody waits for this record: no method of ours runs for it, or it says so."""
        handler = self._handlers.of(delivery.record)
        return handler is None or handler.can_wait(delivery)

    def _delivery(self, raw: Any) -> Delivery:
        if self._handlers.has(type_of(raw.topic)):
            return Delivery(from_outside(raw.topic, (raw.partition, raw.offset)), raw.value or b"")
        return delivery_of(raw)

    def _note_reached(self, source: Any, reached: Mapping[Partition, int]) -> None:
        """Note what is left of partitions by what the broker said with their records."""
        if reached:
            unread = {
                each: max(0, (source.highwater(each) or 0) - reached[each])
                for each in source.assignment()
                if each in reached
            }
            self._lag.note(unread)

    def _must_wait(self) -> bool:
        """Whether no record may run now: the process or this consumer stops, or a pause."""
        if self._batches.stopped:
            self._batches.stopped = False
            self._pause_until = monotonic() + 2 * PAUSE_SECONDS
        return self._stopping.is_set() or monotonic() < self._pause_until

    def _rewind(self, source: Any, unread: Iterable[Delivery]) -> None:
        """Have the records that did not run read again."""
        for (topic, partition), offset in _firsts(unread).items():
            source.seek(TopicPartition(topic, partition), offset)

    def _pause_or_resume(self, source: Any) -> None:
        wanted = monotonic() < self._pause_until
        if wanted and not self._paused:
            source.pause(*source.assignment())
        elif self._paused and not wanted:
            source.resume(*source.paused())
        self._paused = wanted

    def _is_time_to_look(self, *, is_idle: bool) -> bool:
        """Preferably between records, which would wait for the look; never late for long."""
        return monotonic() - self._looked > (LOOK_SECONDS if is_idle else 2 * LOOK_SECONDS)

    def _look(self) -> None:
        """Now and then: was this consumer stopped, is a parked record due?"""
        self._looked = monotonic()
        with self._runtime.engine.begin() as connection:
            stopped = connection.execute(_IS_STOPPED, {"consumer": self._name}).scalar_one_or_none()
            due = self._parked.due(connection) if stopped is None else ()
        if stopped is not None:
            self._pause_until = monotonic() + 2 * PAUSE_SECONDS
        self._parked.run(due, self._stopping)

    def _commit(self, source: Any, *, wait: bool) -> None:
        """Tell the group's offsets, for tools; always explicit ones."""
        if not self._offsets or not (wait or monotonic() - self._committed > COMMIT_SECONDS):
            return
        assigned = source.assignment()
        offsets = {
            TopicPartition(topic, partition): OffsetAndMetadata(offset, "", -1)
            for (topic, partition), offset in self._offsets.items()
            if TopicPartition(topic, partition) in assigned
        }
        self._offsets.clear()
        self._committed = monotonic()
        if wait:
            source.commit(offsets, timeout_ms=1000)
        else:
            source.commit_async(offsets)

    def assigned(self, source: Any, partitions: Iterable[Any]) -> None:
        """Read on where the database says; a partition never read starts at the beginning.

        kafka-python calls this in its own thread, where the consumer can be asked nothing.
        """
        with self._runtime.engine.begin() as connection:
            positions = read_positions(connection, self._name)
            first = {
                each: offset
                for each, offset in self._first_since.items()
                if each in partitions and each not in positions
            }
            write_positions(connection, self._name, first)
        positions |= first
        for partition in partitions:
            if partition in positions:
                source.seek(partition, positions[partition])
            else:
                source.seek_to_beginning(partition)
        self._linger.drop()
        self._lag.keep(partitions)
        self._paused = False

    def _offsets_since(self, source: Any, topics: Iterable[str]) -> dict[Any, int]:
        """The first offsets at or after `since`; asked before the listener's thread may not ask."""
        if self._since is None:
            return {}
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in source.partitions_for_topic(topic) or ()
        ]
        ends = source.end_offsets(partitions)
        millis = int(self._since.timestamp() * 1000)
        found = source.offsets_for_times(dict.fromkeys(partitions, millis))
        return {
            partition: ends[partition] if found[partition] is None else found[partition].offset
            for partition in partitions
        }


class _SeekToPosition(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python is untyped
    def __init__(self, consumer: Consumer, source: Any) -> None:
        self._consumer = consumer
        self._source = source

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        """Nothing to do: every record's position was committed with it."""

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._consumer.assigned(self._source, assigned)


def _firsts(deliveries: Iterable[Delivery]) -> dict[Partition, int]:
    """The offset of each partition's first record among these."""
    firsts: dict[Partition, int] = {}
    for delivery in deliveries:
        firsts.setdefault(delivery.partition, delivery.record.position[1])
    return firsts


def _is_left(delivery: Delivery, done: Mapping[Partition, int]) -> bool:
    return delivery.record.position[1] >= done.get(delivery.partition, 0)
