"""What the empowerment tests are about. People are fictional."""

from datetime import UTC, datetime

from estafet.empowerment.v1.briefs_pb2 import ReturneeBrief

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, worker_factory
from services.chassis.unit_of_work import UnitOfWork
from services.empowerment.api import EmpowermentApi
from services.empowerment.domain import Enrolment, Plan, PlanStatus, Returnee
from services.handover.custody import Custody, Offer, OfferState, Party

M1 = "m1"
P1 = "p1"
W1 = "w1"
NEEDS = ("income", "debt")
GIVER = Party("protection", "kp2mi", "pelindungan")
HERE = Party("empowerment", "kp2mi", "pemberdayaan")


def a_brief() -> ReturneeBrief:
    """Somebody back from Saudi Arabia who has debts and no income."""
    return ReturneeBrief(
        case_id="k1", worker_id=W1, country="SAU", arrived_on="2024-03-01", needs=NEEDS
    )


def a_returnee(matter_id: str = M1) -> Returnee:
    """The same as empowerment keeps it."""
    return Returnee.of(matter_id, a_brief())


def a_plan(
    status: PlanStatus = PlanStatus.OPEN,
    *programmes: str,
    plan_id: str = P1,
    opened_at: datetime = A_MORNING,
) -> Plan:
    """A plan for them."""
    enrolments = [Enrolment(f"{plan_id} {name}", plan_id, name, opened_at) for name in programmes]
    return Plan(plan_id, M1, W1, NEEDS, opened_at, status, enrolments=enrolments)


def an_offer(state: OfferState = OfferState.OFFERED, matter_id: str = M1) -> Offer:
    """Protection's offer, number 2, to be answered within a month."""
    return Offer(
        matter_id=matter_id,
        offer_no=2,
        giver=GIVER,
        receiver=HERE,
        kind="empowerment.returnee",
        regulation="",
        offered_at=A_MORNING,
        due_at=datetime(2024, 4, 4, 3, 0, tzinfo=UTC),
        clock_no=2,
        state=state,
        resource_id=P1 if state is OfferState.ACCEPTED else "",
    )


def a_custody(offer: Offer) -> Custody:
    """The repatriation's custody: empowerment holds it if the offer was accepted."""
    accepted = offer.state is OfferState.ACCEPTED
    return Custody(
        matter_id=offer.matter_id,
        journey_id="m0",
        parent_id="m0",
        kind="repatriation",
        holder=HERE if accepted else GIVER,
        stack=(GIVER,) if accepted else (),
        opened_at=A_MORNING,
        held_since=A_MORNING,
        custody_no=3 if accepted else 2,
        offers=[offer],
    )


def an_office(*things: object, state: OfferState = OfferState.OFFERED) -> FakeUnitOfWork:
    """A unit of work in which a returnee's matter lies, offered or accepted."""
    custody = a_custody(an_offer(state))
    uow = FakeUnitOfWork(custody, *things, service="empowerment")
    if state is OfferState.ACCEPTED:
        uow.heads[CUSTODY_TOPIC, M1] = Head(custody.custody_no)
    return uow


def api(uow: UnitOfWork) -> EmpowermentApi:
    """The service's rpcs on a unit of work."""
    return worker_factory(EmpowermentApi, uow=uow)
