"""What insight keeps, as the proto shows it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from estafet.common.v1.party_pb2 import Party as PartyMessage
from estafet.insight.v1 import service_pb2 as pb

from services.chassis import catalogue
from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.instants import timestamp
from services.handover.custody import Custody, Offer, OfferState
from services.handover.fold import Entry
from services.handover.journey import steps
from services.insight.domain import Awaited, Holding, Seen


def in_order(logs: Sequence[Seen], news: Sequence[Seen]) -> list[pb.Step]:
    """The steps of a journey in order of time; of what was told at once, custody first."""
    told = [*_custody_steps(logs), *map(_news, news)]
    told.sort(key=lambda s: (s.at.ToNanoseconds(), s.topic != CUSTODY_TOPIC, s.key, s.number))
    return told


def _custody_steps(logs: Sequence[Seen]) -> Iterator[pb.Step]:
    for matter_id, log in groupby(logs, key=lambda row: row.key):
        entries = list(map(_entry, log))
        for entry, step in zip(entries, steps(matter_id, entries), strict=True):
            yield pb.Step(
                at=timestamp(step.at),
                topic=CUSTODY_TOPIC,
                key=matter_id,
                number=step.seq,
                event=entry.event.DESCRIPTOR.name,
                service=entry.writer,
                text=step.text,
                holder=step.holder.to_proto(),
                clock=_clock_of(entry.event),
                trace_id=step.trace_id,
            )


def _entry(row: Seen) -> Entry:
    event_type = catalogue.message_type(row.type)
    if event_type is None:
        raise LookupError(f"matter {row.key}: {row.type} was folded, and is not known any more")
    event = event_type.FromString(row.payload)
    return Entry(row.seq, event, row.at, row.service, row.record_id, row.trace_id)


def _clock_of(event: Any) -> Any:
    """The end of the clock that a record has set: the message's own field, or None."""
    fields = [name for name in ("due_at", "answer_by") if name in event.DESCRIPTOR.fields_by_name]
    return getattr(event, fields[0]) if fields else None


def _news(row: Seen) -> pb.Step:
    event_type = catalogue.message_type(row.type) if row.payload else None
    return pb.Step(
        at=timestamp(row.at),
        topic=row.topic,
        key=row.key,
        number=row.seq,
        event=row.event,
        service=row.service,
        text=f"{row.event} told by {row.service}",
        clock=_clock_of(event_type.FromString(row.payload)) if event_type else None,
        trace_id=row.trace_id,
    )


def standing(custody: Custody) -> pb.Standing:
    """Where a matter stands."""
    offer = custody.open_offer
    return pb.Standing(
        matter_id=custody.matter_id,
        parent_id=custody.parent_id,
        kind=custody.kind,
        holder=custody.holder.to_proto(),
        held_since=timestamp(custody.held_since),
        closed_at=timestamp(custody.closed_at),
        ground=custody.ground,
        offer=open_offer(custody, offer) if offer else None,
    )


def open_offer(custody: Custody, offer: Offer) -> pb.OpenOffer:
    """An offer that waits for the receiver, or, once asked about, for the giver."""
    asked = offer.state is OfferState.ASKED
    return pb.OpenOffer(
        matter_id=offer.matter_id,
        offer_no=offer.offer_no,
        journey_id=custody.journey_id,
        kind=offer.kind,
        giver=offer.giver.to_proto(),
        receiver=offer.receiver.to_proto(),
        asked=asked,
        offered_at=timestamp(offer.offered_at),
        clock=timestamp(offer.answer_by if asked else offer.due_at),
    )


def held(holding: Holding, journey_id: str, kind: str) -> pb.Holding:
    """Who held a matter, from when to when."""
    return pb.Holding(
        matter_id=holding.matter_id,
        journey_id=journey_id,
        kind=kind,
        holder=PartyMessage(
            service=holding.service,
            organisation=holding.organisation,
            unit=holding.unit,
            officer_id=holding.officer_id,
        ),
        since=timestamp(holding.since),
        until=timestamp(holding.until),
    )


def count(row: Any) -> pb.Count:
    """How often an event was told in a month."""
    return pb.Count(
        month=row.month, service=row.service, event=row.event, kind=row.kind, count=row.number
    )


def hop(row: Any) -> pb.Hop:
    """How hand-overs went from one party to another."""
    return pb.Hop(
        giver=_party(row.giver_service, row.giver_organisation),
        receiver=_party(row.receiver_service, row.receiver_organisation),
        kind=row.kind,
        end=row.state,
        count=row.number,
        p50_seconds=round(row.p50),
        p95_seconds=round(row.p95),
    )


def lapses(row: Any) -> pb.Lapses:
    """What became of the offers to a party."""
    party = _party(row.service, row.organisation)
    return pb.Lapses(party=party, offered=row.offered, lapsed=row.lapsed)


def owed(row: Any) -> pb.Owed:
    """What a party owes."""
    return pb.Owed(
        party=_party(row.service, row.organisation),
        held=row.held,
        held_since=timestamp(row.held_since),
        to_answer=row.to_answer,
        to_clarify=row.to_clarify,
        to_return=row.to_return,
        due=row.due,
        lapsed=row.lapsed,
    )


def result(awaited: Awaited) -> pb.AwaitedResult:
    """What a ministry owes by when."""
    return pb.AwaitedResult(
        referral_id=awaited.referral_id,
        matter_id=awaited.matter_id,
        ministry=_party(awaited.service, awaited.ministry),
        answer_by=timestamp(awaited.answer_by),
    )


def _party(service: str, organisation: str) -> PartyMessage:
    return PartyMessage(service=service, organisation=organisation)
