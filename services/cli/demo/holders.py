"""Who holds what at the end: by the custody logs, by the script, and by the services themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg

from services.chassis.catalogue import CUSTODY_TOPIC
from services.cli.consumers import reactions_classes
from services.cli.demo.expected import Expected
from services.cli.environment import settings_of
from services.handover.ledger import Ledger

OPEN_ENDS = ("offered", "asked")

_OWN = "SELECT matter_id, holder_service, closed_at IS NOT NULL FROM matter"
_BATONS = "SELECT key FROM stream_head WHERE topic = %s AND open"

Own = Mapping[str, tuple[str, bool]]


@dataclass(frozen=True)
class Seen:
    """What each service's database says: its own view of every matter, and whose batons it has."""

    views: Mapping[str, Own]
    batons: Mapping[str, frozenset[str]]


def seen() -> Seen:
    """Read it as auditor."""
    views: dict[str, Own] = {}
    batons: dict[str, frozenset[str]] = {}
    for service in sorted({consumer.service for consumer in reactions_classes()}):
        url = settings_of(service).database_url(service, "auditor")
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            rows = connection.execute(_OWN).fetchall()
            keys = connection.execute(_BATONS, (CUSTODY_TOPIC,)).fetchall()
        views[service] = {matter_id: (holder, closed) for matter_id, holder, closed in rows}
        batons[service] = frozenset(key for (key,) in keys)
    return Seen(views, batons)


def ends_by_kind(ledger: Ledger) -> dict[str, dict[str, int]]:
    """Kind → end → how many; what still waits for an answer is `open`."""
    found: dict[str, dict[str, int]] = {}
    for (kind, end), count in sorted(ledger.ends().items()):
        ends = found.setdefault(kind, {})
        name = "open" if end in OPEN_ENDS else end
        ends[name] = ends.get(name, 0) + count
    return found


def faults(ledger: Ledger, states: Seen, world: Expected, ids: Mapping[int, str]) -> Iterator[str]:
    """Every way in which logs, script and services disagree, each with the matter."""
    for broken in ledger.breaks.values():
        yield f"{CUSTODY_TOPIC} {broken.matter_id} {broken.seq}: {broken.why}"
    yield from _against_script(ledger, world, ids)
    for custody in ledger.matters.values():
        matter_id, where = custody.matter_id, f"{CUSTODY_TOPIC} {custody.matter_id}"
        for service, view in states.views.items():
            says, logged = view.get(matter_id), (custody.holder.service, custody.closed)
            if says != logged:
                yield f"{where} {custody.custody_no}: {service} says {says}, the log {logged}"
        holding = [name for name, keys in states.batons.items() if matter_id in keys]
        if holding != [custody.holder.service]:
            yield (
                f"{where} {custody.custody_no}: the log names {custody.holder.service}, "
                f"and {' and '.join(holding) or 'nobody'} has the baton"
            )


def _against_script(ledger: Ledger, world: Expected, ids: Mapping[int, str]) -> Iterator[str]:
    ends: dict[str, int] = {}
    for counts in ends_by_kind(ledger).values():
        for end, count in counts.items():
            ends[end] = ends.get(end, 0) + count
    for end in sorted({*ends, *(name for name, count in world.offers.items() if count)}):
        if ends.get(end, 0) != world.offers[end]:
            yield f"{ends.get(end, 0)} hand-overs {end}, and the script has {world.offers[end]}"
    for index, matter_id in ids.items():
        custody = ledger.matters.get(matter_id)
        holder = custody.holder.service if custody and not custody.closed else None
        if custody is None or holder != world.holders.get(index):
            scripted = world.holders.get(index, "closed")
            found = "nothing" if custody is None else holder or "closed"
            yield f"{CUSTODY_TOPIC} {matter_id}: {found}, and the script leaves it {scripted}"
