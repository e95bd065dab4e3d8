"""Timers that are due: run many in one transaction, deleted in it, or put off.

They are written together; if one of them fails, each has a savepoint of its own, so that the one
that fails is undone alone.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.chassis import timer_rows
from services.chassis.clock import monotonic, real_now
from services.chassis.logs import describe
from services.chassis.runtime import Runtime
from services.chassis.statuses import is_down
from services.chassis.together import Gets, Together

if TYPE_CHECKING:
    from services.chassis.timers import OnTimer

log = logging.getLogger(__name__)
# Timers that share a transaction: at most so many, and what has begun within so long, since whoever
# acts on one of their matters waits for its end.
BATCH = 100
BATCH_SECONDS = 0.050
# Those that each have a savepoint: PostgreSQL keeps 64 at hand.
APART = 50

# A timer's row, and why it could not run.
Failure = tuple[Any, Exception]


class DueTimers:
    """The timers of one reactions class, by their kinds."""

    def __init__(self, runtime: Runtime, timers: Mapping[str, "OnTimer"]) -> None:
        self._runtime = runtime
        self._timers = timers
        self._try_at = math.inf

    def next_try(self) -> float:
        """When a timer may be tried again that has failed since this was asked last; by
        `monotonic`."""
        try_at, self._try_at = self._try_at, math.inf
        return try_at

    def run(self, most: int = BATCH) -> bool:
        """Run some timers that are due; whether there were any."""
        rows: Sequence[Any] = ()
        failed: list[Failure] = []
        try:
            with self._runtime.engine.begin() as connection:
                now = self._runtime.clock.now()
                rows = timer_rows.claim(connection, list(self._timers), now, most)
                emitted = self._run_some(rows, connection, failed)
            if emitted:
                self._runtime.committed.set()
        except Exception as error:
            if not rows or is_down(error):
                raise
            if len(rows) > 1:
                # Not even the others can be kept: each has a transaction of its own.
                for _ in rows:
                    self.run(1)
                return True
            failed = [(rows[0], error)]
        if failed:
            self._put_off(failed)
        return bool(rows)

    def _run_some(
        self, rows: Sequence[Any], connection: sa.Connection, failed: list[Failure]
    ) -> bool:
        """Run as many of these timers as there is time for; whether one has emitted. What remains
        is claimed again."""
        if len(rows) > 1:
            try:
                with connection.begin_nested():
                    return self._run_together(rows, connection)
            except Exception as error:
                if is_down(error):
                    raise
                fields = {"timers": len(rows), "error": describe(error)}
                log.info("timers that ran together are undone", extra=fields)
        return self._run_apart(rows[:APART], connection, failed)

    def _run_together(self, rows: Sequence[Any], connection: sa.Connection) -> bool:
        """Run timers whose changes are written at once, or not at all."""
        began, emitted, ran = monotonic(), False, list[Any]()
        together = Together(connection, self._runtime.clock.now())
        for row in together.in_turn(rows, self._gets):
            emitted |= self._timers[row.kind].run(row, connection, together)
            together.end_record()
            ran.append(row)
            if monotonic() - began > BATCH_SECONDS:
                break
        together.write()
        timer_rows.delete(connection, ran)
        return emitted

    def _gets(self, row: Any) -> Gets:
        return self._timers[row.kind].gets, row.matter_id

    def _run_apart(
        self, rows: Sequence[Any], connection: sa.Connection, failed: list[Failure]
    ) -> bool:
        """Run timers each in a savepoint of its own: one that fails is undone alone."""
        began, emitted, ran = monotonic(), False, list[Any]()
        for row in rows:
            try:
                with connection.begin_nested():
                    emitted |= self._timers[row.kind].run(row, connection)
                ran.append(row)
            except Exception as error:
                if is_down(error):
                    raise
                failed.append((row, error))
            if monotonic() - began > BATCH_SECONDS:
                break
        if ran:
            timer_rows.delete(connection, ran)
        return emitted

    def _put_off(self, failed: Sequence[Failure]) -> None:
        with self._runtime.engine.begin() as connection:
            for row, error in failed:
                pause = timer_rows.pause(row, error)
                timer_rows.put_off(connection, row, real_now() + timedelta(seconds=pause))
                self._try_at = min(self._try_at, monotonic() + pause)
                if not timer_rows.heals(error):
                    log.error("alarm: timer failed", extra=timer_rows.key(row), exc_info=error)
