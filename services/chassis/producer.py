"""kafka-python's idempotent producer, with a shorter way in for records that come by the thousand.

Of what `KafkaProducer.send` does for a record, a third is known here or needed once for all of
them: it checks the types of the headers, measures the record, sorts the partitions, hashes the key
byte by byte and composes two log lines that nobody reads. `put` looks the partition up and hands
the record to the accumulator as `send` does, in the one version that was read.
"""

import logging
from functools import lru_cache
from struct import Struct
from typing import Any

import kafka
from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaTimeoutError

from services.chassis import record_batch
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


class Producer(KafkaProducer):  # type: ignore[misc] # kafka-python is untyped
    """A producer that waits for all replicas and never gives up by itself."""

    def __init__(self, **options: object) -> None:
        # Not on import: it holds for every producer of the process, also for those measured beside.
        record_batch.install()
        super().__init__(**options, **OPTIONS)
        self._of_topic: dict[str, list[TopicPartition]] = {}

    def put(self, topic: str, value: bytes, key: bytes, headers: list[tuple[str, bytes]]) -> Any:
        """The same as `send`: its arguments, its errors, its future."""
        if kafka.__version__ != READ or len(value) > SMALL_BYTES:
            return self.send(topic, value, key, headers)
        partitions = self._of_topic.get(topic) or self._look_up(topic)
        partition = partitions[hash_of(key) % len(partitions)]
        future, is_full, is_new, _ = self._accumulator.append(partition, None, key, value, headers)
        if is_full or is_new:
            self._sender.wakeup()
        return future

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
