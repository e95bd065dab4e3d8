"""The relay: outbox rows to Kafka, in order per key, at least once, never lost.

64 fixed shards by key hash; any relay takes any shard. Claim, send, await every acknowledgement
and delete are one transaction under the shard's advisory lock, so a takeover may repeat records
and never reorders their first occurrences. On any producer error the transaction is undone, the
producer replaced and the rows read again.
"""

import logging
import threading
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from opentelemetry.trace import SpanKind

from services.chassis import failpoints, telemetry
from services.chassis.clock import monotonic
from services.chassis.logs import describe
from services.chassis.outbox import NOT_HELD, SHARDS
from services.chassis.runtime import Runtime
from services.chassis.statuses import is_down

log = logging.getLogger(__name__)
CLAIM_ROWS = 2000
SHARD_ROWS = 500
AWAIT_SECONDS = 30.0
METADATA_SECONDS = 5.0
SHORTEST_WAIT = 0.005
LONGEST_WAIT = 0.025
LONGEST_WAIT_WHEN_TOLD = 0.25
DOWN_WAIT = 1.0
STOP_SECONDS = 2.0
LINKS = 16
LOCK_SPACE = 0x6F75  # "ou"

WHOLE_TOPIC = (TopicAuthorizationFailedError, InvalidTopicError, UnknownTopicOrPartitionError)
PERMANENT = (MessageSizeTooLargeError, RecordListTooLargeError, *WHOLE_TOPIC)

_LOCK_SHARDS = sa.text(
    """
    WITH pending AS MATERIALIZED (
        SELECT shard FROM generate_series(0, :last) AS every (shard)
        WHERE EXISTS (SELECT FROM outbox WHERE outbox.shard = every.shard)
    )
    SELECT shard FROM pending WHERE pg_try_advisory_xact_lock(:space, shard)
    """
)
# A new statement after the locks, so that its snapshot is younger than any earlier holder's commit.
_CLAIM = sa.text(
    f"""
    DELETE FROM outbox USING (
        SELECT first.shard, first.position
        FROM unnest(CAST(:shards AS integer[])) AS mine (shard)
        CROSS JOIN LATERAL (
            SELECT o.shard, o.position FROM outbox o
            WHERE o.shard = mine.shard AND {NOT_HELD}
            ORDER BY o.position LIMIT :shard_rows
        ) first
        ORDER BY first.position LIMIT :rows
    ) claimed
    WHERE outbox.shard = claimed.shard AND outbox.position = claimed.position
    RETURNING outbox.position, topic, key, seq, headers, payload
    """
)
_HOLD = sa.text(
    """
    INSERT INTO outbox_held (topic, key, reason)
    SELECT DISTINCT topic, key, CAST(:reason AS text) FROM outbox
    WHERE topic = :topic AND (key = :key OR :whole_topic)
    ON CONFLICT DO NOTHING
    """
)


class KeyRefused(Exception):
    """The broker will never take this key's next row."""

    def __init__(self, row: Any, error: Exception) -> None:
        super().__init__(describe(error))
        self.row = row
        self.whole_topic = isinstance(error, WHOLE_TOPIC)


class Relay:
    """One thread that moves a service's outbox to Kafka.

    is_told: this process's own commits wake it, so that it polls only for what others left.
    """

    def __init__(self, runtime: Runtime, *, is_told: bool = False) -> None:
        self._runtime = runtime
        self._longest = LONGEST_WAIT_WHEN_TOLD if is_told else LONGEST_WAIT
        self._producer: Any = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin to move rows."""
        self._beat = self._runtime.beats.of("relay")
        self._thread.start()

    def stop(self) -> None:
        """Finish the claim in hand, within two seconds; what is left waits for the next relay."""
        self._stopping.set()
        self._runtime.committed.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        self._drop_producer()

    def _run(self) -> None:
        wait = SHORTEST_WAIT
        while not self._stopping.is_set():
            try:
                wait = SHORTEST_WAIT if self._move_or_hold() else min(wait * 1.5, self._longest)
                self._beat.turned()
            except Exception as error:  # noqa: BLE001 - the relay must outlive every fault
                self._trouble(error)
                wait = DOWN_WAIT
            if self._runtime.committed.wait(wait):
                self._runtime.committed.clear()

    def _move_or_hold(self) -> int:
        try:
            return self.move()
        except KeyRefused as refused:
            self._hold(refused)
            return 1

    def _trouble(self, error: Exception) -> None:
        down = isinstance(error, (KafkaError, OSError, TimeoutError)) or is_down(error)
        level = logging.WARNING if down else logging.ERROR
        log.log(level, "relay tries again", extra={"error": describe(error)}, exc_info=not down)
        self._drop_producer()

    def move(self) -> int:
        """Send one claim's rows, and delete them once all are acknowledged; how many."""
        with self._runtime.engine.begin() as connection:
            values = {"last": SHARDS - 1, "space": LOCK_SPACE}
            shards = list(connection.execute(_LOCK_SHARDS, values).scalars())
            if not shards:
                return 0
            claim = {"shards": shards, "shard_rows": SHARD_ROWS, "rows": CLAIM_ROWS}
            rows = sorted(connection.execute(_CLAIM, claim).all(), key=lambda row: row.position)
            if not rows:
                return 0
            with telemetry.linked(
                f"{self._runtime.service} relay",
                SpanKind.PRODUCER,
                [row.headers for row in rows[:LINKS]],
            ):
                failpoints.reach("relay.before_send")
                self._send(rows)
                failpoints.reach("relay.after_ack")
        return len(rows)

    def _send(self, rows: Sequence[Any]) -> None:
        producer = self._ready_producer()
        sent = []
        for row in rows:
            headers = [(name, value.encode()) for name, value in row.headers.items()]
            headers.append(("ce_sequence", str(row.seq).encode()))
            try:
                future = producer.send(
                    row.topic, key=row.key.encode(), value=bytes(row.payload), headers=headers
                )
            except PERMANENT as error:
                raise KeyRefused(row, error) from error
            except KafkaTimeoutError as error:
                # For an unknown topic the producer waits in vain, as it does without a broker.
                if self._is_unknown(row.topic):
                    raise KeyRefused(row, UnknownTopicOrPartitionError(row.topic)) from error
                raise
            sent.append((row, future))
        deadline = monotonic() + AWAIT_SECONDS
        for row, future in sent:
            try:
                future.get(timeout=max(0.001, deadline - monotonic()))
            except PERMANENT as error:
                raise KeyRefused(row, error) from error

    def _is_unknown(self, topic: str) -> bool:
        """Whether the broker answers and has no such topic; KafkaError when it does not answer."""
        options = self._runtime.settings.kafka(self._runtime.service)
        admin = KafkaAdminClient(**options, request_timeout_ms=5000, bootstrap_timeout_ms=5000)
        try:
            return topic not in admin.list_topics()
        finally:
            admin.close()

    def _ready_producer(self) -> Any:
        if self._producer is None:
            self._producer = KafkaProducer(
                **self._runtime.settings.kafka(self._runtime.service),
                client_id=f"{self._runtime.replica}.relay",
                acks="all",
                enable_idempotence=True,
                # Never give a batch up by time: afterwards all later futures would stay
                # unresolved for ever (kafka-python 3.0.12). The await above has its own limit.
                delivery_timeout_ms=2_147_483_647,
                max_block_ms=int(METADATA_SECONDS * 1000),
                reconnect_backoff_max_ms=1000,
                batch_size=256 * 1024,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        return self._producer

    def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.close(timeout=1)
        except Exception as error:  # noqa: BLE001 - a broken producer may fail to close
            log.warning("producer did not close", extra={"error": describe(error)})

    def _hold(self, refused: KeyRefused) -> None:
        row = refused.row
        self._drop_producer()
        with self._runtime.engine.begin() as connection:
            values = {"topic": row.topic, "key": row.key, "whole_topic": refused.whole_topic}
            connection.execute(_HOLD, values | {"reason": str(refused)})
        log.error("alarm: key held", extra=values | {"why": str(refused)})
