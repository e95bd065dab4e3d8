"""Clocks that run are counted again once a decree has moved days off, each with a record."""

from collections.abc import Sequence
from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.process.acts import Standing, recounted
from services.process.calendar import LIBRARY, Span, WorkingCalendar
from services.process.calendars import Calendars
from services.process.clocks import Clocked
from services.process.law import Law
from services.process.recount import Move, Running, recount


def counted_by(calendars: Calendars, now: datetime) -> str:
    """By what a clock is counted that starts now: the last decree, and the library's release."""
    return f"{calendars.version(calendars.of().local(now).date())} ({LIBRARY})"


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
    return tuple(recount([running], calendars, calendars.of().local(now).date()))


def _count(written: str) -> tuple[int, Span]:
    value, span = written.split()
    return int(value), Span(span)


def move(
    uow: UnitOfWork, law: Law, standing: Standing, matter: Clocked, calendars: Calendars
) -> Sequence[Move]:
    """Count a matter's clock again; each decree that moves it is an act of its own.

    An end that would be past is that of the next working day: a decree makes nobody late.
    """
    moves = moves_of(standing.matter_id, matter, calendars, uow.now)
    for each in moves:
        recounted(uow, law, standing, each.clock, each.would, each.because)
    clock = law.of(standing.opened_on, standing.today).workflow.clocks[matter.clock]
    if moves:
        calendar = calendars.of(matter.clock_unit, standing.today)
        matter.move_clock(clock, not_past(moves[-1].would, uow.now, calendar), uow.now)
    matter.clock_version = counted_by(calendars, uow.now)
    return moves


def not_past(due_at: datetime, now: datetime, calendar: WorkingCalendar) -> datetime:
    """The end of a clock that a decree has moved."""
    if due_at > now:
        return due_at
    return calendar.due_at(now, 1, Span.WORKING_DAYS)
