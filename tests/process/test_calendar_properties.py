from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.process.calendar import Span, WorkingCalendar, add_months, local_day
from tests.support.examples import examples

pytestmark = pytest.mark.property

CALENDAR = WorkingCalendar()
# No deadline: the first draw of a year loads its holidays.
checked = settings(deadline=None, max_examples=examples(25, in_depth=1000))

days = st.dates(date(2019, 1, 1), date(2026, 6, 1))
instants = st.integers(1_546_300_800, 1_780_272_000).map(lambda s: datetime.fromtimestamp(s, UTC))
counts = st.integers(0, 60)
spans = st.sampled_from(Span)


@checked
@given(days, counts)
def test_n_working_days_lie_between_a_day_and_the_nth_working_day_after_it(
    day: date, n: int
) -> None:
    zero = CALENDAR.on_or_after(day)
    end = CALENDAR.add_working_days(day, n)
    assert len(CALENDAR.working_days(zero + timedelta(days=1), end)) == n


@checked
@given(days, counts)
def test_the_nth_working_day_is_a_working_day(day: date, n: int) -> None:
    assert CALENDAR.is_working_day(CALENDAR.add_working_days(day, n))


@checked
@given(days, counts, counts)
def test_counting_in_two_steps_is_counting_in_one(day: date, n: int, m: int) -> None:
    halfway = CALENDAR.add_working_days(day, n)
    assert CALENDAR.add_working_days(halfway, m) == CALENDAR.add_working_days(day, n + m)


@checked
@given(instants, instants, st.integers(0, 20), spans)
def test_who_starts_later_is_never_due_earlier(
    one: datetime, other: datetime, n: int, span: Span
) -> None:
    first, second = sorted((one, other))
    assert CALENDAR.due_at(first, n, span) <= CALENDAR.due_at(second, n, span)


@checked
@given(instants, st.integers(0, 20), spans)
def test_a_longer_clock_ends_later(start: datetime, n: int, span: Span) -> None:
    assert CALENDAR.due_at(start, n, span) < CALENDAR.due_at(start, n + 1, span)


@checked
@given(instants, st.integers(0, 20), spans)
def test_no_clock_ends_before_it_starts(start: datetime, n: int, span: Span) -> None:
    assert CALENDAR.due_at(start, n, span) >= start


@checked
@given(instants, counts)
def test_every_working_day_clock_ends_at_close_of_business(start: datetime, n: int) -> None:
    due = CALENDAR.due_at(start, n, Span.WORKING_DAYS)
    assert due.time() == datetime(2024, 1, 1, 9, tzinfo=UTC).time()
    assert CALENDAR.is_working_day(local_day(due))


@checked
@given(days, st.integers(0, 48))
def test_months_later_is_the_same_day_or_the_last_of_that_month(day: date, n: int) -> None:
    later = add_months(day, n)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == n
    assert later.day == day.day or (later + timedelta(days=1)).day == 1
