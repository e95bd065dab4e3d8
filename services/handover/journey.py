"""A matter's way through the deputies, in words: what `estafet journey` prints."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from estafet.common.v1 import party_pb2
from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message

from services.handover.custody import Custody, Party
from services.handover.fold import Entry, fold, instant


@dataclass(frozen=True)
class Step:
    """One record of a custody log: when, what, and who holds after it."""

    at: datetime
    matter_id: str
    seq: int
    text: str
    holder: Party
    trace_id: str


def steps(matter_id: str, entries: list[Entry]) -> list[Step]:
    """The steps of one matter, in order of custody_no; BrokenLog where it cannot be followed."""
    told = []
    custody: Custody | None = None
    for entry in entries:
        custody = fold(custody, entry)
        text = WORDS[type(entry.event)](entry.event)
        told.append(Step(entry.at, matter_id, entry.seq, text, custody.holder, entry.trace_id))
    return told


def name(party: Party | party_pb2.Party) -> str:
    """A party in one line: organisation, unit, officer."""
    return " / ".join(part for part in (party.organisation, party.unit, party.officer_id) if part)


def _day(stamp: Any) -> str:
    return f"{instant(stamp):%Y-%m-%d %H:%M} UTC"


WORDS: dict[type[Message], Callable[[Any], str]] = {
    pb.MatterOpened: lambda e: f"{e.kind} opened, held by {name(e.holder)}",
    pb.HandoverOffered: lambda e: (
        f"offered to {name(e.receiver)} as {e.kind}, answer due {_day(e.due_at)}"
    ),
    pb.HandoverAccepted: lambda e: f"offer {e.offer_no} accepted by {name(e.holder)}",
    pb.HandoverDeclined: lambda e: f"offer {e.offer_no} declined: {e.code}",
    pb.HandoverAsked: lambda e: f"offer {e.offer_no}: question, answer due {_day(e.answer_by)}",
    pb.HandoverClarified: lambda e: f"offer {e.offer_no}: answered, due {_day(e.due_at)}",
    pb.HandoverExtended: lambda e: (
        f"offer {e.offer_no}: more time, answer due {_day(e.due_at)}: {e.code}"
    ),
    pb.HandoverLapsed: lambda e: f"offer {e.offer_no} lapsed unanswered (lapse {e.lapses})",
    pb.HandoverWithdrawn: lambda e: f"offer {e.offer_no} withdrawn: {e.code}",
    pb.HandoverReturned: lambda e: f"returned to {name(e.holder)} with result {e.result}",
    pb.HolderReassigned: lambda e: f"now with {name(e.holder)}: {e.code}",
    pb.ChildOpened: lambda e: f"{e.kind} {e.child_id} opened under it",
    pb.MatterClosed: lambda e: f"closed: {e.ground} {e.article}".rstrip(),
    pb.MatterReopened: lambda e: f"reopened: {e.code}",
}
