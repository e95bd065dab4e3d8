"""10. A release with a column, a field and an event type more runs beside the one before it.

N is this checkout; N+1 is made from it. The database is migrated while N is at work; then N+1
tells what N does not know; both work side by side; N goes; and at last N comes back instead of
N+1, on the database as it is, since migrations go forward only. What N does not know it passes
over, counts in its key, and passes on unharmed.

Of the trials that share a stack this is the last but one: replicas of both releases stay.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from infra.local import applications
from infra.local.discovery import GATEWAY, discover
from infra.local.environment import inherited
from infra.local.ports import LOOPBACK, Ports
from infra.local.processes import Process
from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, of_full, told_otherwise
from tests.faults.books import Books, ask
from tests.faults.crew import Crew
from tests.faults.plays import ALL_ROLES
from tests.support.next_release import BASIS, WEIGHED, NextRelease, made_in
from tests.support.topics import records_of
from tests.support.waiting import until

pytestmark = pytest.mark.stack

COMMANDS = 600
PACE_SECONDS = 0.3 if is_full() else 0.4
REPLICAS = 2
# Those of which there is a next release; the others go on as they are.
CHANGED = ("complaint", "protection")
TOPIC = "estafet.complaint.v1"
_TRIAGED = "SELECT complaint_id FROM complaint WHERE category <> ''"
_BASIS = "SELECT complaint_id, basis FROM complaint WHERE category <> ''"
_GROWN = "SELECT 1 FROM complaint WHERE basis IS NOT NULL LIMIT 1"
_NOTES = "SELECT matter_id, count(*) FROM note WHERE text LIKE %s GROUP BY matter_id"


@dataclass
class Rollout:
    """This release, the next one, and what of either runs."""

    stack: Stack
    following: NextRelease

    def migrate(self) -> None:
        """As the next release does it before it starts."""
        environment = {**inherited(), **self.stack.environment("admin")}
        environment["PYTHONPATH"] = self.following.python_path
        applications.estafet(("migrate",), environment)

    def start_next(self, service: str) -> Process:
        """A replica of the next release, beside the one of this release."""
        return self.stack.run(self.following.of(self.stack.service_program(service, 1)))


@pytest.fixture
def rollout(books: Books, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollout]:
    following = made_in(tmp_path_factory.mktemp("next"))
    peers = {"ESTAFET_PEERS": json.dumps(both_replicas(books.stack.ports))}
    with told_otherwise(books.stack, GATEWAY, peers):
        yield Rollout(books.stack, following)


def both_replicas(ports: Ports) -> dict[str, str]:
    """Where the gateway asks each service: at either replica, whichever is there."""
    found = {}
    for name in discover().serving:
        first, second = ports.get(f"grpc_{name}"), ports.get(f"grpc_{name}_1")
        found[name] = f"ipv4:{LOOPBACK}:{first},{LOOPBACK}:{second}"
    return found


def test_two_releases_work_side_by_side_and_the_older_one_can_come_back(
    rollout: Rollout, books: Books
) -> None:
    stack, step = rollout.stack, of_full(COMMANDS) // 5
    before = {complaint_id for (complaint_id,) in ask(stack, "complaint", _TRIAGED)}
    older = [stack.process(service) for service in CHANGED]
    with books.note(Crew(stack, ALL_ROLES, a_seed(), pace=PACE_SECONDS, replicas=REPLICAS)) as crew:
        crew.reach(step)
        with crew.aside():
            rollout.migrate()
            newer = [rollout.start_next("complaint")]
        until(lambda: ask(stack, "complaint", _GROWN))
        crew.reach(crew.done + step)
        with crew.aside():
            newer.append(rollout.start_next("protection"))
        until(lambda: noted(stack))
        crew.reach(crew.done + step)
        at_once(Process.stop, older)
        crew.reach(crew.done + step)
        with crew.aside():
            stack.estafet("migrate")
            at_once(Process.start, older)
            at_once(Process.wait, older)
        if is_full():  # what they read waits for 10 s, in case they come back
            at_once(Process.stop, newer)
        crew.reach(crew.done + step)
    books.close()
    waits = Counter((wait.code, wait.reason) for wait in crew.waits)
    print(f"  {crew.done} commands; not answered at once: {dict(waits)}")
    assert len(crew.waits) < crew.done / 10, "people had to wait for a release to change"
    assert_grown(stack, before)


def at_once(do: Callable[[Process], None], processes: Sequence[Process]) -> None:
    with ThreadPoolExecutor() as threads:
        list(threads.map(do, processes))


def assert_grown(stack: Stack, before: Collection[str]) -> None:
    """What N+1 wrote and told is all there, whoever sent it; N wrote and told as ever. `before`:
    what earlier trials have triaged."""
    told, weighed = told_basis(stack, before), weighed_matters(stack)
    rows = {key: basis for key, basis in ask(stack, "complaint", _BASIS) if key not in before}
    assert set(rows.values()) == {None, BASIS}, "both releases should have written"
    for matter_id, basis in rows.items():
        assert (basis is None) == (BASIS not in told[matter_id]), matter_id
        assert (basis is None) == (matter_id not in weighed), matter_id
    heard = noted(stack)
    print(
        f"  triaged by N: {sum(basis is None for basis in rows.values())} complaints, by N+1: "
        f"{sum(basis is not None for basis in rows.values())}; {sum(weighed.values())} events of "
        f"the new type, {sum(heard.values())} heard by N+1, the others passed over by N"
    )
    assert 0 < sum(heard.values()) < sum(weighed.values()), "both releases should have heard"
    assert all(count <= weighed[matter_id] for matter_id, count in heard.items()), "heard twice"


def noted(stack: Stack) -> dict[str, int]:
    """How often N+1 has reacted to the new type, by complaint."""
    return dict(ask(stack, "protection", _NOTES, f"{WEIGHED} %"))


def told_basis(stack: Stack, before: Collection[str]) -> dict[str, list[str]]:
    """The basis that each triage on the topic names, in order; empty where none does."""
    found: dict[str, list[str]] = {}
    for delivery in records_of(stack, TOPIC):
        record = delivery.record
        if record.type == ComplaintTriaged.DESCRIPTOR.full_name and record.key not in before:
            event = ComplaintTriaged.FromString(delivery.payload)
            found.setdefault(record.key, []).append(unknown_text(event))
    return found


def unknown_text(event: Message) -> str:
    """The one field that this release does not know; empty when there is none."""
    fields: Any = UnknownFieldSet(event)
    return b"".join(field.data for field in fields).decode()


def weighed_matters(stack: Stack) -> Counter[str]:
    """How often the new type was told of each complaint."""
    records = (delivery.record for delivery in records_of(stack, TOPIC))
    told = {(record.key, record.seq) for record in records if record.type == WEIGHED}
    return Counter(key for key, _ in told)
