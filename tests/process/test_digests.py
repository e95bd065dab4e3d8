"""Everybody has one digest a day with all that is due for them, however much that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis.runtime import Work
from services.process import digests
from services.process.digests import Contents, tell_digests
from services.process.notices import Digest, Notice
from services.process.store import told_in
from tests.databases import a_runtime, working
from tests.process.test_notices import offices

pytestmark = pytest.mark.database("complaint")
MORNING = datetime(2024, 3, 5, 1, 0, tzinfo=UTC)  # 08:00 on Tuesday in Jakarta
NEXT_MORNING = MORNING + timedelta(days=1)
AN_HOUR = timedelta(hours=1)


def note(
    database: sa.Engine,
    *names: str,
    officer: str = "o1",
    severity: int = 2,
    due_at: datetime = MORNING + AN_HOUR,
) -> None:
    """Notices for an officer that are due in the morning."""
    with working(a_runtime(database), Work("take_steps")) as uow:
        for name in names:
            about = ("desk", officer, "reply", 50, "remind", severity, due_at)
            uow.add(Notice(name, f"matter of {name}", *about, noted_at=MORNING, tell_at=MORNING))


def tell(
    database: sa.Engine, folder: Path, at: datetime = MORNING
) -> list[tuple[Digest, Contents]]:
    """All that is due is told."""
    made: list[tuple[Digest, Contents]] = []
    more = True
    while more:
        with working(a_runtime(database), Work("tell_digests")) as uow:
            uow.now = at
            more = tell_digests(
                uow, offices(folder), lambda digest, told: made.append((digest, told))
            )
    return made


def days(made: list[tuple[Digest, Contents]]) -> list[tuple[str, str, int]]:
    return [(each.officer_id, each.told_on, each.notices) for each, _ in made]


def untold(database: sa.Engine) -> list[datetime]:
    with database.connect() as connection:
        waits = sa.text("SELECT tell_at FROM notice WHERE told_at IS NULL")
        return list(connection.execute(waits).scalars())


def test_an_officer_has_one_digest_with_all_that_is_due(
    database: sa.Engine, tmp_path: Path
) -> None:
    note(database, *(f"a{number:03}" for number in range(501)))
    note(database, "b1", officer="o2")
    made = tell(database, tmp_path)
    assert days(made) == [("o1", "2024-03-05", 501), ("o2", "2024-03-05", 1)]
    assert untold(database) == []


def test_of_more_officers_than_are_told_at_once_nobody_is_left_out_or_told_twice(
    database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "BATCH", 2)
    for number in range(5):
        note(database, f"a{number}", f"b{number}", officer=f"o{number}")
    made = tell(database, tmp_path)
    assert days(made) == [(f"o{number}", "2024-03-05", 2) for number in range(5)]


def test_what_comes_after_the_days_digest_waits_for_the_next(
    database: sa.Engine, tmp_path: Path
) -> None:
    note(database, "a1")
    tell(database, tmp_path)
    note(database, "a2")
    assert tell(database, tmp_path, MORNING + AN_HOUR) == []
    assert untold(database) == [NEXT_MORNING]
    assert days(tell(database, tmp_path, NEXT_MORNING)) == [("o1", "2024-03-06", 1)]


def test_danger_is_told_beside_the_days_digest(database: sa.Engine, tmp_path: Path) -> None:
    note(database, "a1")
    tell(database, tmp_path)
    note(database, "a2", severity=4)
    assert days(tell(database, tmp_path)) == [("o1", "", 1)]


def test_a_mail_has_what_ends_first_and_says_how_much_there_is(
    database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "MOST_LINES", 2)
    for name, hours in (("a1", 90), ("a2", 3), ("a3", -5), ("a4", 50)):
        note(database, name, due_at=MORNING + hours * AN_HOUR)
    ((digest, told),) = tell(database, tmp_path)
    assert [each.notice_id for each in told.steps] == ["a3", "a2"]
    assert (digest.notices, told.due, told.late) == (4, 1, 1)


def test_danger_to_life_stands_before_what_ends_first(database: sa.Engine, tmp_path: Path) -> None:
    note(database, "a1", due_at=MORNING)
    note(database, "a2", severity=3, due_at=MORNING + 2 * AN_HOUR)
    note(database, "a3", severity=4, due_at=MORNING + 9 * AN_HOUR)
    with working(a_runtime(database), Work("GetDigest")) as uow:
        uow.session.execute(sa.text("UPDATE notice SET digest_id = 'd1'"))
        shown = [each.notice_id for each in told_in(uow.session, "d1")]
    assert shown == ["a3", "a1", "a2"]
