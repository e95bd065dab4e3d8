"""The fold of a custody log: each record, in order of custody_no, changes the custody by one rule.

Pure. A record that the protocol does not allow raises BrokenLog and changes nothing. The kernel
folds what it writes in the same transaction, so an illegal record is never committed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.envelope import Record
from services.handover.custody import (
    ASKED_TOO_OFTEN,
    MAY_SHORTEN,
    NOT_CLARIFIED,
    Custody,
    Offer,
    OfferState,
    Party,
)


class BrokenLog(ValueError):
    """A custody log that the protocol does not allow: which matter, which record and why."""


@dataclass(frozen=True)
class Entry:
    """One record of a custody log: its number, its event, its domain time and who wrote it.

    `record_id` and `trace_id` are for those who read logs; the fold does not look at them.
    """

    seq: int
    event: Message
    at: datetime
    writer: str
    record_id: str = ""
    trace_id: str = ""


def entry_of(record: Record, event: Message) -> Entry:
    """The entry that a record read from the custody topic is."""
    return Entry(
        seq=record.seq,
        event=event,
        at=record.time,
        writer=record.service,
        record_id=record.record_id,
        trace_id=record.trace_id,
    )


def instant(timestamp: Timestamp) -> datetime:
    """A message's instant, aware, UTC."""
    return timestamp.ToDatetime(tzinfo=UTC)


def fold(custody: Custody | None, entry: Entry) -> Custody:
    """The custody after one more record; None stands for a log that has not begun."""
    if custody is None:
        return _open(entry)
    if entry.seq != custody.custody_no + 1:
        _break(entry, f"follows {custody.custody_no}")
    if entry.writer != custody.holder.service:
        _break(entry, f"is written by {entry.writer} while {custody.holder.service} holds")
    rule = _RULES.get(type(entry.event))
    if rule is None:
        _break(entry, "is no custody record of an open log")
    rule(custody, entry, entry.event)
    custody.custody_no = entry.seq
    return custody


def _break(entry: Entry, why: str) -> NoReturn:
    event = entry.event
    name = event.DESCRIPTOR.name
    raise BrokenLog(f"matter {getattr(event, 'matter_id', '?')}: {name} {entry.seq} {why}")


def _open(entry: Entry) -> Custody:
    event = entry.event
    if not isinstance(event, pb.MatterOpened) or entry.seq != 1:
        _break(entry, "begins a log")
    holder = Party.of(event.holder)
    if holder.service != entry.writer:
        _break(entry, f"is written by {entry.writer} for {holder.service}")
    return Custody(
        matter_id=event.matter_id,
        journey_id=event.journey_id,
        parent_id=event.parent_id,
        kind=event.kind,
        holder=holder,
        opened_at=entry.at,
        held_since=entry.at,
    )


def _must_be_free(custody: Custody, entry: Entry) -> None:
    if custody.closed:
        _break(entry, "comes after the close")
    if custody.open_offer is not None:
        _break(entry, f"comes while offer {custody.open_offer.offer_no} is open")


def _must_not_be_closed(custody: Custody, entry: Entry) -> None:
    if custody.closed:
        _break(entry, "comes after the close")


def _open_offer(custody: Custody, entry: Entry, offer_no: int, *states: OfferState) -> Offer:
    offer = custody.open_offer
    if offer is None or offer.offer_no != offer_no:
        _break(entry, f"names offer {offer_no}, which is not open")
    if states and offer.state not in states:
        _break(entry, f"names offer {offer_no}, which is {offer.state}")
    return offer


def _offered(custody: Custody, entry: Entry, event: pb.HandoverOffered) -> None:
    _must_be_free(custody, entry)
    if Party.of(event.giver) != custody.holder:
        _break(entry, "is given by somebody who does not hold")
    offer = Offer(
        matter_id=custody.matter_id,
        offer_no=entry.seq,
        giver=custody.holder,
        receiver=Party.of(event.receiver),
        kind=event.kind,
        regulation=event.regulation,
        offered_at=entry.at,
        due_at=instant(event.due_at),
        clock_no=entry.seq,
    )
    custody.offers.append(offer)


def _accepted(custody: Custody, entry: Entry, event: pb.HandoverAccepted) -> None:
    offer = _open_offer(custody, entry, event.offer_no)
    holder = Party.of(event.holder)
    if Party.of(event.giver) != custody.holder:
        _break(entry, "is given by somebody who does not hold")
    if not holder.answers_for(offer.receiver):
        _break(entry, "makes somebody holder to whom it was not offered")
    _end(offer, entry, OfferState.ACCEPTED)
    offer.resource_id = event.resource_id
    custody.stack = (*custody.stack, custody.holder)
    _hold(custody, entry, holder)


def _end(offer: Offer, entry: Entry, state: OfferState) -> None:
    offer.state, offer.ended_at, offer.answer_by, offer.reply = state, entry.at, None, ""


def _hold(custody: Custody, entry: Entry, holder: Party) -> None:
    custody.holder, custody.held_since = holder, entry.at


def _declined(custody: Custody, entry: Entry, event: pb.HandoverDeclined) -> None:
    offer = _open_offer(custody, entry, event.offer_no)
    _end(offer, entry, OfferState.DECLINED)
    offer.code, offer.note_id = event.code, event.note_id
    custody.setbacks += 1


def _asked(custody: Custody, entry: Entry, event: pb.HandoverAsked) -> None:
    offer = _open_offer(custody, entry, event.offer_no, OfferState.OFFERED)
    offer.state, offer.clock_no = OfferState.ASKED, entry.seq
    offer.asks += 1
    offer.question_note_id, offer.answer_by = event.note_id, instant(event.answer_by)
    if offer.reply == "asked":
        offer.reply = ""


def _clarified(custody: Custody, entry: Entry, event: pb.HandoverClarified) -> None:
    offer = _open_offer(custody, entry, event.offer_no, OfferState.ASKED)
    offer.state, offer.clock_no = OfferState.OFFERED, entry.seq
    offer.answer_note_id, offer.due_at = event.note_id, instant(event.due_at)
    offer.answer_by = None


def _extended(custody: Custody, entry: Entry, event: pb.HandoverExtended) -> None:
    offer = _open_offer(custody, entry, event.offer_no, OfferState.OFFERED)
    due_at = instant(event.due_at)
    if due_at <= offer.due_at and event.code not in MAY_SHORTEN:
        _break(entry, f"ends offer {event.offer_no} at {due_at}, no later than before")
    offer.due_at, offer.clock_no = due_at, entry.seq
    offer.extensions = (*offer.extensions, event.code)


def _lapsed(custody: Custody, entry: Entry, event: pb.HandoverLapsed) -> None:
    offer = _open_offer(custody, entry, event.offer_no, OfferState.OFFERED)
    if event.lapses != custody.lapses + 1:
        _break(entry, f"counts {event.lapses} lapses after {custody.lapses}")
    _end(offer, entry, OfferState.LAPSED)
    custody.lapses += 1
    custody.setbacks += 1


def _withdrawn(custody: Custody, entry: Entry, event: pb.HandoverWithdrawn) -> None:
    offer = _open_offer(custody, entry, event.offer_no)
    _end(offer, entry, OfferState.WITHDRAWN)
    offer.code = event.code
    if event.code in (NOT_CLARIFIED, ASKED_TOO_OFTEN):
        custody.setbacks += 1


def _returned(custody: Custody, entry: Entry, event: pb.HandoverReturned) -> None:
    _must_be_free(custody, entry)
    if not custody.stack or Party.of(event.holder) != custody.stack[-1]:
        _break(entry, "returns to somebody who did not give it")
    if Party.of(event.receiver) != custody.holder:
        _break(entry, "is returned by somebody who does not hold")
    *below, holder = custody.stack
    custody.stack = tuple(below)
    _hold(custody, entry, holder)


def _reassigned(custody: Custody, entry: Entry, event: pb.HolderReassigned) -> None:
    _must_not_be_closed(custody, entry)
    holder = Party.of(event.holder)
    if holder.service != custody.holder.service:
        _break(entry, f"names {holder.service}, another service")
    _hold(custody, entry, holder)


def _child_opened(custody: Custody, entry: Entry, event: pb.ChildOpened) -> None:
    _must_not_be_closed(custody, entry)
    if event.child_id in (custody.matter_id, *custody.children):
        _break(entry, f"opens {event.child_id} again")
    custody.children = (*custody.children, event.child_id)


def _closed(custody: Custody, entry: Entry, event: pb.MatterClosed) -> None:
    _must_be_free(custody, entry)
    custody.ground, custody.article, custody.closed_at = event.ground, event.article, entry.at


def _reopened(custody: Custody, entry: Entry, _event: pb.MatterReopened) -> None:
    if not custody.closed:
        _break(entry, "comes while the matter is open")
    custody.ground, custody.article, custody.closed_at = "", "", None


_RULES: dict[type[Message], Callable[[Custody, Entry, Any], None]] = {
    pb.HandoverOffered: _offered,
    pb.HandoverAccepted: _accepted,
    pb.HandoverDeclined: _declined,
    pb.HandoverAsked: _asked,
    pb.HandoverClarified: _clarified,
    pb.HandoverExtended: _extended,
    pb.HandoverLapsed: _lapsed,
    pb.HandoverWithdrawn: _withdrawn,
    pb.HandoverReturned: _returned,
    pb.HolderReassigned: _reassigned,
    pb.ChildOpened: _child_opened,
    pb.MatterClosed: _closed,
    pb.MatterReopened: _reopened,
}
CUSTODY_EVENTS: tuple[type[Message], ...] = (pb.MatterOpened, *_RULES)
