"""What a liaison officer enters for a ministry, without a database."""

import pytest
from estafet.exchange.v1 import service_pb2 as pb
from estafet.handover.v1.reply_pb2 import HandoverReply

from services.chassis.errors import NotAllowed
from services.chassis.testing import worker_factory
from services.chassis.unit_of_work import UnitOfWork
from services.exchange.api import ExchangeApi
from services.exchange.domain import Referral, ReferralStatus
from tests.exchange.builders import R1, a_referral, an_office

M1 = "m1"


def api(uow: UnitOfWork) -> ExchangeApi:
    return worker_factory(ExchangeApi, uow=uow)


def test_an_acceptance_is_the_reply_of_the_ministry_with_a_pending_referral() -> None:
    uow = an_office(matter_id=M1)
    answer = api(uow).AcceptOffer(pb.AcceptOfferRequest(matter_id=M1, offer_no=2))
    [reply] = uow.emitted
    assert isinstance(reply, HandoverReply)
    assert (reply.party.service, reply.party.organisation) == ("exchange", "kemlu")
    assert uow.read(Referral, answer.referral_id).status is ReferralStatus.PENDING


def test_a_refusal_keeps_its_text_here() -> None:
    uow = an_office(matter_id=M1)
    request = pb.DeclineOfferRequest(matter_id=M1, offer_no=2, code="not_ours", text="bukan")
    api(uow).DeclineOffer(request)
    assert [note.text for note in uow.notes.values()] == ["bukan"]
    assert b"bukan" not in uow.emitted[0].SerializeToString()


def test_a_question_keeps_its_text_here() -> None:
    uow = an_office(matter_id=M1)
    api(uow).AskAboutOffer(pb.AskAboutOfferRequest(matter_id=M1, offer_no=2, text="apa?"))
    assert [note.text for note in uow.notes.values()] == ["apa?"]
    assert b"apa?" not in uow.emitted[0].SerializeToString()


def test_a_second_answer_is_refused() -> None:
    uow = an_office(matter_id=M1)
    api(uow).AcceptOffer(pb.AcceptOfferRequest(matter_id=M1, offer_no=2))
    with pytest.raises(NotAllowed, match="accepted already"):
        api(uow).DeclineOffer(pb.DeclineOfferRequest(matter_id=M1, offer_no=2, code="not_ours"))


def test_a_referral_shows_its_clock() -> None:
    uow = an_office(a_referral(M1), matter_id=M1)
    shown = api(uow).GetReferral(pb.GetReferralRequest(referral_id=R1)).referral
    assert (shown.ministry, shown.status) == ("kemlu", pb.REFERRAL_STATUS_OPEN)
