"""A case that is referred to a ministry, and comes back."""

import pytest
from estafet.exchange.v1.briefs_pb2 import ReferralBrief
from estafet.handover.v1.custody_pb2 import HandoverOffered, HandoverReturned
from estafet.protection.v1 import service_pb2 as pb

from services.chassis.errors import NotAllowed, NotFound
from services.chassis.identity import Caller
from services.chassis.testing import FakeUnitOfWork, worker_factory
from services.handover.custody import Custody, OfferState
from services.handover.receiving import must_be_offered_to
from services.protection.domain.case import CaseStatus
from services.protection.reactions import ProtectionCustody
from tests.protection.builders import K1, M1, a_case, a_known_matter, an_office, api


def an_open_case(status: CaseStatus = CaseStatus.OPEN) -> FakeUnitOfWork:
    known = a_known_matter(case_id=K1)
    return an_office(known, a_case(status), state=OfferState.ACCEPTED)


def refer(uow: FakeUnitOfWork) -> HandoverOffered:
    api(uow).ReferCase(pb.ReferCaseRequest(case_id=K1, ministry="kemlu", request="consular_help"))
    event = uow.emitted[-1]
    assert isinstance(event, HandoverOffered)
    return event


def shown(uow: FakeUnitOfWork) -> pb.CaseReferral:
    return api(uow).GetCase(pb.GetCaseRequest(case_id=K1)).case.referral


def test_a_case_is_offered_to_the_ministry_and_stays_here_until_it_accepts() -> None:
    uow = an_open_case()
    offered, brief = refer(uow), ReferralBrief()
    assert (offered.receiver.service, offered.receiver.organisation) == ("exchange", "kemlu")
    assert offered.brief.Unpack(brief)
    assert (brief.request, brief.country) == ("consular_help", "MYS")
    assert (shown(uow).ministry, shown(uow).offer_state) == ("kemlu", "offered")
    assert shown(uow).holder.service == "protection"


def test_a_case_without_a_referral_shows_none() -> None:
    answer = api(an_open_case()).GetCase(pb.GetCaseRequest(case_id=K1))
    assert not answer.case.HasField("referral")


def test_a_case_that_is_not_open_is_not_referred() -> None:
    with pytest.raises(NotAllowed, match="case k1 is pending"):
        refer(an_open_case(CaseStatus.PENDING))


def test_the_ministrys_result_is_kept_with_the_case() -> None:
    uow = an_open_case()
    refer(uow)
    custody = worker_factory(ProtectionCustody, uow=uow)
    custody.on_returned(uow.read(Custody, M1), HandoverReturned(matter_id=M1, result="helped"))
    assert shown(uow).result == "helped"


def test_a_service_reads_of_a_matter_that_was_offered_to_it_only() -> None:
    uow = an_open_case()
    for service in ("exchange", "placement"):
        uow.caller = Caller(f"service:{service}", frozenset({"service"}), service, "kp2mi")
        with pytest.raises(NotFound):
            must_be_offered_to(uow, M1)
    refer(uow)
    uow.caller = Caller("service:exchange", frozenset({"service"}), "exchange", "kp2mi")
    must_be_offered_to(uow, M1)
