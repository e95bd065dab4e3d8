"""What every deputy's queue shows of an offer."""

from typing import Any

from services.chassis.instants import timestamp
from services.handover.custody import Offer, OfferState


def offered(offer: Offer) -> dict[str, Any]:
    """An offer that waits for an answer, by the fields that each deputy's message `Offer` has."""
    return {
        "matter_id": offer.matter_id,
        "offer_no": offer.offer_no,
        "giver": offer.giver.to_proto(),
        "offered_at": timestamp(offer.offered_at),
        "due_at": timestamp(offer.due_at),
        "waiting_for_answer": offer.state is OfferState.ASKED or offer.reply == "asked",
        "answer_note_id": offer.answer_note_id,
    }
