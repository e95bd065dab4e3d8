"""Who holds what at the end: by the custody logs, by the script, and by the services themselves."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg

from services.chassis.catalogue import CUSTODY_TOPIC
from services.cli.consumers import reactions_classes
from services.cli.demo.custodies import Hop, Key
from services.cli.demo.expected import Expected
from services.cli.environment import settings_of
from services.handover.custody import Party
from services.handover.ledger import Ledger

# The service that answers for ministries.
MINISTRIES = "exchange"

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


def party_of(party: Party) -> str:
    """A deputy by its service, a ministry by its name."""
    return party.organisation if party.service == MINISTRIES else party.service


def hops(ledger: Ledger) -> Counter[Hop]:
    """Every hand-over by giver, receiver, kind and end; what waits for an answer is `open`."""
    return Counter(
        Hop(
            party_of(offer.giver),
            party_of(offer.receiver),
            offer.kind,
            "open" if offer.is_open else str(offer.state),
        )
        for custody in ledger.matters.values()
        for offer in custody.offers
    )


def open_by_holder(ledger: Ledger) -> Counter[tuple[str, str]]:
    """Who holds how many of what: party and kind of matter."""
    return Counter((party_of(custody.holder), custody.kind) for custody in ledger.still_open())


def faults(ledger: Ledger, states: Seen, world: Expected, ids: Mapping[Key, str]) -> Iterator[str]:
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


def _against_script(ledger: Ledger, world: Expected, ids: Mapping[Key, str]) -> Iterator[str]:
    found = hops(ledger)
    for hop in sorted({*found, *world.hops}):
        if found[hop] != world.hops[hop]:
            named = f"{hop.kind} from {hop.giver} to {hop.receiver} {hop.end}"
            yield f"{found[hop]} hand-overs {named}, and the script has {world.hops[hop]}"
    yield from _unknown(ledger, world)
    for key, matter_id in ids.items():
        custody = ledger.matters.get(matter_id)
        holder = party_of(custody.holder) if custody and not custody.closed else None
        if custody is None or holder != world.holders.get(key):
            scripted = world.holders.get(key, "closed")
            found_as = "nothing" if custody is None else holder or "closed"
            yield f"{CUSTODY_TOPIC} {matter_id}: {found_as}, and the script leaves it {scripted}"


def _unknown(ledger: Ledger, world: Expected) -> Iterator[str]:
    """Matters of a kind that are more or fewer than the script opens."""
    opened = Counter(kind for kind, _ in world.opened)
    logged = Counter(custody.kind for custody in ledger.matters.values())
    for kind in sorted({*opened, *logged}):
        if opened[kind] != logged[kind]:
            yield f"{logged[kind]} matters {kind}, and the script opens {opened[kind]}"
