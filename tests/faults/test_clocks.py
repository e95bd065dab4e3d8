"""9. Clocks of working days run across a leap day, a holiday, a restart, and while all is down.

Hundreds of offers are left alone by whoever could accept them. Each lapses once, not before its
time: also if it was due while nothing ran, and then all replicas of all services start at once.

2024: 29 February is a Thursday; 11 March is Nyepi, 12 March its collective leave.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psutil
import psycopg
import pytest
from estafet.handover.v1.custody_pb2 import HandoverLapsed, HandoverOffered

from infra.local.discovery import GATEWAY
from infra.local.processes import Process
from infra.local.stack import Stack
from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.clock import Clock
from services.process.calendar import JAKARTA
from tests.faults.arena import PARTS, a_seed, is_full, only_in_full, whole
from tests.faults.books import Books, ask, settle
from tests.faults.crew import Course, Crew, Person
from tests.faults.plays import COMPLAINT, hand_over
from tests.support.superuser import superuser_dsn
from tests.support.topics import records_of
from tests.support.waiting import until

pytestmark = pytest.mark.stack

COMMANDS = 600 if is_full() else 45
# The service that offers, and so runs the clocks; the others have one replica.
GIVER = "complaint"
REPLICAS = 3 if is_full() else 2
SECOND = timedelta(seconds=1)
DANGER = 4

_FIRED = """
CREATE TABLE fired (kind text, matter_id text, number bigint, port integer);
CREATE FUNCTION note_fired() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.fired VALUES (OLD.kind, OLD.matter_id, OLD.number, inet_client_port());
    RETURN NULL;
END $$;
CREATE TRIGGER note_fired AFTER DELETE ON timer FOR EACH ROW EXECUTE FUNCTION note_fired();
"""
_DUE = "SELECT count(*) FROM timer WHERE due_at <= %s"
_LAPSED = "SELECT matter_id, offer_no FROM offer WHERE state = 'lapsed' AND giver_service = %s"


def at(month: int, day: int, hour: int) -> datetime:
    return datetime(2024, month, day, hour, tzinfo=JAKARTA)


@dataclass(frozen=True)
class Left:
    """An offer that nobody takes up."""

    matter_id: str
    offer_no: int
    severity: int
    due_at: datetime


@dataclass
class Town:
    """Everything, the time there, and the offers that are left alone."""

    stack: Stack
    clock: Clock
    books: Books
    left: list[Left] = field(default_factory=list)

    def leave_alone(self, person: Person) -> Course:
        """File, triage and offer a complaint whose offer nobody will take up."""
        filed = person.act("complaint", "FileComplaint", narrative="Gaji tidak dibayar (contoh).")
        named = {"complaint_id": filed.complaint_id}
        severity = person.rng.randint(1, DANGER)
        triaged: dict[str, Any] = {"category": "unpaid_wages", "severity": severity}
        yield False
        person.act("complaint", "TriageComplaint", COMPLAINT, **named, **triaged)
        yield False
        offer = person.act("complaint", "OfferComplaint", COMPLAINT, **named)
        due_at = offer.due_at.ToDatetime(JAKARTA)
        self.left.append(Left(filed.complaint_id, offer.offer_no, severity, due_at))

    def work(self, seed: int, commands: int) -> list[Left]:
        """People work until so many commands are done; the offers that were left alone."""
        before = len(self.left)
        plays = (*(self.leave_alone,) * 3, hand_over)
        with self.books.note(Crew(self.stack, plays, seed)) as crew:
            crew.reach(commands)
        settle(self.stack)
        print(f"  {crew.done} commands, {len(self.left) - before} offers left alone")
        return self.left[before:]

    @property
    def replicas(self) -> list[Process]:
        """All processes of all services."""
        return [each for each in self.stack.processes if each.name.split("-")[0] in self.services]

    @property
    def services(self) -> Sequence[str]:
        return self.stack.services

    def wait_for_clocks(self) -> None:
        """Until no clock is left that is due."""
        for service in self.services:
            until(lambda service=service: self._due(service) == 0)  # type: ignore[misc] # a default binds it

    def _due(self, service: str) -> int:
        return int(ask(self.stack, service, _DUE, self.clock.now())[0][0])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("clocks")
    clock = Clock(home / "clock.json", movable=True)
    clock.start_at(at(2, 28, 10))
    with whole(home) as stack:
        for service in stack.services:
            with as_superuser(stack, service) as connection:
                connection.execute(_FIRED.encode())
        more = [stack.service_program(GIVER, replica) for replica in range(1, REPLICAS)]
        with ThreadPoolExecutor() as threads:
            list(threads.map(stack.run, more))
        yield Town(stack, clock, Books(stack))


def as_superuser(stack: Stack, service: str) -> psycopg.Connection:
    return psycopg.connect(superuser_dsn(stack, service))


def test_what_was_due_across_a_leap_day_while_everything_was_down_fires_once(town: Town) -> None:
    town.clock.advance_to(at(2, 28, 11))
    left = town.work(a_seed(), COMMANDS)
    assert_due(left, danger=at(2, 29, 16), others=at(3, 4, 16))
    town.stack.stop()
    town.clock.advance_to(at(3, 5, 9))
    with all_start_at_once(town):
        began = time.monotonic()
    town.wait_for_clocks()
    print(f"  {len(left)} clocks that were due ran within {time.monotonic() - began:.1f} s")
    assert who_fired(town)
    assert_lapsed_once(town)


@only_in_full
def test_clocks_across_a_holiday_and_a_restart_end_at_their_hour(town: Town) -> None:
    town.clock.advance_to(at(3, 8, 9))
    rng = random.Random(seed := a_seed())  # noqa: S311 - it has to be repeatable
    left = town.work(seed, COMMANDS // 2)
    assert_due(left, danger=at(3, 13, 16), others=at(3, 15, 16))
    before = lapsed_on_topic(town)
    town.clock.advance_to(at(3, 13, 16) - timedelta(minutes=5))
    restart(town)
    settle(town.stack)
    assert lapsed_on_topic(town) == before, "offers lapsed over the holiday"
    for instant in (at(3, 13, 16), at(3, 15, 16)):
        town.clock.advance_to(instant + SECOND)
        time.sleep(rng.random() * 0.3)
        killed = rng.choice(town.replicas)
        killed.kill()
        killed.start()
        town.wait_for_clocks()
        killed.wait()
    assert_lapsed_once(town)


def assert_due(left: Sequence[Left], danger: datetime, others: datetime) -> None:
    """One working day where a life is in danger, three elsewhere."""
    assert left
    for one in left:
        assert one.due_at == (danger if one.severity == DANGER else others), one


@contextmanager
def all_start_at_once(town: Town) -> Iterator[None]:
    """Every replica of every service starts; their clocks may run when the last one is there.

    Until then their table of clocks is locked: or the first would be done before the others come.
    """
    stack = town.stack
    start([stack.process(name) for name in PARTS])
    with ExitStack() as held:
        for service in town.services:
            connection = held.enter_context(as_superuser(stack, service))
            connection.execute("LOCK TABLE timer IN EXCLUSIVE MODE")
        start([*town.replicas, stack.process(GATEWAY)])
    yield


def restart(town: Town) -> None:
    """Every replica of every service stops, and starts again."""
    with ThreadPoolExecutor() as threads:
        list(threads.map(Process.stop, town.replicas))
    start(town.replicas)


def start(processes: Sequence[Process]) -> None:
    with ThreadPoolExecutor() as threads:
        list(threads.map(Process.start, processes))
        list(threads.map(Process.wait, processes))


def who_fired(town: Town) -> Counter[str]:
    """How many clocks each replica has run, by the connections that it has."""
    ports = {
        link.laddr.port: process.name
        for process in town.replicas
        for link in psutil.Process(process.pid).net_connections("tcp")
    }
    ran: Counter[str] = Counter()
    for service in town.services:
        with as_superuser(town.stack, service) as connection:
            rows = connection.execute("SELECT port FROM fired").fetchall()
        ran.update(ports[port] for (port,) in rows if port in ports)
    print(f"  clocks that ran in each replica: {dict(ran)}")
    return ran


def lapsed_on_topic(town: Town) -> Counter[tuple[str, int]]:
    """How often each offer lapses in the custody log; and none before its time."""
    due: dict[tuple[str, int], datetime] = {}
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for delivery in records_of(town.stack, CUSTODY_TOPIC):
        record, place = delivery.record, (delivery.record.key, delivery.record.seq)
        if record.type == HandoverOffered.DESCRIPTOR.full_name:
            offered = HandoverOffered.FromString(delivery.payload)
            due[place] = offered.due_at.ToDatetime(JAKARTA)
        if record.type == HandoverLapsed.DESCRIPTOR.full_name:
            lapsed = HandoverLapsed.FromString(delivery.payload)
            found[place] = (record.key, lapsed.offer_no)
            assert record.time >= due[found[place]], f"{found[place]} lapsed before it was due"
    return Counter(found.values())


def assert_lapsed_once(town: Town) -> None:
    """By the topic, by each database, by the clocks that were taken: each once, and no other."""
    town.books.close()
    once = Counter((one.matter_id, one.offer_no) for one in town.left)
    assert lapsed_on_topic(town) == once
    for service in town.services:
        rows = ask(town.stack, service, _LAPSED, GIVER)
        assert Counter(rows) == once, f"{service} knows others"
    with as_superuser(town.stack, GIVER) as connection:
        fired = connection.execute("SELECT kind, matter_id, number FROM fired").fetchall()
    assert max(Counter(fired).values()) == 1, "a clock ran twice"
    assert set(once) <= {(matter_id, number) for _, matter_id, number in fired}
