"""`@every` and `@on_timer`: what happens because time passes.

`@every(seconds)` runs once per service and tick whatever the number of replicas; missed ticks
collapse into one; it is real time. A method that answers True has more to do and is called again at
once; `when_moved`: it looks at domain time, so it is called, too, when that was moved.
`@on_timer(kind)` runs once when a clock on a matter is due, in domain time; the row goes in the
same transaction as the effect. Many that are due are written together; if one of them fails, each
has a savepoint of its own: the one that fails is undone alone.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from nameko.extensions import Entrypoint, SharedExtension, register_entrypoint
from opentelemetry.trace import SpanKind

from services.chassis import telemetry
from services.chassis.clock import monotonic, real_now
from services.chassis.due import DueTimers
from services.chassis.identity import Caller
from services.chassis.logs import describe
from services.chassis.runtime import Runtime, Work
from services.chassis.statuses import is_down
from services.chassis.together import Together
from services.chassis.turns import Turns

log = logging.getLogger(__name__)
TURN_SECONDS = 0.1
IDLE_SECONDS = 1.0
DOWN_SECONDS = 1.0
LOCK_SPACE = 0x7469  # "ti": apart from the relay's advisory locks

F = TypeVar("F", bound=Callable[..., Any])

_TAKE_TICK = sa.text(
    """
    SELECT pg_try_advisory_xact_lock(:space, hashtext(:name)) AS mine,
           (SELECT next_at FROM tick WHERE name = :name) AS next_at
    """
)
_NEXT_TICK = sa.text(
    """
    INSERT INTO tick (name, next_at) VALUES (:name, :next_at)
    ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at
    """
)


class Ticker(SharedExtension):
    """One thread per reactions class that runs its timers and ticks."""

    def __init__(self) -> None:
        super().__init__()
        self._timers: dict[str, OnTimer] = {}
        self._ticks: list[Every] = []
        self._not_before: dict[Every, float] = {}
        self._ran_at: dict[Every, float] = {}
        self._moved: set[Every] = set()
        self._offset = timedelta(0)
        self._has_moved = False
        self._look_at = 0.0
        self._turns = Turns(self._turn, _fail, shortest=TURN_SECONDS, longest=TURN_SECONDS)

    def add_timer(self, entrypoint: "OnTimer") -> None:
        """Have a method run when a clock of its kind is due."""
        self._timers[entrypoint.kind] = entrypoint

    def add_tick(self, entrypoint: "Every") -> None:
        """Have a method run at its interval."""
        self._ticks.append(entrypoint)

    def start(self) -> None:
        self._runtime: Runtime = self.container.runtime
        self._due = DueTimers(self._runtime, self._timers)
        name = f"{self.container.service_name}.ticker"
        self._beat = self._runtime.beats.of(name)
        self._turns.start(name)

    def stop(self) -> None:
        self._turns.stop()

    def _turn(self) -> None:
        self._notice_move()
        for entrypoint in self._ticks:
            self._tick_or_tell(entrypoint)
        if self._timers and self._is_time_to_look():
            self._fire_all()
        self._beat.turned()

    def _is_time_to_look(self) -> bool:
        """Once a second; at once when domain time was moved, a timer is to be tried again, or one
        was set that is due."""
        return self._has_moved or monotonic() >= self._look_at or bool(self._runtime.at_once)

    def _notice_move(self) -> None:
        """Whether domain time was moved since the last turn. Ticks that look at it come forward, to
        a second after their last at the earliest: time may be moved without a pause."""
        offset = self._runtime.clock.offset()
        self._has_moved, self._offset = offset != self._offset, offset
        for entrypoint in self._ticks:
            if self._has_moved and entrypoint.when_moved:
                self._moved.add(entrypoint)

    def _fire_all(self) -> None:
        """Run all timers that are due. One that fails brings the next look forward."""
        self._look_at = monotonic() + IDLE_SECONDS
        while not self._turns.is_stopping() and self._due.run():
            self._beat.turned()
        # Not before: a look that comes too early would be followed by an idle second.
        self._look_at = min(self._look_at, self._due.next_try())

    def _tick_or_tell(self, entrypoint: "Every") -> None:
        """A tick that fails is told, tried again after a second, and stops no other clock."""
        not_before = self._not_before.get(entrypoint, 0.0)
        if entrypoint in self._moved:
            not_before = min(not_before, self._ran_at.get(entrypoint, 0.0) + IDLE_SECONDS)
        if monotonic() < not_before:
            return
        try:
            self._tick(entrypoint)
        except Exception as error:
            if is_down(error):
                raise
            self._wait(entrypoint, DOWN_SECONDS)
            log.exception("alarm: tick failed", extra={"tick": entrypoint.method_name})

    def _tick(self, entrypoint: "Every") -> None:
        name = f"{self.container.service_name}.{entrypoint.method_name}"
        with self._runtime.engine.begin() as connection:
            values = {"space": LOCK_SPACE, "name": name}
            found = connection.execute(_TAKE_TICK, values).one()
            now = real_now()
            if not found.mine:
                self._wait(entrypoint, DOWN_SECONDS)
                return
            is_early = found.next_at is not None and found.next_at > now
            if is_early and entrypoint not in self._moved:
                self._wait(entrypoint, (found.next_at - now).total_seconds())
                return
            self._moved.discard(entrypoint)
            self._ran_at[entrypoint] = monotonic()
            seconds = 0.0 if entrypoint.run(connection) else entrypoint.seconds
            next_at = now + timedelta(seconds=seconds)
            connection.execute(_NEXT_TICK, {"name": name, "next_at": next_at})
        self._wait(entrypoint, seconds)

    def _wait(self, entrypoint: "Every", seconds: float) -> None:
        """Do not ask the database again before; a tick's time only ever moves later."""
        self._not_before[entrypoint] = monotonic() + seconds


def _fail(error: Exception) -> None:
    down = is_down(error)
    level = logging.WARNING if down else logging.ERROR
    log.log(level, "clocks stand still", extra={"error": describe(error)}, exc_info=not down)


class OnTimer(Entrypoint):
    """Runs its method `(matter_id, number)` when a clock of its kind is due."""

    ticker = Ticker()

    def __init__(self, kind: str, gets: tuple[type, ...]) -> None:
        super().__init__()
        self.kind = kind
        self.gets = gets

    def setup(self) -> None:
        self.ticker.add_timer(self)

    def run(self, row: Any, connection: sa.Connection, together: Together | None = None) -> bool:
        """Run the method in the transaction that holds the timer's row; whether it emitted."""
        service = self.container.runtime.service
        work = Work(
            name=self.method_name,
            caller=Caller.of_service(service),
            journey_id=row.journey_id,
            connection=connection,
            together=together,
        )
        name = f"{service} {self.method_name}"
        with telemetry.linked(name, SpanKind.INTERNAL, [row.headers]):
            self.container.run_worker(self, (row.matter_id, row.number), work)
        return work.emitted


class Every(Entrypoint):
    """Runs its method at an interval of real seconds, once per service."""

    ticker = Ticker()

    def __init__(self, seconds: float, *, when_moved: bool) -> None:
        super().__init__()
        self.seconds = seconds
        self.when_moved = when_moved

    def setup(self) -> None:
        self.ticker.add_tick(self)

    def run(self, connection: sa.Connection) -> bool:
        """Run the method in the transaction that holds the tick; whether it has more to do."""
        service = self.container.runtime.service
        caller = Caller.of_service(service)
        work = Work(self.method_name, caller, connection=connection)
        with telemetry.linked(f"{service} {self.method_name}", SpanKind.INTERNAL, ()):
            return bool(self.container.run_worker(self, (), work))


def on_timer(kind: str, *gets: type) -> Callable[[F], F]:
    """Run the method when a clock of this kind is due: `@on_timer("handover.lapse", Custody)`.

    `gets`: of which classes it gets the object with the matter's id; those of many clocks are
    locked and loaded at once.
    """

    def decorate(method: F) -> F:
        register_entrypoint(method, OnTimer(kind, gets))
        return method

    return decorate


def every(seconds: float, *, when_moved: bool = False) -> Callable[[F], F]:
    """Run the method every so many seconds of real time: `@every(60)`."""

    def decorate(method: F) -> F:
        register_entrypoint(method, Every(seconds, when_moved=when_moved))
        return method

    return decorate
