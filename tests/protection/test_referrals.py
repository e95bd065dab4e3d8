"""A case that is referred to a ministry, and comes back."""

import pytest
from estafet.exchange.v1.briefs_pb2 import ReferralBrief
from estafet.handover.v1.custody_pb2 import HandoverOffered, HandoverReturned
from estafet.protection.v1 import service_pb2 as pb
from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief

from services.chassis.errors import NotAllowed, NotFound
from services.chassis.identity import Caller
from services.chassis.testing import FakeUnitOfWork, worker_factory
from services.handover.custody import Custody, OfferState
from services.handover.receiving import must_be_offered_to
from services.protection.domain.case import WORKER_IN_PROCESS, Case, CaseStatus, KnownMatter
from services.protection.reactions import ProtectionCustody
from tests.protection.builders import K1, M1, a_case, a_known_matter, an_office, api


def an_open_case(status: CaseStatus = CaseStatus.OPEN) -> FakeUnitOfWork:
    known = a_known_matter(case_id=K1)
    case = a_case(status)
    case.consents = ("kemlu",)
    return an_office(known, case, state=OfferState.ACCEPTED)


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
    with pytest.raises(NotAllowed, match="case k1 is waiting for the giver"):
        refer(an_open_case(CaseStatus.PENDING))


def an_unasked_case(**fields: object) -> FakeUnitOfWork:
    """Whoever complained was not asked about kemlu."""
    uow = an_open_case()
    case = uow.read(Case, K1)
    for name, value in {"consents": ("bpjs",), **fields}.items():
        setattr(case, name, value)
    return uow


def test_no_ministry_is_asked_without_consent() -> None:
    with pytest.raises(NotAllowed) as refused:
        refer(an_unasked_case())
    assert refused.value.reason == "NO_CONSENT"


def test_danger_to_life_goes_before_consent_and_the_record_says_so() -> None:
    assert "Art 20(2)d" in refer(an_unasked_case(severity=4)).regulation
    assert "Art 20(2)d" not in refer(an_open_case()).regulation


def test_of_a_worker_in_process_nobody_was_asked() -> None:
    assert refer(an_unasked_case(category=WORKER_IN_PROCESS)).receiver.organisation == "kemlu"


def consent(uow: FakeUnitOfWork, ministry: str, *, given: bool) -> tuple[str, ...]:
    """What a case knows once an event was read."""
    known = uow.read(KnownMatter, M1)
    known.consent(ministry, given=given)
    uow.read(Case, K1).follow(known)
    return uow.read(Case, K1).consents


def test_what_was_said_last_counts() -> None:
    uow = an_open_case()
    assert consent(uow, "bpjs", given=True) == ("bpjs",)
    assert consent(uow, "kemlu", given=True) == ("bpjs", "kemlu")
    assert consent(uow, "bpjs", given=False) == ("kemlu",)


def test_a_brief_that_is_read_late_does_not_bring_a_consent_back() -> None:
    known = a_known_matter(case_id=K1)
    known.consent("bpjs", given=False)
    known.offered(ProtectionCaseBrief(consents=["bpjs", "kemlu"]))
    assert known.consents == ("kemlu",)


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
