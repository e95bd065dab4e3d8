"""Offers and plans as the proto shows them."""

from estafet.empowerment.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.empowerment.domain import Plan, Returnee
from services.handover.custody import Offer
from services.handover.views import offered


def offer_view(returnee: Returnee, offer: Offer) -> pb.Offer:
    """An offer that waits for an answer."""
    return pb.Offer(
        **offered(offer),
        worker_id=returnee.worker_id,
        country=returnee.country,
        needs=returnee.needs,
    )


def plan_view(plan: Plan) -> pb.Plan:
    """A plan with its enrolments."""
    return pb.Plan(
        plan_id=plan.plan_id,
        matter_id=plan.matter_id,
        worker_id=plan.worker_id,
        needs=plan.needs,
        status=pb.PlanStatus.Value(f"PLAN_STATUS_{plan.status.name}"),
        opened_at=timestamp(plan.opened_at),
        programmes=[each.programme for each in plan.enrolments],
        outcome=plan.outcome,
        note_id=plan.note_id,
    )
