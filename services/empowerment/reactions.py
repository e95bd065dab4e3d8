"""What empowerment does when others act."""

from estafet.empowerment.v1.briefs_pb2 import ReturneeBrief
from google.protobuf.message import Message

from services.empowerment.domain import Plan, Returnee
from services.handover.baton import HandoverReactions
from services.handover.custody import Custody, Offer


class EmpowermentCustody(HandoverReactions):
    """Keeps the custody of matters; queues returnees and begins the plans that are confirmed."""

    name = "empowerment.custody"

    def on_offered(self, custody: Custody, _offer: Offer, brief: Message) -> None:
        """Queue the returnee; the last offer tells best who they are."""
        if not isinstance(brief, ReturneeBrief):
            raise TypeError(f"empowerment has no queue for {brief.DESCRIPTOR.full_name}")
        known = self.uow.find(Returnee, custody.matter_id)
        if known is None:
            self.uow.add(Returnee.of(custody.matter_id, brief))
        else:
            known.learn(brief)

    def on_confirmed(self, _custody: Custody, offer: Offer) -> None:
        """The plan that was pending begins."""
        plan = self.uow.get(Plan, offer.resource_id)
        self.uow.emit(plan.confirm(self.uow.now))

    def on_offer_over(self, _custody: Custody, offer: Offer) -> None:
        """A plan that was pending never begins."""
        if offer.pending_id:
            self.uow.get(Plan, offer.pending_id).void()
