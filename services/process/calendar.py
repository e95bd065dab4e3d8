"""Working days and due instants by the calendar of one unit.

What the sources settle and what they do not:

* Days off are weekends, national holidays and collective leave (*cuti bersama*), which the yearly
  joint decree of three ministers fixes. `holidays` keeps collective leave in its category
  "government"; without it ten days of 2024 are missing. What it does not know yet, and what a
  later decree moves, is in `calendars.toml`, read by `calendars`; a year that neither knows is
  refused. Feast days that a library calls estimated (2027) are taken as it gives them.
* Perpres 21/2023 gives public offices five working days from Monday to Friday and opens them at
  07.30 of the zone where they are. It names no hour at which they close.
* Perban BP2MI 6/2024 Art 30(1) counts "15 hari kerja" for an unclear answer, and calendar days
  and months for the rest. It does not say on which day the count starts nor at which hour it ends.
* "Hari" in Permen P2MI/Perban 23/2025 Art 18(3) may be working or calendar days: the rule that
  sets a clock names its `Span`, this module does not guess.

Belum diverifikasi (our choices, until an article is found): the day of the event is day zero and
is not counted; an event after close of business or on a day off counts as happening on the next
working day; a working-day clock ends at close of business, 16:00 where the unit is; a calendar
clock ends at the same local time and is not moved when it ends on a day off.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from zoneinfo import ZoneInfo

from services.chassis.errors import NotAllowed
from services.process.indonesia import indonesia

KP2MI = "kp2mi"
# The version of a calendar with which no decree counts.
BASE = "base"
JAKARTA = ZoneInfo("Asia/Jakarta")
CLOSE_OF_BUSINESS = time(16)
SATURDAY, SUNDAY = 5, 6
ONE_DAY = timedelta(days=1)
CALENDARS_FILE = "calendars.toml"
# What the days off come from that no decree of ours gives.
LIBRARY = f"holidays {version('holidays')}"
_ID = indonesia()

# By year, the days off, each with what it is and whence.
DaysOff = Callable[[int], Mapping[date, str]]


class Span(StrEnum):
    """What a deadline's number counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class HolidayDataError(NotAllowed):
    """The days off of a year are not known, so no clock can be set that reaches it."""

    reason = "CALENDAR_UNKNOWN"

    def __init__(self, year: int, unit: str = KP2MI, file: str = CALENDARS_FILE) -> None:
        super().__init__(
            f"no holiday data for {year} by the calendar of {unit}: the operator has to add the "
            f"days of its joint decree to {file}, with fixes = [{year}] ({LIBRARY} knows no "
            "collective leave of it)"
        )
        self.year = year


@cache
def indonesian_days_off(year: int) -> Mapping[date, str]:
    """Holidays and collective leave of a year by the library, with their Indonesian names."""
    found = _ID(years=year, categories=("public", "government"), language="id")
    return {day: f"{name} ({LIBRARY})" for day, name in found.items()}


@cache
def has_collective_leave(year: int) -> bool:
    """Whether the library knows what the joint decree of a year fixes."""
    return bool(_ID(years=year, categories=("government",)))


def known_days_off(year: int) -> Mapping[date, str]:
    """Indonesia's days off without any decree of ours; HolidayDataError."""
    if not has_collective_leave(year):
        raise HolidayDataError(year)
    return indonesian_days_off(year)


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Counts the working days of one unit, as one version of its calendar has them; knows no
    present. `calendars` makes them; without it, Jakarta by the library alone.

    `named_days_off` raises HolidayDataError for a year that is not known.
    """

    close_of_business: time = CLOSE_OF_BUSINESS
    unit: str = KP2MI
    version: str = BASE
    zone: ZoneInfo = JAKARTA
    weekend: frozenset[int] = frozenset((SATURDAY, SUNDAY))
    named_days_off: DaysOff = known_days_off
    _known: dict[int, frozenset[date]] = field(default_factory=dict, init=False, repr=False)

    @property
    def counted_by(self) -> str:
        """By what a clock is counted: the last decree, and the library's release."""
        return f"{self.version} ({LIBRARY})"

    def days_off(self, year: int) -> frozenset[date]:
        """All days off of a year, those that fall on a weekend included."""
        found = self._known.get(year)
        if found is None:
            found = self._known[year] = frozenset(self.named_days_off(year))
        return found

    def is_working_day(self, day: date) -> bool:
        return day not in self.days_off(day.year) and day.weekday() not in self.weekend

    def working_days(self, first: date, last: date) -> list[date]:
        """The working days from first to last, both included."""
        days = (first + ONE_DAY * n for n in range((last - first).days + 1))
        return [day for day in days if self.is_working_day(day)]

    def on_or_after(self, day: date) -> date:
        """The day itself if it is a working day, else the next one."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`; a day off counts as the next working day first."""
        _not_negative(n)
        day = self.on_or_after(day)
        for _ in range(n):
            day = self.on_or_after(day + ONE_DAY)
        return day

    def local(self, instant: datetime) -> datetime:
        """An aware instant where the unit is."""
        return _in_zone(instant, self.zone)

    def day_zero(self, start: datetime) -> date:
        """The working day on which an event counts as having happened."""
        local = self.local(start)
        late = local.time() > self.close_of_business
        return self.on_or_after(local.date() + ONE_DAY * late)

    def due_at(self, start: datetime, n: int, span: Span) -> datetime:
        """The instant (UTC) at which a clock of n days or months, started at `start`, ends.

        Working days end at close of business. Calendar days and months end at the local time of
        `start`; a month that is too short ends on its last day.
        """
        _not_negative(n)
        local = self.local(start)
        match span:
            case Span.WORKING_DAYS:
                day = self.add_working_days(self.day_zero(start), n)
                end = datetime.combine(day, self.close_of_business, self.zone)
            case Span.CALENDAR_DAYS:
                end = local + ONE_DAY * n
            case Span.MONTHS:
                end = datetime.combine(add_months(local.date(), n), local.timetz())
        return end.astimezone(UTC)


def local_day(instant: datetime) -> date:
    """The date in Jakarta at an aware instant."""
    return _in_zone(instant, JAKARTA).date()


def wib(instant: datetime) -> str:
    """An instant in Jakarta, as a refusal tells it."""
    return f"{_in_zone(instant, JAKARTA):%Y-%m-%d %H:%M} WIB"


def end_of(day: date) -> datetime:
    """The instant (UTC) at which a day ends in Jakarta."""
    return datetime.combine(day + ONE_DAY, time(0), JAKARTA).astimezone(UTC)


def add_months(day: date, n: int) -> date:
    """The same day n months later, or that month's last day where it has no such day."""
    months = day.year * 12 + day.month - 1 + n
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _in_zone(instant: datetime, zone: ZoneInfo) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(zone)


def _not_negative(n: int) -> None:
    if n < 0:
        raise ValueError(f"a clock cannot run {n} days or months")
