"""Runs parked records again: by themselves on their time, or because an operator asks.

One parked record per transaction, contiguous from done_seq + 1, under the lock of the key's
progress row that the consumer takes too. When one has run, the next of its key is due at once.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.batch import needs_pause
from services.chassis.clock import real_now
from services.chassis.envelope import Record, Unreadable, open_envelope
from services.chassis.errors import NotFound, TryAgain
from services.chassis.foreign import as_foreign, from_outside, is_foreign, is_outside_key
from services.chassis.handlers import Handlers
from services.chassis.logs import describe
from services.chassis.progress import Delivery, Parking, TopicKey
from services.chassis.statuses import is_busy

log = logging.getLogger(__name__)
KEYS_A_TURN = 20
QUICK_FOR = timedelta(minutes=15)
SLOW = timedelta(hours=1)
LONGEST_QUICK = timedelta(seconds=30)

_DUE = sa.text(
    """
    SELECT topic, key FROM progress p JOIN parked k USING (consumer, topic, key)
    WHERE consumer = :consumer AND k.retry_at <= now() AND k.seq = p.done_seq + 1
    ORDER BY k.retry_at LIMIT :limit
    """
)
# The key's progress, unless somebody works on it, with the one parked record that may run.
_NEXT = sa.text(
    """
    SELECT p.done_seq, k.seq, k.record_id, k.headers, k.payload, k.reason, k.attempts, k.parked_at,
           k.requeued
    FROM progress p JOIN parked k USING (consumer, topic, key)
    WHERE p.consumer = :consumer AND p.topic = :topic AND p.key = :key AND k.seq = p.done_seq + 1
        AND k.retry_at <= now()
    FOR UPDATE OF p SKIP LOCKED
    """
)
_DONE = sa.text(
    """
    WITH gone AS (
        DELETE FROM parked
        WHERE consumer = :consumer AND topic = :topic AND key = :key AND seq = :seq
    ), due AS (
        UPDATE parked SET retry_at = now(), requeued = :requeued
        WHERE consumer = :consumer AND topic = :topic AND key = :key AND seq = :seq + 1
    )
    UPDATE progress SET done_seq = :seq, last_id = :record_id
    WHERE consumer = :consumer AND topic = :topic AND key = :key
    """
)
_FAILED = sa.text(
    """
    UPDATE parked SET attempts = attempts + 1, error = :error, reason = :reason,
        retry_at = CAST(:retry_at AS timestamptz),
        requeued = requeued AND CAST(:retry_at AS timestamptz) IS NOT NULL
    WHERE consumer = :consumer AND topic = :topic AND key = :key AND seq = :seq
    """
)


class ParkedRuns:
    """The parked records of one reactions class."""

    def __init__(self, consumer: str, engine: sa.Engine, handlers: Handlers) -> None:
        self._consumer = consumer
        self._engine = engine
        self._handlers = handlers

    def due(self, connection: sa.Connection) -> Sequence[TopicKey]:
        """The keys whose first parked record is due."""
        found = connection.execute(_DUE, {"consumer": self._consumer, "limit": KEYS_A_TURN})
        return [(row.topic, row.key) for row in found]

    def run(self, keys: Sequence[TopicKey], stopping: threading.Event) -> None:
        """Run what is due of these keys, each key's records in order."""
        for topic, key in keys:
            while not stopping.is_set() and self._run_next(topic, key):
                pass

    def _run_next(self, topic: str, key: str) -> bool:
        """Run the first parked record of a key if it is due; whether it ran."""
        where = {"consumer": self._consumer, "topic": topic, "key": key}
        row: Any = None
        try:
            with self._engine.begin() as connection:
                row = connection.execute(_NEXT, where).one_or_none()
                if row is None:
                    return False
                self._handle(_delivery(topic, key, row), connection, anew=row.requeued)
                values = where | {
                    "seq": row.seq,
                    "record_id": row.record_id,
                    "requeued": row.requeued,
                }
                connection.execute(_DONE, values)
        except Exception as error:
            if row is None or needs_pause(error):
                raise
            self._keep(where | {"seq": row.seq}, row, error)
            return False
        log.info("parked record ran", extra=where | {"seq": row.seq, "attempts": row.attempts + 1})
        return True

    def _handle(self, delivery: Delivery, connection: sa.Connection, *, anew: bool) -> None:
        record: Record = delivery.record
        if is_foreign(record):
            raise Unreadable(record.type)
        handler = self._handlers.of(record)
        if handler is not None:
            handler.run(delivery, connection, anew=anew)

    def _keep(self, where: Mapping[str, object], row: Any, error: Exception) -> None:
        heals = isinstance(error, (NotFound, TryAgain)) or is_busy(error)
        waited = real_now() - row.parked_at
        pause = min(timedelta(seconds=2.0 ** min(row.attempts, 10)), LONGEST_QUICK)
        if waited > QUICK_FOR:
            pause = SLOW
        values = dict(where) | {
            "error": describe(error),
            "reason": Parking.WAITING.value if heals else Parking.FAILED.value,
            "retry_at": real_now() + pause if heals else None,
        }
        with self._engine.begin() as connection:
            connection.execute(_FAILED, values)
        if heals and waited <= QUICK_FOR:
            return
        fields = dict(where) | {"attempts": row.attempts + 1}
        log.error("alarm: parked record fails again", extra=fields, exc_info=error)


def _delivery(topic: str, key: str, row: Any) -> Delivery:
    if is_outside_key(key):
        return Delivery(from_outside(topic, (0, 0), key), bytes(row.payload))
    try:
        return Delivery(open_envelope(topic, key, row.headers), bytes(row.payload))
    except Unreadable as error:
        return Delivery(as_foreign(topic, row.headers, (0, 0), str(error)), bytes(row.payload))
