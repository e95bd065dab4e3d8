"""`estafet morning`: what clocks end by the end of a day, and what each party owes.

Insight is asked as an officer, who has to be allowed to know."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from estafet.common.v1.party_pb2 import Party
from estafet.insight.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.client import GrpcCalls, NeighbourRefused
from services.chassis.clock import monotonic
from services.chassis.errors import NotAllowed
from services.chassis.runtime import Work
from services.cli.officers import SECONDS, asking
from services.cli.tables import lines

INSIGHT = "insight"
JAKARTA = ZoneInfo("Asia/Jakarta")
OFFERS = ("clock (WIB)", "kind", "held by", "waits for", "matter")
RESULTS = ("clock (WIB)", "ministry", "matter")
OWED = (
    *("party", "holds", "oldest since", "to answer", "to clarify", "to return", "due"),
    "lapsed in 30 days",
)


def ask(officer: str, date: str) -> pb.GetMorningResponse:
    """The morning as an officer is told it. NotAllowed: they are not, or the day is none."""
    work = Work("morning", ends_at=monotonic() + SECONDS)
    with asking(INSIGHT, officer) as (channel, token):
        calls = GrpcCalls(INSIGHT, channel, token, work)
        try:
            return calls.call(pb.GetMorningRequest(date=date), pb.GetMorningResponse)
        except NeighbourRefused as refused:
            raise NotAllowed(f"{officer}: {refused}") from None


def show_morning(
    date: Annotated[str, typer.Option(help="ISO date, Asia/Jakarta; today if not given.")] = "",
    officer: Annotated[str, typer.Option(help="Who asks.")] = "coordinator-complaint",
) -> None:
    """Print the hand-overs whose clock ends by the end of a day, and what each party owes."""
    for line in told(ask(officer, date)):
        typer.echo(line)


def told(morning: pb.GetMorningResponse) -> Iterator[str]:
    """A morning for people."""
    yield f"{morning.date}: {morning.total} hand-overs whose clock ends by the end of the day"
    if morning.offers:
        yield from lines(OFFERS, [_offer(offer) for offer in morning.offers])
    if morning.total > len(morning.offers):
        yield f"and {morning.total - len(morning.offers)} more"
    if morning.results:
        yield ""
        yield "results that ministries owe by the end of the day"
        yield from lines(RESULTS, [_result(result) for result in morning.results])
    yield ""
    yield "what each party owes"
    yield from lines(OWED, [_owed(owed) for owed in morning.parties])


def _offer(offer: pb.OpenOffer) -> tuple[str, ...]:
    waits_for = f"{_name(offer.giver)}, to clarify" if offer.asked else _name(offer.receiver)
    return (_at(offer.clock), offer.kind, _name(offer.giver), waits_for, offer.matter_id)


def _result(result: pb.AwaitedResult) -> tuple[str, ...]:
    return (_at(result.answer_by), _name(result.ministry), result.matter_id)


def _owed(owed: pb.Owed) -> tuple[object, ...]:
    since = _at(owed.held_since) if owed.HasField("held_since") else ""
    counts = (owed.to_answer, owed.to_clarify, owed.to_return, owed.due, owed.lapsed)
    return (_name(owed.party), owed.held, since, *counts)


def _name(party: Party) -> str:
    names = " / ".join(part for part in (party.organisation, party.unit) if part)
    return f"{names} ({party.service})"


def _at(stamp: Timestamp) -> str:
    at: datetime = stamp.ToDatetime(UTC)
    return f"{at.astimezone(JAKARTA):%Y-%m-%d %H:%M}"
