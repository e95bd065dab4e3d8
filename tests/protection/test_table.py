"""Each rpc of protection in each state of what it is about."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING, Any

import pytest
from estafet.protection.v1 import service_pb2 as pb

from services.chassis.catalogue import CUSTODY_TOPIC, methods
from services.chassis.errors import NotAllowed
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head
from services.handover.custody import Custody, Offer, OfferState, Party
from services.protection.acting import ARRIVED, CASE, REPATRIATION, SANCTION
from services.protection.begun import EMPOWERMENT, HERE, MINISTRIES, PLACEMENT
from services.protection.domain.case import WORKER_IN_PROCESS, Case, CaseStatus
from services.protection.domain.repatriation import Repatriation
from services.protection.domain.sanction import RecommendedSanction
from services.protection.workflow import LAW
from tests.databases import a_runtime, working
from tests.protection.builders import (
    GIVER,
    K1,
    M1,
    a_case,
    a_custody,
    a_known_matter,
    an_offer,
    an_office,
    api,
)
from tests.support.tables import acts, does_as_the_table_says, everywhere

if TYPE_CHECKING:
    import sqlalchemy as sa
    from google.protobuf.message import Message

OFFER = "offer"
MINISTRY = Party(MINISTRIES, "kemlu")
OFFERED: dict[str, Any] = {"matter_id": M1, "offer_no": 2}
MATTER: dict[str, Any] = {"matter_id": M1}
REQUESTS: dict[str, Message] = {
    "DeclineOffer": pb.DeclineOfferRequest(**OFFERED, code="not_ours"),
    "AskAboutOffer": pb.AskAboutOfferRequest(**OFFERED, text="Di mana (contoh)?"),
    "HoldMediation": pb.HoldMediationRequest(case_id=K1, outcome=pb.MEDIATION_OUTCOME_ABSENT),
    "ReferCase": pb.ReferCaseRequest(case_id=K1, ministry="kemlu", request="consular_help"),
    "ClarifyReferral": pb.ClarifyReferralRequest(case_id=K1, text="Di Penang (contoh)."),
    "ReturnCase": pb.ReturnCaseRequest(case_id=K1, result="settled"),
    "OfferSanction": pb.OfferSanctionRequest(**MATTER),
    "ClarifySanction": pb.ClarifySanctionRequest(**MATTER, text="Ada (contoh)."),
    "DropSanction": pb.DropSanctionRequest(**MATTER, text="Tidak cukup (contoh)."),
    "RecordArrival": pb.RecordArrivalRequest(**MATTER, arrived_on="2024-03-04", needs=["income"]),
    "OfferReturnee": pb.OfferReturneeRequest(**MATTER),
    "ClarifyReturnee": pb.ClarifyReturneeRequest(**MATTER, text="Sehat (contoh)."),
    "CloseRepatriation": pb.CloseRepatriationRequest(**MATTER, text="Tidak jadi (contoh)."),
}
# What a receiver is told only once it has asked.
ANSWERS = ("ClarifyReferral", "ClarifySanction", "ClarifyReturnee")


def an_office_of(process: str, state: str, action: str) -> FakeUnitOfWork:
    """Something of a process in a state."""
    if process == OFFER:
        given = {"offered": OfferState.OFFERED, "asked": OfferState.ASKED}
        return an_office(a_known_matter(), state=given[state])
    offer = OfferState.ASKED if action in ANSWERS else OfferState.OFFERED
    if process == CASE:
        return a_desk(in_case(state, offer), a_case_in(state))
    begun = {
        SANCTION: (PLACEMENT, RecommendedSanction(M1, K1, "a1", "overcharging")),
        REPATRIATION: (EMPOWERMENT, a_way_home(arrived=state != "under_way")),
    }
    receiver, thing = begun[process]
    return a_desk(of_ours(state, offer, receiver), thing, a_case())


def a_desk(custody: Custody, *things: object) -> FakeUnitOfWork:
    uow = FakeUnitOfWork(custody, *things, service="protection")
    is_held = custody.holder.service == "protection"
    uow.heads[CUSTODY_TOPIC, M1] = Head(custody.custody_no, is_held)
    return uow


def a_case_in(state: str) -> Case:
    is_open = state in ("referred", "with_ministry")
    case = a_case(CaseStatus.OPEN if is_open else CaseStatus(state))
    case.consents = ("kemlu",)
    return case


def a_way_home(*, arrived: bool) -> Repatriation:
    day = date(2024, 3, 1) if arrived else None
    return Repatriation(M1, K1, "w1", "SAU", day, ("income",) if arrived else ())


def in_case(state: str, offer: OfferState) -> Custody:
    """The custody of a case's matter."""
    custody = a_custody(an_offer(OfferState.ACCEPTED))
    if state == "referred":
        custody.offers.append(given_on(MINISTRY, offer))
    elif state == "with_ministry":
        custody.offers.append(given_on(MINISTRY, OfferState.ACCEPTED))
        custody.holder, custody.stack = MINISTRY, (GIVER, HERE)
    return custody


def of_ours(state: str, offer: OfferState, receiver: Party) -> Custody:
    """The custody of a matter that a case has begun."""
    given = {"offered": offer, "taken": OfferState.ACCEPTED}.get(state, OfferState.DECLINED)
    custody = a_custody(given_on(receiver, given))
    custody.offers[0].offer_no, custody.custody_no, custody.stack = 2, 3, ()
    custody.holder = receiver if state == "taken" else HERE
    custody.closed_at = A_MORNING if state == "ended" else None
    return custody


def given_on(receiver: Party, state: OfferState) -> Offer:
    offer = an_offer(state)
    offer.offer_no, offer.clock_no = 3, 3
    offer.giver, offer.receiver = HERE, receiver
    offer.answer_by = A_MORNING if state is OfferState.ASKED else None
    return offer


# Whoever has answered an offer, or let it lapse, is told which of the two: `handover.receiving`.
CASES = [each for each in everywhere(LAW, OFFER, CASE, SANCTION, REPATRIATION) if each[2] != "over"]


@pytest.mark.parametrize(("process", "action", "state"), CASES)
def test_an_rpc_does_what_the_table_allows(process: str, action: str, state: str) -> None:
    uow = an_office_of(process, state, action)
    does_as_the_table_says(LAW, (process, action, state), api(uow), REQUESTS[action])


def test_every_command_is_tried_here() -> None:
    commands = {
        name
        for name, method in methods("protection").items()
        if "request_id" in method.input_type.fields_by_name
    }
    begins = {"AcceptOffer", "RecommendSanction", "OpenRepatriation"}
    assert {action for _, action, _ in CASES} == commands - begins == {*REQUESTS}


def test_what_begins_is_an_act_of_its_own() -> None:
    uow = an_office(a_known_matter())
    case_id = api(uow).AcceptOffer(pb.AcceptOfferRequest(**OFFERED)).case_id
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    repatriation = pb.OpenRepatriationRequest(case_id=K1, country="SAU")
    home_id = api(uow).OpenRepatriation(repatriation).matter_id
    sanction = pb.RecommendSanctionRequest(case_id=K1, p3mi_id="a1", violation="overcharging")
    sanction_id = api(uow).RecommendSanction(sanction).matter_id
    begun = [(act.action, act.matter_id, act.state) for act in acts(uow)]
    assert case_id
    assert begun == [("OpenRepatriation", home_id, ""), ("RecommendSanction", sanction_id, "")]


def test_a_second_mediation_is_refused_by_the_rule() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    mediation = pb.HoldMediationRequest(case_id=K1, outcome=pb.MEDIATION_OUTCOME_ABSENT)
    api(uow).HoldMediation(mediation)
    with pytest.raises(NotAllowed, match="UU 18/2017 Art 21") as refused:
        api(uow).HoldMediation(mediation)
    assert refused.value.reason == "MEDIATION_HELD"


@pytest.mark.parametrize("action", ANSWERS)
def test_what_was_not_asked_is_not_answered(action: str) -> None:
    process = {"ClarifyReferral": CASE, "ClarifySanction": SANCTION}.get(action, REPATRIATION)
    uow = an_office_of(process, "referred" if process == CASE else "offered", "")
    with pytest.raises(NotAllowed) as refused:
        getattr(api(uow), action)(REQUESTS[action])
    assert refused.value.reason == "OFFER_NOT_ASKED"


def test_an_act_tells_the_clock_that_it_has_started() -> None:
    uow = an_office_of(REPATRIATION, ARRIVED, "OfferReturnee")
    api(uow).OfferReturnee(pb.OfferReturneeRequest(**MATTER))
    (act,) = acts(uow)
    due_at = uow.emitted[-1].due_at.ToDatetime(UTC)  # type: ignore[attr-defined] # an offer
    assert (act.clock, act.due_at) == ("returnee_offer", due_at)


@pytest.mark.parametrize(
    ("known", "reason", "evidence", "rule"),
    [
        ({"consents": ("kemlu",), "severity": 4}, "", "consent", "Art 30(2)"),
        ({"severity": 4}, "danger_to_life", "", "Art 20(2)d"),
        ({"category": WORKER_IN_PROCESS}, WORKER_IN_PROCESS, "", "placement gives it"),
    ],
)
def test_an_act_of_referring_tells_consent_or_what_went_before_it(
    known: dict[str, Any], reason: str, evidence: str, rule: str
) -> None:
    uow = an_office_of(CASE, "open", "ReferCase")
    case = uow.read(Case, K1)
    for name, value in {"consents": (), **known}.items():
        setattr(case, name, value)
    api(uow).ReferCase(pb.ReferCaseRequest(case_id=K1, ministry="kemlu", request="help"))
    (act,) = acts(uow)
    assert (act.reason, act.evidence) == (reason, evidence)
    assert rule in act.regulation


def test_an_end_tells_its_ground() -> None:
    uow = an_office_of(SANCTION, "recommended", "DropSanction")
    api(uow).DropSanction(pb.DropSanctionRequest(**MATTER, text="Tidak cukup (contoh)."))
    (act,) = acts(uow)
    assert (act.clock, act.due_at) == ("sanction_dropped", A_MORNING)


@pytest.mark.database("protection")
def test_the_second_of_two_officers_is_told_what_the_first_did(database: sa.Engine) -> None:
    request = pb.HoldMediationRequest(case_id=K1, outcome=pb.MEDIATION_OUTCOME_ABSENT)
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        uow.add(a_custody(an_offer(OfferState.ACCEPTED)))
        uow.add(a_case())
    with working(a_runtime(database, "protection"), Work("HoldMediation")) as uow:
        api(uow).HoldMediation(request)
    with (
        pytest.raises(NotAllowed, match="last HoldMediation by") as second,
        working(a_runtime(database, "protection"), Work("HoldMediation")) as uow,
    ):
        api(uow).HoldMediation(request)
    assert second.value.reason == "MEDIATION_HELD"
