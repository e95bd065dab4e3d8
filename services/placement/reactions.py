"""What placement does when others act, and when time passes."""

from estafet.empowerment.v1.events_pb2 import WishedToGoAgain
from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.placement.v1.briefs_pb2 import SanctionBrief
from google.protobuf.message import Message

from services.chassis.reaction import on_event
from services.chassis.timers import on_timer
from services.chassis.unit_of_work import Database
from services.handover import holding
from services.handover.baton import HandoverReactions
from services.handover.custody import Custody, Offer
from services.placement import offering
from services.placement.api import LOCK_EXPIRY
from services.placement.domain.p3mi import Lock, P3mi
from services.placement.domain.sanction import Recommendation, SanctionFile
from services.placement.domain.worker import Wish
from services.placement.workflow import WORKFLOW


class PlacementCustody(HandoverReactions):
    """Keeps the custody of matters; queues recommended sanctions, offers workers in process."""

    name = "placement.custody"

    def on_offered(self, custody: Custody, _offer: Offer, brief: Message) -> None:
        """Queue the recommendation; one that is offered again says the same."""
        if not isinstance(brief, SanctionBrief):
            raise TypeError(f"placement has no queue for {brief.DESCRIPTOR.full_name}")
        if self.uow.find(Recommendation, custody.matter_id) is None:
            self.uow.add(Recommendation.of(custody.matter_id, brief))

    def on_confirmed(self, _custody: Custody, offer: Offer) -> None:
        """The file that was pending begins."""
        self.uow.get(SanctionFile, offer.resource_id).confirm()

    def on_offer_over(self, _custody: Custody, offer: Offer) -> None:
        """A file that was pending never begins."""
        if offer.pending_id:
            self.uow.get(SanctionFile, offer.pending_id).void()

    def on_returned(self, custody: Custody, _returned: HandoverReturned) -> None:
        """Protection has looked after a worker in process: placement has nothing left to do."""
        if custody.kind == offering.KIND and not custody.closed:
            ground = WORKFLOW.grounds["handled"]
            holding.close(self.uow, custody.matter_id, ground.code, ground.article)

    @on_timer(offering.BEGIN)
    def offer_worker(self, matter_id: str, _number: int) -> None:
        """A decision has left a worker in process: protection is offered the matter."""
        offering.begin(self.uow, matter_id)

    @on_timer(LOCK_EXPIRY)
    def release_p3mi(self, decision_id: str, _number: int) -> None:
        """The last day of a lock is over."""
        lock = self.uow.read(Lock, decision_id)
        p3mi = self.uow.get(P3mi, lock.p3mi_id)
        self.uow.emit(p3mi.expire(decision_id, self.uow.now))


class PlacementReactions:
    """Notes who wants to work abroad again."""

    name = "placement.reactions"
    uow = Database()

    @on_event(WishedToGoAgain)
    def note_wish(self, event: WishedToGoAgain) -> None:
        wish = self.uow.find(Wish, event.plan_id)
        if wish is None:
            self.uow.add(Wish(event.plan_id, event.worker_id, event.country, self.uow.now))
        else:
            wish.country, wish.wished_at = event.country, self.uow.now
