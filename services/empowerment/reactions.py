"""What empowerment does when others act."""

from estafet.empowerment.v1.briefs_pb2 import ReturneeBrief
from google.protobuf.message import Message

from services.empowerment.acting import of_plan
from services.empowerment.domain import Plan, Returnee
from services.empowerment.workflow import LAW
from services.handover.acting import void
from services.handover.baton import HandoverReactions
from services.handover.custody import Custody, Offer
from services.process.acts import heard


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
        where = of_plan(plan, self.uow.now)
        opened = plan.confirm(self.uow.now)
        if opened is not None:
            heard(self.uow, LAW, where, "confirmed")
        self.uow.emit(opened)

    def on_offer_over(self, _custody: Custody, offer: Offer) -> None:
        """A plan that was pending never begins."""
        if offer.pending_id:
            plan = self.uow.get(Plan, offer.pending_id)
            void(self.uow, LAW, plan, of_plan(plan, self.uow.now), offer)
