"""A decree moves days off: what a ministry owes is due on another day, as everybody hears."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis.runtime import Work
from services.chassis.testing import worker_factory
from services.exchange import referring
from services.exchange.domain import Referral, ReferralStatus
from services.exchange.reactions import ExchangeCustody
from services.exchange.workflow import LAW
from services.handover.custody import OfferState
from services.process.acts import passed
from services.process.calendars import Calendars
from services.process.store import acts_of
from tests.databases import a_runtime, working
from tests.exchange.builders import R1, a_custody, a_referral, a_referred, an_id, an_offer
from tests.process.decrees import a_decree, calendars

pytestmark = pytest.mark.database("exchange")
# Eid is Saturday and Sunday, 21 and 22 March 2026, with leave on the 20th, 23rd and 24th.
BEFORE_EID, LATER = datetime(2026, 3, 17, 3, tzinfo=UTC), datetime(2026, 3, 19, 3, tzinfo=UTC)
SKB = "SKB (contoh) Idul Fitri"
DECREE = a_decree(SKB, adds=[date(2026, 3, 25)], published_on=date(2026, 3, 18))


def close_of(day: int) -> datetime:
    return datetime(2026, 4, day, 9, tzinfo=UTC)


def a_ministrys_matter(database: sa.Engine) -> None:
    """Confirmed on Tuesday; fourteen working days end on Tuesday, 14 April."""
    matter_id = an_id()
    with working(a_runtime(database, "exchange"), Work("follow_custody")) as uow:
        uow.now = BEFORE_EID
        uow.add(a_custody(an_offer(matter_id, OfferState.ACCEPTED)))
        uow.add(a_referred(matter_id))
        uow.add(a_referral(matter_id, ReferralStatus.PENDING))
        uow.session.flush()
        referring.begin(uow, R1)


def recount(database: sa.Engine, known: Calendars, now: datetime = LATER) -> int:
    with working(a_runtime(database, "exchange"), Work("recount_clocks")) as uow:
        uow.now = now
        moved: int = worker_factory(ExchangeCustody, uow=uow).recount_by(known)
    return moved


def due(database: sa.Engine) -> tuple[datetime | None, list[datetime]]:
    """The ministry's date, and its timers."""
    with working(a_runtime(database, "exchange"), Work("GetReferral")) as uow:
        timers = uow.session.execute(sa.text("SELECT due_at FROM timer")).scalars().all()
        return uow.read(Referral, R1).answer_by, list(timers)


def test_a_ministry_has_another_date_by_a_decree(database: sa.Engine, tmp_path: Path) -> None:
    a_ministrys_matter(database)
    was = due(database)
    assert recount(database, calendars(tmp_path, DECREE)) == 1
    assert (was, due(database)) == (
        (close_of(14), [close_of(14)]),
        (close_of(15), [close_of(15)]),
    )
    with working(a_runtime(database, "exchange"), Work("test")) as uow:
        last = acts_of(uow.session, R1)[-1]
        told = (
            uow.session.execute(sa.text("SELECT headers ->> 'ce_type' FROM outbox")).scalars().all()
        )
        news = uow.session.execute(sa.text("SELECT payload FROM partner_news")).scalars().all()
    assert (last.action, last.regulation, last.due_at) == ("recounted", SKB, close_of(15))
    assert list(told)[-1] == "estafet.exchange.v1.ReferralRecounted"
    assert any(b"extended" in bytes(each) for each in news)


def test_what_was_counted_with_it_is_not_moved_again(database: sa.Engine, tmp_path: Path) -> None:
    a_ministrys_matter(database)
    known = calendars(tmp_path, DECREE)
    assert (recount(database, known), recount(database, known)) == (1, 0)


def test_a_date_that_a_decree_leaves_in_the_past_is_moved_once(
    database: sa.Engine, tmp_path: Path
) -> None:
    a_ministrys_matter(database)
    earlier = a_decree(SKB, takes_away=[date(2026, 3, 24)], published_on=date(2026, 3, 18))
    known, last_day = calendars(tmp_path, earlier), datetime(2026, 4, 14, 3, tzinfo=UTC)
    assert [recount(database, known, last_day) for _ in range(2)] == [1, 0]
    assert recount(database, known, datetime(2026, 4, 15, 3, tzinfo=UTC)) == 0
    assert due(database) == (close_of(15), [close_of(15)])


def test_a_decree_moves_no_date_before_it_is_published(database: sa.Engine, tmp_path: Path) -> None:
    a_ministrys_matter(database)
    ahead = a_decree(SKB, adds=[date(2026, 3, 25)], published_on=date(2026, 3, 23))
    assert recount(database, calendars(tmp_path, ahead)) == 0


def test_a_reminders_date_is_moved_too(database: sa.Engine, tmp_path: Path) -> None:
    a_ministrys_matter(database)
    with working(a_runtime(database, "exchange"), Work("test")) as uow:
        uow.session.execute(sa.text("DELETE FROM timer"))
        uow.now = close_of(14)
        referral = uow.get(Referral, R1)
        where = referring.of_referral(referral, uow.now)
        answer_by = passed(uow, LAW, where, "answer").starts("reminder")
        referral.remind(answer_by)
        uow.set_timer(referring.SILENCE, R1, 1, answer_by)
    assert due(database)[0] == close_of(21)
    later = a_decree(SKB, adds=[date(2026, 4, 16)], published_on=date(2026, 4, 15))
    with working(a_runtime(database, "exchange"), Work("recount_clocks")) as uow:
        uow.now = datetime(2026, 4, 15, 3, tzinfo=UTC)
        custody: ExchangeCustody = worker_factory(ExchangeCustody, uow=uow)
        assert custody.recount_by(calendars(tmp_path, later)) == 1
    assert due(database) == (close_of(22), [close_of(22)])


def test_a_clock_that_cannot_be_counted_raises_an_alarm_and_runs_on(
    database: sa.Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    a_ministrys_matter(database)
    with working(a_runtime(database, "exchange"), Work("test")) as uow:
        uow.session.execute(sa.text("UPDATE act SET acted_at = '2040-01-05T03:00:00Z'"))
    assert recount(database, calendars(tmp_path, DECREE)) == 0
    assert "alarm: clock not counted again" in caplog.text
