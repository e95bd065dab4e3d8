"""A runner of the relay: takes rows of the outbox and brings them to Kafka.

Claim, send, await every acknowledgement and delete are one transaction under the shards' advisory
locks, so a takeover may repeat records and never reorders their first occurrences. After a
refusal that no time heals, rows go singly, so that only the one refused is held; on any other
producer error the transaction is undone, the producer replaced and the rows read again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, LiteralString

import psycopg
import sqlalchemy as sa
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    InvalidTopicError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from opentelemetry.trace import SpanKind
from pydantic_core import from_json

from services.chassis import failpoints, telemetry
from services.chassis.clock import monotonic
from services.chassis.logs import describe
from services.chassis.outbox import NOT_HELD, SHARDS
from services.chassis.producer import ProducerInUse, Sent
from services.chassis.runtime import Runtime

log = logging.getLogger(__name__)
# Each waits for the database and the broker for as long as it works; all of them work on one core.
# Of two such places n of them keep each busy for n / (n + 1) of the time.
RUNNERS = 6
CLAIM_ROWS = 2000
AWAIT_SECONDS = 30.0
LINKS = 16
LOCK_SPACE = 0x6F75  # "ou"

WHOLE_TOPIC = (TopicAuthorizationFailedError, InvalidTopicError, UnknownTopicOrPartitionError)
PERMANENT = (MessageSizeTooLargeError, RecordListTooLargeError, *WHOLE_TOPIC)

# The outbox is empty most of the time, and what is planned then must be right for a backlog too:
# by index only. A delete that a crash of PostgreSQL takes back is a record that is sent twice,
# which no consumer minds: nobody waits for the disk.
_SETTINGS = """
SELECT set_config(name, 'off', false) FROM unnest(ARRAY[
    'enable_seqscan', 'enable_bitmapscan', 'enable_sort', 'enable_hashjoin', 'enable_mergejoin',
    'synchronous_commit'
]) AS off (name)
"""
# One question, outside a transaction, for all the looks that find nothing.
_LOOK = f"""
SELECT FROM generate_series(0, {SHARDS - 1}) AS every (shard)
WHERE EXISTS (SELECT FROM outbox WHERE outbox.shard = every.shard) LIMIT 1
"""
# An equal share of the shards at most, so that every runner has work at the same time; which ones
# is by chance, so that none is always last. The next statement reads from the setting which they
# are.
_LOCK_SHARDS = f"""
PREPARE estafet_lock_shards AS
WITH pending AS MATERIALIZED (
    SELECT shard FROM generate_series(0, {SHARDS - 1}) AS every (shard)
    WHERE EXISTS (SELECT FROM outbox WHERE outbox.shard = every.shard)
    ORDER BY random()
), locked AS MATERIALIZED (
    SELECT shard FROM pending WHERE pg_try_advisory_xact_lock({LOCK_SPACE}, shard)
    LIMIT {SHARDS // RUNNERS}
)
SELECT set_config('estafet.shards', CAST(coalesce(array_agg(shard), '{{}}') AS text), true)
FROM locked
"""
# A statement of its own, so that its snapshot is younger than any earlier holder's commit. Each
# shard gives the same share: to find the oldest rows of all would read as many from each.
_CLAIM = f"""
PREPARE estafet_claim AS
DELETE FROM outbox USING (
    SELECT first.shard, first.position
    FROM (SELECT CAST(current_setting('estafet.shards') AS integer[]) AS shards) AS locked
    CROSS JOIN unnest(locked.shards) AS mine (shard)
    CROSS JOIN LATERAL (
        SELECT o.shard, o.position FROM outbox o
        WHERE o.shard = mine.shard AND {NOT_HELD}
        ORDER BY o.position LIMIT {CLAIM_ROWS} / greatest(1, cardinality(locked.shards)) + 1
    ) first
) claimed
WHERE outbox.shard = claimed.shard AND outbox.position = claimed.position
RETURNING outbox.position, topic, key, seq, CAST(headers AS text), payload
"""
# One message there and back, which is most of what a claim of a few rows costs.
_BEGIN_WITH_A_CLAIM = "BEGIN; EXECUTE estafet_lock_shards; EXECUTE estafet_claim"
_COMMIT_AND_CLAIM = f"COMMIT; {_BEGIN_WITH_A_CLAIM}"
_HOLD = sa.text(
    """
    INSERT INTO outbox_held (topic, key, reason)
    SELECT DISTINCT topic, key, CAST(:reason AS text) FROM outbox
    WHERE topic = :topic AND (key = :key OR :whole_topic)
    ON CONFLICT DO NOTHING
    """
)

# position, topic, key, seq, headers as JSON, payload
Row = tuple[int, str, str, int, str, bytes]
HEADERS: Final = 4
# Whether to claim once more, given how many rows have been sent.
Again = Callable[[int], bool]


class KeyRefused(Exception):
    """The broker will never take this key's next row."""

    def __init__(self, topic: str, key: str, error: Exception) -> None:
        super().__init__(describe(error))
        self.topic = topic
        self.key = key
        self.whole_topic = isinstance(error, WHOLE_TOPIC)


class Runner:
    """One thread's producer, and what it does with it."""

    def __init__(self, runtime: Runtime, name: str) -> None:
        self._runtime = runtime
        self._relayed = runtime.metrics.relayed
        self.producer = ProducerInUse(runtime, name)
        self._pooled: sa.PoolProxiedConnection | None = None

    def move_or_hold(self, again: Again, *, must_look: bool = True) -> int:
        """Send rows, or hold the key of one that is never taken; how many."""
        try:
            return self.move(again, must_look=must_look)
        except KeyRefused as refused:
            self._hold(refused)
            return 1

    def move(self, again: Again, *, must_look: bool = True) -> int:
        """Send one claim's rows after the other's, until one is empty or `again` says no; how many.

        A claim's rows are deleted once all are acknowledged, by the message that makes the next
        claim. Without a look first it claims at once: for who was told that there is something.
        After an error the transaction is still open, until the runner starts anew.
        """
        database = self._database()
        if must_look and database.execute(_LOOK).fetchone() is None:
            return 0
        moved = 0
        rows = self._claim(database, _BEGIN_WITH_A_CLAIM)
        while rows:
            self._send_traced(rows)
            moved += len(rows)
            rows = self._claim(database, _COMMIT_AND_CLAIM) if again(len(rows)) else ()
        database.commit()
        return moved

    def _send_traced(self, rows: Sequence[Row]) -> None:
        causes = [from_json(row[HEADERS]) for row in rows[:LINKS]]
        with telemetry.linked(f"{self._runtime.service} relay", SpanKind.PRODUCER, causes):
            failpoints.reach("relay.before_send")
            sent = self._send(rows)
            failpoints.reach("relay.after_ack")
        for event, count in sent.items():
            self._relayed.labels(event.rpartition(".")[2]).inc(count)

    def _database(self) -> psycopg.Connection[Any]:
        """A connection of its own, since it has settings of its own."""
        if self._pooled is None:
            self._pooled = self._runtime.engine.raw_connection()
            driver: psycopg.Connection[Any] = self._pooled.driver_connection  # type: ignore[assignment] # SQLAlchemy does not know which
            driver.autocommit = True
            for statement in (_SETTINGS, _LOCK_SHARDS, _CLAIM):
                driver.execute(statement)
        return self._pooled.driver_connection  # type: ignore[return-value] # idem

    @staticmethod
    def _claim(database: psycopg.Connection[Any], message: LiteralString) -> Sequence[Row]:
        """The oldest rows of some shards, each shard's in order; their transaction is begun."""
        rows: list[Row] = database.execute(message).set_result(-1).fetchall()
        rows.sort()
        return rows

    def _send(self, rows: Sequence[Row]) -> Counter[str]:
        """Have the broker acknowledge every row; how many there are of each type."""
        sent = []
        types: Counter[str] = Counter()
        for row in rows:
            named: dict[str, str] = from_json(row[HEADERS])
            sent.append((row, self._put(row, named)))
            types[named.get("ce_type", "")] += 1
        try:
            self._await([each for _, each in sent])
        except PERMANENT:
            self._send_singly([row for row, each in sent if not each.succeeded()])
        return types

    def _put(self, row: Row, named: dict[str, str]) -> Sent:
        """Hand a row over to the producer."""
        _, topic, key, seq, _, payload = row
        headers = list(zip(named, map(str.encode, named.values()), strict=True))
        headers.append(("ce_sequence", b"%d" % seq))
        try:
            return self.producer.ready().put(topic, payload, key.encode(), headers)
        except PERMANENT as error:
            raise KeyRefused(topic, key, error) from error
        except KafkaTimeoutError as error:
            # For an unknown topic the producer waits in vain, as it does without a broker.
            if self._is_unknown(topic):
                unknown = UnknownTopicOrPartitionError(topic)
                raise KeyRefused(topic, key, unknown) from error
            raise

    @staticmethod
    def _await(sent: Sequence[Sent]) -> None:
        deadline = monotonic() + AWAIT_SECONDS
        for each in sent:
            if not each.succeeded():
                each.get(timeout=max(0.001, deadline - monotonic()))

    def _send_singly(self, rows: Sequence[Row]) -> None:
        """Find the one that is refused: kafka-python fails all that are on their way with it."""
        self.producer.give_up()
        for row in rows:
            sent = self._put(row, from_json(row[HEADERS]))
            try:
                self._await([sent])
            except PERMANENT as error:
                _, topic, key, *_ = row
                raise KeyRefused(topic, key, error) from error

    def _is_unknown(self, topic: str) -> bool:
        """Whether the broker answers and has no such topic; KafkaError when it does not answer."""
        options = self._runtime.settings.kafka(self._runtime.service)
        admin = KafkaAdminClient(**options, request_timeout_ms=5000, bootstrap_timeout_ms=5000)
        try:
            return topic not in admin.list_topics()
        finally:
            admin.close()

    def start_anew(self) -> None:
        """Give up the producer and the connection in use."""
        self.producer.give_up()
        pooled, self._pooled = self._pooled, None
        if pooled is not None:
            pooled.invalidate()

    def _hold(self, refused: KeyRefused) -> None:
        self.start_anew()
        values = {
            "topic": refused.topic,
            "key": refused.key,
            "whole_topic": refused.whole_topic,
        }
        with self._runtime.engine.begin() as connection:
            connection.execute(_HOLD, values | {"reason": str(refused)})
        log.error("alarm: key held", extra=values | {"why": str(refused)})
