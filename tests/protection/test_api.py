"""The protection service's rpcs, each on a unit of work in memory."""

from uuid import UUID

import pytest
from estafet.common.v1.party_pb2 import Money
from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.handover.v1.reply_pb2 import HandoverReply
from estafet.protection.v1 import events_pb2 as events
from estafet.protection.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotAllowed, NotFound
from services.chassis.testing import FakeUnitOfWork
from services.handover.custody import OfferState
from services.protection.domain.case import Case, CaseStatus
from tests.protection.builders import GIVER, K1, M1, a_case, a_known_matter, an_office, api


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def reply(uow: FakeUnitOfWork) -> HandoverReply:
    (event,) = uow.emitted
    assert isinstance(event, HandoverReply)
    return event


def accept(uow: FakeUnitOfWork, offer_no: int = 2) -> str:
    return api(uow).AcceptOffer(pb.AcceptOfferRequest(matter_id=M1, offer_no=offer_no)).case_id


def test_accepting_replies_with_a_pending_case() -> None:
    uow = an_office(a_known_matter())
    case_id = accept(uow)
    assert reply(uow).acceptance.resource_id == case_id
    assert uow.read(Case, case_id).status is CaseStatus.PENDING


def test_a_case_id_is_a_uuid() -> None:
    assert UUID(accept(an_office(a_known_matter())))


def test_an_offer_is_answered_once() -> None:
    uow = an_office(a_known_matter())
    accept(uow)
    with refused("OFFER_ANSWERED"):
        accept(uow)


def test_a_withdrawn_offer_cannot_be_accepted() -> None:
    with refused("OFFER_WITHDRAWN"):
        accept(an_office(a_known_matter(), state=OfferState.WITHDRAWN))


def test_an_offer_past_its_clock_cannot_be_accepted() -> None:
    uow = an_office(a_known_matter())
    uow.now = uow.now.replace(day=8)
    with refused("OFFER_LAPSED"):
        accept(uow)


def test_an_unknown_offer_is_told() -> None:
    with pytest.raises(NotFound):
        accept(an_office(a_known_matter()), offer_no=7)


def test_declining_keeps_the_text_here_and_sends_its_note() -> None:
    uow = an_office(a_known_matter())
    request = pb.DeclineOfferRequest(matter_id=M1, offer_no=2, code="not_ours", text="For police.")
    api(uow).DeclineOffer(request)
    refusal = reply(uow).refusal
    assert (refusal.code, uow.notes[refusal.note_id].text) == ("not_ours", "For police.")


@pytest.mark.parametrize(("days", "day"), [(0, "07"), (1, "05")])
def test_a_question_is_to_be_answered_in_working_days(days: int, day: str) -> None:
    uow = an_office(a_known_matter())
    request = pb.AskAboutOfferRequest(
        matter_id=M1, offer_no=2, text="Where?", answer_within_days=days
    )
    api(uow).AskAboutOffer(request)
    assert reply(uow).question.answer_by.ToDatetime().isoformat() == f"2024-03-{day}T09:00:00"


def mediate(uow: FakeUnitOfWork, **fields: object) -> pb.HoldMediationResponse:
    request = pb.HoldMediationRequest(
        case_id=K1, outcome=pb.MEDIATION_OUTCOME_AGREED, text="Both came."
    )
    if fields:
        request.commitment.CopyFrom(pb.Commitment(**fields))  # type: ignore[arg-type] # a test's fields
    return api(uow).HoldMediation(request)


def test_a_mediation_and_its_promise_are_told_and_shown() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    amount = Money(amount=4_500_000, currency="IDR")
    commitment_id = mediate(uow, due_on="2024-03-11", amount=amount).commitment_id
    assert [type(event) for event in uow.emitted] == [
        events.MediationHeld,
        events.CommitmentPromised,
    ]
    shown = api(uow).GetCase(pb.GetCaseRequest(case_id=K1)).case.mediation
    assert shown.commitment == pb.Commitment(
        commitment_id=commitment_id, due_on="2024-03-11", amount=amount
    )
    assert (shown.held_on, uow.notes[shown.note_id].text) == ("2024-03-04", "Both came.")


def test_a_mediation_without_a_promise_has_no_commitment() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    assert mediate(uow).commitment_id == ""
    shown = api(uow).GetCase(pb.GetCaseRequest(case_id=K1)).case.mediation
    assert not shown.HasField("commitment")


def test_a_day_that_no_calendar_has_is_told_by_field() -> None:
    with pytest.raises(Invalid) as told:
        mediate(an_office(a_case(), state=OfferState.ACCEPTED), due_on="2024-02-30")
    assert told.value.fields[0][0] == "commitment.due_on"


def give_back(uow: FakeUnitOfWork) -> None:
    api(uow).ReturnCase(pb.ReturnCaseRequest(case_id=K1, result="settled", text="All is paid."))


def test_a_returned_case_goes_to_its_giver_with_its_result() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    give_back(uow)
    (event,) = uow.emitted
    assert isinstance(event, HandoverReturned)
    assert (event.holder, event.result, event.resource_id) == (GIVER.to_proto(), "settled", K1)
    assert uow.notes[event.note_id].text == "All is paid."


def test_a_case_is_returned_once() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    give_back(uow)
    with refused("NOT_HOLDER"):
        give_back(uow)


def test_an_unknown_case_is_told() -> None:
    with pytest.raises(NotFound):
        api(an_office()).GetCase(pb.GetCaseRequest(case_id="k9"))
