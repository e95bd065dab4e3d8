"""4. The network between a service and its database or its broker: cut, slow, half-open.

One service, chosen by the seed, reaches both through proxies. While its database is out of reach
its callers are told so; a broker that is out of reach they do not notice. Links that have fallen
silent are given up by both ends within the limits that are set for them, and once a link is well
the service goes on within seconds, without a restart.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
import psycopg
import pytest

from infra.local.discovery import discover
from infra.local.layout import Layout
from infra.local.ports import LOOPBACK, Ports
from infra.local.stack import Stack
from services.chassis.clock import real_now
from tests.faults.arena import a_seed, is_full, whole
from tests.faults.books import Books, ask
from tests.faults.crew import Crew
from tests.faults.plays import ALL_ROLES, anything
from tests.support.tcp_proxy import TcpProxy
from tests.support.topics import ends
from tests.support.waiting import until

pytestmark = pytest.mark.stack

COMMANDS = 500
PACE_SECONDS = 0.25
# So that whichever service it is, somebody asks it all the time.
PLAYS = (*ALL_ROLES, *(anything,) * 40)
LATENCY_SECONDS = 0.3
CUT_SECONDS, SLOW_SECONDS = (8.0, 10.0) if is_full() else (1.5, 1.0)
# Cut short, the silence ends before anybody gives up: then nothing may be missing.
SILENT_DATABASE_SECONDS, SILENT_BROKER_SECONDS = (20.0, 40.0) if is_full() else (3.0, 3.0)
# Keepalives: 5 s, then 3 of 2 s; unacknowledged bytes: 10 s; PostgreSQL looks up every 5 s.
DATABASE_GIVES_UP_SECONDS = 17.0
# A relay awaits an acknowledgement for 30 s, as kafka-python any answer.
BROKER_GIVES_UP_SECONDS = 36.0
RECOVERS_SECONDS = 20.0
# A command goes to the database and back some ten times.
ANSWERS_WITHIN_SECONDS = 20.0
# An attempt to reach the broker that was swallowed is repeated by TCP after up to 16 s.
BROKER_RECOVERS_SECONDS = 30.0

TELLS_WHY = {("UNAVAILABLE", "DATABASE_DOWN"), ("503", "DATABASE_DOWN")}
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE usename = %s"
UNSENT = "SELECT count(*) FROM outbox WHERE created_at < %s"
POSITIONS = "SELECT topic, partition, next_offset FROM position"


@dataclass
class Outpost:
    """A service behind two proxies, and everything else."""

    stack: Stack
    service: str
    seed: int
    database: TcpProxy
    broker: TcpProxy

    def answers(self, crew: Crew) -> int:
        """How often the service has answered anybody."""
        return sum(told.act.service == self.service for told in crew.told)

    def links(self, proxy: TcpProxy) -> set[int]:
        """The service's ports of its connections to a proxy."""
        process = psutil.Process(self.pid)
        return {
            link.laddr.port
            for link in process.net_connections("tcp")
            if link.raddr and link.raddr.port == proxy.port and link.status == "ESTABLISHED"
        }

    def sessions(self) -> set[int]:
        """The service's sessions as PostgreSQL knows them, itself asked past the proxy."""
        with psycopg.connect(self.stack.admin_dsn) as admin:
            rows = admin.execute(SESSIONS.encode(), (f"{self.service}_app",)).fetchall()
        return {pid for (pid,) in rows}

    def has_sent(self, until_at: datetime) -> bool:
        """Whether all events of before that instant have left."""
        [(waiting,)] = ask(self.stack, self.service, UNSENT, until_at)
        return bool(waiting == 0)

    def has_heard(self, ends: Mapping[tuple[str, int], int]) -> bool:
        """Whether every consumer of the service has come to these ends of partitions."""
        read = ask(self.stack, self.service, POSITIONS)
        return all(offset >= ends[topic, partition] for topic, partition, offset in read)

    @property
    def pid(self) -> int:
        pid = self.stack.process(self.service).pid
        assert pid is not None, f"{self.service} has ended"
        return pid


@pytest.fixture(scope="module")
def outpost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outpost]:
    seed = a_seed()
    service = random.Random(seed).choice(discover().serving)  # noqa: S311 - to be repeatable
    with behind_proxies(tmp_path_factory.mktemp("network"), service, seed) as running:
        yield running


@contextmanager
def behind_proxies(home: Path, service: str, seed: int) -> Iterator[Outpost]:
    """Everything, with one service that reaches its database and its broker through proxies."""
    layout = Layout(home)
    layout.make()
    ports = Ports.of(layout)
    near = {name: ports.get(f"{service}_{name}") for name in ("database", "broker")}
    variables = {
        "ESTAFET_DATABASE_PORT": str(near["database"]),
        "ESTAFET_KAFKA_BOOTSTRAP": f"{LOOPBACK}:{near['broker']}",
    }
    with ExitStack() as proxies:
        database = proxies.enter_context(TcpProxy(near["database"], ports.get("postgres")))
        broker = proxies.enter_context(TcpProxy(near["broker"], ports.get("kafka_far")))
        with whole(
            home,
            variables={service: variables},
            kafka_settings=advertised(ports, near["broker"]),
        ) as stack:
            print(f"  {service} stands behind the proxies")
            yield Outpost(stack, service, seed, database, broker)


def advertised(ports: Ports, proxy: int) -> dict[str, str]:
    """A second door of the broker that names the proxy's address: whoever came through the proxy
    goes on through it."""
    client, far = ports.get("kafka"), ports.get("kafka_far")
    protocol = "SASL_PLAINTEXT"
    return {
        "listeners": f"CLIENT://{LOOPBACK}:{client},FAR://{LOOPBACK}:{far},"
        f"CONTROLLER://{LOOPBACK}:{ports.get('kafka_controller')}",
        "advertised.listeners": f"CLIENT://{LOOPBACK}:{client},FAR://{LOOPBACK}:{proxy}",
        "listener.security.protocol.map": f"CLIENT:{protocol},FAR:{protocol},CONTROLLER:{protocol}",
        "listener.name.far.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
    }


def test_a_service_outlives_every_fault_of_its_network(outpost: Outpost) -> None:
    before = outpost.pid
    books = Books(outpost.stack)
    with books.note(Crew(outpost.stack, PLAYS, outpost.seed, pace=PACE_SECONDS)) as crew:
        crew.reach(crew.people)
        database_is_cut(outpost, crew)
        slow(outpost, crew, outpost.database, "database")
        database_is_silent(outpost, crew)
        broker_is_cut(outpost, crew)
        slow(outpost, crew, outpost.broker, "broker")
        broker_is_silent(outpost, crew)
        if is_full():
            crew.reach(COMMANDS)
    found = books.close()
    print(f"  {crew.done} commands, {found.records} records, {len(crew.waits)} waits")
    assert outpost.pid == before, "it was started again"


def database_is_cut(outpost: Outpost, crew: Crew) -> None:
    """Callers are told at once that it is the database, and that trying again makes sense."""
    before = crew.waits
    outpost.database.cut()
    time.sleep(CUT_SECONDS)
    told = {(wait.code, wait.reason) for wait in crew.waits if wait not in before}
    outpost.database.heal()
    assert told, "nobody noticed that the database was away"
    assert told <= TELLS_WHY, f"callers were told {told - TELLS_WHY}"
    goes_on(outpost, crew, "database cut", RECOVERS_SECONDS)


def database_is_silent(outpost: Outpost, crew: Crew) -> None:
    """Both ends give the links up; a silence that is shorter than that costs nothing."""
    links, sessions = outpost.links(outpost.database), outpost.sessions()
    assert links, "it has no link to its database"
    assert sessions
    began = time.monotonic()
    outpost.database.fall_silent()
    if is_full():
        until(lambda: not links & outpost.links(outpost.database), DATABASE_GIVES_UP_SECONDS)
        near = time.monotonic() - began
        left = DATABASE_GIVES_UP_SECONDS - near
        until(lambda: not sessions & outpost.sessions(), left)
        far = time.monotonic() - began
        print(f"  database silent: given up after {near:.1f} s here, {far:.1f} s there")
    time.sleep(max(0.0, began + SILENT_DATABASE_SECONDS - time.monotonic()))
    outpost.database.heal()
    goes_on(outpost, crew, "database silent", RECOVERS_SECONDS)


def broker_is_cut(outpost: Outpost, crew: Crew) -> None:
    with unnoticed(outpost, crew):
        outpost.broker.cut()
        time.sleep(CUT_SECONDS)
        outpost.broker.heal()
        goes_on(outpost, crew, "broker cut", BROKER_RECOVERS_SECONDS)


def broker_is_silent(outpost: Outpost, crew: Crew) -> None:
    """Consumers and relay give their links up; callers are answered as ever."""
    links = outpost.links(outpost.broker)
    assert links, "it has no link to its broker"
    with unnoticed(outpost, crew):
        began = time.monotonic()
        outpost.broker.fall_silent()
        if is_full():
            until(lambda: not links & outpost.links(outpost.broker), BROKER_GIVES_UP_SECONDS)
            print(f"  broker silent: given up after {time.monotonic() - began:.1f} s")
        time.sleep(max(0.0, began + SILENT_BROKER_SECONDS - time.monotonic()))
        outpost.broker.heal()
        goes_on(outpost, crew, "broker silent", BROKER_RECOVERS_SECONDS)


def slow(outpost: Outpost, crew: Crew, proxy: TcpProxy, name: str) -> None:
    """A link that is slow is no link that is away: the service goes on."""
    before = outpost.answers(crew)
    proxy.slow(LATENCY_SECONDS)
    began = time.monotonic()
    time.sleep(SLOW_SECONDS)
    until(lambda: outpost.answers(crew) > before, ANSWERS_WITHIN_SECONDS)
    answered, seconds = outpost.answers(crew) - before, time.monotonic() - began
    proxy.heal()
    print(f"  {name} slow: {answered} answers in {seconds:.1f} s")
    goes_on(outpost, crew, f"{name} slow", RECOVERS_SECONDS)


def goes_on(outpost: Outpost, crew: Crew, what: str, limit: float) -> None:
    """It answers, sends what waited and hears what was said, within the limit from now on."""
    began, healed_at, before = time.monotonic(), real_now(), outpost.answers(crew)
    said = ends(outpost.stack)
    spent = []
    for fact in (
        lambda: outpost.answers(crew) > before,
        lambda: outpost.has_sent(healed_at),
        lambda: outpost.has_heard(said),
    ):
        until(fact, max(0.1, limit - (time.monotonic() - began)))
        spent.append(time.monotonic() - began)
    answers, sent, heard = spent
    print(
        f"  {what}: answers again after {answers:.1f} s, has sent all after {sent:.1f} s, "
        f"heard all after {heard:.1f} s"
    )


@contextmanager
def unnoticed(outpost: Outpost, crew: Crew) -> Iterator[None]:
    """Callers of the service go on being answered."""
    # Whoever asked during the fault before this one may be told of that one yet.
    began, answered = time.time(), outpost.answers(crew)
    yield
    noticed = [wait for wait in crew.waits if wait.asked_at > began]
    assert noticed == [], "a broker that is away is nothing that a caller should notice"
    assert outpost.answers(crew) > answered
