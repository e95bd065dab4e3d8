"""How the giver's service decides an open offer: by the receiver's reply, or by its own clocks.

The matter's row is locked first, so a reply and a clock never decide at the same time. A reply to
an offer that is over gets nothing more: the closing record that exists is its answer. The same
holds for every service that did not give the offer: an offer that we gave is always in our row,
because it was written there in the transaction that emitted it.
"""

from collections.abc import Callable
from datetime import datetime

from estafet.handover.v1 import custody_pb2 as pb
from estafet.handover.v1.reply_pb2 import HandoverReply

from services.chassis import catalogue
from services.chassis.errors import TryAgain
from services.chassis.unit_of_work import UnitOfWork
from services.handover import writing
from services.handover.custody import (
    ASKED_TOO_OFTEN,
    NOT_CLARIFIED,
    SILENT,
    Custody,
    Limits,
    Offer,
    OfferState,
    Party,
)
from services.handover.fold import instant
from services.handover.writing import write

Coordinator = Callable[[Custody], Party]


def decide(uow: UnitOfWork, reply: HandoverReply, sent_at: datetime, limits: Limits) -> None:
    """Write what a reply makes of our open offer.

    A reply that was sent after the offer's clock changes nothing: the lapse is on its way.
    """
    if not _is_for_us(uow, reply):
        return
    custody = uow.get(Custody, reply.matter_id)
    offer = _our_open_offer(uow, custody)
    party = Party.of(reply.party)
    if offer is None or offer.offer_no != reply.offer_no or not party.answers_for(offer.receiver):
        return
    if offer.state is OfferState.OFFERED and sent_at > offer.due_at:
        return
    match reply.WhichOneof("answer"):
        case "acceptance":
            _accept(uow, custody, offer, reply)
        case "refusal":
            _decline(uow, custody, offer, reply)
        case "question":
            _ask(uow, custody, offer, reply, limits)


def may_be_for(reply: HandoverReply, service: str) -> bool:
    """Whether a reply names a service as the giver who decides, or nobody."""
    return not reply.HasField("giver") or bool(reply.giver.service == service)


def _is_for_us(uow: UnitOfWork, reply: HandoverReply) -> bool:
    if reply.HasField("giver"):
        return may_be_for(reply, uow.service)
    seen = uow.find(Custody, reply.matter_id)
    return seen is not None and seen.holder.service == uow.service


def _our_open_offer(uow: UnitOfWork, custody: Custody) -> Offer | None:
    return custody.open_offer if custody.holder.service == uow.service else None


def _accept(uow: UnitOfWork, custody: Custody, offer: Offer, reply: HandoverReply) -> None:
    event = pb.HandoverAccepted(
        matter_id=custody.matter_id,
        offer_no=offer.offer_no,
        giver=custody.holder.to_proto(),
        holder=reply.party,
        resource_id=reply.acceptance.resource_id,
    )
    write(uow, custody, event)


def _decline(uow: UnitOfWork, custody: Custody, offer: Offer, reply: HandoverReply) -> None:
    event = pb.HandoverDeclined(
        matter_id=custody.matter_id,
        offer_no=offer.offer_no,
        receiver=reply.party,
        code=reply.refusal.code,
        note_id=reply.refusal.note_id,
    )
    write(uow, custody, event)


def _ask(
    uow: UnitOfWork, custody: Custody, offer: Offer, reply: HandoverReply, limits: Limits
) -> None:
    if offer.state is OfferState.ASKED:
        return
    if offer.asks >= limits.asks:
        # The receiver counts, too; this is for one whose limit differs: it must get an outcome.
        _withdraw(uow, custody, offer, ASKED_TOO_OFTEN)
        return
    question = reply.question
    event = pb.HandoverAsked(
        matter_id=custody.matter_id,
        offer_no=offer.offer_no,
        receiver=reply.party,
        note_id=question.note_id,
        answer_by=question.answer_by,
    )
    number = write(uow, custody, event)
    uow.set_timer(writing.ANSWER, custody.matter_id, number, instant(question.answer_by))


def _withdraw(uow: UnitOfWork, custody: Custody, offer: Offer, code: str) -> None:
    event = pb.HandoverWithdrawn(matter_id=custody.matter_id, offer_no=offer.offer_no, code=code)
    write(uow, custody, event)


def lapse(
    uow: UnitOfWork,
    consumer: str,
    clock: tuple[str, int],
    limits: Limits,
    coordinator: Coordinator,
) -> None:
    """The offer's clock has run out: nobody answered, so the giver holds on, escalated.

    `clock` is (matter_id, the number of the record that set it). TryAgain until `consumer` has
    heard all that the receiver said by then. After enough lapses the coordinator becomes holder.
    """
    custody = uow.get(Custody, clock[0])
    offer = _our_open_offer(uow, custody)
    if offer is None or offer.clock_no != clock[1] or offer.state is not OfferState.OFFERED:
        return
    _wait_until_heard(uow, consumer, offer, offer.due_at)
    event = pb.HandoverLapsed(
        matter_id=custody.matter_id,
        offer_no=offer.offer_no,
        receiver=offer.receiver.to_proto(),
        lapses=custody.lapses + 1,
    )
    write(uow, custody, event)
    named = coordinator(custody)
    if custody.lapses >= limits.lapses and named != custody.holder:
        writing.reassign(uow, custody, named, SILENT)


def end_question(uow: UnitOfWork, consumer: str, clock: tuple[str, int]) -> None:
    """The giver did not answer the receiver's question by its date: the offer is withdrawn."""
    custody = uow.get(Custody, clock[0])
    offer = _our_open_offer(uow, custody)
    if offer is None or offer.clock_no != clock[1] or offer.answer_by is None:
        return
    _wait_until_heard(uow, consumer, offer, offer.answer_by)
    _withdraw(uow, custody, offer, NOT_CLARIFIED)


def _wait_until_heard(uow: UnitOfWork, consumer: str, offer: Offer, due_at: datetime) -> None:
    """TryAgain while a reply that was sent in time may still lie in the receiver's topic."""
    topic = catalogue.route(HandoverReply, offer.receiver.service).topic
    if uow.now < due_at or not uow.has_heard(consumer, topic, offer.matter_id, due_at):
        raise TryAgain(
            f"{consumer} has not read {topic} to its end since {due_at.isoformat()}",
            reason="REPLIES_UNREAD",
        )
