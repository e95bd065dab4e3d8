"""One digest a day in the morning of a working day; at once, and at night, in danger only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.process.calendar import JAKARTA, WorkingCalendar
from services.process.clocks import Clocked
from services.process.notices import Notice, next_digest, note_for, note_step
from services.process.offices import Addressee, Offices, OfficesError
from tests.process.decrees import a_decree, calendars

OFFICES = """
[offices.top]
name_id = "atas"
name_en = "top"
source = "fictional (contoh)"
verified = false
[offices.middle]
name_id = "tengah"
name_en = "middle"
above = "top"
source = "fictional (contoh)"
verified = false
[offices.desk]
name_id = "meja"
name_en = "desk"
above = "middle"
ceiling = 3
source = "fictional (contoh)"
verified = false
"""


def offices(folder: Path, text: str = OFFICES) -> Offices:
    """Offices as they are read from a file."""
    path = folder / "offices.toml"
    path.write_text(text)
    return Offices.load(path)


@pytest.mark.parametrize(
    ("rung", "told"),
    [
        (0, Addressee("desk", "o1")),
        (1, Addressee("desk")),
        (2, Addressee("middle")),
        (3, Addressee("top")),
        (9, Addressee("top")),
    ],
)
def test_each_rung_is_one_higher_and_the_highest_hears_what_goes_beyond(
    tmp_path: Path, rung: int, told: Addressee
) -> None:
    assert offices(tmp_path).addressee("desk", "o1", rung) == told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('above = "top"', 'above = "nobody"', "unit middle: above it is nobody, which is none"),
        ('above = "top"', 'above = "desk"', "it is above itself"),
        ("ceiling = 3", "ceiling = -3", "ceiling"),
        ("[offices.desk]", "[office.desk]", "office is not known here"),
        ("ceiling = 3", "celling = 3", "celling"),
    ],
)
def test_units_that_cannot_be_used_are_refused_by_name(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(OfficesError) as refused:
        offices(tmp_path, OFFICES.replace(old, new))
    assert told in str(refused.value)


@given(st.floats(0, 690))
def test_a_digest_comes_in_the_next_morning_of_a_working_day(days: float) -> None:
    after = A_MORNING + timedelta(days=days)
    local = next_digest(after, WorkingCalendar()).astimezone(JAKARTA)
    assert (local.hour, local.minute) == (8, 0)
    assert WorkingCalendar().is_working_day(local.date())
    assert timedelta(0) <= local - after < timedelta(days=15)


def noted(uow: FakeUnitOfWork, folder: Path, severity: int) -> Notice:
    """A step of a clock that somebody is to hear of."""
    matter = Clocked(clock="reply", clock_due_at=uow.now)
    about = f"m{uow.new_id()}", matter, severity
    note_step(uow, offices(folder), Addressee("desk", "o1"), about, (50, "remind"))
    return [thing for thing in uow._things.values() if isinstance(thing, Notice)][-1]


NIGHT = datetime(2024, 3, 4, 19, 0, tzinfo=UTC)  # 02:00 on Tuesday in Jakarta
TUESDAY_MORNING = datetime(2024, 3, 5, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "at"), [(0, TUESDAY_MORNING), (3, TUESDAY_MORNING), (4, NIGHT)]
)
def test_nothing_is_told_at_night_but_danger_to_life(
    tmp_path: Path, severity: int, at: datetime
) -> None:
    uow = FakeUnitOfWork()
    uow.now = NIGHT
    assert noted(uow, tmp_path, severity).tell_at == at


@pytest.mark.parametrize("text", ["offices = 3\n", "[offices]\ndesk = 3\n"])
def test_a_unit_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(OfficesError, match="is no table"):
        offices(tmp_path, text)


def test_a_decree_that_is_not_published_yet_moves_no_morning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_morning = next_digest(FakeUnitOfWork().now, WorkingCalendar())
    published = next_morning.date() + timedelta(days=30)
    ahead = calendars(tmp_path, a_decree(adds=[next_morning.date()], published_on=published))
    known = offices(tmp_path)
    monkeypatch.setattr("services.process.offices.CALENDARS", ahead)
    uow = FakeUnitOfWork()
    note = note_for(uow, known, "m1", Addressee("desk"), "asked")
    assert note.tell_at == next_morning
