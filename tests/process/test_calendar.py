from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from services.process.calendar import (
    JAKARTA,
    HolidayDataError,
    Span,
    WorkingCalendar,
    add_months,
    local_day,
)

CALENDAR = WorkingCalendar()


def jakarta(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=JAKARTA)


def test_the_collective_leave_of_eid_2024_is_no_working_time() -> None:
    days = CALENDAR.working_days(date(2024, 4, 5), date(2024, 4, 16))
    assert days == [date(2024, 4, 5), date(2024, 4, 16)]


def test_ten_days_of_collective_leave_are_off_in_2024() -> None:
    leave = [(2, 9), (3, 12), (4, 8), (4, 9), (4, 12), (4, 15), (5, 10), (5, 24), (6, 18), (12, 26)]
    assert {date(2024, month, day) for month, day in leave} <= CALENDAR.days_off(2024)


def test_the_general_election_and_the_local_elections_of_2024_are_days_off() -> None:
    assert {date(2024, 2, 14), date(2024, 11, 27)} <= CALENDAR.days_off(2024)


def test_2024_has_238_working_days() -> None:
    assert len(CALENDAR.working_days(date(2024, 1, 1), date(2024, 12, 31))) == 238


def test_one_working_day_after_the_friday_before_eid_is_eleven_days_later() -> None:
    assert CALENDAR.add_working_days(date(2024, 4, 5), 1) == date(2024, 4, 16)


def test_no_working_days_after_a_sunday_is_its_monday() -> None:
    assert CALENDAR.add_working_days(date(2024, 1, 7), 0) == date(2024, 1, 8)


def test_the_leap_day_2024_is_a_working_day() -> None:
    assert CALENDAR.add_working_days(date(2024, 2, 28), 1) == date(2024, 2, 29)


def test_a_working_day_clock_ends_at_close_of_business_in_utc() -> None:
    due = CALENDAR.due_at(jakarta(2024, 9, 3), 3, Span.WORKING_DAYS)
    assert (due, due.tzinfo) == (datetime(2024, 9, 6, 9, tzinfo=UTC), UTC)


def test_close_of_business_can_be_set() -> None:
    early = WorkingCalendar(close_of_business=time(15, 30))
    due = early.due_at(jakarta(2024, 9, 3), 1, Span.WORKING_DAYS)
    assert due == jakarta(2024, 9, 4, 15, 30)


def test_a_filing_at_close_of_business_still_counts_that_day() -> None:
    assert CALENDAR.day_zero(jakarta(2024, 9, 6, 16)) == date(2024, 9, 6)


def test_a_filing_after_close_of_business_counts_from_the_next_working_day() -> None:
    due = CALENDAR.due_at(jakarta(2024, 9, 6, 16, 1), 1, Span.WORKING_DAYS)
    assert due == jakarta(2024, 9, 10, 16)


def test_a_filing_on_a_holiday_counts_from_the_next_working_day() -> None:
    due = CALENDAR.due_at(jakarta(2024, 9, 16), 1, Span.WORKING_DAYS)
    assert due == jakarta(2024, 9, 18, 16)


def test_the_day_of_an_instant_is_the_day_in_jakarta() -> None:
    late_in_london = datetime(2024, 8, 31, 20, tzinfo=UTC)
    assert local_day(late_in_london) == date(2024, 9, 1)
    assert CALENDAR.day_zero(late_in_london) == date(2024, 9, 2)


def test_a_calendar_clock_keeps_the_local_time_and_may_end_on_a_day_off() -> None:
    due = CALENDAR.due_at(jakarta(2024, 3, 12, 22, 15), 30, Span.CALENDAR_DAYS)
    assert due == jakarta(2024, 4, 11, 22, 15)


def test_a_calendar_clock_counts_the_leap_day() -> None:
    due = CALENDAR.due_at(jakarta(2024, 2, 28), 2, Span.CALENDAR_DAYS)
    assert due == jakarta(2024, 3, 1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 6, 30), 6, date(2024, 12, 30)),
    ],
)
def test_months_end_on_the_last_day_of_a_shorter_month(
    day: date, months: int, expected: date
) -> None:
    assert add_months(day, months) == expected


def test_a_clock_of_six_months_ends_at_the_same_local_time() -> None:
    due = CALENDAR.due_at(jakarta(2024, 8, 31, 10, 5), 6, Span.MONTHS)
    assert due == jakarta(2025, 2, 28, 10, 5)


def test_a_year_without_holiday_data_is_refused_by_name() -> None:
    with pytest.raises(HolidayDataError, match="no holiday data for 2031") as refusal:
        CALENDAR.add_working_days(date(2031, 1, 6), 1)
    assert (refusal.value.year, refusal.value.reason) == (2031, "CALENDAR_UNKNOWN")


def test_a_clock_that_runs_into_a_year_without_data_is_refused() -> None:
    with pytest.raises(HolidayDataError, match="2028"):
        CALENDAR.due_at(jakarta(2027, 12, 30), 10, Span.WORKING_DAYS)


def test_a_refusal_says_what_the_operator_has_to_do() -> None:
    with pytest.raises(
        HolidayDataError, match=r"add the days of its joint decree to calendars\.toml"
    ):
        CALENDAR.add_working_days(date(2031, 1, 6), 1)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        CALENDAR.due_at(datetime(2024, 1, 2, 9), 1, Span.WORKING_DAYS)  # noqa: DTZ001 - the fault


def test_a_clock_cannot_run_backwards() -> None:
    with pytest.raises(ValueError, match="cannot run -1"):
        CALENDAR.due_at(jakarta(2024, 1, 2), -1, Span.CALENDAR_DAYS)


def test_working_days_are_in_order_and_never_on_a_weekend() -> None:
    days = CALENDAR.working_days(date(2023, 1, 1), date(2025, 12, 31))
    assert all(a < b for a, b in pairwise(days))
    assert all(day.weekday() < 5 for day in days)
    assert max(b - a for a, b in pairwise(days)) < timedelta(days=13)
