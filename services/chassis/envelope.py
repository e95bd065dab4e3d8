"""The envelope of an event: CloudEvents 1.0 in Kafka's binary mode, and W3C trace headers.

ce_time is domain time, ce_recordedtime real time; ce_sequence is the key's number, which the relay
takes from the outbox row; ce_actor is the person or service on whose act the event came about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import uuid6
from google.protobuf.message import Message

from services.chassis import telemetry
from services.chassis.clock import real_now

PARENT_FOR = timedelta(hours=1)
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Origin:
    """On whose act, in which journey and because of which event something is emitted."""

    service: str
    actor: str
    journey_id: str
    causation_id: str = ""


@dataclass(frozen=True)
class Record:
    """An event as it was read from a topic: its envelope without the payload.

    `headers` are all headers as text; `position` is (partition, offset).
    """

    topic: str
    key: str
    seq: int
    record_id: str
    type: str
    time: datetime
    journey_id: str
    actor: str
    source: str
    headers: Mapping[str, str]
    position: tuple[int, int] = (0, 0)

    @property
    def service(self) -> str:
        """The service that told it."""
        return self.source.removeprefix("estafet.")

    @property
    def trace_id(self) -> str:
        """The trace in which it was emitted; empty if there was none."""
        return "".join(self.headers.get(telemetry.PARENT, "").split("-")[1:2])

    @property
    def fresh(self) -> bool:
        """Whether its trace goes on here: recorded less than an hour ago, in real time."""
        recorded = self.headers.get("ce_recordedtime", "")
        return bool(recorded) and real_now() - datetime.fromisoformat(recorded) < PARENT_FOR


class Unreadable(ValueError):
    """A record without the envelope of an event: which header is missing or wrong."""


def seal(event: Message, key: str, origin: Origin, now: datetime) -> dict[str, str]:
    """The headers of an event emitted now; `now` is domain time."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid6.uuid7()),
        "ce_source": f"estafet.{origin.service}",
        "ce_type": event.DESCRIPTOR.full_name,
        "ce_time": now.isoformat(),
        "ce_recordedtime": real_now().isoformat(),
        "ce_subject": key,
        "ce_journeyid": origin.journey_id or key,
        "ce_causationid": origin.causation_id,
        "ce_actor": origin.actor,
        "content-type": "application/protobuf",
    }
    return headers | telemetry.carried()


def open_envelope(
    topic: str, key: str, headers: Mapping[str, str], position: tuple[int, int] = (0, 0)
) -> Record:
    """The record that headers describe; Unreadable names the header that is wrong."""
    try:
        return Record(
            topic=topic,
            key=key,
            seq=_number(headers["ce_sequence"]),
            record_id=headers["ce_id"],
            type=headers["ce_type"],
            time=_instant(headers["ce_time"]),
            journey_id=headers.get("ce_journeyid", key),
            actor=headers.get("ce_actor", ""),
            source=headers.get("ce_source", ""),
            headers=headers,
            position=position,
        )
    except KeyError as missing:
        raise Unreadable(f"no header {missing.args[0]}") from None
    except ValueError as error:
        raise Unreadable(f"a header has no meaning: {error}") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= LARGEST:
        raise ValueError("ce_sequence is no number of a record")
    return int(text)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("ce_time has no time zone")
    return instant
