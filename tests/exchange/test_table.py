"""Each rpc of exchange in each state of what it is about, and the same said by a ministry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from estafet.exchange.v1 import service_pb2 as pb
from estafet.exchange.v1.partner_pb2 import AnswerRefused

from services.chassis.catalogue import methods
from services.chassis.errors import NotAllowed
from services.chassis.foreign import from_outside
from services.chassis.outside import Letter
from services.chassis.runtime import Work
from services.chassis.testing import FakeUnitOfWork, a_caller, worker_factory
from services.chassis.unit_of_work import UnitOfWork
from services.exchange.api import ExchangeApi
from services.exchange.domain import ReferralStatus
from services.exchange.names import inbox_of
from services.exchange.reactions import ExchangeInbox
from services.exchange.referring import REMINDED
from services.exchange.workflow import LAW, REFERRAL
from services.handover.acting import OFFER
from services.handover.custody import Offer, OfferState
from services.process.acts import Act
from tests.databases import a_runtime, working
from tests.exchange.builders import (
    R1,
    a_custody,
    a_referral,
    a_referred,
    an_answer,
    an_id,
    an_offer,
    an_office,
    written,
)
from tests.support.tables import acts, does_as_the_table_says, everywhere

if TYPE_CHECKING:
    from google.protobuf.message import Message

M1 = "m1"
OFFERED: dict[str, Any] = {"matter_id": M1, "offer_no": 2}
RESULT = pb.ReturnReferralRequest(referral_id=R1, result="helped")
REQUESTS: dict[str, Message] = {
    "DeclineOffer": pb.DeclineOfferRequest(**OFFERED, code="not_ours"),
    "AskAboutOffer": pb.AskAboutOfferRequest(**OFFERED, text="Di kota mana (contoh)?"),
    "ReturnReferral": RESULT,
}
# What a ministry is told of its result is a row: these two are tried with a database, below.
TOLD = [("ReturnReferral", "open"), ("ReturnReferral", REMINDED)]
# Whoever has answered an offer, or let it lapse, is told which of the two: `handover.receiving`.
CASES = [
    each for each in everywhere(LAW, OFFER, REFERRAL) if each[2] != "over" and each[1:] not in TOLD
]


def api(uow: UnitOfWork) -> ExchangeApi:
    return worker_factory(ExchangeApi, uow=uow)


def an_office_of(process: str, state: str) -> FakeUnitOfWork:
    """Something of a process in a state."""
    if process == OFFER:
        return an_office(matter_id=M1, state=OfferState(state))
    return an_office(a_referral(M1, ReferralStatus(state)), matter_id=M1)


@pytest.mark.parametrize(("process", "action", "state"), CASES)
def test_an_rpc_does_what_the_table_allows(process: str, action: str, state: str) -> None:
    uow = an_office_of(process, state)
    does_as_the_table_says(LAW, (process, action, state), api(uow), REQUESTS[action])


def test_every_command_is_tried_here() -> None:
    commands = {
        name
        for name, method in methods("exchange").items()
        if "request_id" in method.input_type.fields_by_name
    }
    assert {action for _, action, _ in CASES} == commands - {"AcceptOffer"} == {*REQUESTS}


def test_a_referral_begins_by_an_act_of_its_own() -> None:
    uow = an_office(matter_id=M1)
    referral_id = api(uow).AcceptOffer(pb.AcceptOfferRequest(**OFFERED)).referral_id
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.state) == ("AcceptOffer", referral_id, "")
    assert act.regulation == "Perban BP2MI 6/2024 Art 30(2)"


def at_a_ministry(engine: sa.Engine, offer: Offer, reminders: int = 0) -> None:
    """A matter that was offered to kemlu, and its referral if it was accepted."""
    referral = a_referral(offer.matter_id)
    referral.reminders = reminders
    with working(a_runtime(engine, "exchange"), Work("test")) as uow:
        uow.add(a_custody(offer))
        uow.add(a_referred(offer.matter_id))
        if offer.state is OfferState.ACCEPTED:
            uow.add(referral)
            head = "INSERT INTO stream_head (topic, key, seq) VALUES ('estafet.custody.v1', :m, 3)"
            uow.session.execute(sa.text(head), {"m": offer.matter_id})


def enter(engine: sa.Engine, request: pb.ReturnReferralRequest) -> None:
    """A liaison officer enters a ministry's result."""
    work = Work("ReturnReferral", a_caller("sari", "liaison_officer"))
    with working(a_runtime(engine, "exchange"), work) as uow:
        api(uow).ReturnReferral(request)


def say(engine: sa.Engine, answer: dict[str, Any]) -> None:
    """Kemlu's own message is read."""
    record = from_outside(inbox_of("kemlu"), (0, 7))
    with working(a_runtime(engine, "exchange"), Work("take_answer", record=record)) as uow:
        worker_factory(ExchangeInbox, uow=uow).take_answer(Letter("kemlu", written(answer)))


def done(engine: sa.Engine) -> list[Act]:
    """All that was written down, in order."""
    with working(a_runtime(engine, "exchange"), Work("test")) as uow:
        return list(uow.session.execute(sa.select(Act)).scalars())


def told_wrong(engine: sa.Engine) -> AnswerRefused:
    """The one error record for kemlu."""
    statement = "SELECT payload FROM partner_news WHERE topic = 'partner.kemlu.errors.v1'"
    with engine.connect() as connection:
        payload = connection.execute(sa.text(statement)).scalar_one()
    return AnswerRefused.FromString(bytes(payload))


@pytest.mark.database("exchange")
@pytest.mark.parametrize(("reminders", "state"), [(0, "open"), (1, REMINDED)])
def test_a_result_that_an_officer_enters_is_their_act(
    database: sa.Engine, reminders: int, state: str
) -> None:
    at_a_ministry(database, an_offer(an_id(), OfferState.ACCEPTED), reminders)
    enter(database, RESULT)
    (act,) = done(database)
    assert (act.matter_id, act.action) == (R1, "ReturnReferral")
    assert (act.state, act.actor) == (state, "sari")


@pytest.mark.database("exchange")
@pytest.mark.parametrize(
    ("kind", "action", "told"),
    [
        ("accept", "AcceptOffer", {}),
        ("ask", "AskAboutOffer", {"text": "Di kota mana (contoh)?"}),
        ("decline", "DeclineOffer", {"code": "not_ours"}),
        ("return", "ReturnReferral", {"result": "helped"}),
    ],
)
def test_what_a_message_says_is_the_ministrys_act(
    database: sa.Engine, kind: str, action: str, told: dict[str, Any]
) -> None:
    state = OfferState.ACCEPTED if kind == "return" else OfferState.OFFERED
    offer = an_offer(an_id(), state)
    at_a_ministry(database, offer)
    say(database, an_answer(kind, offer.matter_id, **told))
    (act,) = done(database)
    assert (act.action, act.actor) == (action, "partner:kemlu")


@pytest.mark.database("exchange")
def test_a_question_too_many_is_no_act(database: sa.Engine) -> None:
    offer = an_offer(an_id())
    offer.asks = 3
    at_a_ministry(database, offer)
    say(database, an_answer("ask", offer.matter_id, text="Di kota mana (contoh)?"))
    assert told_wrong(database).reason == "ASKED_TOO_OFTEN"
    assert done(database) == []


@pytest.mark.database("exchange")
def test_a_result_of_what_is_held_elsewhere_is_no_act(database: sa.Engine) -> None:
    offer = an_offer(an_id(), OfferState.ACCEPTED)
    at_a_ministry(database, offer)
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE matter SET holder_service = 'protection'"))
    say(database, an_answer("return", offer.matter_id, result="helped"))
    assert told_wrong(database).reason == "NOT_HOLDER"
    assert done(database) == []


@pytest.mark.database("exchange")
def test_an_officer_is_told_who_was_first_and_a_ministry_is_not(database: sa.Engine) -> None:
    offer = an_offer(an_id(), OfferState.ACCEPTED)
    at_a_ministry(database, offer)
    enter(database, RESULT)
    with pytest.raises(NotAllowed, match="last ReturnReferral by sari"):
        enter(database, RESULT)
    say(database, an_answer("return", offer.matter_id, result="helped"))
    wrong = told_wrong(database)
    assert (wrong.reason, "sari" in wrong.detail) == ("REFERRAL_NOT_OPEN", False)
