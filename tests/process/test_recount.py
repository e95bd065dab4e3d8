"""What a decree moves: each clock that runs, with a record for each decree that moved it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis.errors import Invalid
from services.process.calendar import BASE, HolidayDataError, Span
from services.process.calendars import Calendars
from services.process.recount import CORRECTED, Move, Running, recount
from tests.process.by_hand import OFF_2026, OFFICES, counted
from tests.process.decrees import a_decree, calendars

EID = "SKB (contoh) Idul Fitri"
TUESDAY = datetime(2026, 3, 17, 3, tzinfo=UTC)
LEAVE_AFTER_EID, DAY_AFTER = date(2026, 3, 24), date(2026, 3, 25)


def a_clock(
    start: datetime = TUESDAY,
    value: int = 3,
    span: Span = Span.WORKING_DAYS,
    unit: str = "kp2mi",
    matter: str = "m1",
) -> Running:
    """A clock as it was counted without any decree."""
    due_at = counted(start, [(value, span)], OFF_2026, unit)
    return Running(matter, f"{span} {value}", unit, start, ((value, span),), due_at, BASE)


def clocks_around_eid() -> list[Running]:
    """One from each morning and evening of March and half of April, of every length and unit."""
    starts = [datetime(2026, 3, 1, 3, tzinfo=UTC) + timedelta(hours=12 * n) for n in range(90)]
    return [
        a_clock(start, value, span, unit, f"{unit} {start:%m-%d %H}")
        for start in starts
        for value in (1, 3, 7, 15)
        for span in (Span.WORKING_DAYS, Span.CALENDAR_DAYS)
        for unit in OFFICES
    ]


# Eid is Saturday and Sunday, 21 and 22 March 2026, with leave on the 20th, 23rd and 24th.
A_DAY_LATER = a_decree(EID, adds=[DAY_AFTER], takes_away=[date(2026, 3, 21)])
A_DAY_EARLIER = a_decree(EID, adds=[], takes_away=[date(2026, 3, 22), LEAVE_AFTER_EID])


@pytest.mark.parametrize(
    ("decree", "off"),
    [
        (A_DAY_LATER, OFF_2026 - {date(2026, 3, 21)} | {DAY_AFTER}),
        (A_DAY_EARLIER, OFF_2026 - {date(2026, 3, 22), LEAVE_AFTER_EID}),
    ],
    ids=["a day later", "a day earlier"],
)
def test_a_moved_eid_moves_just_the_clocks_that_a_count_by_hand_says(
    tmp_path: Path, decree: str, off: frozenset[date]
) -> None:
    running = clocks_around_eid()
    by_hand = [
        Move(each.matter_id, each.clock, each.due_at, would, EID, EID)
        for each in running
        if (would := counted(each.started_at, each.counts, off, each.unit)) != each.due_at
    ]
    assert list(recount(running, calendars(tmp_path, decree))) == by_hand
    assert 0 < len(by_hand) < len(running) / 2


def test_a_moved_eid_moves_no_clock_of_calendar_days(tmp_path: Path) -> None:
    moves = recount(clocks_around_eid(), calendars(tmp_path, A_DAY_LATER))
    assert {each.clock for each in moves} == {f"working_days {value}" for value in (1, 3, 7, 15)}


def test_the_record_says_what_was_what_would_be_and_by_which_decree(tmp_path: Path) -> None:
    was, would = datetime(2026, 3, 27, 9, tzinfo=UTC), datetime(2026, 3, 30, 9, tzinfo=UTC)
    (move,) = recount([a_clock()], calendars(tmp_path, A_DAY_LATER))
    assert move == Move("m1", "working_days 3", was, would, EID, EID)


def two_decrees(folder: Path) -> Calendars:
    """The first moves Eid a day on, the second takes its last day of leave away again."""
    back = a_decree("SKB (contoh) ralat", takes_away=[DAY_AFTER], published_on=date(2026, 2, 20))
    return calendars(folder, back, A_DAY_LATER)


def test_a_clock_over_two_decrees_has_a_record_for_each_in_their_order(tmp_path: Path) -> None:
    moves = list(recount([a_clock()], two_decrees(tmp_path)))
    assert [each.because for each in moves] == [EID, "SKB (contoh) ralat"]
    assert moves[0].would == moves[1].was
    assert moves[1].would == a_clock().due_at


def test_a_decree_that_is_published_later_moves_nothing_yet(tmp_path: Path) -> None:
    moves = recount([a_clock()], two_decrees(tmp_path), known_on=date(2026, 2, 19))
    assert [each.because for each in moves] == [EID]


def test_a_clock_that_was_counted_by_a_decree_is_not_moved_by_it_again(tmp_path: Path) -> None:
    found = calendars(tmp_path, A_DAY_LATER)
    (move,) = recount([a_clock()], found)
    clock = a_clock()
    again = Running(
        "m1", clock.clock, clock.unit, TUESDAY, clock.counts, move.would, version=move.version
    )
    assert list(recount([again], found)) == []


def test_more_time_is_counted_from_where_the_clock_ends_now(tmp_path: Path) -> None:
    counts = ((3, Span.WORKING_DAYS), (2, Span.CALENDAR_DAYS), (1, Span.WORKING_DAYS))
    due_at = counted(TUESDAY, counts, OFF_2026)
    clock = Running("m1", "reply", "kp2mi", TUESDAY, counts, due_at, BASE)
    (move,) = recount([clock], calendars(tmp_path, A_DAY_LATER))
    assert move.would == counted(TUESDAY, counts, OFF_2026 | {DAY_AFTER})


def test_a_decree_for_one_unit_moves_no_clock_of_another(tmp_path: Path) -> None:
    decree = a_decree(EID, adds=[DAY_AFTER], more='units = ["mission"]')
    running = [a_clock(unit=unit, matter=unit) for unit in OFFICES]
    assert [each.matter_id for each in recount(running, calendars(tmp_path, decree))] == ["mission"]


def test_days_that_were_corrected_without_a_decree_have_a_record_of_their_own(
    tmp_path: Path,
) -> None:
    clock = a_clock()
    wrong = clock.due_at + timedelta(days=1)
    running = Running("m1", clock.clock, clock.unit, TUESDAY, clock.counts, wrong, BASE)
    (move,) = recount([running], calendars(tmp_path))
    assert (move.was, move.would, move.because, move.version) == (
        wrong,
        clock.due_at,
        CORRECTED,
        BASE,
    )


def at_the_end_of_2027() -> Running:
    """Two working days from the 29th of December: the last day of the year."""
    start, ends = datetime(2027, 12, 29, 3, tzinfo=UTC), datetime(2027, 12, 31, 9, tzinfo=UTC)
    return Running("m1", "reply", "kp2mi", start, ((2, Span.WORKING_DAYS),), ends, BASE)


LAST_DAY = a_decree("SKB (contoh) 2027", adds=[date(2027, 12, 31)])
FIXED_2028 = a_decree("SKB (contoh) 2028", adds=[date(2028, 1, 3)], more="fixes = [2028]")


def test_a_clock_that_is_moved_into_a_year_without_calendar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HolidayDataError, match="no holiday data for 2028 by the calendar of kp2mi"):
        list(recount([at_the_end_of_2027()], calendars(tmp_path, LAST_DAY)))


def test_the_decree_of_that_year_is_what_moves_it(tmp_path: Path) -> None:
    (move,) = recount([at_the_end_of_2027()], calendars(tmp_path, LAST_DAY, FIXED_2028))
    assert (move.would.date(), move.because) == (date(2028, 1, 4), "SKB (contoh) 2028")


def test_a_clock_of_a_version_or_unit_that_there_is_not_is_refused(tmp_path: Path) -> None:
    found = calendars(tmp_path, A_DAY_LATER)
    clock = a_clock()
    for unit, version, told in (
        ("kp2mi", "SKB 9", "calendars.toml has no decree SKB 9"),
        ("moon", BASE, "calendars.toml has no unit moon"),
    ):
        strange = Running("m1", "reply", unit, TUESDAY, clock.counts, clock.due_at, version)
        with pytest.raises(Invalid, match=told):
            list(recount([strange], found))


def test_a_clock_that_began_without_a_time_zone_is_refused(tmp_path: Path) -> None:
    clock = a_clock()
    naive = datetime(2026, 3, 17, 3)  # noqa: DTZ001 - the fault
    running = Running("m1", "reply", "kp2mi", naive, clock.counts, clock.due_at, BASE)
    with pytest.raises(ValueError, match="has no time zone"):
        list(recount([running], calendars(tmp_path)))


def test_an_end_that_was_left_in_the_past_is_counted_from_when_that_was_seen(
    tmp_path: Path,
) -> None:
    seen, day = datetime(2026, 3, 28, 2, tzinfo=UTC), date(2026, 3, 30)
    clock = replace(a_clock(), counts=((3, Span.WORKING_DAYS), seen))
    known = calendars(tmp_path, a_decree(adds=[day]))
    by_hand = [counted(TUESDAY, clock.counts, off) for off in (OFF_2026, OFF_2026 | {day})]
    assert [clock.ends_by(known.under("kp2mi", BASE)), clock.ends_by(known.of())] == by_hand
    assert by_hand[1] > by_hand[0] > seen
