"""Each rpc of empowerment in each state of what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from estafet.empowerment.v1 import service_pb2 as pb

from services.chassis.catalogue import methods
from services.chassis.errors import NotAllowed
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.empowerment.domain import PlanStatus
from services.empowerment.workflow import LAW, PLAN
from services.handover.acting import OFFER
from services.handover.custody import Custody, OfferState
from tests.databases import a_runtime, working
from tests.empowerment.builders import (
    M1,
    P1,
    a_custody,
    a_plan,
    a_returnee,
    an_offer,
    an_office,
    api,
)
from tests.support.tables import acts, does_as_the_table_says, everywhere

if TYPE_CHECKING:
    import sqlalchemy as sa
    from google.protobuf.message import Message

OFFERED: dict[str, Any] = {"matter_id": M1, "offer_no": 2}
REQUESTS: dict[str, Message] = {
    "DeclineOffer": pb.DeclineOfferRequest(**OFFERED, code="not_ours"),
    "AskAboutOffer": pb.AskAboutOfferRequest(**OFFERED, text="Sejak kapan (contoh)?"),
    "EnrolReturnee": pb.EnrolReturneeRequest(plan_id=P1, programme="kur_loan"),
    "RecordWish": pb.RecordWishRequest(plan_id=P1, country="TWN"),
    "RecordOutcome": pb.RecordOutcomeRequest(plan_id=P1, outcome="own_business"),
}


def an_office_of(process: str, state: str) -> FakeUnitOfWork:
    """Something of a process in a state."""
    if process == OFFER:
        return an_office(a_returnee(), state=OfferState(state))
    return at_work(PlanStatus(state))


def at_work(status: PlanStatus, *programmes: str) -> FakeUnitOfWork:
    """A plan whose matter empowerment holds; until it is confirmed the giver does."""
    is_ours = status in (PlanStatus.OPEN, PlanStatus.ENDED)
    state = OfferState.ACCEPTED if is_ours else OfferState.OFFERED
    uow = an_office(a_plan(status, *programmes), state=state)
    if status is PlanStatus.ENDED:
        uow.read(Custody, M1).closed_at = A_MORNING
    return uow


# Whoever has answered an offer, or let it lapse, is told which of the two: `handover.receiving`.
CASES = [each for each in everywhere(LAW, OFFER, PLAN) if each[2] != "over"]


@pytest.mark.parametrize(("process", "action", "state"), CASES)
def test_an_rpc_does_what_the_table_allows(process: str, action: str, state: str) -> None:
    uow = an_office_of(process, state)
    does_as_the_table_says(LAW, (process, action, state), api(uow), REQUESTS[action])


def test_every_command_is_tried_here() -> None:
    commands = {
        name
        for name, method in methods("empowerment").items()
        if "request_id" in method.input_type.fields_by_name
    }
    assert {action for _, action, _ in CASES} == commands - {"AcceptOffer"} == {*REQUESTS}


def test_a_plan_begins_by_an_act_of_its_own() -> None:
    uow = an_office(a_returnee())
    plan_id = api(uow).AcceptOffer(pb.AcceptOfferRequest(**OFFERED)).plan_id
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.state) == ("AcceptOffer", plan_id, "")
    assert act.regulation.startswith("Perban BP2MI 5/2024 Art 4(4)")


def test_a_second_enrolment_in_a_programme_is_refused_by_the_rule() -> None:
    uow = at_work(PlanStatus.OPEN, "kur_loan")
    with pytest.raises(NotAllowed, match="UU 18/2017 Art 24") as refused:
        api(uow).EnrolReturnee(pb.EnrolReturneeRequest(plan_id=P1, programme="kur_loan"))
    assert refused.value.reason == "ENROLLED"


def test_an_act_tells_until_when_a_question_is_to_be_answered() -> None:
    uow = an_office(a_returnee())
    api(uow).AskAboutOffer(pb.AskAboutOfferRequest(**OFFERED, text="Sejak kapan (contoh)?"))
    (act,) = acts(uow)
    assert act.due_at is not None
    assert (act.clock, act.due_at.isoformat()) == ("question", "2024-03-07T09:00:00+00:00")


def test_an_outcome_tells_its_ground() -> None:
    uow = at_work(PlanStatus.OPEN)
    api(uow).RecordOutcome(pb.RecordOutcomeRequest(plan_id=P1, outcome="earning"))
    (act,) = acts(uow)
    assert (act.clock, act.due_at) == ("outcome_recorded", A_MORNING)


@pytest.mark.database("empowerment")
def test_the_second_of_two_officers_is_told_what_the_first_did(database: sa.Engine) -> None:
    request = pb.EnrolReturneeRequest(plan_id=P1, programme="kur_loan")
    with working(a_runtime(database, "empowerment"), Work("test")) as uow:
        uow.add(a_custody(an_offer(OfferState.ACCEPTED)))
        uow.add(a_plan())
    with working(a_runtime(database, "empowerment"), Work("EnrolReturnee")) as uow:
        api(uow).EnrolReturnee(request)
    with (
        pytest.raises(NotAllowed, match="last EnrolReturnee by") as second,
        working(a_runtime(database, "empowerment"), Work("EnrolReturnee")) as uow,
    ):
        api(uow).EnrolReturnee(request)
    assert second.value.reason == "ENROLLED"
