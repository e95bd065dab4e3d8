"""Offers and referrals as the proto shows them."""

from estafet.exchange.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.exchange.domain import Referral, Referred
from services.handover.custody import Offer
from services.handover.views import offered


def offer_view(known: Referred, offer: Offer) -> pb.Offer:
    """An offer that waits for a ministry's answer."""
    return pb.Offer(
        **offered(offer),
        ministry=offer.receiver.organisation,
        request=known.request,
        category=known.category,
        severity=known.severity,
        country=known.country,
        worker_id=known.worker_id,
    )


def referral_view(referral: Referral) -> pb.Referral:
    """A referral and its clock."""
    return pb.Referral(
        referral_id=referral.referral_id,
        matter_id=referral.matter_id,
        ministry=referral.ministry,
        request=referral.request,
        status=pb.ReferralStatus.Value(f"REFERRAL_STATUS_{referral.status.name}"),
        opened_at=timestamp(referral.opened_at),
        answer_by=timestamp(referral.answer_by),
        reminders=referral.reminders,
        result=referral.result,
    )
