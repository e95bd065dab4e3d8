"""What the protection tests are about."""

from datetime import UTC, datetime

from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, worker_factory
from services.chassis.unit_of_work import UnitOfWork
from services.handover.custody import Custody, Offer, OfferState, Party
from services.protection.api import ProtectionApi
from services.protection.domain.case import Case, CaseStatus, KnownMatter

M1 = "m1"
K1 = "k1"
GIVER = Party("complaint", "kp2mi", "layanan_pengaduan")
HERE = Party("protection", "kp2mi", "pelindungan")


def a_known_matter(matter_id: str = M1, severity: int = 2, case_id: str = "") -> KnownMatter:
    """A matter about unpaid wages in Malaysia, triaged by record 2."""
    return KnownMatter(matter_id, "unpaid_wages", severity, 2, "MYS", case_id)


def a_brief(severity: int = 2, triage_no: int = 2) -> ProtectionCaseBrief:
    """What comes with the offer of that matter."""
    return ProtectionCaseBrief(
        complaint_id=M1,
        category="unpaid_wages",
        severity=severity,
        country="MYS",
        triage_no=triage_no,
    )


def a_case(status: CaseStatus = CaseStatus.OPEN, case_id: str = K1, severity: int = 2) -> Case:
    """A case on that matter."""
    return Case(
        case_id=case_id,
        matter_id=M1,
        category="unpaid_wages",
        severity=severity,
        country="MYS",
        opened_at=A_MORNING,
        status=status,
    )


def an_offer(
    state: OfferState = OfferState.OFFERED, matter_id: str = M1, due_at: datetime | None = None
) -> Offer:
    """Complaint's offer to protection, number 2, to be answered by Thursday, close of business."""
    return Offer(
        matter_id=matter_id,
        offer_no=2,
        giver=GIVER,
        receiver=HERE,
        kind="protection.case",
        regulation="",
        offered_at=A_MORNING,
        due_at=due_at or datetime(2024, 3, 7, 9, 0, tzinfo=UTC),
        clock_no=2,
        state=state,
        resource_id=K1 if state is OfferState.ACCEPTED else "",
    )


def a_custody(offer: Offer) -> Custody:
    """The matter's custody: protection holds it if the offer was accepted."""
    accepted = offer.state is OfferState.ACCEPTED
    return Custody(
        matter_id=offer.matter_id,
        journey_id=offer.matter_id,
        parent_id="",
        kind="complaint",
        holder=HERE if accepted else GIVER,
        stack=(GIVER,) if accepted else (),
        opened_at=A_MORNING,
        held_since=A_MORNING,
        custody_no=3 if accepted else 2,
        offers=[offer],
    )


def an_office(*things: object, state: OfferState = OfferState.OFFERED) -> FakeUnitOfWork:
    """A unit of work in which the matter lies, offered or accepted, with what is given."""
    custody = a_custody(an_offer(state))
    uow = FakeUnitOfWork(custody, *things, service="protection")
    if state is OfferState.ACCEPTED:
        uow.heads[CUSTODY_TOPIC, M1] = Head(custody.custody_no)
    return uow


def api(uow: UnitOfWork) -> ProtectionApi:
    """The service's rpcs on a unit of work."""
    return worker_factory(ProtectionApi, uow=uow)
