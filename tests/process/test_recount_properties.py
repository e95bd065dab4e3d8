"""Of every clock and every row of decrees: as by hand, monotone, and the same in one go or many."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.process.calendar import BASE, Span
from services.process.calendars import CALENDARS, Calendars
from services.process.recount import Move, Running, recount
from tests.process.by_hand import OFF_2026, OFFICES, counted
from tests.process.decrees import a_decree, calendars
from tests.support.examples import examples

pytestmark = pytest.mark.property

# No deadline: the first draw of a year loads its holidays.
checked = settings(deadline=None, max_examples=examples(25, in_depth=1000))
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
PUBLISHED = date(2026, 1, 1)
instants = some.integers(0, 238 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))
spans = some.sampled_from(Span)
days = some.dates(date(2026, 1, 5), date(2026, 11, 30))


@some.composite
def counts(draw: some.DrawFn) -> tuple[tuple[int, Span], ...]:
    """A number of days or months, and up to two extensions of it."""
    drawn = draw(some.lists(some.tuples(some.integers(1, 12), spans), min_size=1, max_size=3))
    return tuple((1 if span is Span.MONTHS else value, span) for value, span in drawn)


@some.composite
def clocks(draw: some.DrawFn) -> Running:
    """A clock as it was counted without any decree."""
    start, unit, drawn = draw(instants), draw(some.sampled_from(sorted(OFFICES))), draw(counts())
    due_at = counted(start, drawn, OFF_2026, unit)
    return Running(f"m{draw(some.integers(0, 999))}", "reply", unit, start, drawn, due_at, BASE)


@some.composite
def decrees(draw: some.DrawFn) -> list[tuple[str, str, frozenset[date]]]:
    """Up to three, a day apart: number, text, and the days off that there are with it."""
    off, found = OFF_2026, list[tuple[str, str, frozenset[date]]]()
    for number in range(draw(some.integers(1, 3))):
        taken = draw(some.sets(some.sampled_from(sorted(off)), max_size=4))
        added = draw(some.sets(days, max_size=4)) - taken
        off = (off - taken) | added
        if added or taken:
            name, on = f"SKB (contoh) {number}", PUBLISHED + timedelta(days=number)
            found.append((name, a_decree(name, sorted(added), sorted(taken), on), off))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calendars")


def of(folder: Path, made: list[tuple[str, str, frozenset[date]]]) -> Calendars:
    return calendars(folder, *(text for _, text, _ in made))


@checked
@given(some.lists(clocks(), max_size=8), decrees())
def test_what_moves_is_what_a_count_day_by_day_says(
    folder: Path, running: list[Running], made: list[tuple[str, str, frozenset[date]]]
) -> None:
    by_hand = []
    for clock in running:
        was = clock.due_at
        for name, _, off in made:
            would = counted(clock.started_at, clock.counts, off, clock.unit)
            if would != was:
                by_hand.append(Move(clock.matter_id, clock.clock, was, would, name, name))
            was = would
    assert list(recount(running, of(folder, made))) == by_hand


def moved(running: list[Running], moves: list[Move]) -> list[Running]:
    """The clocks as they stand after what was told of each."""
    last = {each.matter_id: each for each in moves}
    return [
        replace(clock, due_at=found.would, version=found.version)
        if (found := last.get(clock.matter_id))
        else clock
        for clock in running
    ]


@checked
@given(some.lists(clocks(), max_size=8, unique_by=lambda each: each.matter_id), decrees())
def test_counting_after_each_decree_ends_as_counting_once_with_all(
    folder: Path, running: list[Running], made: list[tuple[str, str, frozenset[date]]]
) -> None:
    found, clocks_now = of(folder, made), running
    for number in range(3):
        today = PUBLISHED + timedelta(days=number)
        clocks_now = moved(clocks_now, list(recount(clocks_now, found, today)))
    once = [each.ends_by(found.of(each.unit)) for each in running]
    assert [each.due_at for each in clocks_now] == once


@checked
@given(clocks(), days)
def test_a_day_off_that_is_added_makes_no_clock_end_earlier(
    folder: Path, clock: Running, day: date
) -> None:
    found = calendars(folder, a_decree(adds=[day]))
    assert all(each.would > each.was for each in recount([clock], found))


@checked
@given(clocks(), some.sampled_from(sorted(OFF_2026)))
def test_a_day_off_that_is_taken_away_makes_no_clock_end_later(
    folder: Path, clock: Running, day: date
) -> None:
    found = calendars(folder, a_decree(takes_away=[day]))
    assert all(each.would < each.was for each in recount([clock], found))


@checked
@given(some.sampled_from(sorted(CALENDARS.units)), instants, instants, some.integers(0, 20), spans)
def test_who_starts_later_is_never_due_earlier_in_any_unit(
    unit: str, one: datetime, other: datetime, n: int, span: Span
) -> None:
    calendar = CALENDARS.of(unit)
    first, second = sorted((one, other))
    n = 1 if span is Span.MONTHS else n
    assert calendar.due_at(first, n, span) <= calendar.due_at(second, n, span)
