"""What the complaint tests are about, and the tools they share."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from estafet.complaint.v1 import service_pb2 as pb
from sqlalchemy.orm import Session

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.identity import OwnTokens
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, worker_factory
from services.chassis.testing_evidence import FakeEvidence
from services.chassis.unit_of_work import UnitOfWork
from services.complaint.access import Access
from services.complaint.api import RECEIVERS, ComplaintApi
from services.complaint.categories import Category
from services.complaint.clarification import (
    Clarification,
    Commitment,
    Document,
    Kept,
    Outcome,
)
from services.complaint.consent import Consent
from services.complaint.domain import Complaint, Progress, Work
from services.complaint.officers import Officer
from services.complaint.papers import MINUTES
from services.complaint.status import Stage
from services.complaint.telling import digest_message
from services.complaint.workflow import HERE, KIND
from services.documents.signing import LocalSigner
from services.handover.custody import Custody, Offer, OfferState, Party
from services.messages.message import ContactPlan, Message
from services.process.acts import Act
from services.process.notices import Notice

C1 = "c1"
C2 = "c2"
K1 = "0190a000-0000-7000-8000-00000000c1a1"
WAGES = Category("unpaid_wages", {"id": "Gaji tidak dibayar", "en": "Unpaid wages"}, "protection")
FEES = Category("overcharging", {"id": "Biaya berlebih", "en": "Excess fee"}, "")
ABUSE = Category("physical_abuse", {"id": "Kekerasan", "en": "Violence"}, "protection")
QUESTION = Category("information", {"id": "Permintaan informasi", "en": "Information"}, "")
PROTECTION = RECEIVERS["protection"]


def a_complaint(
    category: str = "",
    severity: int = 0,
    *,
    complaint_id: str = C1,
    urgent: bool = False,
    filed_at: datetime = A_MORNING,
    answered_at: datetime | None = None,
    progress: Progress = Progress.NONE,
    result_due_at: datetime | None = None,
    result: str = "",
    ground: str = "",
    closed_at: datetime | None = None,
    work: Work = Work.NONE,
    clock: str = "",
    clock_due_at: datetime | None = None,
    merged_into: str = "",
    clarification_id: str = "",
) -> Complaint:
    """A complaint from the web about Malaysia."""
    return Complaint(
        complaint_id,
        channel="web",
        reporter="worker",
        country="MYS",
        urgent=urgent,
        filed_at=filed_at,
        category=category,
        severity=severity,
        triage_no=2 if category else 0,
        answered_at=answered_at,
        progress=progress,
        result_due_at=result_due_at,
        result=result,
        work=work,
        clock=clock,
        clock_from=A_MORNING if clock_due_at else None,
        clock_due_at=clock_due_at,
        clock_step_at=clock_due_at,
        merged_into=merged_into,
        clarification_id=clarification_id,
        ground=ground,
        closed_at=closed_at,
        rank=4 - severity,
    )


def an_offer(state: OfferState = OfferState.OFFERED, **changes: object) -> Offer:
    """Complaint's offer to protection, number 2, to be answered by Thursday, close of business."""
    offer = Offer(
        matter_id=C1,
        offer_no=2,
        giver=HERE,
        receiver=PROTECTION,
        kind="protection.case",
        regulation="",
        offered_at=A_MORNING,
        due_at=datetime(2024, 3, 7, 9, 0, tzinfo=UTC),
        clock_no=2,
        state=state,
    )
    for name, value in changes.items():
        setattr(offer, name, value)
    return offer


def an_accepted_offer() -> Offer:
    """The offer, accepted by protection as its case k1."""
    return an_offer(OfferState.ACCEPTED, resource_id="k1")


def a_custody(
    *offers: Offer, matter_id: str = C1, handed_over: bool = False, holder: Party | None = None
) -> Custody:
    """A complaint's custody: complaint holds it, or protection does, or who is named."""
    given = handed_over or holder is not None
    return Custody(
        matter_id=matter_id,
        journey_id=matter_id,
        parent_id="",
        kind=KIND,
        holder=holder or (PROTECTION if handed_over else HERE),
        stack=(HERE,) if given else (),
        opened_at=A_MORNING,
        held_since=A_MORNING,
        custody_no=1 + len(offers),
        offers=list(offers),
    )


def situations() -> dict[str, tuple[Complaint, Custody, Stage]]:
    """Every situation that a complaint can be in, with its stage; fresh ones at every call."""
    wages = ("unpaid_wages", 2)
    back_by = datetime(2024, 3, 12, 9, 0, tzinfo=UTC)
    return {
        "filed": (a_complaint(), a_custody(), Stage.RECEIVED),
        "triaged": (a_complaint(*wages), a_custody(), Stage.TRIAGED),
        "offered": (a_complaint(*wages), a_custody(an_offer()), Stage.OFFERED),
        "asked": (
            a_complaint(*wages),
            a_custody(an_offer(OfferState.ASKED, answer_by=back_by)),
            Stage.OFFERED,
        ),
        "declined": (
            a_complaint(*wages),
            a_custody(an_offer(OfferState.DECLINED)),
            Stage.TRIAGED,
        ),
        "handed over": (
            a_complaint(*wages),
            a_custody(an_accepted_offer(), handed_over=True),
            Stage.HANDED_OVER,
        ),
        "case opened": (
            a_complaint(*wages, progress=Progress.CASE_OPENED),
            a_custody(an_accepted_offer(), handed_over=True),
            Stage.HANDED_OVER,
        ),
        "mediated": (
            a_complaint(*wages, progress=Progress.MEDIATION_HELD),
            a_custody(an_accepted_offer(), handed_over=True),
            Stage.HANDED_OVER,
        ),
        "watched": (
            a_complaint(*wages, result_due_at=datetime(2024, 3, 22, 9, 0, tzinfo=UTC)),
            a_custody(an_accepted_offer(), holder=Party("exchange", "kemlu")),
            Stage.WATCHED,
        ),
        "returned": (
            a_complaint(*wages, result="settled", clock="follow_up", clock_due_at=back_by),
            a_custody(an_accepted_offer()),
            Stage.RETURNED,
        ),
        "in validation": (
            a_complaint(work=Work.VALIDATION, clock="documents", clock_due_at=back_by),
            a_custody(),
            Stage.VALIDATION,
        ),
        "in consultation": (
            a_complaint(*wages, work=Work.CONSULTATION, clock="consultation", clock_due_at=back_by),
            a_custody(),
            Stage.CONSULTATION,
        ),
        "helped with a claim": (
            a_complaint(*wages, work=Work.CLAIM),
            a_custody(an_offer(OfferState.DECLINED)),
            Stage.CLAIM,
        ),
        "in consultation and offered": (
            a_complaint(*wages, work=Work.CONSULTATION),
            a_custody(an_offer()),
            Stage.OFFERED,
        ),
        **clarifications(),
        "merged": (
            a_complaint(ground="merged", closed_at=A_MORNING, merged_into=C2),
            a_custody(),
            Stage.MERGED,
        ),
        "closed": (
            a_complaint(*wages, ground="demand_met", closed_at=A_MORNING),
            a_custody(an_accepted_offer()),
            Stage.CLOSED,
        ),
    }


def clarifications() -> dict[str, tuple[Complaint, Custody, Stage]]:
    """A complaint with which an agency is busy; `a_clarification_in` is its clarification."""
    wages, back_by = ("unpaid_wages", 2), datetime(2024, 3, 12, 9, 0, tzinfo=UTC)
    first, second = (
        a_complaint(*wages, work=work, clock=work, clock_due_at=back_by, clarification_id=K1)
        for work in (Work.CLARIFICATION_1, Work.CLARIFICATION_2)
    )
    return {
        "invited": (first, a_custody(), Stage.CLARIFICATION_1),
        "heard once": (replace(first), a_custody(), Stage.CLARIFICATION_1),
        "invited again": (second, a_custody(), Stage.CLARIFICATION_2),
        "heard twice": (replace(second), a_custody(), Stage.CLARIFICATION_2),
    }


def a_clarification_in(situation: str) -> Clarification | None:
    """The clarification of a complaint in a situation: the first has settled nothing, in the second
    the agency has promised something, admitted the violation, and paid nothing."""
    match situation:
        case "invited":
            return a_clarification()
        case "heard once":
            return a_clarification(held_at=A_MORNING, outcome=Outcome.SECOND)
        case "invited again":
            return a_clarification(session=2)
        case "heard twice":
            held: dict[str, Any] = {"held_at": A_MORNING, "outcome": Outcome.SETTLED}
            return a_clarification(a_promise(Kept.BROKEN), session=2, admitted=True, **held)
    return None


def the_minutes(found: Clarification) -> Document:
    """The minutes of a session that was held."""
    signature: dict[str, object] = {"signer": "a test", "certified": False}
    of, session = found.clarification_id, str(found.session)
    return Document(f"d{session}", C1, of, MINUTES, f"hash {session}", "e1", signature, A_MORNING)


def a_clarification(*commitments: Commitment, session: int = 1, **changes: object) -> Clarification:
    """An agency that the register knows, invited for in three days."""
    made = Clarification(
        K1,
        C1,
        session,
        invited_at=A_MORNING,
        meets_at=A_MORNING + timedelta(days=3),
        answer_by=A_MORNING + timedelta(days=2),
        place="online",
        p3mi_id="r1",
        link_hash=b"no link's",
        link_no=1,
        link_ends_at=A_MORNING + timedelta(days=7),
        commitments=list(commitments),
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def a_promise(state: Kept = Kept.OPEN, commitment_id: str = "p1") -> Commitment:
    """To pay a million rupiah by the Friday of that week."""
    due_on = date(2024, 3, 8)
    return Commitment(commitment_id, K1, "n1", "p3mi", due_on, 1_000_000, state=state)


def an_office(complaint: Complaint, custody: Custody | None = None) -> FakeUnitOfWork:
    """A unit of work in which the complaint lies with its custody log."""
    custody = custody or a_custody()
    uow = FakeUnitOfWork(complaint, custody)
    held_here = custody.holder.service == "complaint"
    uow.heads[CUSTODY_TOPIC, custody.matter_id] = Head(custody.custody_no, held_here)
    return uow


def api(uow: UnitOfWork, access: Access | None = None) -> ComplaintApi:
    """The service's rpcs on a unit of work."""
    made = worker_factory(ComplaintApi, uow=uow, access=access or an_access(MemoryKeys()))
    if isinstance(uow, FakeUnitOfWork):
        made.files = FakeEvidence(uow)
        made.signer = LocalSigner("a key of thirty-two characters, and more")
        done = partial(acts, uow)

        def last_act(session: Session, complaint_id: str) -> Act | None:
            return next(iter(done()[::-1]), None)

        def find_document(session: Session, digest: str) -> Document | None:
            return next((each for each in documents(uow) if each.digest == digest), None)

        def documents_of(session: Session, clarification_id: str) -> list[Document]:
            return [each for each in documents(uow) if each.clarification_id == clarification_id]

        def read_note(session: Session, matter_id: str, note_id: str) -> tuple[str, datetime]:
            note = uow.notes[note_id]
            assert note.matter_id == matter_id
            return note.text, note.written_at

        made.last_act = last_act
        made.find_document, made.documents_of = find_document, documents_of
        made.read_note = read_note
        made.load = MemoryLoad(uow)
        made.forget_recipient = partial(forget_recipient, uow)
        made.consents = partial(consents, uow)
        made.twins = partial(twins, uow)
    return made


def consents(uow: FakeUnitOfWork, session: Session, complaint_id: str) -> list[Consent]:
    """What was said about ministries, oldest first."""
    found = [thing for thing in uow._things.values() if isinstance(thing, Consent)]
    own = [each for each in found if each.complaint_id == complaint_id]
    return sorted(own, key=lambda each: each.consent_id)


def twins(uow: FakeUnitOfWork, session: Session, complaint_id: str) -> list[str]:
    """What was merged into a complaint, and into these."""
    found = [thing for thing in uow._things.values() if isinstance(thing, Complaint)]
    own = [each.complaint_id for each in found if each.merged_into == complaint_id]
    return own + [each for twin in own for each in twins(uow, session, twin)]


def acts(uow: FakeUnitOfWork) -> list[Act]:
    """What was done, in order."""
    return [thing for thing in uow._things.values() if isinstance(thing, Act)]


def notices(uow: FakeUnitOfWork) -> list[Notice]:
    """What people are to be told, in order."""
    return [thing for thing in uow._things.values() if isinstance(thing, Notice)]


# Whether an officer hears of a matter at once (on Monday morning) or by the next digest.
WHEN_TOLD = ((3, datetime(2024, 3, 5, 1, 0, tzinfo=UTC)), (4, A_MORNING))


def a_plan(address: str = "+6281100000001", **fields: Any) -> pb.ContactPlan:
    """A safe telephone, at any hour."""
    way = pb.ContactWay(channel="sms", address=address, safe=True)
    return pb.ContactPlan(ways=[way], zone="Asia/Jakarta", **fields)


def documents(uow: FakeUnitOfWork) -> list[Document]:
    """The documents that were made, in order."""
    return [thing for thing in uow._things.values() if isinstance(thing, Document)]


class MemoryLoad:
    """Who is accountable for what lies in a fake unit of work; passes one suite with SqlLoad."""

    def __init__(self, uow: FakeUnitOfWork) -> None:
        self._uow = uow

    def _here(self) -> list[Custody]:
        found = [thing for thing in self._uow._things.values() if isinstance(thing, Custody)]
        return [each for each in found if each.holder.service == "complaint" and not each.closed]

    def officer(self, session: Session, officer_id: str) -> Officer | None:
        return self._uow.find(Officer, officer_id)

    def open_of(self, session: Session, unit: str) -> dict[str, int]:
        return Counter(each.holder.officer_id for each in self._here() if each.holder.unit == unit)

    def open_with(self, session: Session, unit: str, officer_id: str) -> int:
        return self.open_of(session, unit).get(officer_id, 0)

    def held_by(self, session: Session, officer_id: str, most: int) -> list[str]:
        theirs = [each.matter_id for each in self._here() if each.holder.officer_id == officer_id]
        return sorted(theirs)[:most]

    def readdress(self, session: Session, officer_id: str, unsent: Collection[str]) -> None:
        for each in notices(self._uow):
            is_lost = each.digest_id and digest_message(each.digest_id) in unsent
            if each.officer_id == officer_id and (is_lost or not each.told_at):
                each.officer_id, each.told_at, each.digest_id = "", None, ""


def forget_recipient(uow: FakeUnitOfWork, session: Session, recipient: str) -> list[str]:
    """Somebody's plan is deleted, and what was not sent to them."""
    uow._things.pop((ContactPlan, recipient), None)
    found = [each for each in uow._things.values() if isinstance(each, Message)]
    ids = [each.message_id for each in found if each.recipient == recipient and not each.settled_at]
    for message_id in ids:
        del uow._things[Message, message_id]
    return ids


class MemoryKeys:
    """The complainants' keys in memory; passes the same suite as SqlKeys (test_access.py)."""

    def __init__(self) -> None:
        self.now = A_MORNING
        self.kept: dict[str, tuple[str, bytes]] = {}
        self._tries: dict[bytes, tuple[datetime, int]] = {}

    def spend(self, key: bytes) -> int:
        began_at, tries = self._tries.get(key, (self.now, 0))
        if began_at <= self.now - timedelta(minutes=15):
            began_at, tries = self.now, 0
        self._tries[key] = began_at, tries + 1
        return tries + 1

    def forgive(self, key: bytes) -> None:
        self._tries.pop(key, None)

    def find(self, number: str) -> tuple[str, bytes] | None:
        return self.kept.get(number)


def an_access(keys: MemoryKeys) -> Access:
    """Access with a fresh signing key."""
    return Access("a service key", OwnTokens("complaint", "estafet", _a_private_key()), keys)


def _a_private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def a_withdrawal(complaint_id: str = C1) -> pb.CloseComplaintRequest:
    """The end of a complaint that whoever complained has withdrawn, as they said."""
    return pb.CloseComplaintRequest(
        complaint_id=complaint_id, ground="withdrawn", text="Saya cabut (contoh)."
    )


def a_filing(**fields: object) -> pb.FileComplaintRequest:
    """A filing of a worker by the web."""
    request = pb.FileComplaintRequest(
        request_id=str(uuid4()),
        narrative="Gaji saya tidak dibayar.",
        channel=pb.CHANNEL_WEB,
        reporter=pb.REPORTER_WORKER,
        country="MYS",
    )
    for name, value in fields.items():
        setattr(request, name, value)
    return request
