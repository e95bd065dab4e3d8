"""The empowerment service's rpcs and reactions, each on a unit of work in memory."""

import pytest
from estafet.empowerment.v1 import events_pb2 as events
from estafet.empowerment.v1 import service_pb2 as pb
from estafet.handover.v1 import custody_pb2 as custody
from estafet.handover.v1.reply_pb2 import HandoverReply
from estafet.placement.v1.briefs_pb2 import SanctionBrief

from services.chassis.errors import NotAllowed
from services.chassis.testing import FakeUnitOfWork, worker_factory
from services.empowerment.domain import Plan, PlanStatus, Returnee
from services.empowerment.reactions import EmpowermentCustody
from services.handover.custody import Custody, OfferState
from tests.empowerment.builders import (
    M1,
    NEEDS,
    P1,
    W1,
    a_brief,
    a_plan,
    a_returnee,
    an_office,
    api,
)
from tests.support.tables import acts


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def reply(uow: FakeUnitOfWork) -> HandoverReply:
    (event,) = uow.emitted
    assert isinstance(event, HandoverReply)
    return event


def at_work(*programmes: str) -> FakeUnitOfWork:
    return an_office(a_plan(PlanStatus.OPEN, *programmes), state=OfferState.ACCEPTED)


def test_accepting_replies_with_a_pending_plan_for_what_is_needed() -> None:
    uow = an_office(a_returnee())
    plan_id = api(uow).AcceptOffer(pb.AcceptOfferRequest(matter_id=M1, offer_no=2)).plan_id
    plan = uow.read(Plan, plan_id)
    assert reply(uow).acceptance.resource_id == plan_id
    assert (plan.status, plan.worker_id, plan.needs) == (PlanStatus.PENDING, W1, NEEDS)


def test_declining_keeps_the_text_here_and_sends_its_note() -> None:
    uow = an_office(a_returnee())
    request = pb.DeclineOfferRequest(matter_id=M1, offer_no=2, code="not_ours", text="(contoh)")
    api(uow).DeclineOffer(request)
    assert uow.notes[reply(uow).refusal.note_id].text == "(contoh)"


def test_a_question_is_to_be_answered_in_three_working_days() -> None:
    uow = an_office(a_returnee())
    api(uow).AskAboutOffer(pb.AskAboutOfferRequest(matter_id=M1, offer_no=2, text="(contoh)"))
    answer_by = reply(uow).question.answer_by.ToDatetime()
    assert answer_by.isoformat() == "2024-03-07T09:00:00"


def enrol(uow: FakeUnitOfWork, programme: str) -> None:
    api(uow).EnrolReturnee(pb.EnrolReturneeRequest(plan_id=P1, programme=programme))


def test_an_enrolment_is_told_and_shown() -> None:
    uow = at_work("mentoring")
    enrol(uow, "kur_loan")
    (told,) = uow.emitted
    assert isinstance(told, events.ReturneeEnrolled)
    assert told.programme == "kur_loan"
    shown = api(uow).GetPlan(pb.GetPlanRequest(plan_id=P1)).plan
    assert list(shown.programmes) == ["mentoring", "kur_loan"]


def test_nobody_is_enrolled_twice_in_one_programme() -> None:
    with refused("ENROLLED"):
        enrol(at_work("mentoring"), "mentoring")


def test_a_wish_to_go_again_is_told() -> None:
    uow = at_work()
    api(uow).RecordWish(pb.RecordWishRequest(plan_id=P1, country="TWN"))
    assert uow.emitted == [events.WishedToGoAgain(plan_id=P1, worker_id=W1, country="TWN")]


def test_an_outcome_ends_the_plan_and_the_matter() -> None:
    uow = at_work()
    request = pb.RecordOutcomeRequest(plan_id=P1, outcome="own_business", text="Warung (contoh).")
    api(uow).RecordOutcome(request)
    assert uow.emitted == [
        events.OutcomeRecorded(plan_id=P1, matter_id=M1, outcome="own_business"),
        custody.MatterClosed(matter_id=M1, ground="outcome_recorded"),
    ]
    shown = api(uow).GetPlan(pb.GetPlanRequest(plan_id=P1)).plan
    assert uow.notes[shown.note_id].text == "Warung (contoh)."


def custody_of(uow: FakeUnitOfWork) -> EmpowermentCustody:
    return worker_factory(EmpowermentCustody, uow=uow)


def test_the_last_offer_tells_best_who_a_returnee_is() -> None:
    uow = an_office()
    matter, brief = uow.read(Custody, M1), a_brief()
    custody_of(uow).on_offered(matter, matter.offers[0], brief)
    brief.worker_id = "w2"
    custody_of(uow).on_offered(matter, matter.offers[0], brief)
    returnee = uow.read(Returnee, M1)
    assert (returnee.worker_id, returnee.needs) == ("w2", NEEDS)


def test_a_brief_of_another_deputy_is_a_bug() -> None:
    uow = an_office()
    matter = uow.read(Custody, M1)
    with pytest.raises(TypeError):
        custody_of(uow).on_offered(matter, matter.offers[0], SanctionBrief())


def test_a_confirmed_acceptance_opens_the_plan_once() -> None:
    uow = an_office(a_plan(PlanStatus.PENDING), state=OfferState.ACCEPTED)
    matter = uow.read(Custody, M1)
    for _ in range(2):
        custody_of(uow).on_confirmed(matter, matter.offers[0])
    assert uow.emitted == [events.PlanOpened(plan_id=P1, matter_id=M1, worker_id=W1)]
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.state) == ("confirmed", P1, "pending")


def test_an_acceptance_that_came_too_late_leaves_a_void_plan() -> None:
    uow = an_office(a_plan(PlanStatus.PENDING), state=OfferState.LAPSED)
    matter = uow.read(Custody, M1)
    matter.offers[0].pending_id = P1
    custody_of(uow).on_offer_over(matter, matter.offers[0])
    assert uow.read(Plan, P1).status is PlanStatus.VOID
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.reason) == ("voided", P1, "lapsed")
