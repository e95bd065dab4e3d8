"""The one way a custody record is written: emitted, and folded into our own row, or neither."""

from typing import NoReturn

from estafet.handover.v1 import custody_pb2 as pb
from estafet.options.v1 import options_pb2
from google.protobuf.message import Message

from services.chassis import telemetry
from services.chassis.errors import NotAllowed, NotHolder
from services.chassis.unit_of_work import UnitOfWork
from services.handover.custody import Custody, OfferState, Party
from services.handover.fold import Entry, fold

LAPSE = "handover.lapse"
ANSWER = "handover.answer"


def write(uow: UnitOfWork, custody: Custody, event: Message) -> int:
    """Write the next record of a matter that is held here; returns its custody_no.

    The clock of an offer goes with the record that ends it. NotHolder: the log's head is not open
    here. TryAgain: our row is behind the log.
    """
    before = _clock_of(custody)
    seq = custody.custody_no + 1
    stays, journey_id = _stays_here(uow, event), custody.journey_id
    uow.emit_next(event, seq, keep_open=stays, journey_id=journey_id)
    fold(custody, Entry(seq, event, uow.now, uow.service))
    custody.traceparent = telemetry.carried().get(telemetry.PARENT, "")
    if before is not None and before != _clock_of(custody):
        uow.drop_timer(*before)
    return seq


def _clock_of(custody: Custody) -> tuple[str, str, int] | None:
    """The clock that runs on a matter's open offer, as `set_timer` named it."""
    offer = custody.open_offer
    if offer is None:
        return None
    kind = LAPSE if offer.state is OfferState.OFFERED else ANSWER
    return kind, custody.matter_id, offer.clock_no


def _stays_here(uow: UnitOfWork, event: Message) -> bool:
    """Whether a record passes the baton to a party that this service serves, too."""
    if not isinstance(event, (pb.HandoverAccepted, pb.HandoverReturned)):
        return False
    return event.holder.service == uow.service


def held(uow: UnitOfWork, matter_id: str) -> Custody:
    """The custody of an open matter that is held here, locked; NotFound, NotHolder, NotAllowed."""
    custody = held_even_closed(uow, matter_id)
    if custody.closed:
        refuse(f"matter {matter_id} is closed", "MATTER_CLOSED")
    return custody


def held_even_closed(uow: UnitOfWork, matter_id: str) -> Custody:
    """The custody of a matter whose holder, or last holder, is served here, locked."""
    custody = uow.get(Custody, matter_id)
    if custody.holder.service != uow.service:
        raise NotHolder(f"matter {matter_id} is held by {custody.holder.service}")
    return custody


def must_have_no_offer(custody: Custody) -> None:
    """NotAllowed while an offer waits for its closing record."""
    if custody.open_offer is not None:
        number = custody.open_offer.offer_no
        refuse(f"offer {number} of matter {custody.matter_id} is open", "OFFER_OPEN")


def reassign(uow: UnitOfWork, custody: Custody, holder: Party, code: str) -> None:
    """Name another unit, officer or coordinator of the holder's service."""
    write(
        uow,
        custody,
        pb.HolderReassigned(matter_id=custody.matter_id, holder=holder.to_proto(), code=code),
    )


def kind_of(brief: Message) -> str:
    """The kind of hand-over that a brief belongs to; empty when the message is no brief."""
    return brief.DESCRIPTOR.GetOptions().Extensions[options_pb2.brief].kind


def refuse(message: str, reason: str) -> NoReturn:
    """NotAllowed with a reason that programs may act on."""
    raise NotAllowed(message, reason=reason)
