"""What exchange does when a matter is offered to a ministry, and when a ministry is silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from estafet.exchange.v1.partner_pb2 import ReferralNews
from estafet.handover.v1.reply_pb2 import HandoverReply

from services.chassis.errors import TryAgain
from services.chassis.runtime import Work
from services.chassis.sql_unit_of_work import SqlUnitOfWork
from services.chassis.testing import A_MORNING, worker_factory
from services.exchange.domain import Referral, ReferralStatus
from services.exchange.reactions import ExchangeCustody
from services.handover.custody import Custody, OfferState, Party
from services.process.acts import BY_CLOCK
from services.process.store import acts_of
from tests.databases import a_runtime, working
from tests.exchange.builders import (
    R1,
    a_brief,
    a_custody,
    a_referral,
    a_referred,
    an_id,
    an_offer,
)

pytestmark = pytest.mark.database("exchange")
STAGES = "SELECT topic, number, type FROM partner_news ORDER BY topic, number"


@contextmanager
def at_work(engine: sa.Engine) -> Iterator[tuple[SqlUnitOfWork, ExchangeCustody]]:
    with working(a_runtime(engine, "exchange"), Work("test")) as uow:
        yield uow, worker_factory(ExchangeCustody, uow=uow)


def rows(engine: sa.Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        found = connection.execute(sa.text(statement))
        return [tuple(row) for row in found] if found.returns_rows else []


def offer_to(engine: sa.Engine, ministry: str) -> str:
    """A ministry is offered a matter."""
    matter_id = an_id()
    with at_work(engine) as (uow, custody_of):
        custody = a_custody(an_offer(matter_id, receiver=Party("exchange", ministry)))
        uow.add(custody)
        custody_of.on_offered(custody, custody.offers[0], a_brief())
    return matter_id


def test_a_ministry_is_told_what_it_is_offered_with_the_next_number_of_its_stream(
    database: sa.Engine,
) -> None:
    for ministry in ("kemlu", "bpjs", "kemlu"):
        offer_to(database, ministry)
    told = "estafet.exchange.v1.ReferralNews"
    assert rows(database, STAGES) == [
        ("partner.bpjs.v1", 1, told),
        ("partner.kemlu.v1", 1, told),
        ("partner.kemlu.v1", 2, told),
    ]


def test_a_ministry_is_told_that_it_may_take_longer(database: sa.Engine) -> None:
    matter_id, later = offer_to(database, "kemlu"), A_MORNING + timedelta(days=30)
    with at_work(database) as (uow, custody_of):
        custody = uow.get(Custody, matter_id)
        custody.offers[0].due_at = later
        custody_of.on_extended(custody, custody.offers[0])
    [*_, (payload,)] = rows(database, "SELECT payload FROM partner_news ORDER BY number")
    news = ReferralNews.FromString(bytes(payload))  # type: ignore[call-overload] # a bytea
    assert (news.stage, news.due_at) == ("extended", later.isoformat())


def test_for_a_ministry_without_an_agreement_exchange_declines_at_once(
    database: sa.Engine,
) -> None:
    offer_to(database, "nobody")
    [(payload,)] = rows(database, "SELECT payload FROM outbox")
    reply = HandoverReply.FromString(bytes(payload))  # type: ignore[call-overload] # a bytea
    assert (reply.refusal.code, reply.party.organisation) == ("no_agreement", "nobody")
    assert rows(database, STAGES) == []


def test_an_offer_that_is_over_when_it_is_read_is_not_declined(database: sa.Engine) -> None:
    with at_work(database) as (uow, custody_of):
        over = an_offer(an_id(), OfferState.WITHDRAWN, Party("exchange", "nobody"))
        custody = a_custody(over)
        uow.add(custody)
        custody_of.on_offered(custody, over, a_brief())
    assert rows(database, "SELECT 1 FROM outbox") == []


def a_silent_one(engine: sa.Engine, reminders: int) -> str:
    """Kemlu has taken a matter over, and its date was yesterday."""
    matter_id = an_id()
    referral = a_referral(matter_id)
    with at_work(engine) as (uow, _):
        referral.answer_by, referral.reminders = uow.now - timedelta(days=1), reminders
        for thing in (
            a_custody(an_offer(matter_id, OfferState.ACCEPTED)),
            a_referred(matter_id),
            referral,
        ):
            uow.add(thing)
    head = f"('estafet.custody.v1', '{matter_id}', 3)"
    rows(engine, f"INSERT INTO stream_head (topic, key, seq) VALUES {head}")
    return matter_id


def hear(engine: sa.Engine, until: str) -> None:
    """Kemlu's inbox was read to its end at an instant."""
    rows(
        engine,
        "INSERT INTO position (consumer, topic, partition, next_offset, at_end_at) VALUES "
        f"('exchange.inbox', 'partner.kemlu.inbox.v1', 0, 0, {until}) "
        "ON CONFLICT (consumer, topic, partition) DO UPDATE SET at_end_at = excluded.at_end_at",
    )


def be_silent(engine: sa.Engine, reminders: int) -> None:
    with at_work(engine) as (_, custody_of):
        custody_of.end_silence(R1, reminders)


def acts(engine: sa.Engine) -> list[tuple[object, ...]]:
    """What was done with the referral, in which state, by whom, and the clock that it started."""
    with at_work(engine) as (uow, _):
        done = acts_of(uow.session, R1)
    return [(each.action, each.state, each.actor, each.clock, each.due_at) for each in done]


def test_a_confirmed_acceptance_starts_the_ministrys_clock_once(database: sa.Engine) -> None:
    matter_id = an_id()
    with at_work(database) as (uow, custody_of):
        custody = a_custody(an_offer(matter_id, OfferState.ACCEPTED))
        pending = a_referral(matter_id, ReferralStatus.PENDING)
        for thing in (custody, a_referred(matter_id), pending):
            uow.add(thing)
        for _ in range(2):
            custody_of.on_confirmed(custody, custody.offers[0])
        caller, answer_by = uow.caller.subject, pending.answer_by
    assert acts(database) == [("confirmed", "pending", caller, "answer", answer_by)]
    assert rows(database, "SELECT matter_id, number FROM timer") == [(R1, 0)]


def test_nobody_is_called_silent_before_all_that_it_wrote_was_read(database: sa.Engine) -> None:
    a_silent_one(database, reminders=0)
    with pytest.raises(TryAgain):
        be_silent(database, 0)
    hear(database, "now() - interval '2 days'")
    with pytest.raises(TryAgain):
        be_silent(database, 0)


def test_nobody_is_called_silent_while_something_that_it_wrote_waits(database: sa.Engine) -> None:
    a_silent_one(database, reminders=0)
    hear(database, "now()")
    rows(
        database,
        "INSERT INTO parked (consumer, topic, key, seq, record_id, headers, payload, reason, error,"
        "    attempts) "
        "VALUES ('exchange.inbox', 'partner.kemlu.inbox.v1', 'outside:0:7', 1, 'r', '{}', '',"
        "    'waiting', '', 1)",
    )
    with pytest.raises(TryAgain):
        be_silent(database, reminders=0)


@pytest.mark.parametrize("state", [OfferState.LAPSED, OfferState.WITHDRAWN])
def test_a_ministry_is_told_that_an_offer_is_over_and_what_it_promised_never_begins(
    database: sa.Engine, state: OfferState
) -> None:
    matter_id = an_id()
    with at_work(database) as (uow, custody_of):
        over = an_offer(matter_id, state)
        over.pending_id = R1
        custody = a_custody(over)
        for thing in (
            custody,
            a_referred(matter_id),
            a_referral(matter_id, ReferralStatus.PENDING),
        ):
            uow.add(thing)
        custody_of.on_offer_over(custody, over)
    [(payload,)] = rows(database, "SELECT payload FROM partner_news")
    told = ReferralNews.FromString(bytes(payload))  # type: ignore[call-overload] # a bytea
    assert (told.matter_id, told.stage) == (matter_id, state.value)
    assert rows(database, "SELECT status FROM referral") == [("void",)]
    done = rows(database, "SELECT action, matter_id, state, reason FROM act")
    assert done == [("voided", R1, "pending", state.value)]


def test_a_silent_ministry_is_reminded_and_gets_a_last_date(database: sa.Engine) -> None:
    matter_id = a_silent_one(database, reminders=0)
    hear(database, "now()")
    be_silent(database, 0)
    be_silent(database, 0)
    with at_work(database) as (uow, _):
        referral = uow.read(Referral, R1)
        assert (referral.status, referral.reminders) == (ReferralStatus.OPEN, 1)
        assert uow.read(Custody, matter_id).holder.service == "exchange"
        reminded = ("end_silence", "open", BY_CLOCK, "reminder", referral.answer_by)
    assert acts(database) == [reminded]
    assert rows(database, "SELECT matter_id, number FROM timer") == [(R1, 1)]
    assert len(rows(database, STAGES)) == 1


def test_one_that_stays_silent_loses_the_matter_to_its_giver(database: sa.Engine) -> None:
    matter_id = a_silent_one(database, reminders=1)
    hear(database, "now()")
    be_silent(database, 1)
    with at_work(database) as (uow, _):
        assert uow.read(Referral, R1).status is ReferralStatus.RECALLED
        custody = uow.read(Custody, matter_id)
        assert (custody.holder.service, custody.stack) == ("protection", ())
    assert custody.held_since > A_MORNING
    assert acts(database) == [("end_silence", "reminded", BY_CLOCK, "", None)]
