"""Whose calendar counts, as known on a day, and what a file of calendars must not say."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from services.chassis.errors import Invalid
from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.chassis.unit_of_work import UnitOfWork
from services.process.acts import Act, Allowed, Standing, act
from services.process.calendar import BASE, KP2MI, HolidayDataError, Span
from services.process.calendars import CALENDARS, CalendarsError
from tests.process.decrees import MOVED, UNITS, a_decree, calendars
from tests.process.laws import a_law

THURSDAY = date(2026, 2, 12)
FRIDAY = date(2026, 2, 13)
DAY_BEFORE = date(2026, 2, 9)
LEAVE = date(2026, 3, 24)


def test_a_day_that_a_decree_adds_is_off(tmp_path: Path) -> None:
    calendar = calendars(tmp_path, a_decree(adds=[THURSDAY])).of()
    assert calendar.add_working_days(date(2026, 2, 11), 1) == FRIDAY


def test_a_day_that_a_decree_takes_away_is_a_working_day(tmp_path: Path) -> None:
    calendar = calendars(tmp_path, a_decree(takes_away=[LEAVE])).of()
    assert calendar.is_working_day(LEAVE)


def test_a_decree_that_is_published_later_does_not_count_yet(tmp_path: Path) -> None:
    found = calendars(tmp_path, a_decree(adds=[THURSDAY]))
    known = {day: found.of(KP2MI, day).is_working_day(THURSDAY) for day in (DAY_BEFORE, MOVED)}
    assert known == {DAY_BEFORE: True, MOVED: False}


def test_a_calendar_bears_the_name_of_the_last_decree_that_counts(tmp_path: Path) -> None:
    later = a_decree("SKB (contoh) 2", adds=[FRIDAY], published_on=date(2026, 2, 11))
    found = calendars(tmp_path, later, a_decree(adds=[THURSDAY]))
    days = (DAY_BEFORE, MOVED, None)
    assert [found.version(day) for day in days] == [BASE, "SKB (contoh) 1", "SKB (contoh) 2"]
    assert found.of(KP2MI, MOVED).version == "SKB (contoh) 1"


def test_what_came_after_a_version_is_told_in_order(tmp_path: Path) -> None:
    later = a_decree("SKB (contoh) 2", adds=[FRIDAY], published_on=date(2026, 2, 11))
    found = calendars(tmp_path, later, a_decree(adds=[THURSDAY]))
    numbers = [
        [each.number for each in found.since(version, day)]
        for version, day in ((BASE, None), (BASE, MOVED), ("SKB (contoh) 1", None))
    ]
    assert numbers == [["SKB (contoh) 1", "SKB (contoh) 2"], ["SKB (contoh) 1"], ["SKB (contoh) 2"]]


def test_a_later_decree_may_take_away_what_an_earlier_one_added(tmp_path: Path) -> None:
    later = a_decree("SKB (contoh) 2", takes_away=[THURSDAY], published_on=date(2026, 2, 11))
    found = calendars(tmp_path, a_decree(adds=[THURSDAY]), later)
    assert found.of().is_working_day(THURSDAY)


def test_a_decree_holds_for_all_who_keep_indonesian_days_off(tmp_path: Path) -> None:
    found = calendars(tmp_path, a_decree(adds=[THURSDAY]))
    off = {unit for unit in found.units if not found.of(unit).is_working_day(THURSDAY)}
    assert off == {"kp2mi", "mission"}


def test_a_decree_may_hold_for_some_units_alone(tmp_path: Path) -> None:
    found = calendars(tmp_path, a_decree(adds=[THURSDAY], more='units = ["mission", "alone"]'))
    off = {unit for unit in found.units if not found.of(unit).is_working_day(THURSDAY)}
    assert off == {"mission", "alone"}


def test_a_year_counts_as_known_when_a_decree_fixes_it(tmp_path: Path) -> None:
    fixed = a_decree(adds=[date(2031, 1, 27)], more="fixes = [2031]")
    calendar = calendars(tmp_path, fixed).of()
    assert calendar.add_working_days(date(2031, 1, 24), 1) == date(2031, 1, 28)


def test_a_year_of_which_a_decree_gives_one_day_is_still_unknown(tmp_path: Path) -> None:
    calendar = calendars(tmp_path, a_decree(adds=[date(2031, 1, 27)])).of("mission")
    told = r"no holiday data for 2031 by the calendar of mission: .* to calendars.toml"
    with pytest.raises(HolidayDataError, match=told):
        calendar.add_working_days(date(2031, 1, 24), 1)


def test_who_keeps_no_indonesian_days_off_needs_the_year_of_their_own(tmp_path: Path) -> None:
    alone = calendars(tmp_path).of("alone")
    assert alone.days_off(2026) == {date(2026, 9, 23)}
    with pytest.raises(HolidayDataError, match="2025 by the calendar of alone"):
        alone.days_off(2025)


IN_LIBRARY = "in_library = true"
NEXT_DAY = date(2026, 2, 11)


def a_next(adds: Iterable[date] = (), takes_away: Iterable[date] = (), more: str = "") -> str:
    """A decree of the day after."""
    return a_decree("SKB (contoh) 2", adds, takes_away, NEXT_DAY, more)


@pytest.mark.parametrize(
    ("first", "second", "moved", "works"),
    [
        (
            a_decree(adds=[THURSDAY], more=IN_LIBRARY),
            a_next((), [THURSDAY], IN_LIBRARY),
            THURSDAY,
            True,
        ),
        (
            a_decree(takes_away=[LEAVE], more=IN_LIBRARY),
            a_next([LEAVE], (), IN_LIBRARY),
            LEAVE,
            False,
        ),
    ],
    ids=["off and on again", "on and off again"],
)
def test_of_two_decrees_that_the_library_has_by_now_it_has_what_the_later_one_says(
    tmp_path: Path, first: str, second: str, moved: date, works: bool
) -> None:
    found = calendars(tmp_path, first, second)
    known = [found.of(KP2MI, on).is_working_day(moved) for on in (MOVED, NEXT_DAY)]
    assert known == [not works, works]


def test_a_decree_that_the_library_has_by_now_keeps_its_name_and_moves_nothing(
    tmp_path: Path,
) -> None:
    known = a_decree(adds=[LEAVE], takes_away=[THURSDAY], more=IN_LIBRARY)
    found = calendars(tmp_path, known)
    assert found.of().days_off(2026) == found.under(KP2MI, BASE).days_off(2026)
    assert found.version() == "SKB (contoh) 1"


def test_a_unit_counts_by_its_own_zone_weekend_and_closing_hour(tmp_path: Path) -> None:
    mission = calendars(tmp_path).of("mission")
    thursday_in_riyadh = datetime(2026, 1, 8, 9, tzinfo=ZoneInfo("Asia/Riyadh"))
    due_at = mission.due_at(thursday_in_riyadh, 1, Span.WORKING_DAYS)
    assert due_at == datetime(2026, 1, 11, 15, tzinfo=ZoneInfo("Asia/Riyadh"))


def test_what_is_late_in_jayapura_is_early_in_jakarta() -> None:
    start = datetime(2026, 1, 8, 8, tzinfo=UTC)
    due_at = {
        unit: CALENDARS.of(unit).due_at(start, 1, Span.WORKING_DAYS)
        for unit in ("kp2mi", "bp3mi_bali", "p4mi_jayapura")
    }
    assert due_at == {
        "kp2mi": datetime(2026, 1, 9, 9, tzinfo=UTC),
        "bp3mi_bali": datetime(2026, 1, 9, 8, tzinfo=UTC),
        "p4mi_jayapura": datetime(2026, 1, 12, 7, tzinfo=UTC),
    }


def test_our_own_units_say_what_they_were_taken_from() -> None:
    assert len([name for name in CALENDARS.units if name.startswith("bp3mi_")]) == 23
    assert all(each.source and each.closes_at == time(16) for each in CALENDARS.units.values())


def test_the_agency_counts_by_the_library_until_there_is_a_decree() -> None:
    assert CALENDARS.decrees == ()
    assert len(CALENDARS.of().days_off(2024)) == 29


@pytest.mark.parametrize("unit", ["kbri_riyadh", "kbri_kuwait", "kbri_amman"])
def test_a_mission_in_the_gulf_works_on_sunday_and_not_on_friday(unit: str) -> None:
    calendar = CALENDARS.of(unit)
    days = [calendar.is_working_day(date(2026, 1, day)) for day in (8, 9, 10, 11)]
    assert days == [True, False, False, True]


def test_a_unit_and_a_version_that_there_are_not_are_refused(tmp_path: Path) -> None:
    found = calendars(tmp_path, a_decree(adds=[THURSDAY]))
    with pytest.raises(Invalid, match=r"calendars\.toml has no unit moon; it has kp2mi, mission"):
        found.of("moon")
    with pytest.raises(Invalid, match=r"no decree SKB 9; its versions are base, SKB \(contoh\) 1"):
        found.since("SKB 9")


@pytest.mark.parametrize(("known_on", "day"), [(DAY_BEFORE, 13), (MOVED, 18)])
def test_what_an_action_starts_is_counted_as_the_calendar_is_known_that_day(
    tmp_path: Path, known_on: date, day: int
) -> None:
    law = a_law(tmp_path).base
    calendar = calendars(tmp_path, a_decree(adds=[FRIDAY])).of(KP2MI, known_on)
    at = datetime(2026, 1, 23, 3, tzinfo=UTC)
    done = Act("a1", "m1", "Ask", at, "open", BASE, "", "somebody")
    allowed, ends = Allowed(law, done, calendar), datetime(2026, 2, day, 9, tzinfo=UTC)
    assert (allowed.starts("reply"), done.due_at) == (ends, ends)
    assert allowed.extends(law.extensions["papers"], datetime(2026, 2, 6, 3, tzinfo=UTC)) == ends
    allowed.ends_on(law.grounds["silent"], at, None)
    assert done.due_at == ends


def test_an_action_of_a_unit_counts_by_its_calendar(tmp_path: Path) -> None:
    law, uow = a_law(tmp_path), cast("UnitOfWork", FakeUnitOfWork())
    standing = Standing("matter", "m1", "", A_MORNING.date(), A_MORNING.date(), "p4mi_jayapura")
    allowed = act(uow, law, standing, "Begin")
    assert allowed.starts("reply").astimezone(ZoneInfo("Asia/Jayapura")).hour == 16


def test_an_act_keeps_by_whose_calendar_its_clock_was_counted_and_the_days_that_were_given(
    tmp_path: Path,
) -> None:
    law, uow = a_law(tmp_path), cast("UnitOfWork", FakeUnitOfWork())
    standing = Standing("matter", "m1", "", A_MORNING.date(), A_MORNING.date(), "p4mi_jayapura")
    allowed = act(uow, law, standing, "Begin")
    due_at = allowed.starts("reply", 7)
    assert (allowed.act.calendar, allowed.act.days) == ("p4mi_jayapura", 7)
    allowed.started("reply", due_at, CALENDARS.of(KP2MI))
    assert allowed.act.calendar == KP2MI


def test_more_time_and_grounds_count_by_the_calendar_that_is_given(tmp_path: Path) -> None:
    law = a_law(tmp_path).base
    mission = calendars(tmp_path).of("mission")
    start = datetime(2026, 1, 8, 3, tzinfo=UTC)
    ends = law.extensions["papers"].due_at(start, mission)
    could = law.grounds["silent"].earliest(start, None, mission)
    assert [each.astimezone(mission.zone) for each in (ends, could)] == [
        datetime(2026, 1, 15, 15, tzinfo=mission.zone),
        datetime(2026, 1, 29, 15, tzinfo=mission.zone),
    ]


ONE = a_decree(adds=[THURSDAY])
TELLS = "decree SKB (contoh) 1: "


@pytest.mark.parametrize(
    ("decree", "told"),
    [
        (a_decree(adds=[LEAVE], takes_away=[LEAVE]), f"{TELLS}adds and takes away 2026-03-24"),
        (a_decree(adds=[THURSDAY] * 2), f"{TELLS}adds lists 2026-02-12 twice"),
        (a_decree(takes_away=[LEAVE] * 2), f"{TELLS}takes_away lists 2026-03-24 twice"),
        (ONE + ONE, f"{TELLS}another one, or the version without any, has that number"),
        (a_decree("base", adds=[THURSDAY]), "decree base: another one, or the version without"),
        (ONE.replace("adds.2026", "adds.2027"), f"{TELLS}adds 2026-02-12 under 2027, which is of"),
        (a_decree(takes_away=[THURSDAY]), f"{TELLS}takes away 2026-02-12, which is no day off"),
        (a_decree(takes_away=[THURSDAY]), "(unit kp2mi and 1 more)"),
        (a_decree(more="units = []"), f"{TELLS}adds nothing, takes nothing away and fixes no"),
        (a_decree(more="fixes = [2031]"), f"{TELLS}fixes 2031 and adds no day of it"),
        (a_decree(adds=[LEAVE], more='units = ["moon"]'), f"{TELLS}unit moon is not known"),
        (a_decree(adds=[THURSDAY], more=IN_LIBRARY), "2026-02-12 is no day off"),
        (a_decree(takes_away=[LEAVE], more=IN_LIBRARY), "2026-03-24 is a day off"),
        (
            a_decree(adds=[THURSDAY], more=IN_LIBRARY) + a_next((), [THURSDAY]),
            f"{TELLS}is said to be in the library",
        ),
        (ONE.replace("adds.2026 =", "add.2026 ="), f"{TELLS}add: Extra inputs are not permitted"),
        (ONE.replace("2026-02-12", "2026-02-30"), "Invalid date"),
        (ONE.replace('number = "SKB (contoh) 1"', ""), "decree 1: number: Field required"),
        (ONE.replace("[[decree]]", "[[decrees]]"), "decrees: is not known here"),
        (ONE.replace("[[decree]]", "[decree]"), "decree: each is written under [[decree]]"),
    ],
)
def test_what_is_wrong_with_a_decree_is_told_by_file_number_and_day(
    tmp_path: Path, decree: str, told: str
) -> None:
    with pytest.raises(CalendarsError) as wrong:
        calendars(tmp_path, decree)
    assert all(line.startswith("calendars.toml: ") for line in str(wrong.value).split("\n"))
    assert told in str(wrong.value)


SEVEN = '["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Asia/Riyadh", "Asia/Moon", "unit mission: zone: Value error, Asia/Moon is no time zone"),
        ("Asia/Riyadh", "../Riyadh", "unit mission: zone: Value error, ../Riyadh is no time zone"),
        ('["friday", "saturday"]', SEVEN, "unit mission: a weekend of seven days leaves no work"),
        ('"friday"', '"jumat"', "unit mission: weekend.0: Input should be 'monday', 'tuesday'"),
        ("2026-09-23", "2025-09-23", "unit alone: days_off 2025-09-23 under 2026, which is of"),
        ("units.kp2mi", "units.kp3mi", "has no unit kp2mi, by whose calendar is counted"),
    ],
)
def test_what_is_wrong_with_a_unit_is_told_by_file_and_name(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in UNITS
    with pytest.raises(CalendarsError) as wrong:
        calendars(tmp_path, units=UNITS.replace(old, new))
    assert f"calendars.toml: {told}" in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (UNITS + "[units]\nx = 3\n", "units.x: is no table"),
        ("units = 3\n", "units: is no table"),
        ("decree = [3]\n" + UNITS, "decree: each is written under"),
    ],
)
def test_what_is_no_table_is_refused_by_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CalendarsError, match=told):
        calendars(tmp_path, units=text)


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    both = a_decree(takes_away=[THURSDAY]), a_decree("SKB (contoh) 2", adds=[FRIDAY] * 2)
    with pytest.raises(CalendarsError) as wrong:
        calendars(tmp_path, *both)
    assert len(str(wrong.value).split("\n")) == 2


def test_an_instant_without_a_time_zone_is_refused_by_every_unit() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        CALENDARS.of("kbri_seoul").day_zero(datetime(2026, 1, 2, 9))  # noqa: DTZ001 - the fault
