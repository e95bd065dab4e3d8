"""How long a command at the door takes until its effect in the next service has come back.

Protection accepts an offer over HTTP; complaint reads the reply and makes protection the holder;
protection reads that, and the case is open.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from kafka.admin import KafkaAdminClient, NewTopic

from infra.identity.clients import Client
from infra.identity.tokens import mint
from infra.local.discovery import discover
from infra.local.environment import inherited
from infra.local.layout import BUILD, CHECKOUT
from infra.local.ports import LOOPBACK, answers
from infra.local.stack import Stack
from tests.bench.figures import Figure, Sample, alternate, at_most, percentile, ratio, series, told
from tests.bench.peers.journey_chain import MAKE, TOPICS
from tests.bench.spans import swallowed
from tests.support.desk import Desk, an_id
from tests.support.waiting import until

SERVICES = ("complaint", "protection")
JOURNEYS, WARM, PER_SECOND = 60, 10, 5.0
ROUNDS = 7
LOOK_SECONDS = 0.001
GIVE_UP_SECONDS = 30.0
CLERKS = 4
TOKEN_SECONDS = 3600

# The journey of one matter: the path at a door, and what is posted there.
Act = tuple[str, dict[str, object]]


@dataclass
class Chain:
    """A way from a door to an open case: `prepare` makes acts, `is_open` tells by database."""

    door: httpx.Client
    database: psycopg.Connection[Any]
    is_open: str
    prepare: Callable[[int], Sequence[Act]]

    def measure(self) -> Sample:
        """p50 and p95 in ms, at a steady rate that is low."""
        acts = self.prepare(WARM + JOURNEYS)
        took, next_at = [], time.monotonic()
        for act in acts:
            time.sleep(max(0.0, next_at - time.monotonic()))
            next_at += 1 / PER_SECOND
            took.append(self._journey(*act) * 1000)
        return {"p50": percentile(took[WARM:], 0.5), "p95": percentile(took[WARM:], 0.95)}

    def _journey(self, path: str, body: dict[str, object]) -> float:
        began = time.monotonic()
        answer = self.door.post(path, json=body).raise_for_status().json()
        while self.database.execute(self.is_open.encode(), (answer["case_id"],)).fetchone() is None:
            if time.monotonic() - began > GIVE_UP_SECONDS:
                raise TimeoutError(f"case {answer['case_id']} does not open")
            time.sleep(LOOK_SECONDS)
        return time.monotonic() - began


@dataclass
class Ours:
    """The stack as it is started for people."""

    stack: Stack
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.desk = Desk(self.stack)

    def chain(self, database: psycopg.Connection[Any], officer: Mapping[str, str]) -> Chain:
        """Through the gateway."""
        door = httpx.Client(base_url=self.stack.url("gateway"), headers=officer)
        is_open = "SELECT 1 FROM protection_case WHERE case_id = %s AND status = 'open'"
        return Chain(door, database, is_open, self.offers)

    def offers(self, count: int) -> Sequence[Act]:
        """So many offers that lie in protection's queue."""
        with ThreadPoolExecutor(CLERKS) as clerks:
            offered = list(clerks.map(lambda _: self._offer(), range(count)))
        waiting = "SELECT count(*) FROM offer WHERE state = 'offered' AND matter_id = ANY(%s)"
        with psycopg.connect(self.stack.dsn("protection"), autocommit=True) as database:

            def all_wait() -> bool:
                row = database.execute(waiting.encode(), (list(dict(offered)),)).fetchone()
                return row is not None and bool(row[0] == count)

            until(all_wait)
        return [
            (
                f"/v1/protection/offers/{matter_id}:accept",
                {"request_id": an_id(), "offer_no": offer_no},
            )
            for matter_id, offer_no in offered
        ]

    def _offer(self) -> tuple[str, int]:
        complaint_id = self.desk.file()
        return complaint_id, self.desk.offer(complaint_id)


@dataclass
class ByHand:
    """The chain written by hand, on the same PostgreSQL and Kafka."""

    stack: Stack
    officer: Mapping[str, str]
    is_full: bool

    def _address(self, role: str) -> str:
        return f"{LOOPBACK}:{self.stack.ports.get(f'by_hand_{role}')}"

    def measure(self, database: psycopg.Connection[Any]) -> Sample:
        """What the chain takes, in processes that run for so long."""
        with self._running():
            return self._chain(database).measure()

    @contextmanager
    def _running(self) -> Iterator[None]:
        with ExitStack() as processes:
            for role, service in (("giver", "complaint"), ("taker", "protection"), ("door", "")):
                processes.enter_context(self._process(role, service))
            ports = [self.stack.ports.get(f"by_hand_{role}") for role in ("taker", "door")]
            until(lambda: all(answers(port) for port in ports))
            yield

    @contextmanager
    def _process(self, role: str, service: str) -> Iterator[None]:
        environment = {
            **inherited(),
            **self.stack.environment("protection"),
            **({"BENCH_FULL": "1"} if self.is_full else {}),
            "BENCH_KAFKA": json.dumps(self.stack.kafka_options("admin")),
            "BENCH_DSN": self.stack.dsn(service) if service else "",
            "BENCH_DOOR": self._address("door"),
            "BENCH_TAKER": self._address("taker"),
        }
        command = [sys.executable, "-m", "tests.bench.peers.journey_chain", role]
        with self.stack.layout.log(f"by_hand_{role}").open("ab") as said:
            process = subprocess.Popen(
                command, cwd=CHECKOUT, env=environment, stdout=said, stderr=said
            )
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)

    def _chain(self, database: psycopg.Connection[Any]) -> Chain:
        """Through its own door."""
        door = httpx.Client(base_url=f"http://{self._address('door')}", headers=self.officer)
        is_open = "SELECT 1 FROM bench.filed WHERE case_id = %s AND status = 'open'"
        return Chain(door, database, is_open, self.offers)

    def offers(self, count: int) -> Sequence[Act]:
        """So many matters that the giver offers."""
        matters = [an_id() for _ in range(count)]
        offer = "INSERT INTO bench.matter SELECT unnest(%s::text[]), 'giver', 2"
        for service in SERVICES:
            with psycopg.connect(self.stack.dsn(service)) as database:
                database.execute(offer.encode(), (matters,))
        return [
            (f"/offers/{matter_id}/accept", {"request_id": an_id(), "offer_no": 2})
            for matter_id in matters
        ]


@contextmanager
def a_stack() -> Iterator[Stack]:
    """One PostgreSQL and one Kafka for all, with what the chain by hand needs there."""
    BUILD.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        swallowed() as spans_url,
        Stack(
            Path(home),
            discover().services,
            ("postgres", "kafka", "identity"),
            serving=(*SERVICES, "gateway"),
            variables={
                name: {"ESTAFET_OTLP_ENDPOINT": spans_url} for name in (*SERVICES, "gateway")
            },
        ) as stack,
    ):
        for service in SERVICES:
            with psycopg.connect(stack.dsn(service, "migrator"), autocommit=True) as migrator:
                migrator.execute(MAKE)
        admin = KafkaAdminClient(**stack.kafka_options("admin"))
        admin.create_topics([NewTopic(topic, 12, 1) for topic in TOPICS])
        admin.close()
        yield stack


def an_officer(stack: Stack) -> Mapping[str, str]:
    """The headers of one who may accept offers."""
    officer = Client("bench", "officer:bench", ("case_officer",))
    issuer = stack.url("identity")
    token = mint(stack.secrets, issuer, officer, lifetime_seconds=TOKEN_SECONDS)
    return {"authorization": f"Bearer {token}"}


def measure() -> Sequence[Figure]:
    """Our chain beside the one by hand: with token and spans as ours has them, and without."""
    with (
        a_stack() as stack,
        psycopg.connect(stack.dsn("protection"), autocommit=True) as database,
    ):
        officer = an_officer(stack)
        ours = Ours(stack).chain(database, officer)
        by_hand, plain = ByHand(stack, officer, True), ByHand(stack, officer, False)
        runs = alternate(
            ROUNDS,
            ours=ours.measure,
            by_hand=lambda: by_hand.measure(database),
            plain=lambda: plain.measure(database),
        )
    return [figure for what in ("p50", "p95") for figure in _compared(what, runs)]


def _compared(what: str, runs: Mapping[str, Sequence[Sample]]) -> Sequence[Figure]:
    ours, by_hand, plain = (series(runs[who], what) for who in ("ours", "by_hand", "plain"))
    return [
        ratio(f"{what}, ours to the chain by hand's", ours, by_hand, at_most(2)),
        ratio(f"{what}, ours to the chain without token and spans", ours, plain),
        told(f"{what}, ours", ours, "ms"),
        told(f"{what}, the chain by hand", by_hand, "ms"),
        told(f"{what}, the chain without token and spans", plain, "ms"),
    ]
