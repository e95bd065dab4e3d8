"""Matters, offers and the reactions of two deputies, ready to act on."""

from collections.abc import Callable
from datetime import datetime, timedelta

from estafet.handover.v1 import custody_pb2 as pb
from estafet.handover.v1.reply_pb2 import Acceptance, HandoverReply, Question, Refusal
from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_record, worker_factory
from services.handover import holding
from services.handover.baton import HandoverReactions
from services.handover.custody import Custody, Offer, Party
from services.handover.fold import Entry, fold

DAY = timedelta(days=1)
DUE = A_MORNING + 3 * DAY
INTAKE = Party("complaint", "kp2mi", "intake")
GIVER = INTAKE.to_proto()
CASES = Party("protection", "kp2mi", "cases")
CASE_OFFICER = Party("protection", "kp2mi", "cases", "officer-2")


class ComplaintCustody(HandoverReactions):
    """The giver's reactions, with hooks that do nothing."""

    name = "complaint.custody"


class ProtectionCustody(HandoverReactions):
    """The receiver's reactions, which remember what they were told."""

    name = "protection.custody"
    told: list[str]

    def on_offered(self, custody: Custody, offer: Offer, brief: Message) -> None:
        severity = brief.severity if isinstance(brief, ProtectionCaseBrief) else -1
        self.told.append(f"offered {custody.matter_id} {offer.offer_no}: {severity}")

    def on_confirmed(self, custody: Custody, offer: Offer) -> None:
        self.told.append(f"confirmed {custody.matter_id} {offer.resource_id}")

    def on_offer_over(self, custody: Custody, offer: Offer) -> None:
        self.told.append(f"over {custody.matter_id} {offer.state} {offer.pending_id}")


def stamp(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made


def a_brief(severity: int = 3) -> ProtectionCaseBrief:
    return ProtectionCaseBrief(complaint_id="m1", category="unpaid_wages", severity=severity)


def opened(matter_id: str = "m1", holder: Party = INTAKE) -> pb.MatterOpened:
    return pb.MatterOpened(
        matter_id=matter_id, journey_id=matter_id, kind="complaint", holder=holder.to_proto()
    )


def offered(receiver: Party = CASES, due_at: datetime = DUE) -> pb.HandoverOffered:
    brief = Packed()
    brief.Pack(a_brief())
    return pb.HandoverOffered(
        matter_id="m1",
        giver=INTAKE.to_proto(),
        receiver=receiver.to_proto(),
        kind="protection.case",
        brief=brief,
        due_at=stamp(due_at),
    )


def accepted(offer_no: int = 2, holder: Party = CASES) -> pb.HandoverAccepted:
    return pb.HandoverAccepted(
        matter_id="m1",
        offer_no=offer_no,
        giver=INTAKE.to_proto(),
        holder=holder.to_proto(),
        resource_id="case-1",
    )


def returned() -> pb.HandoverReturned:
    return pb.HandoverReturned(
        matter_id="m1", receiver=CASES.to_proto(), holder=INTAKE.to_proto(), result="settled"
    )


def folded(*records: tuple[Message, str]) -> Custody:
    """The custody after these (event, writing service), numbered from 1."""
    custody = None
    for seq, (event, writer) in enumerate(records, start=1):
        custody = fold(custody, Entry(seq, event, A_MORNING, writer))
    assert custody is not None
    return custody


def a_holder(*, with_offer: bool = False) -> FakeUnitOfWork:
    """Complaint's store with matter m1, held by its intake, perhaps offered to protection."""
    uow = FakeUnitOfWork(service="complaint")
    holding.open_matter(uow, "m1", "complaint", INTAKE)
    if with_offer:
        holding.offer(uow, "m1", CASES, a_brief(), DUE, "Art 18")
    return uow


def a_receiver() -> FakeUnitOfWork:
    """Protection's store that has read an offer of m1, numbered 2."""
    uow = FakeUnitOfWork(service="protection")
    protection_reads(uow, opened(), offered())
    return uow


def protection_reads(uow: FakeUnitOfWork, *events: Message, first: int = 1) -> list[str]:
    """Protection reads records that complaint wrote; returns what its hooks were told."""
    reactions = worker_factory(ProtectionCustody, uow=uow)
    reactions.told = []
    for seq, event in enumerate(events, start=first):
        uow.record = a_record(event, service="complaint", seq=seq, time=uow.now)
        reactions.follow_custody(event)
    uow.record = None
    return reactions.told


def complaint_hears(
    uow: FakeUnitOfWork, reply: HandoverReply, *, at: datetime = A_MORNING
) -> list[Message]:
    """Complaint decides a reply that protection sent at an instant; returns what it wrote."""
    before = len(uow.emitted)
    uow.record = a_record(reply, service="protection", time=at)
    worker_factory(ComplaintCustody, uow=uow).decide_reply(reply)
    uow.record = None
    return uow.emitted[before:]


def complaints_clock(uow: FakeUnitOfWork, kind: str) -> list[Message]:
    """Complaint's newest clock of a kind runs out and is heard; returns what complaint wrote."""
    matter_id, _, number = max(key for key in uow.timers if key[1] == kind)
    uow.now = max(uow.now, uow.timers[matter_id, kind, number])
    uow.heard["complaint.custody", "estafet.protection.handover.v1"] = uow.now
    return fire(uow, kind, number)


def fire(uow: FakeUnitOfWork, kind: str, number: int) -> list[Message]:
    """Complaint's clock of m1 runs, as it was set at this number."""
    before = len(uow.emitted)
    reactions = worker_factory(ComplaintCustody, uow=uow)
    run: dict[str, Callable[[str, int], None]] = {
        "handover.lapse": reactions.lapse_offer,
        "handover.answer": reactions.end_question,
    }
    run[kind]("m1", number)
    return uow.emitted[before:]


def an_acceptance(
    offer_no: int = 2, party: Party = CASE_OFFICER, giver: Party = INTAKE
) -> HandoverReply:
    return HandoverReply(
        matter_id="m1",
        offer_no=offer_no,
        party=party.to_proto(),
        giver=giver.to_proto(),
        acceptance=Acceptance(resource_id="case-1"),
    )


def a_refusal(offer_no: int = 2) -> HandoverReply:
    refusal = Refusal(code="not_ours", note_id="n1")
    return HandoverReply(
        matter_id="m1", offer_no=offer_no, party=CASES.to_proto(), giver=GIVER, refusal=refusal
    )


def a_question(answer_by: datetime = A_MORNING + DAY) -> HandoverReply:
    question = Question(note_id="n1", answer_by=stamp(answer_by))
    return HandoverReply(
        matter_id="m1", offer_no=2, party=CASES.to_proto(), giver=GIVER, question=question
    )
