"""Who is asked at delivery for what no event carries, and what the owner logs of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from estafet.complaint.v1 import service_pb2 as complaint
from estafet.placement.v1 import service_pb2 as placement
from estafet.protection.v1 import service_pb2 as protection
from google.protobuf.message import Message

from services.chassis.client import Calls
from services.chassis.errors import NotFound

# By the name of the service.
Owners = Mapping[str, Calls]


@dataclass(frozen=True)
class Source:
    """`by`: the event's fields that say whose data; the first is empty when there are none.
    `answer`: what the owner tells. `ask(owners, event, purpose)`: NotFound, Unavailable."""

    by: tuple[str, ...]
    answer: type[Message]
    ask: Callable[[Owners, Any, str], Message]


def _worker(owners: Owners, event: Any, purpose: str) -> Message:
    request = placement.GetWorkerRequest(worker_id=event.worker_id, purpose=purpose)
    return owners["placement"].call(request, placement.GetWorkerResponse)


def _note(owners: Owners, event: Any, purpose: str) -> Message:
    """A text that the giver of a referral has written."""
    about = {"note_id": event.note_id, "purpose": purpose}
    match event.giver:
        case "complaint":
            asked = complaint.GetNoteRequest(complaint_id=event.matter_id, **about)
            return owners["complaint"].call(asked, complaint.GetNoteResponse)
        case "protection":
            request = protection.GetNoteRequest(matter_id=event.matter_id, **about)
            return owners["protection"].call(request, protection.GetNoteResponse)
    raise NotFound(f"{event.giver} keeps no note for a ministry")


SOURCES: Mapping[str, Source] = {
    "worker": Source(("worker_id",), placement.GetWorkerResponse, _worker),
    "note": Source(("note_id", "giver", "matter_id"), protection.GetNoteResponse, _note),
}
