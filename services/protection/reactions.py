"""What protection does when others act."""

from dataclasses import replace

from estafet.complaint.v1.events_pb2 import (
    ComplaintTriaged,
    ConsentRecorded,
    PersonLinked,
    PersonUnlinked,
)
from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief, WorkerInProcessBrief
from google.protobuf.message import Message

from services.chassis.reaction import on_event
from services.chassis.unit_of_work import Database
from services.handover.acting import void
from services.handover.custody import Custody, Offer
from services.handover.recounting import DeputyReactions
from services.process.acts import heard
from services.protection import store
from services.protection.acting import WITH_MINISTRY, of_case
from services.protection.domain.case import Case, KnownMatter
from services.protection.workflow import LAW


class ProtectionCustody(DeputyReactions):
    """Keeps the custody of matters; queues what is offered and begins what is confirmed."""

    name = "protection.custody"
    law = LAW

    def subject_of(self, custody: Custody) -> str:
        """A case is referred; what it has begun is offered."""
        known = self.uow.find(KnownMatter, custody.matter_id)
        return known.case_id if known is not None else custody.matter_id

    def on_offered(self, custody: Custody, _offer: Offer, brief: Message) -> None:
        """Queue the offer by its newest triage, or the worker whom placement gives us."""
        known = store.know(self.uow.session, custody.matter_id)
        match brief:
            case ProtectionCaseBrief():
                known.offered(brief)
            case WorkerInProcessBrief():
                known.offered_worker(brief)
            case _:
                raise TypeError(f"protection has no queue for {brief.DESCRIPTOR.full_name}")

    def on_confirmed(self, custody: Custody, offer: Offer) -> None:
        """The case that was pending begins."""
        case = self.uow.get(Case, offer.resource_id)
        where = of_case(case, custody, self.uow.now)
        opened = case.confirm(self.uow.now)
        if opened is not None:
            heard(self.uow, LAW, where, "confirmed")
        self.uow.emit(opened)

    def on_offer_over(self, custody: Custody, offer: Offer) -> None:
        """A case that was pending never begins."""
        if offer.pending_id:
            case = self.uow.get(Case, offer.pending_id)
            void(self.uow, LAW, case, of_case(case, custody, self.uow.now), offer)

    def on_returned(self, custody: Custody, returned: HandoverReturned) -> None:
        """A ministry has done its part: the case goes on."""
        known = self.uow.find(KnownMatter, custody.matter_id)
        if known is not None and known.case_id:
            case = self.uow.get(Case, known.case_id)
            where = replace(of_case(case, custody, self.uow.now), state=WITH_MINISTRY)
            heard(self.uow, LAW, where, "referral_over", returned.result)
            case.come_back(returned.result)


class ProtectionReactions:
    """Keeps what complaint decides of what protection works on: severity, and who it is about."""

    name = "protection.reactions"
    uow = Database()

    @on_event(ComplaintTriaged)
    def follow_severity(self, event: ComplaintTriaged) -> None:
        known = store.know(self.uow.session, event.complaint_id)
        triage_no = self.uow.record.seq if self.uow.record else 0
        if known.learn(event.category, event.severity, triage_no) and known.case_id:
            self.uow.get(Case, known.case_id).follow(known)

    @on_event(PersonLinked)
    def note_worker(self, event: PersonLinked) -> None:
        self._link(event.complaint_id, event.worker_id)

    @on_event(ConsentRecorded)
    def note_consent(self, event: ConsentRecorded) -> None:
        known = store.know(self.uow.session, event.complaint_id)
        known.consent(event.ministry, given=event.given)
        if known.case_id:
            self.uow.get(Case, known.case_id).follow(known)

    @on_event(PersonUnlinked)
    def forget_worker(self, event: PersonUnlinked) -> None:
        self._link(event.complaint_id, "")

    def _link(self, matter_id: str, worker_id: str) -> None:
        known = store.know(self.uow.session, matter_id)
        known.link(worker_id)
        if known.case_id:
            self.uow.get(Case, known.case_id).follow(known)
