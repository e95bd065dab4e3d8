"""What the receiver of an offer answers. Each function emits one HandoverReply.

Nothing is decided here: the giver's service serialises the reply against its own clock, and the
one closing record of the offer is the answer to it. So a resource that is made on acceptance is
pending until then.

NotFound: the matter or the offer is not known here (yet). NotAllowed: NOT_RECEIVER;
OFFER_ACCEPTED, OFFER_DECLINED, OFFER_LAPSED (also when past its clock) and OFFER_WITHDRAWN when
it is over; OFFER_ANSWERED while our own reply is under way.
"""

from datetime import datetime

from estafet.handover.v1 import reply_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import NotFound
from services.chassis.unit_of_work import UnitOfWork
from services.handover.custody import DEFAULT_LIMITS, Custody, Limits, Offer, OfferState, Party
from services.handover.writing import refuse


def accept(
    uow: UnitOfWork,
    matter_id: str,
    offer_no: int,
    resource_id: str,
    party: Party | None = None,
) -> Offer:
    """Take the matter over. `party` may name the unit and officer who will hold it."""
    offer = answerable(uow, matter_id, offer_no)
    reply = _reply(offer, party)
    reply.acceptance.resource_id = resource_id
    offer.reply, offer.pending_id = "accepted", resource_id
    uow.emit(reply)
    return offer


def decline(
    uow: UnitOfWork,
    matter_id: str,
    offer_no: int,
    code: str,
    text: str = "",
    party: Party | None = None,
) -> Offer:
    """Give the offer back with a reason: a code, and a text that stays in this service."""
    offer = answerable(uow, matter_id, offer_no)
    reply = _reply(offer, party)
    reply.refusal.code = code
    reply.refusal.note_id = uow.write_note(matter_id, text)
    offer.reply = "declined"
    uow.emit(reply)
    return offer


def ask(
    uow: UnitOfWork,
    matter_id: str,
    offer_no: int,
    text: str,
    answer_by: datetime,
    party: Party | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Offer:
    """Ask the giver a question, to be answered by an instant; the offer's clock pauses.

    NotAllowed besides: QUESTION_OPEN, ASKED_TOO_OFTEN, DUE_IN_PAST.
    """
    offer = answerable(uow, matter_id, offer_no)
    if offer.state is OfferState.ASKED:
        refuse(f"a question on offer {offer_no} of {matter_id} waits already", "QUESTION_OPEN")
    if offer.asks >= limits.asks:
        refuse(
            f"offer {offer_no} of {matter_id} was asked about {offer.asks} times", "ASKED_TOO_OFTEN"
        )
    if answer_by <= uow.now:
        refuse(f"an answer by {answer_by.isoformat()} cannot be given", "DUE_IN_PAST")
    reply = _reply(offer, party)
    reply.question.note_id = uow.write_note(matter_id, text)
    stamp = Timestamp()
    stamp.FromDatetime(answer_by)
    reply.question.answer_by.CopyFrom(stamp)
    offer.reply = "asked"
    uow.emit(reply)
    return offer


def must_be_offered_to(uow: UnitOfWork, matter_id: str) -> None:
    """NotFound for a service that asks about a matter which was never offered to it."""
    custody = uow.find(Custody, matter_id) if "service" in uow.caller.roles else None
    if "service" in uow.caller.roles and not (
        custody and any(each.receiver.service == uow.caller.service for each in custody.offers)
    ):
        raise NotFound(f"matter {matter_id} was not offered to {uow.caller.service}")


def answerable(uow: UnitOfWork, matter_id: str, offer_no: int) -> Offer:
    """An offer to this service that still waits for an answer, its matter locked."""
    offer = uow.get(Custody, matter_id).offer(offer_no)
    what = f"offer {offer_no} of matter {matter_id}"
    if offer is None:
        raise NotFound(f"{what} does not exist", reason="OFFER_NOT_FOUND")
    if offer.receiver.service != uow.service:
        refuse(f"{what} is addressed to {offer.receiver.service}", "NOT_RECEIVER")
    if not offer.is_open:
        refuse(f"{what} is {offer.state}", f"OFFER_{offer.state.name}")
    if offer.state is OfferState.OFFERED and uow.now > offer.due_at:
        refuse(f"{what} was to be answered by {offer.due_at.isoformat()}", "OFFER_LAPSED")
    if offer.reply:
        refuse(f"{what} was {offer.reply} already; its outcome is under way", "OFFER_ANSWERED")
    return offer


def _reply(offer: Offer, party: Party | None) -> pb.HandoverReply:
    answering = party or offer.receiver
    if not answering.answers_for(offer.receiver):
        refuse(
            f"{answering.organisation} cannot answer offer {offer.offer_no} of {offer.matter_id}",
            "NOT_RECEIVER",
        )
    return pb.HandoverReply(
        matter_id=offer.matter_id,
        offer_no=offer.offer_no,
        party=answering.to_proto(),
        giver=offer.giver.to_proto(),
    )
