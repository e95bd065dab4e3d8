"""kafka-python's idempotent producer, with a shorter way in for records that come by the thousand.

Of what `KafkaProducer.send` does for a record, half is known here or needed once for all of them:
it checks the types of the headers, measures the record and its headers, sorts the partitions,
hashes the key byte by byte, composes two log lines that nobody reads, and makes a future that the
batch calls back. `put` looks the partition up and adds the record to the batch that is open, as
`send` does, in the one version that was read.
"""

import logging
from functools import lru_cache
from struct import Struct
from typing import Protocol

import kafka
from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.producer.future import FutureProduceResult

from services.chassis import record_batch
from services.chassis.clock import monotonic
from services.chassis.logs import describe
from services.chassis.record_batch import READ
from services.chassis.runtime import Runtime

log = logging.getLogger(__name__)
METADATA_SECONDS = 5.0
SEED, FACTOR, BITS = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF
# Larger ones may not fit into a request: `send` measures them.
SMALL_BYTES = 64 * 1024

OPTIONS: dict[str, object] = {
    "acks": "all",
    "enable_idempotence": True,
    # Never give a batch up by time: afterwards all later futures would stay unresolved for ever
    # (kafka-python 3.0.12). Who waits for them has a limit of his own.
    "delivery_timeout_ms": 2_147_483_647,
    "max_block_ms": int(METADATA_SECONDS * 1000),
    "reconnect_backoff_max_ms": 1000,
    "batch_size": 256 * 1024,
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}


def hash_of(key: bytes) -> int:
    """MurmurHash2 as every Kafka client takes it of a key to find its partition: kafka-python's
    own is half as fast, since it puts the words of a key together byte by byte."""
    found = SEED ^ len(key)
    for word in _words(len(key) // 4).unpack_from(key):
        mixed = word * FACTOR & BITS
        found = (found * FACTOR ^ (mixed ^ mixed >> 24) * FACTOR) & BITS
    if rest := key[len(key) & ~3 :]:
        found = (found ^ int.from_bytes(rest, "little")) * FACTOR & BITS
    found = (found ^ found >> 13) * FACTOR & BITS
    return (found ^ found >> 15) & 0x7FFFFFFF


@lru_cache
def _words(count: int) -> Struct:
    return Struct(f"<{count}I")


class Sent(Protocol):
    """A record on its way."""

    def succeeded(self) -> bool:
        """Whether the broker has acknowledged it."""

    def get(self, timeout: float) -> object:
        """Wait until it has: KafkaTimeoutError after so many seconds, or why it never will."""


class InBatch:
    """A record of a batch: what the broker said of the batch is looked at when somebody asks."""

    __slots__ = ("_at",)

    def __init__(self, batch: FutureProduceResult, number: int) -> None:
        self._at = batch, number

    def succeeded(self) -> bool:
        """Whether the broker has acknowledged it."""
        batch, _ = self._at
        return batch.is_done and batch.value[2] is None

    def get(self, timeout: float) -> tuple[TopicPartition, int]:
        """Where it lies, partition and offset, as soon as the broker has acknowledged it.

        KafkaTimeoutError after so many seconds; the broker's error if it refused it.
        """
        deadline = monotonic() + timeout
        while not (at := self._at)[0].is_done:
            if not at[0].wait(max(0.0, deadline - monotonic())):
                raise KafkaTimeoutError(f"no acknowledgement in {timeout:.3f} s")
        batch, number = at
        offset, _, why_refused = batch.value
        if why_refused is not None:
            raise why_refused(number)
        return batch.topic_partition, offset + number

    def rebind(self, batch: FutureProduceResult, number: int) -> None:
        """kafka-python has divided its batch, which was too large: wait for the new one."""
        before, _ = self._at
        self._at = batch, number
        before._latch.set()  # noqa: SLF001 - as its own futures do: who waits looks again


class Producer(KafkaProducer):  # type: ignore[misc] # kafka-python is untyped
    """A producer that waits for all replicas and never gives up by itself."""

    def __init__(self, **options: object) -> None:
        # Not on import: it holds for every producer of the process, also for those measured beside.
        record_batch.install()
        super().__init__(**options, **OPTIONS)
        self._of_topic: dict[str, list[TopicPartition]] = {}

    def put(self, topic: str, value: bytes, key: bytes, headers: list[tuple[str, bytes]]) -> Sent:
        """The same as `send`: its arguments and its errors."""
        if kafka.__version__ != READ or len(value) > SMALL_BYTES:
            return self.send(topic, value, key, headers)  # type: ignore[no-any-return] # untyped
        partitions = self._of_topic.get(topic) or self._look_up(topic)
        partition = partitions[hash_of(key) % len(partitions)]
        if added := self._add(partition, value, key, headers):
            return added
        future, *_ = self._accumulator.append(partition, None, key, value, headers)
        self._sender.wakeup()
        return future  # type: ignore[no-any-return] # kafka-python is untyped

    def _add(
        self, partition: TopicPartition, value: bytes, key: bytes, headers: list[tuple[str, bytes]]
    ) -> InBatch | None:
        """Add a record to the batch that is open, of which the sender knows; None without one."""
        accumulator = self._accumulator
        with accumulator._tp_lock(partition):  # noqa: SLF001 - in the version that was read
            batches = accumulator._batches[partition]  # noqa: SLF001 - in the version that was read
            if not batches:
                return None
            batch = batches[-1]
            added = batch.records.append(None, key, value, headers)
            if added is None:
                return None
            sent = InBatch(batch.produce_future, added.offset)
            batch._record_futures.append(sent)  # noqa: SLF001 - in the version that was read
            return sent

    def close(self, timeout: float | None = None, null_logger: bool = False) -> None:
        """As `KafkaProducer.close`, but its thread also ends if records are left over: they are the
        next producer's to send, and one thread more would wait for every outage of the broker."""
        try:
            super().close(timeout, null_logger)
        except KafkaTimeoutError:
            self._sender.force_close()
            raise

    def _look_up(self, topic: str) -> list[TopicPartition]:
        """A topic's partitions, which are never changed (`estafet topics apply`)."""
        found = [TopicPartition(topic, number) for number in sorted(self.partitions_for(topic))]
        return self._of_topic.setdefault(topic, found)


class ProducerInUse:
    """One producer at a time, opened when it is needed; one that has failed is not used again."""

    def __init__(self, runtime: Runtime, name: str) -> None:
        self._runtime = runtime
        self._name = name
        self._producer: Producer | None = None

    def ready(self) -> Producer:
        """The producer in use, or a new one."""
        if self._producer is None:
            self._producer = Producer(
                **self._runtime.settings.kafka(self._runtime.service),
                client_id=f"{self._runtime.replica}.{self._name}",
            )
        return self._producer

    def give_up(self) -> None:
        """Close it within a second; the next use opens another."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.close(timeout=1)
        except Exception as error:  # noqa: BLE001 - a broken producer may fail to close
            log.warning("producer did not close", extra={"error": describe(error)})
