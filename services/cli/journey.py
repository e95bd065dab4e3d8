"""`estafet journey`: one matter's way through the deputies, with its traces."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Annotated

import typer

from services.chassis import catalogue
from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.envelope import Record
from services.chassis.errors import NotFound
from services.chassis.foreign import is_foreign
from services.cli.environment import settings_of
from services.handover.custody import Custody
from services.handover.journey import name, steps
from services.handover.ledger import Ledger


@dataclass(frozen=True)
class Line:
    """One record of a journey; `number` is its place in its key's log, `holder` empty for
    records that are not of a custody log."""

    at: datetime
    topic: str
    key: str
    number: int
    text: str
    holder: str
    trace_id: str


@dataclass
class Journey:
    """All that topics tell of one journey, in order of time."""

    journey_id: str
    lines: list[Line] = field(default_factory=list)
    standing: list[str] = field(default_factory=list)

    @property
    def traces(self) -> list[str]:
        """The traces of the journey, in order of their first record."""
        return list(dict.fromkeys(line.trace_id for line in self.lines if line.trace_id))


def journey_of(matter_id: str, ledger: Ledger, events: Iterable[Record]) -> Journey:
    """The journey that a matter belongs to. NotFound: no log tells of the matter."""
    matter = ledger.matters.get(matter_id)
    if matter is None:
        broken = ledger.breaks.get(matter_id)
        raise NotFound(broken.why if broken else f"no custody log tells of matter {matter_id}")
    journey = Journey(matter.journey_id)
    for each in ledger.journey(matter.journey_id):
        journey.lines += _steps(each.matter_id, ledger)
        journey.standing.append(_standing(each, ledger))
    journey.lines += [_line(record) for record in events if record.journey_id == matter.journey_id]
    journey.lines.sort(
        key=lambda line: (line.at, line.topic != CUSTODY_TOPIC, line.key, line.number)
    )
    return journey


def _steps(matter_id: str, ledger: Ledger) -> list[Line]:
    return [
        Line(
            step.at, CUSTODY_TOPIC, matter_id, step.seq, step.text, name(step.holder), step.trace_id
        )
        for step in steps(matter_id, ledger.entries[matter_id])
    ]


def _line(record: Record) -> Line:
    event = record.type.rpartition(".")[2]
    text = f"{event} told by {record.source.removeprefix('estafet.')}"
    return Line(record.time, record.topic, record.key, record.seq, text, "", record.trace_id)


def _standing(custody: Custody, ledger: Ledger) -> str:
    """Who owes what now, or how the matter ended."""
    told = f"{custody.kind} {custody.matter_id}: "
    if broken := ledger.breaks.get(custody.matter_id):
        return f"{told}its log breaks at {broken.seq}: {broken.why}"
    if custody.closed:
        return f"{told}closed: {custody.ground}"
    told += f"held by {name(custody.holder)} since {custody.held_since:%Y-%m-%d %H:%M} UTC"
    if offer := custody.open_offer:
        clock = offer.answer_by or offer.due_at
        told += f", {offer.state} to {name(offer.receiver)} until {clock:%Y-%m-%d %H:%M} UTC"
    return told


def read(matter_id: str) -> Journey:
    """Read a journey from the topics. NotFound."""
    from services.cli.audit.reading import Topics

    topics, ledger, events = Topics(), Ledger(), list[Record]()
    try:
        for delivery in topics.read(topics.ends([CUSTODY_TOPIC])):
            if not is_foreign(delivery.record):
                ledger.read(delivery.record, delivery.payload)
        known = ledger.matters.get(matter_id)
        others = [
            topic for topic in catalogue.topics(catalogue.deputies()) if topic != CUSTODY_TOPIC
        ]
        if known is not None:
            events = [
                delivery.record
                for delivery in topics.read(topics.ends(others))
                if delivery.record.journey_id == known.journey_id
            ]
    finally:
        topics.close()
    return journey_of(matter_id, ledger, events)


def show_journey(
    matter: str,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Print a matter's journey: every hand-over, holder, clock and event, and its traces."""
    journey = read(matter)
    zipkin = settings_of("auditor").zipkin_url

    def url(trace_id: str) -> str:
        return f"{zipkin}/zipkin/traces/{trace_id}" if zipkin else trace_id

    if as_json:
        told = asdict(journey) | {"traces": [url(trace) for trace in journey.traces]}
        typer.echo(json.dumps(told, indent=2, default=datetime.isoformat))
        return
    for line in told_lines(journey, url):
        typer.echo(line)


def told_lines(journey: Journey, url: Callable[[str], str]) -> list[str]:
    """A journey for people: each trace's address stands before its first record."""
    told, trace_id = [f"journey {journey.journey_id}"], ""
    for line in journey.lines:
        if line.trace_id and line.trace_id != trace_id:
            trace_id = line.trace_id
            told.append(f"  trace {url(trace_id)}")
        holder = f"  [{line.holder}]" if line.holder else ""
        key = (
            f"…{line.key[-6:]} {line.number}" if len(line.key) > 12 else f"{line.key} {line.number}"
        )
        told.append(f"    {line.at:%Y-%m-%d %H:%M:%S} UTC  {key:>12}  {line.text}{holder}")
    return [*told, *journey.standing]
