"""Counting as one would on paper, day by day: shares nothing with the calendars but the facts."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone

from services.process.calendar import Span

# SKB Menag 1497/2025, Menaker 2/2025, MenPANRB 5/2025: 17 holidays and 8 days of collective leave.
OFF_2026 = frozenset(
    date(2026, month, day)
    for month, days in {
        1: (1, 16),
        2: (16, 17),
        3: (18, 19, 20, 21, 22, 23, 24),
        4: (3, 5),
        5: (1, 14, 15, 27, 28, 31),
        6: (1, 16),
        8: (17, 25),
        12: (24, 25),
    }.items()
    for day in days
)
# What tests/process/decrees.py says of the units, written once more.
OFFICES = {
    "kp2mi": (timezone(timedelta(hours=7)), time(16), (5, 6)),
    "mission": (timezone(timedelta(hours=3)), time(15), (4, 5)),
}
# Days or months, or when it was counted again, to end after that.
Counts = Sequence[tuple[int, Span] | datetime]


def counted(
    start: datetime, counts: Counts, off: Collection[date], unit: str = "kp2mi"
) -> datetime:
    """When so many days or months from an instant end, one after the other."""
    zone, closes, weekend = OFFICES[unit]
    for each in counts:
        if isinstance(each, datetime):
            next_day = counted(each, [(1, Span.WORKING_DAYS)], off, unit)
            start = start if start > each else next_day
            continue
        value, span = each
        local = start.astimezone(zone)
        if span is Span.WORKING_DAYS:
            days = _working_days(local, closes, off, weekend)
            start = datetime.combine(days[value], closes, zone)
        elif span is Span.CALENDAR_DAYS:
            start = local + timedelta(days=value)
        else:
            start = _months_later(local, value)
    return start.astimezone(UTC)


def _working_days(
    local: datetime, closes: time, off: Collection[date], weekend: Collection[int]
) -> list[date]:
    first = local.date() if local.time() <= closes else local.date() + timedelta(days=1)
    year = [first + timedelta(days=number) for number in range(366)]
    return [day for day in year if day not in off and day.weekday() not in weekend]


def _months_later(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    for day in range(local.day, 0, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")
