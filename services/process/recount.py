"""Clocks that run, counted again when a decree has moved days off.

Each decree that came after the version by which a clock was counted is gone through by itself, in
the order of publication, so that each has a record of its own for what it moved; the end is the
same as counting once with all. Before the first, the clock is counted as its own version has the
days by now: if that differs, the data were corrected (another release of `holidays`, a decree that
was written down late), which is a record, too.

A decree makes nobody late: an end that it would have left in the past is that of the next working
day, and is counted from there by those that come later.

Pure: who keeps the clocks writes the records, and decides who was late before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.process.calendar import LIBRARY, HolidayDataError, Span, WorkingCalendar
from services.process.calendars import CALENDARS, Calendars

# A number of days or months; or when a clock was counted again, to end after that.
Count = tuple[int, Span] | datetime
CORRECTED = f"data corrected ({LIBRARY})"


@dataclass(frozen=True)
class Running:
    """A clock that runs. `counts`: its days or months from `started_at` on, and after them those of
    each extension, and when it was counted again; `due_at`: its end as it was counted; `version`:
    the calendar's, for that."""

    matter_id: str
    clock: str
    unit: str
    started_at: datetime
    counts: tuple[Count, ...]
    due_at: datetime
    version: str

    def ends_by(self, calendar: WorkingCalendar) -> datetime:
        """When it ends by a calendar."""
        end = self.started_at
        for each in self.counts:
            if isinstance(each, datetime):
                end = not_past(end, each, calendar)
            else:
                end = calendar.due_at(end, *each)
        return end


def not_past(due_at: datetime, now: datetime, calendar: WorkingCalendar) -> datetime:
    """The end of a clock that a decree has moved."""
    if due_at > now:
        return due_at
    return calendar.due_at(now, 1, Span.WORKING_DAYS)


@dataclass(frozen=True)
class Move:
    """The record of one clock that ends otherwise: `because` of a decree's number, or CORRECTED;
    `version` is what the clock is counted by from then on."""

    matter_id: str
    clock: str
    was: datetime
    would: datetime
    because: str
    version: str


def recount(
    running: Iterable[Running], calendars: Calendars = CALENDARS, known_on: date | None = None
) -> Iterator[Move]:
    """What moves, clock by clock; a clock of which nothing is told stays as it is.

    Invalid: a clock's unit or version is not known. HolidayDataError: one reaches a year that the
    calendars do not know; ValueError: its start has no time zone.
    """
    for clock in running:
        yield from _moves(clock, calendars, known_on)


def _moves(clock: Running, calendars: Calendars, known_on: date | None) -> Iterator[Move]:
    reasons = [(CORRECTED, clock.version)]
    reasons += [(each.number, each.number) for each in calendars.since(clock.version, known_on)]
    for number, (because, version) in enumerate(reasons, start=1):
        try:
            would = clock.ends_by(calendars.under(clock.unit, version))
        except HolidayDataError:
            # A later decree may know the year that this one makes the clock reach.
            if number == len(reasons):
                raise
            continue
        if would != clock.due_at:
            yield Move(clock.matter_id, clock.clock, clock.due_at, would, because, version)
            clock = replace(clock, due_at=would)
