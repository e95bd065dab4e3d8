"""What placement does when others act, and when time passes."""

from dataclasses import replace

from estafet.empowerment.v1.events_pb2 import WishedToGoAgain
from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.placement.v1.briefs_pb2 import SanctionBrief
from google.protobuf.message import Message

from services.chassis.reaction import on_event
from services.chassis.timers import on_timer
from services.chassis.unit_of_work import Database
from services.handover.acting import void
from services.handover.custody import Custody, Offer
from services.handover.recounting import DeputyReactions
from services.placement import offering
from services.placement.acting import LOCKED, of_file, of_p3mi
from services.placement.api import LOCK_EXPIRY
from services.placement.domain.p3mi import Lock, P3mi
from services.placement.domain.sanction import Recommendation, SanctionFile
from services.placement.domain.worker import Wish
from services.placement.workflow import LAW
from services.process.acts import BY_CLOCK, heard
from services.process.calendar import local_day


class PlacementCustody(DeputyReactions):
    """Keeps the custody of matters; queues recommended sanctions, offers workers in process."""

    name = "placement.custody"
    law = LAW

    def on_offered(self, custody: Custody, _offer: Offer, brief: Message) -> None:
        """Queue the recommendation; one that is offered again says the same."""
        if not isinstance(brief, SanctionBrief):
            raise TypeError(f"placement has no queue for {brief.DESCRIPTOR.full_name}")
        if self.uow.find(Recommendation, custody.matter_id) is None:
            self.uow.add(Recommendation.of(custody.matter_id, brief))

    def on_confirmed(self, _custody: Custody, offer: Offer) -> None:
        """The file that was pending begins."""
        file = self.uow.get(SanctionFile, offer.resource_id)
        if file.is_pending:
            heard(self.uow, LAW, of_file(file, self.uow.now), "confirmed")
            file.confirm()

    def on_offer_over(self, _custody: Custody, offer: Offer) -> None:
        """A file that was pending never begins."""
        if offer.pending_id:
            file = self.uow.get(SanctionFile, offer.pending_id)
            void(self.uow, LAW, file, of_file(file, self.uow.now), offer)

    def on_returned(self, custody: Custody, _returned: HandoverReturned) -> None:
        """Protection has looked after a worker in process: the matter ends."""
        if custody.kind == offering.KIND:
            self._end_soon(custody)

    def on_closed(self, custody: Custody) -> None:
        """The child of a worker's matter has ended: the matter may have waited for that."""
        parent = self.uow.find(Custody, custody.parent_id) if custody.parent_id else None
        if parent is not None and parent.kind == offering.KIND:
            self._end_soon(custody)

    def _end_soon(self, custody: Custody) -> None:
        """In a transaction of its own, in which the parent is locked before the child."""
        self.uow.set_timer(offering.END, custody.matter_id, custody.told_no, self.uow.now)

    @on_timer(offering.BEGIN)
    def begin_worker_matter(self, matter_id: str, _number: int) -> None:
        """A decision has left a worker in process: protection is offered the matter."""
        offering.begin(self.uow, matter_id)

    @on_timer(offering.END)
    def end_worker_matter(self, matter_id: str, _number: int) -> None:
        """Nothing is left to do about a worker in process."""
        offering.end_handled(self.uow, matter_id)

    @on_timer(LOCK_EXPIRY)
    def release_p3mi(self, decision_id: str, _number: int) -> None:
        """The last day of a lock is over."""
        lock = self.uow.read(Lock, decision_id)
        p3mi = self.uow.get(P3mi, lock.p3mi_id)
        released = p3mi.expire(decision_id, self.uow.now, local_day(self.uow.now))
        if released is not None:
            # By its dates it is free already: what is written down is that it was locked.
            where = replace(of_p3mi(p3mi, self.uow.now), state=LOCKED)
            heard(self.uow, LAW, where, "release_p3mi", decision_id, BY_CLOCK)
        self.uow.emit(released)


class PlacementReactions:
    """Notes who wants to work abroad again."""

    name = "placement.reactions"
    uow = Database()

    @on_event(WishedToGoAgain)
    def note_wish(self, event: WishedToGoAgain) -> None:
        wished_at = self.uow.record.time if self.uow.record else self.uow.now
        wish = self.uow.find(Wish, event.plan_id)
        if wish is None:
            self.uow.add(Wish(event.plan_id, event.worker_id, event.country, wished_at))
        else:
            wish.country, wish.wished_at = event.country, wished_at
