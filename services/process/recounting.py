"""Clocks that run are counted again once a decree has moved days off, each with a record.

A matter may keep its clock itself (`clocks.Clocked`); of other things the acts tell by which clock
they run and since when, and what a decree has moved before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.process.acts import RECOUNTED, Act, Standing, recounted
from services.process.calendar import KP2MI, Span, WorkingCalendar, local_day
from services.process.calendars import Calendars
from services.process.clocks import Clocked
from services.process.law import Law
from services.process.recount import Count, Move, Running, not_past, recount
from services.process.workflow import WHOLE, Clock

# What was counted again, to end after that, in a matter's `clock_counts`.
AHEAD = "ahead"


def moves_of(
    matter_id: str, matter: Clocked, calendars: Calendars, now: datetime
) -> Sequence[Move]:
    """What the decrees that came meanwhile make of a matter's clock."""
    if matter.clock_from is None or matter.clock_due_at is None:
        return ()
    running = Running(
        matter_id=matter_id,
        clock=matter.clock,
        unit=matter.clock_unit,
        started_at=matter.clock_from,
        counts=tuple(_count(each) for each in matter.clock_counts.split(";")),
        due_at=matter.clock_due_at,
        version=matter.clock_version.rpartition(" (")[0],
    )
    return tuple(recount([running], calendars, local_day(now)))


def _count(written: str) -> Count:
    first, second = written.split()
    return datetime.fromisoformat(second) if first == AHEAD else (int(first), Span(second))


def move(
    uow: UnitOfWork, law: Law, standing: Standing, matter: Clocked, calendars: Calendars
) -> Sequence[Move]:
    """Count a matter's clock again; each decree that moves it is an act of its own.

    An end that would be past is that of the next working day: a decree makes nobody late. Whoever
    was late before has no more time by one that leaves them late.
    """
    calendar = calendars.of(matter.clock_unit, standing.today)
    moves = moves_of(standing.matter_id, matter, calendars, uow.now)
    if moves:
        was_over = matter.clock_due_at is not None and matter.clock_due_at <= uow.now
        ended = moves if was_over else _ahead(moves, uow.now, calendar)
        _write_down(uow, law, standing, ended)
        clock = standing.version(law).workflow.clocks[matter.clock]
        matter.move_clock(clock, ended[-1].would, uow.now)
        if ended[-1] != moves[-1]:
            matter.clock_counts += f";{AHEAD} {uow.now.isoformat()}"
    matter.clock_version = calendar.counted_by
    return moves


def _ahead(moves: Sequence[Move], now: datetime, calendar: WorkingCalendar) -> Sequence[Move]:
    return [replace(each, would=not_past(each.would, now, calendar)) for each in moves]


def _write_down(uow: UnitOfWork, law: Law, standing: Standing, moves: Iterable[Move]) -> None:
    for each in moves:
        recounted(uow, law, standing, each.clock, each.would, each.because)


@dataclass(frozen=True)
class Counted:
    """A clock that runs by the agency's calendar: the act that started it, and those that have
    counted it again."""

    started: Act
    again: tuple[Act, ...]

    @classmethod
    def of(cls, acts: Iterable[Act], law: Law, handler: str) -> "Counted | None":
        """The clock that ends in a handler, by what was done; None if no act has started one."""
        clocks = law.base.clocks
        own = [each for each in acts if _ends_in(handler, clocks.get(each.clock))]
        begun = [number for number, each in enumerate(own) if each.action != RECOUNTED]
        return cls(own[begun[-1]], tuple(own[begun[-1] + 1 :])) if begun else None

    def moves(
        self, law: Law, due_at: datetime, calendars: Calendars, now: datetime
    ) -> Sequence[Move]:
        """What the decrees that came meanwhile make of its end at `due_at`. A clock of a version
        that this release does not have runs on as it was counted."""
        version = law.named(self.started.version)
        if version is None:
            return ()
        clock = version.workflow.clocks[self.started.clock]
        running = Running(
            matter_id=self.started.matter_id,
            clock=clock.name,
            unit=KP2MI,
            started_at=self.started.acted_at,
            counts=((clock.value, clock.span), *(each.acted_at for each in self.again)),
            due_at=due_at,
            version=calendars.version(local_day((self.started, *self.again)[-1].acted_at)),
        )
        return tuple(recount([running], calendars, local_day(now)))


def _ends_in(handler: str, clock: Clock | None) -> bool:
    return clock is not None and clock.at.get(WHOLE) == handler


def note_moves(
    uow: UnitOfWork, law: Law, standing: Standing, moves: Sequence[Move], calendars: Calendars
) -> datetime:
    """Write each decree down that moves a clock which runs; when that ends now."""
    ended = _ahead(moves, uow.now, calendars.of(KP2MI, standing.today))
    _write_down(uow, law, standing, ended)
    return ended[-1].would
