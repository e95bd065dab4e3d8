"""What complaint does when protection acts."""

from datetime import UTC, datetime

import pytest
from estafet.exchange.v1.events_pb2 import MinistryReminded, ReferralOpened, ReferralRecounted
from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.protection.v1.events_pb2 import CaseOpened, MediationHeld

from services.chassis.errors import TryAgain
from services.chassis.instants import timestamp
from services.chassis.testing import A_MORNING, FakeUnitOfWork, worker_factory
from services.complaint.domain import Complaint, Progress
from services.complaint.reactions import ComplaintCustody, ComplaintReactions
from services.handover.custody import Custody, OfferState
from tests.complaint.builders import C1, a_complaint, a_custody, an_offer, an_office
from tests.complaint.history_steps import KEMLU

K1 = "k1"


def handed_over(kind: str = "complaint", case_id: str = K1) -> FakeUnitOfWork:
    custody = a_custody(an_offer(OfferState.ACCEPTED, resource_id=case_id), handed_over=True)
    custody.kind = kind
    return an_office(a_complaint("unpaid_wages", 2), custody)


def progress(uow: FakeUnitOfWork) -> Progress:
    reactions = worker_factory(ComplaintReactions, uow=uow)
    reactions.show_case_opened(CaseOpened(case_id=K1, matter_id=C1))
    return uow.read(Complaint, C1).progress


def test_the_status_shows_that_a_case_is_open() -> None:
    assert progress(handed_over()) is Progress.CASE_OPENED


def test_the_status_shows_that_a_mediation_was_held() -> None:
    uow = handed_over()
    reactions = worker_factory(ComplaintReactions, uow=uow)
    reactions.show_mediation_held(MediationHeld(case_id=K1, matter_id=C1, outcome="agreed"))
    assert uow.read(Complaint, C1).progress is Progress.MEDIATION_HELD


@pytest.mark.parametrize(("referral_id", "told"), [(K1, True), ("k2", False)])
def test_the_status_tells_by_when_a_ministry_owes_its_result(referral_id: str, told: bool) -> None:
    uow = handed_over()
    earlier = an_offer(OfferState.ACCEPTED, resource_id="k2")
    uow.read(Custody, C1).offers.insert(0, earlier)
    reactions = worker_factory(ComplaintReactions, uow=uow)
    first, last = datetime(2024, 3, 20, 9, 0, tzinfo=UTC), datetime(2024, 3, 27, 9, 0, tzinfo=UTC)
    fields = {"referral_id": referral_id, "matter_id": C1, "ministry": "kemlu"}
    reactions.show_referral(ReferralOpened(**fields, answer_by=timestamp(first)))
    assert uow.read(Complaint, C1).result_due_at == (first if told else None)
    reactions.show_reminder(MinistryReminded(**fields, answer_by=timestamp(last)))
    assert uow.read(Complaint, C1).result_due_at == (last if told else None)
    reactions.show_reminder(ReferralRecounted(**fields, answer_by=timestamp(first)))
    assert uow.read(Complaint, C1).result_due_at == (first if told else None)


def referred(uow: FakeUnitOfWork) -> None:
    opened = ReferralOpened(referral_id="k2", matter_id=C1, ministry="kemlu")
    worker_factory(ComplaintReactions, uow=uow).show_referral(opened)


def test_what_a_ministry_owes_waits_for_its_acceptance_to_be_read() -> None:
    uow = handed_over()
    uow.read(Custody, C1).offers.append(an_offer(offer_no=4, receiver=KEMLU))
    with pytest.raises(TryAgain, match="k2 is not read yet"):
        referred(uow)


def test_what_a_ministry_owes_waits_for_its_offer_too() -> None:
    with pytest.raises(TryAgain, match="k2 is not read yet"):
        referred(handed_over())


def test_nothing_waits_for_a_matter_that_is_over() -> None:
    uow = handed_over()
    uow.read(Custody, C1).closed_at = A_MORNING
    referred(uow)
    assert uow.read(Complaint, C1).result_due_at is None


def test_who_is_asked_next_does_not_owe_what_the_last_one_owed() -> None:
    complaint = a_complaint("unpaid_wages", 2, result_due_at=datetime(2024, 3, 20, tzinfo=UTC))
    complaint.refer("mohon bantuan (contoh)")
    assert complaint.result_due_at is None


def test_the_case_of_an_earlier_hand_over_changes_nothing() -> None:
    assert progress(handed_over(case_id="k2")) is Progress.NONE


def test_a_case_of_another_deputys_matter_changes_nothing() -> None:
    assert progress(handed_over(kind="inspection")) is Progress.NONE


def test_a_case_of_an_unknown_matter_is_nothing_to_complaint() -> None:
    uow = FakeUnitOfWork()
    reactions = worker_factory(ComplaintReactions, uow=uow)
    reactions.show_case_opened(CaseOpened(case_id=K1, matter_id="elsewhere"))
    assert uow.emitted == []


def test_a_ministry_that_was_silent_has_left_no_result() -> None:
    uow = handed_over()
    custody = worker_factory(ComplaintCustody, uow=uow)
    custody.on_returned(uow.read(Custody, C1), HandoverReturned(matter_id=C1, result="silent"))
    complaint = uow.read(Complaint, C1)
    assert (complaint.result, complaint.clock_due_at is not None) == ("", True)


def test_a_returned_complaint_has_a_new_clock() -> None:
    uow = handed_over()
    custody = worker_factory(ComplaintCustody, uow=uow)
    custody.on_returned(uow.read(Custody, C1), HandoverReturned(matter_id=C1, result="settled"))
    complaint = uow.read(Complaint, C1)
    # Monday and five working days without Nyepi (11 March 2024) and its collective leave.
    assert complaint.clock_due_at == datetime(2024, 3, 13, 9, 0, tzinfo=UTC)
    assert complaint.result == "settled"
