"""Runs records in transactions of the service's database, with their progress and positions.

Many records share one transaction only when there is lag, or when they can wait (`linger`). Any
failure rolls the transaction back and the records run again one by one, so that one bad record
costs only itself: it is parked in the same transaction as its progress, later records of its key
wait behind it, other keys go on.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from services.chassis import failpoints
from services.chassis.clock import monotonic, real_now
from services.chassis.errors import NotFound, TryAgain, Unavailable
from services.chassis.foreign import is_foreign
from services.chassis.handlers import Handlers
from services.chassis.logs import describe
from services.chassis.progress import (
    ALARMING,
    Delivery,
    Ledger,
    Parking,
    Partition,
    Verdict,
    write_positions,
)
from services.chassis.runtime import Runtime
from services.chassis.statuses import is_busy, is_down
from services.chassis.together import Gets, Together

log = logging.getLogger(__name__)
BATCH_SECONDS = 0.050
SINGLE_TRIES = 2
FIRST_RETRY = timedelta(seconds=1)
LIMIT_KEYS = 50

_STOP_IF_TOO_MANY = sa.text(
    """
    INSERT INTO consumer_stopped (consumer, reason)
    SELECT CAST(:consumer AS text),
           'parked ' || count(DISTINCT (topic, key)) || ' keys in 5 minutes'
    FROM parked
    WHERE consumer = :consumer AND reason = ANY(CAST(:alarming AS text[]))
        AND parked_at > now() - interval '5 minutes'
    HAVING count(DISTINCT (topic, key)) > :limit
    ON CONFLICT DO NOTHING
    RETURNING reason
    """
)


class DependencyDown(Exception):
    """Nothing can run right now: the database or a neighbour is away. Nothing is parked for it."""


def needs_pause(error: BaseException) -> bool:
    """Whether an error says that a dependency is down, rather than that the record is bad."""
    return isinstance(error, Unavailable) or is_down(error)


class Batches:
    """Runs what a consumer has read, for one reactions class."""

    def __init__(
        self,
        consumer: str,
        runtime: Runtime,
        handlers: Handlers,
        *,
        from_first_seen: bool = False,
    ) -> None:
        self._consumer = consumer
        self._engine = runtime.engine
        self._committed = runtime.committed
        self._clock = runtime.clock
        self._handlers = handlers
        self._from_first_seen = from_first_seen
        # Set when the consumer has just been stopped; whoever runs batches heeds and clears it.
        self.stopped = False

    def run(self, deliveries: Sequence[Delivery]) -> dict[Partition, int]:
        """Run some of these records, in order, and return the offsets to read on from.

        It takes as many as fit into 50 ms, at least one. DependencyDown: none has run.
        """
        try:
            return self._together(deliveries)
        except Exception as error:
            if needs_pause(error):
                raise DependencyDown(describe(error)) from error
            log.info("batch undone", extra={"records": len(deliveries), "error": describe(error)})
        return self._one_by_one(deliveries)

    def _one_by_one(self, deliveries: Sequence[Delivery]) -> dict[Partition, int]:
        offsets: dict[Partition, int] = {}
        for delivery in deliveries:
            if self.stopped:
                break
            try:
                offsets.update(self._singly(delivery))
            except DependencyDown:
                if not offsets:
                    raise
                break
        return offsets

    def _together(self, deliveries: Sequence[Delivery]) -> dict[Partition, int]:
        started = monotonic()
        offsets: dict[Partition, int] = {}
        with self._engine.begin() as connection:
            ledger = Ledger(connection, self._consumer)
            ledger.lock(
                (delivery.record for delivery in deliveries), from_first_seen=self._from_first_seen
            )
            # One that runs alone is written within its own span, so that an error is told there.
            together = Together(connection, self._clock.now()) if len(deliveries) > 1 else None
            emitted = False
            for delivery in together.in_turn(deliveries, self._gets) if together else deliveries:
                emitted |= self._one(connection, ledger, delivery, together)
                offsets[delivery.partition] = delivery.record.position[1] + 1
                if monotonic() - started > BATCH_SECONDS:
                    break
            if together is not None:
                together.write()
            ledger.write(offsets)
        if emitted:
            self._committed.set()
        failpoints.reach("reactions.after_commit")
        return offsets

    def _gets(self, delivery: Delivery) -> Gets:
        handler = self._handlers.of(delivery.record)
        return handler.gets(delivery) if handler else (), delivery.record.key

    def _one(
        self,
        connection: sa.Connection,
        ledger: Ledger,
        delivery: Delivery,
        together: Together | None,
    ) -> bool:
        """Run one record or put it aside; whether an event was emitted."""
        verdict = ledger.judge(delivery.record)
        if verdict is Verdict.RUN:
            return self._run_or_skip(connection, ledger, delivery, together)
        if verdict is Verdict.BEHIND:
            ledger.park(delivery, Parking.BEHIND)
        elif verdict is Verdict.GAP:
            ledger.park(delivery, Parking.GAP, "an earlier record of the key is missing")
            self._stop_if_too_many(connection)
        return False

    def _run_or_skip(
        self,
        connection: sa.Connection,
        ledger: Ledger,
        delivery: Delivery,
        together: Together | None,
    ) -> bool:
        if is_foreign(delivery.record):
            ledger.park(delivery, Parking.UNDECODABLE, delivery.record.type)
            self._stop_if_too_many(connection)
            return False
        handler = self._handlers.of(delivery.record)
        emitted = handler is not None and handler.run(delivery, connection, together=together)
        if together is not None:
            together.end_record()
        ledger.done(delivery.record)
        return emitted

    def _singly(self, delivery: Delivery) -> dict[Partition, int]:
        for attempt in range(SINGLE_TRIES):
            try:
                return self._together([delivery])
            except Exception as error:
                if needs_pause(error):
                    raise DependencyDown(describe(error)) from error
                if not is_busy(error) or attempt == SINGLE_TRIES - 1:
                    return self._park_unless_busy(delivery, error)
        raise AssertionError("every attempt returns or raises")

    def _park_unless_busy(self, delivery: Delivery, error: Exception) -> dict[Partition, int]:
        """Put a record aside; DependencyDown when even its key's progress is locked by others."""
        try:
            return self._park(delivery, error)
        except Exception as refused:
            if is_busy(refused):
                raise DependencyDown(describe(refused)) from refused
            raise

    def _park(self, delivery: Delivery, error: Exception) -> dict[Partition, int]:
        from services.chassis.reaction import Undecodable

        # A row that stays locked costs its own key time, and no other.
        heals = isinstance(error, (NotFound, TryAgain)) or is_busy(error)
        reason = Parking.WAITING if heals else Parking.FAILED
        if isinstance(error, Undecodable):
            reason = Parking.UNDECODABLE
        retry_at = real_now() + FIRST_RETRY if heals else None
        offsets = {delivery.partition: delivery.record.position[1] + 1}
        with self._engine.begin() as connection:
            ledger = Ledger(connection, self._consumer)
            ledger.lock([delivery.record], from_first_seen=self._from_first_seen)
            if ledger.judge(delivery.record) is Verdict.RUN:
                ledger.park(delivery, reason, describe(error), retry_at)
            write_positions(connection, self._consumer, offsets)
            if not heals:
                self._stop_if_too_many(connection)
        self._tell(delivery, reason, error)
        return offsets

    def _tell(self, delivery: Delivery, reason: Parking, error: Exception) -> None:
        record = delivery.record
        fields = {
            "consumer": self._consumer,
            "topic": record.topic,
            "key": record.key,
            "seq": record.seq,
            "reason": reason.value,
        }
        if reason is Parking.WAITING:
            log.info("record waits", extra=fields | {"error": describe(error)})
        else:
            log.error("alarm: record parked", extra=fields, exc_info=error)

    def _stop_if_too_many(self, connection: sa.Connection) -> None:
        values = {"consumer": self._consumer, "alarming": list(ALARMING), "limit": LIMIT_KEYS}
        reason = connection.execute(_STOP_IF_TOO_MANY, values).scalar_one_or_none()
        if reason is not None:
            self.stopped = True
            log.error("alarm: consumer stopped", extra={"consumer": self._consumer, "why": reason})
