"""A decree moves Idul Fitri: what protection has offered is counted again, each with a record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from estafet.protection.v1 import service_pb2 as pb

from services.chassis.runtime import Work
from services.chassis.testing import worker_factory
from services.handover.custody import Custody, Offer, OfferState
from services.process.calendars import Calendars
from services.process.store import acts_of
from services.protection.reactions import ProtectionCustody
from tests.databases import a_runtime, working
from tests.process.decrees import a_decree, calendars
from tests.protection.builders import K1, M1, a_case, a_custody, a_known_matter, an_offer, api

pytestmark = pytest.mark.database("protection")
# Eid is Saturday and Sunday, 21 and 22 March 2026, with leave on the 20th, 23rd and 24th.
BEFORE_EID = datetime(2026, 3, 17, 3, tzinfo=UTC)
SKB = "SKB (contoh) Idul Fitri"
PUBLISHED, DAY_AFTER, LAST_LEAVE = date(2026, 3, 18), date(2026, 3, 25), date(2026, 3, 24)
A_WEEK_LATER = datetime(2026, 3, 19, 3, tzinfo=UTC)


def close_of(day: int) -> datetime:
    return datetime(2026, 3, day, 9, tzinfo=UTC)


def a_referral_before_eid(database: sa.Engine) -> None:
    """Referred on Tuesday, to be answered in five working days: by Tuesday of the week after."""
    with working(a_runtime(database, "protection"), Work("ReferCase")) as uow:
        uow.now = BEFORE_EID
        case, known = a_case(), a_known_matter(case_id=K1)
        case.consents = ("kemlu",)
        custody = a_custody(an_offer(OfferState.ACCEPTED))
        for thing in (known, case, custody):
            uow.add(thing)
        uow.session.flush()
        uow.receive_baton(M1, custody.custody_no)
        api(uow).ReferCase(pb.ReferCaseRequest(case_id=K1, ministry="kemlu", request="help"))


def recount(database: sa.Engine, known: Calendars, now: datetime = A_WEEK_LATER) -> int:
    """How many offers were moved."""
    with working(a_runtime(database, "protection"), Work("recount_clocks")) as uow:
        uow.now = now
        moved: int = worker_factory(ProtectionCustody, uow=uow).recount_by(known)
    return moved


def the_offer(database: sa.Engine) -> Offer:
    with working(a_runtime(database, "protection"), Work("GetCase")) as uow:
        offer = uow.read(Custody, M1).open_offer
    assert offer is not None
    return offer


def by_clock(database: sa.Engine) -> list[tuple[str, str, datetime | None]]:
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        done = acts_of(uow.session, K1)
        return [(each.action, each.regulation, each.due_at) for each in done if each.clock]


LATER = a_decree(SKB, adds=[DAY_AFTER], published_on=PUBLISHED)
EARLIER = a_decree(SKB, takes_away=[LAST_LEAVE], published_on=PUBLISHED)


@pytest.mark.parametrize(
    ("decree", "moved_to"),
    [(LATER, datetime(2026, 4, 1, 9, tzinfo=UTC)), (EARLIER, close_of(30))],
)
def test_the_clock_of_an_offer_ends_later_or_earlier_and_the_record_names_the_decree(
    database: sa.Engine, tmp_path: Path, decree: str, moved_to: datetime
) -> None:
    a_referral_before_eid(database)
    assert the_offer(database).due_at == close_of(31)
    assert recount(database, calendars(tmp_path, decree)) == 1
    assert the_offer(database).due_at == moved_to
    assert by_clock(database)[-1] == ("recounted", SKB, moved_to)
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        due_at = uow.session.execute(sa.text("SELECT due_at FROM timer")).scalars().all()
    assert due_at == [moved_to]


def test_what_was_counted_with_it_is_not_moved_again(database: sa.Engine, tmp_path: Path) -> None:
    a_referral_before_eid(database)
    known = calendars(tmp_path, LATER)
    assert recount(database, known) == 1
    assert recount(database, known) == 0


ON_THE_LAST_DAY = datetime(2026, 3, 31, 3, tzinfo=UTC)
NEXT_DAY = datetime(2026, 4, 1, 9, tzinfo=UTC)


def test_an_end_that_a_decree_leaves_in_the_past_is_moved_once(
    database: sa.Engine, tmp_path: Path
) -> None:
    a_referral_before_eid(database)
    known = calendars(tmp_path, EARLIER)
    assert recount(database, known, ON_THE_LAST_DAY) == 1
    assert by_clock(database)[-1] == ("recounted", SKB, NEXT_DAY)
    assert recount(database, known, ON_THE_LAST_DAY) == 0
    assert recount(database, known, datetime(2026, 4, 1, 3, tzinfo=UTC)) == 0
    assert (the_offer(database).due_at, the_offer(database).extensions) == (
        NEXT_DAY,
        ("calendar_moved",),
    )


def test_a_later_decree_moves_the_day_that_nobody_is_late_by(
    database: sa.Engine, tmp_path: Path
) -> None:
    a_referral_before_eid(database)
    recount(database, calendars(tmp_path, EARLIER), ON_THE_LAST_DAY)
    off = a_decree("SKB (contoh) 2", adds=[NEXT_DAY.date()], published_on=NEXT_DAY.date())
    known = calendars(tmp_path, EARLIER, off)
    assert recount(database, known, datetime(2026, 4, 1, 3, tzinfo=UTC)) == 1
    moved_to = datetime(2026, 4, 2, 9, tzinfo=UTC)
    assert by_clock(database)[-1] == ("recounted", "SKB (contoh) 2", moved_to)
    assert recount(database, known, datetime(2026, 4, 1, 4, tzinfo=UTC)) == 0


def test_a_decree_moves_nothing_before_it_is_published(database: sa.Engine, tmp_path: Path) -> None:
    a_referral_before_eid(database)
    ahead = a_decree(SKB, adds=[DAY_AFTER], published_on=date(2026, 3, 23))
    assert recount(database, calendars(tmp_path, ahead)) == 0
    assert the_offer(database).due_at == close_of(31)


def test_a_second_decree_is_a_record_of_its_own(database: sa.Engine, tmp_path: Path) -> None:
    a_referral_before_eid(database)
    recount(database, calendars(tmp_path, LATER))
    second = a_decree("SKB (contoh) 2", adds=[date(2026, 3, 26)], published_on=date(2026, 3, 20))
    recount(database, calendars(tmp_path, LATER, second), datetime(2026, 3, 20, 3, tzinfo=UTC))
    named = [rule for action, rule, _ in by_clock(database) if action == "recounted"]
    assert named == [SKB, "SKB (contoh) 2"]


def test_a_decree_that_is_written_down_late_counts_too(database: sa.Engine, tmp_path: Path) -> None:
    a_referral_before_eid(database)
    before = a_decree(SKB, adds=[DAY_AFTER], published_on=date(2026, 2, 10))
    assert recount(database, calendars(tmp_path, before)) == 1
    assert by_clock(database)[-1][1].startswith("data corrected")


def test_without_a_decree_nothing_moves(database: sa.Engine, tmp_path: Path) -> None:
    a_referral_before_eid(database)
    assert recount(database, calendars(tmp_path)) == 0


def test_an_offer_that_was_asked_about_stands_still(database: sa.Engine, tmp_path: Path) -> None:
    a_referral_before_eid(database)
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        uow.session.execute(sa.text("UPDATE offer SET state = 'asked' WHERE state = 'offered'"))
    assert recount(database, calendars(tmp_path, LATER)) == 0


def test_offers_are_looked_through_once_for_a_calendar(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProtectionCustody, "counted_by", {})
    looked: list[Calendars] = []

    def recount_by(_self: ProtectionCustody, known: Calendars) -> int:
        looked.append(known)
        return 2 - len(looked)

    monkeypatch.setattr(ProtectionCustody, "recount_by", recount_by)
    with working(a_runtime(database, "protection"), Work("recount_clocks")) as uow:
        reactions = worker_factory(ProtectionCustody, uow=uow)
        # One was moved: there may be more; none: all are counted.
        assert [reactions.recount_clocks() for _ in range(4)] == [True, False, False, False]
    assert len(looked) == 2


def test_a_clock_that_cannot_be_counted_raises_an_alarm_and_runs_on(
    database: sa.Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    a_referral_before_eid(database)
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        uow.session.execute(sa.text("UPDATE act SET acted_at = '2040-01-05T03:00:00Z'"))
    assert recount(database, calendars(tmp_path, LATER)) == 0
    assert "alarm: clock not counted again" in caplog.text
