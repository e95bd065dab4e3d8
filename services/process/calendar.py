"""Working days and due instants in Asia/Jakarta.

What the sources settle and what they do not:

* Days off are weekends, national holidays and collective leave (*cuti bersama*), which the yearly
  joint decree of three ministers fixes. `holidays` keeps collective leave in its category
  "government"; without it ten days of 2024 are missing. What it does not know yet is added in
  `decreed_leave.toml`; a year that neither knows is refused. Feast days that a library calls
  estimated (2027) are taken as it gives them.
* Perban BP2MI 6/2024 Art 30(1) counts "15 hari kerja" for an unclear answer, and calendar days
  and months for the rest. It does not say on which day the count starts nor at which hour it ends.
* "Hari" in Permen P2MI/Perban 23/2025 Art 18(3) may be working or calendar days: the rule that
  sets a clock names its `Span`, this module does not guess.

Belum diverifikasi (our choices, until an article is found): the day of the event is day zero and
is not counted; an event after close of business or on a day off counts as happening on the next
working day; a working-day clock ends at close of business, 16:00 WIB; a calendar clock ends at the
same local time and is not moved when it ends on a day off.
"""

import tomllib
from calendar import monthrange
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from services.chassis.errors import NotAllowed
from services.process.indonesia import indonesia

JAKARTA = ZoneInfo("Asia/Jakarta")
CLOSE_OF_BUSINESS = time(16)
SATURDAY = 5
ONE_DAY = timedelta(days=1)
_ID = indonesia()
DECREED = Path(__file__).with_name("decreed_leave.toml")


class Span(StrEnum):
    """What a deadline's number counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class HolidayDataError(NotAllowed):
    """The collective leave of a year is not known, so no clock can be set that reaches it."""

    reason = "CALENDAR_UNKNOWN"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"no holiday data for {year}: the operator has to add the days of its joint decree to "
            f"{DECREED.name} (holidays {version('holidays')} knows no collective leave of it)"
        )
        self.year = year


@cache
def decreed_leave(path: Path = DECREED) -> Mapping[int, Collection[date]]:
    """The days of decreed_leave.toml by year; ValueError for a day of another year."""
    decreed = {int(year): days for year, days in tomllib.loads(path.read_text()).items()}
    for year, days in decreed.items():
        if any(day.year != year for day in days):
            raise ValueError(f"{path.name}: a day under {year} is of another year")
    return decreed


class WorkingCalendar:
    """Counts working days; knows no present.

    `decreed` adds days off by year, for a decree that `holidays` does not know yet (those of
    decreed_leave.toml unless others are given); a year named there counts as known. Raises
    HolidayDataError for any other year without collective leave.
    """

    def __init__(
        self,
        close_of_business: time = CLOSE_OF_BUSINESS,
        decreed: Mapping[int, Collection[date]] | None = None,
    ) -> None:
        self.close_of_business = close_of_business
        self.zone = JAKARTA
        given = decreed_leave() if decreed is None else decreed
        self._decreed = {year: frozenset(days) for year, days in given.items()}
        self._known: dict[int, frozenset[date]] = {}

    def days_off(self, year: int) -> frozenset[date]:
        """Holidays and collective leave of a year, those that fall on a weekend included."""
        if year not in self._known:
            self._known[year] = self._days_off(year)
        return self._known[year]

    def _days_off(self, year: int) -> frozenset[date]:
        collective_leave = _days_off(year, "government") | self._decreed.get(year, frozenset())
        if not collective_leave and year not in self._decreed:
            raise HolidayDataError(year)
        return _days_off(year, "public") | collective_leave

    def is_working_day(self, day: date) -> bool:
        return day not in self.days_off(day.year) and day.weekday() < SATURDAY

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

    def day_zero(self, start: datetime) -> date:
        """The working day on which an event counts as having happened."""
        local = _in_jakarta(start)
        late = local.time() > self.close_of_business
        return self.on_or_after(local.date() + ONE_DAY * late)

    def due_at(self, start: datetime, n: int, span: Span) -> datetime:
        """The instant (UTC) at which a clock of n days or months, started at `start`, ends.

        Working days end at close of business. Calendar days and months end at the local time of
        `start`; a month that is too short ends on its last day.
        """
        _not_negative(n)
        local = _in_jakarta(start)
        match span:
            case Span.WORKING_DAYS:
                day = self.add_working_days(self.day_zero(start), n)
                end = datetime.combine(day, self.close_of_business, JAKARTA)
            case Span.CALENDAR_DAYS:
                end = local + ONE_DAY * n
            case Span.MONTHS:
                end = datetime.combine(add_months(local.date(), n), local.timetz())
        return end.astimezone(UTC)


def local_day(instant: datetime) -> date:
    """The date in Jakarta at an aware instant."""
    return _in_jakarta(instant).date()


def end_of(day: date) -> datetime:
    """The instant (UTC) at which a day ends in Jakarta."""
    return datetime.combine(day + ONE_DAY, time(0), JAKARTA).astimezone(UTC)


def add_months(day: date, n: int) -> date:
    """The same day n months later, or that month's last day where it has no such day."""
    months = day.year * 12 + day.month - 1 + n
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@cache
def _days_off(year: int, category: str) -> frozenset[date]:
    return frozenset(_ID(years=year, categories=(category,)))


def _in_jakarta(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(JAKARTA)


def _not_negative(n: int) -> None:
    if n < 0:
        raise ValueError(f"a clock cannot run {n} days or months")
