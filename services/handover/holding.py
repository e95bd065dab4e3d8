"""What the holder of a matter does with it. Each function writes the matter's custody log.

All lock the matter's row first. NotFound: the matter is not known here. NotHolder (NOT_HOLDER):
it is held elsewhere. NotAllowed carries the reasons that each function names.
"""

from datetime import datetime, timedelta

from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis import catalogue, telemetry
from services.chassis.errors import NotFound
from services.chassis.unit_of_work import UnitOfWork
from services.handover import writing
from services.handover.custody import IN_DANGER, MOVED, Custody, Offer, OfferState, Party
from services.handover.fold import Entry, fold
from services.handover.writing import held, held_even_closed, must_have_no_offer, refuse, write


def open_matter(uow: UnitOfWork, matter_id: str, kind: str, holder: Party) -> Custody:
    """Begin a matter that has no parent; its journey is its own.

    NotAllowed: MATTER_EXISTS; OTHER_SERVICE when this service does not serve the holder.
    """
    event = pb.MatterOpened(
        matter_id=matter_id, journey_id=matter_id, kind=kind, holder=holder.to_proto()
    )
    return _begin(uow, event, holder)


def open_child(uow: UnitOfWork, parent_id: str, child_id: str, kind: str, holder: Party) -> Custody:
    """Begin a further obligation under a matter that is held here; the parent waits for it.

    NotAllowed: MATTER_CLOSED, MATTER_EXISTS, OTHER_SERVICE.
    """
    parent = held(uow, parent_id)
    if child_id in parent.children:
        refuse(f"matter {child_id} exists", "MATTER_EXISTS")
    write(uow, parent, pb.ChildOpened(matter_id=parent_id, child_id=child_id, kind=kind))
    event = pb.MatterOpened(
        matter_id=child_id,
        journey_id=parent.journey_id,
        parent_id=parent_id,
        kind=kind,
        holder=holder.to_proto(),
    )
    return _begin(uow, event, holder)


def _begin(uow: UnitOfWork, event: pb.MatterOpened, holder: Party) -> Custody:
    if holder.service != uow.service:
        refuse(f"{uow.service} cannot open a matter for {holder.service}", "OTHER_SERVICE")
    custody = fold(None, Entry(1, event, uow.now, uow.service))
    custody.traceparent = telemetry.carried().get(telemetry.PARENT, "")
    uow.emit(event)
    uow.add(custody)
    return custody


def offer(
    uow: UnitOfWork,
    matter_id: str,
    receiver: Party,
    brief: Message,
    due_at: datetime,
    regulation: str = "",
) -> Offer:
    """Offer the matter to a party, with the brief that its kind needs, until due_at.

    The holder stays holder until the offer is accepted. `regulation` is the article of the clock.
    NotAllowed: OFFER_OPEN, MATTER_CLOSED, DUE_IN_PAST; SAME_PARTY when the receiver holds already;
    WRONG_RECEIVER when the brief is of no kind that the receiver's service has registered;
    WRONG_GIVER when that kind is not the holder's to give, other than within its own service.
    """
    custody = held(uow, matter_id)
    must_have_no_offer(custody)
    kind = writing.kind_of(brief)
    if receiver == custody.holder:
        refuse(f"{receiver.organisation} holds matter {matter_id} already", "SAME_PARTY")
    if not kind or catalogue.receiver_of(kind) != receiver.service:
        refuse(f"{brief.DESCRIPTOR.name} is no brief for {receiver.service}", "WRONG_RECEIVER")
    if custody.holder.service not in (receiver.service, *catalogue.givers_of(kind)):
        refuse(f"{custody.holder.service} gives no {kind}", "WRONG_GIVER")
    _must_be_ahead(uow, matter_id, due_at)
    packed = Packed()
    packed.Pack(brief, deterministic=True)
    event = pb.HandoverOffered(
        matter_id=matter_id,
        giver=custody.holder.to_proto(),
        receiver=receiver.to_proto(),
        kind=kind,
        brief=packed,
        due_at=_timestamp(due_at),
        regulation=regulation,
    )
    number = write(uow, custody, event)
    uow.set_timer(writing.LAPSE, matter_id, number, due_at)
    return custody.offers[-1]


def _must_be_ahead(uow: UnitOfWork, matter_id: str, due_at: datetime) -> None:
    if due_at <= uow.now:
        refuse(f"matter {matter_id}: the clock would end at {due_at.isoformat()}", "DUE_IN_PAST")


def _timestamp(instant: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(instant)
    return stamp


def _open_offer(custody: Custody) -> Offer:
    if custody.open_offer is None:
        refuse(f"matter {custody.matter_id} has no open offer", "OFFER_NOT_OPEN")
    return custody.open_offer


def withdraw(uow: UnitOfWork, matter_id: str, code: str = "withdrawn") -> Offer:
    """Take the open offer back. NotAllowed: OFFER_NOT_OPEN, MATTER_CLOSED."""
    custody = held(uow, matter_id)
    offered = _open_offer(custody)
    write(
        uow,
        custody,
        pb.HandoverWithdrawn(matter_id=matter_id, offer_no=offered.offer_no, code=code),
    )
    return offered


def clarify(uow: UnitOfWork, matter_id: str, text: str, due_at: datetime) -> Offer:
    """Answer the receiver's question; the offer's clock runs again, until due_at.

    NotAllowed: OFFER_NOT_ASKED, OFFER_NOT_OPEN, DUE_IN_PAST.
    """
    custody = held(uow, matter_id)
    offered = _open_offer(custody)
    if offered.state is not OfferState.ASKED:
        refuse(
            f"nothing was asked about offer {offered.offer_no} of {matter_id}", "OFFER_NOT_ASKED"
        )
    _must_be_ahead(uow, matter_id, due_at)
    event = pb.HandoverClarified(
        matter_id=matter_id,
        offer_no=offered.offer_no,
        note_id=uow.write_note(matter_id, text),
        due_at=_timestamp(due_at),
    )
    number = write(uow, custody, event)
    uow.set_timer(writing.LAPSE, matter_id, number, due_at)
    return offered


def extend(uow: UnitOfWork, matter_id: str, due_at: datetime, code: str, regulation: str) -> Offer:
    """Have the clock of the open offer end later, by a rule.

    NotAllowed: OFFER_ASKED (its clock stands still), OFFER_LAPSED (it has run out), OFFER_NOT_OPEN,
    NOT_LATER.
    """
    custody = held(uow, matter_id)
    offered = _open_offer(custody)
    if offered.state is OfferState.ASKED:
        refuse(f"offer {offered.offer_no} of {matter_id} waits for our answer", "OFFER_ASKED")
    if uow.now > offered.due_at:
        refuse(f"the clock of offer {offered.offer_no} of {matter_id} has run out", "OFFER_LAPSED")
    if due_at <= offered.due_at:
        refuse(f"offer {offered.offer_no} of {matter_id} ends no earlier now", "NOT_LATER")
    return _ends_at(uow, custody, offered, due_at, code, regulation)


def recount(uow: UnitOfWork, matter_id: str, due_at: datetime, regulation: str) -> Offer:
    """Have the clock of the open offer end when it should, days off having been moved.

    NotAllowed: OFFER_NOT_OPEN, DUE_IN_PAST.
    """
    custody = held(uow, matter_id)
    offered = _open_offer(custody)
    _must_be_ahead(uow, matter_id, due_at)
    return _ends_at(uow, custody, offered, due_at, MOVED, regulation)


def hasten(uow: UnitOfWork, matter_id: str, due_at: datetime, regulation: str) -> Offer:
    """Have the clock of the open offer end earlier: a life is in danger.

    NotAllowed: OFFER_ASKED (its clock stands still), OFFER_NOT_OPEN, NOT_EARLIER, DUE_IN_PAST.
    """
    custody = held(uow, matter_id)
    offered = _open_offer(custody)
    if offered.state is OfferState.ASKED:
        refuse(f"offer {offered.offer_no} of {matter_id} waits for our answer", "OFFER_ASKED")
    if due_at >= offered.due_at:
        refuse(f"offer {offered.offer_no} of {matter_id} ends no later now", "NOT_EARLIER")
    _must_be_ahead(uow, matter_id, due_at)
    return _ends_at(uow, custody, offered, due_at, IN_DANGER, regulation)


def _ends_at(
    uow: UnitOfWork, custody: Custody, offered: Offer, due_at: datetime, code: str, regulation: str
) -> Offer:
    """Write that the clock of an offer ends at another time."""
    event = pb.HandoverExtended(
        matter_id=custody.matter_id,
        offer_no=offered.offer_no,
        due_at=_timestamp(due_at),
        code=code,
        regulation=regulation,
    )
    number, journey_id = write(uow, custody, event), custody.journey_id
    uow.set_timer(writing.LAPSE, custody.matter_id, number, due_at, journey_id=journey_id)
    return offered


def give_back(
    uow: UnitOfWork, matter_id: str, result: str, text: str = "", resource_id: str = ""
) -> Custody:
    """Return the matter with its result to the giver below on the stack, who holds again.

    NotAllowed: EMPTY_STACK, OFFER_OPEN, MATTER_CLOSED.
    """
    custody = held(uow, matter_id)
    must_have_no_offer(custody)
    if not custody.stack:
        refuse(f"nobody gave matter {matter_id} to {uow.service}", "EMPTY_STACK")
    event = pb.HandoverReturned(
        matter_id=matter_id,
        receiver=custody.holder.to_proto(),
        holder=custody.stack[-1].to_proto(),
        result=result,
        note_id=uow.write_note(matter_id, text),
        resource_id=resource_id,
    )
    write(uow, custody, event)
    return custody


def reassign(uow: UnitOfWork, matter_id: str, holder: Party, code: str) -> Custody:
    """Name another unit or officer of the same service as holder.

    NotAllowed: OTHER_SERVICE (that needs an offer), MATTER_CLOSED.
    """
    custody = held(uow, matter_id)
    if holder.service != uow.service:
        refuse(f"{holder.service} becomes holder of {matter_id} by an offer only", "OTHER_SERVICE")
    if holder != custody.holder:
        writing.reassign(uow, custody, holder, code)
    return custody


def close(uow: UnitOfWork, matter_id: str, ground: str, article: str = "") -> Custody:
    """End the obligation on a ground. NotAllowed: CHILD_OPEN, OFFER_OPEN, MATTER_CLOSED."""
    custody = held(uow, matter_id)
    must_have_no_offer(custody)
    if child_id := _first_open_child(uow, custody):
        refuse(f"matter {matter_id} waits for {child_id}", "CHILD_OPEN")
    write(uow, custody, pb.MatterClosed(matter_id=matter_id, ground=ground, article=article))
    return custody


def has_open_child(uow: UnitOfWork, custody: Custody) -> bool:
    """Whether a matter waits for a child, as far as this service has read."""
    return bool(_first_open_child(uow, custody))


def _first_open_child(uow: UnitOfWork, custody: Custody) -> str:
    return next((child for child in custody.children if not _read_as_closed(uow, child)), "")


def _read_as_closed(uow: UnitOfWork, child_id: str) -> bool:
    """A child that another service opened may not have been read here yet: it counts as open."""
    try:
        return uow.guard(Custody, child_id).closed
    except NotFound:
        return False


def reopen(
    uow: UnitOfWork, matter_id: str, code: str, window: timedelta, regulation: str = ""
) -> Custody:
    """Take a closed matter up again, within the window after its close, by its last holder.
    `regulation` is the article of the window.

    NotAllowed: MATTER_OPEN, WINDOW_PASSED; PARENT_CLOSED when its parent was read as closed.
    """
    parent_id = uow.read(Custody, matter_id).parent_id
    # The parent before the child, as in `close`: two transactions never wait for each other.
    parent = uow.guard(Custody, parent_id) if parent_id else None
    custody = held_even_closed(uow, matter_id)
    if custody.closed_at is None:
        refuse(f"matter {matter_id} is open", "MATTER_OPEN")
    if uow.now > custody.closed_at + window:
        rule = f" ({regulation})" if regulation else ""
        refuse(f"matter {matter_id} closed too long ago to reopen{rule}", "WINDOW_PASSED")
    if parent is not None and parent.closed:
        refuse(f"matter {matter_id} belongs to a closed one, {parent_id}", "PARENT_CLOSED")
    write(uow, custody, pb.MatterReopened(matter_id=matter_id, code=code))
    return custody
