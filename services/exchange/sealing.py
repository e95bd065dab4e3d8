"""A row of news as the ministry reads it: a CloudEvent in JSON with exactly the agreed fields.

What is personal is asked of its owner now, for the agreed purpose. Somebody who was erased, and an
agreement that has ended, leave the number with nothing in it: a tombstone.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from estafet.exchange.v1.partner_pb2 import AnswerRefused
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from services.chassis import catalogue
from services.chassis.errors import NotFound
from services.chassis.foreign import partner_of
from services.exchange.agreements import AGREEMENTS, Agreement
from services.exchange.sources import SOURCES, Owners

ERASED = "erased"
AGREEMENT_ENDED = "agreement_ended"
_REFUSED = AnswerRefused.DESCRIPTOR.full_name


@dataclass(frozen=True)
class Row:
    """What a ministry is told under a number of one of its topics."""

    topic: str
    number: int
    type: str
    payload: bytes
    happened_at: datetime
    journey_id: str
    traceparent: str
    replayed: bool

    @property
    def ministry(self) -> str:
        """Who is told."""
        return partner_of(self.topic)


def sealed(row: Row, owners: Owners, now: datetime) -> bytes:
    """The row as the ministry reads it. Unavailable: an owner is away."""
    told = {
        "specversion": "1.0",
        "id": f"{row.topic}/{row.number}",
        "source": "estafet.exchange",
        "type": row.type,
        "time": row.happened_at.isoformat(),
        "sequence": str(row.number),
        "datacontenttype": "application/json",
        **_content(row, owners, now),
    }
    if row.replayed:
        told["replayed"] = True
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _content(row: Row, owners: Owners, now: datetime) -> dict[str, Any]:
    event_type = catalogue.message_type(row.type)
    if event_type is None:
        raise LookupError(f"{row.topic} {row.number}: this release does not know {row.type}")
    event = event_type.FromString(row.payload)
    if row.type == _REFUSED:
        return {"data": _plain(event)}
    agreement = AGREEMENTS.find(row.ministry, row.type)
    if agreement is None or not agreement.is_in_force(now):
        return {"tombstone": AGREEMENT_ENDED}
    try:
        return {"data": _agreed(agreement, event, owners)}
    except NotFound:
        return {"tombstone": ERASED}


def _agreed(agreement: Agreement, event: Message, owners: Owners) -> dict[str, Any]:
    plain, data, asked = _plain(event), dict[str, Any](), dict[str, dict[str, Any] | None]()
    purpose = f"{agreement.ministry}: {agreement.purpose}"
    for name in agreement.fields:
        first, _, inner = name.partition(".")
        if not inner:
            data[name] = plain[name]
            continue
        if first not in asked:
            source = SOURCES[first]
            has_one = bool(plain[source.by[0]])
            asked[first] = _plain(source.ask(owners, event, purpose)) if has_one else None
        told = asked[first]
        data.setdefault(first, None if told is None else {})
        if told is not None:
            data[first][inner] = told[inner]
    return data


def _plain(message: Message) -> dict[str, Any]:
    """Every field by its name in the proto, empty ones too."""
    return MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
