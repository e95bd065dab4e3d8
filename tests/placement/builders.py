"""What the placement tests are about. People and agencies are fictional."""

from datetime import UTC, date, datetime

from estafet.placement.v1.briefs_pb2 import SanctionBrief

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, worker_factory
from services.chassis.unit_of_work import UnitOfWork
from services.handover.custody import Custody, Offer, OfferState, Party
from services.placement.api import PlacementApi
from services.placement.domain.p3mi import Lock, P3mi
from services.placement.domain.sanction import FileStatus, Recommendation, SanctionFile
from services.placement.domain.worker import Placement, PlacementStatus, Worker
from services.placement.offering import HERE, PROTECTION

M1 = "m1"
F1 = "f1"
P1 = "p1"
W1 = "w1"
A1 = "a1"
TODAY = date(2024, 3, 4)


def a_lock(
    *countries: str, decision_id: str = "d1", expires_on: date | None = None, ended_as: str = ""
) -> Lock:
    """A decision of today."""
    return Lock(
        decision_id=decision_id,
        p3mi_id=A1,
        decision_no=f"no. {decision_id}",
        article="an article (contoh)",
        countries=countries,
        signatory="an office (contoh)",
        decided_on=TODAY,
        expires_on=expires_on,
        ended_as=ended_as,
    )


def an_agency(*locks: Lock, p3mi_id: str = A1) -> P3mi:
    """A placement agency with these locks."""
    name = "PT Contoh Fiktif"
    return P3mi(p3mi_id, name, f"SIP3MI fiktif {p3mi_id}", A_MORNING, list(locks))


def a_worker(worker_id: str = W1) -> Worker:
    """A worker from Kabupaten Cilacap."""
    return Worker(worker_id, "33.01", A_MORNING)


def a_placement(
    status: PlacementStatus = PlacementStatus.IN_PROCESS,
    placement_id: str = P1,
    worker_id: str = W1,
    p3mi_id: str = A1,
    country: str = "MYS",
) -> Placement:
    """A placement that began today."""
    placement = Placement(placement_id, worker_id, p3mi_id, country, A_MORNING, status)
    if status in (PlacementStatus.DEPARTED, PlacementStatus.RETURNED):
        placement.departed_on = TODAY
    return placement


def a_brief() -> SanctionBrief:
    """What comes with a recommended sanction."""
    return SanctionBrief(p3mi_id=A1, case_id="k1", violation="overcharging", note_id="n1")


def a_recommendation() -> Recommendation:
    """The same as placement keeps it."""
    return Recommendation.of(M1, a_brief())


def a_file(status: FileStatus = FileStatus.OPEN) -> SanctionFile:
    """A file on that recommendation."""
    return SanctionFile(F1, M1, A1, "overcharging", A_MORNING, status)


def an_offer(
    state: OfferState = OfferState.OFFERED,
    matter_id: str = M1,
    giver: Party = PROTECTION,
    receiver: Party = HERE,
) -> Offer:
    """Offer number 2, to be answered by Thursday, close of business."""
    return Offer(
        matter_id=matter_id,
        offer_no=2,
        giver=giver,
        receiver=receiver,
        kind="placement.sanction",
        regulation="",
        offered_at=A_MORNING,
        due_at=datetime(2024, 3, 7, 9, 0, tzinfo=UTC),
        clock_no=2,
        state=state,
        resource_id=F1 if state is OfferState.ACCEPTED else "",
    )


def a_custody(offer: Offer, kind: str = "sanction", parent_id: str = "m0") -> Custody:
    """The matter's custody: its receiver holds it if the offer was accepted."""
    accepted = offer.state is OfferState.ACCEPTED
    return Custody(
        matter_id=offer.matter_id,
        journey_id=parent_id or offer.matter_id,
        parent_id=parent_id,
        kind=kind,
        holder=offer.receiver if accepted else offer.giver,
        stack=(offer.giver,) if accepted else (),
        opened_at=A_MORNING,
        held_since=A_MORNING,
        custody_no=3 if accepted else 2,
        offers=[offer],
    )


def an_office(*things: object, state: OfferState = OfferState.OFFERED) -> FakeUnitOfWork:
    """A unit of work in which a recommended sanction lies, offered or accepted."""
    custody = a_custody(an_offer(state))
    uow = FakeUnitOfWork(custody, *things, service="placement")
    if state is OfferState.ACCEPTED:
        uow.heads[CUSTODY_TOPIC, M1] = Head(custody.custody_no)
    return uow


def api(uow: UnitOfWork) -> PlacementApi:
    """The service's rpcs on a unit of work."""
    return worker_factory(PlacementApi, uow=uow)
