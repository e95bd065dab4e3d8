"""An hour of steady work through the gateway, by name only: does it grow slower or larger?

BENCH_SOAK_SECONDS is another length. It is looked at in twelve parts, of which the last is set
against the first; all are shown, since what one costs depends on what else the machine has to do.
"""

import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

import psycopg

from infra.local.discovery import discover
from infra.local.layout import BUILD
from infra.local.stack import Stack
from tests.bench.figures import Figure, at_least, at_most, told
from tests.bench.pinned import cpu_seconds
from tests.bench.spans import swallowed
from tests.journeys.people import Person, Refused
from tests.journeys.relay import Relay
from tests.support.waiting import until

SECONDS = float(os.environ.get("BENCH_SOAK_SECONDS", "3600"))
PARTS = 12
WINDOW = SECONDS / PARTS
SERVICES = ("complaint", "protection")
SERVING = (*SERVICES, "gateway")
WORKERS = 3
SAMPLE_SECONDS = min(10.0, WINDOW / 5)
AGAIN_SECONDS = 0.02
SITTING_SECONDS = 300.0
# The door's limits are for strangers, and here few people do the work of many.
WIDE = '{"per_second": 10000, "burst": 10000}'
TABLES = """
SELECT relname, n_live_tup, n_dead_tup, pg_table_size(relid), pg_indexes_size(relid)
FROM pg_stat_user_tables WHERE n_tup_ins > 0 ORDER BY pg_total_relation_size(relid) DESC
"""


@dataclass
class Load:
    """People who file, triage, offer and accept without a pause; what they have done."""

    relay: Relay
    done: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def working(self) -> Iterator[None]:
        """For a while."""
        threads = [threading.Thread(target=self._work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join(60)
        if self.faults:
            raise self.faults[0]

    def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                self._sit()
        except Exception as fault:  # noqa: BLE001 - told by the thread that measures
            self.faults.append(fault)

    def _sit(self) -> None:
        """Work for as long as a sign-in is good."""
        people = (
            self.relay.person(),
            self.relay.officer("officer-complaint"),
            self.relay.officer("officer-protection"),
        )
        good_until = time.monotonic() + SITTING_SECONDS
        while not self._stopping.is_set() and time.monotonic() < good_until:
            self.done.append(self._one(*people))
            for person in people:
                person.answers.clear()
        for person in people:
            person.client.close()

    def _one(self, person: Person, clerk: Person, officer: Person) -> str:
        """One matter from filing to acceptance; its id."""
        complaint_id = str(
            person.post("/v1/complaints", narrative="Gaji (contoh).")["complaint_id"]
        )
        own = f"/v1/complaints/{complaint_id}"
        clerk.post(f"{own}:triage", category="unpaid_wages", severity=2)
        offer_no = clerk.post(f"{own}:offer")["offer_no"]
        while True:
            try:
                officer.post(f"/v1/protection/offers/{complaint_id}:accept", offer_no=offer_no)
            except Refused as refused:
                if refused.status != 404:
                    raise
                time.sleep(AGAIN_SECONDS)  # protection has not read the offer yet
            else:
                return complaint_id


@dataclass
class Twelfth:
    """What was seen in a twelfth of the time: matters in a second, processor time of a matter, and
    the median memory of each process in MiB."""

    rate: float
    cpu_millis: float
    memory: Mapping[str, float]


def measure() -> Sequence[Figure]:
    """Twelve parts of the time; then everything rests."""
    with a_stack() as stack:
        load = Load(Relay(stack))
        with load.working():
            parts = [_twelfth(stack, load) for _ in range(PARTS)]
        until(lambda: all(not _rows(stack, service, "outbox") for service in SERVICES))
        for service in SERVICES:
            _show_tables(stack, service)
        left = sum(_rows(stack, service, "outbox") for service in SERVICES)
    for number, part in enumerate(parts, 1):
        used = ", ".join(f"{name} {size:.0f}" for name, size in part.memory.items())
        print(
            f"{number:2}/{PARTS} {part.rate:6.2f}/s {part.cpu_millis:6.1f} ms a matter; MiB {used}"
        )
    return _figures(parts, len(load.done), left)


def _twelfth(stack: Stack, load: Load) -> Twelfth:
    began, spent, before = time.monotonic(), _cpu_seconds(stack), len(load.done)
    memory: dict[str, list[int]] = {name: [] for name in SERVING}
    while time.monotonic() < began + WINDOW and not load.faults:
        for name, sizes in memory.items():
            sizes.append(stack.process(name).memory_bytes())
        time.sleep(SAMPLE_SECONDS)
    seconds, done = time.monotonic() - began, len(load.done) - before
    return Twelfth(
        rate=done / seconds,
        cpu_millis=(_cpu_seconds(stack) - spent) / max(done, 1) * 1000,
        memory={name: median(sizes or (0,)) / 2**20 for name, sizes in memory.items()},
    )


def _cpu_seconds(stack: Stack) -> float:
    """The processor time so far of everything but the people."""
    pids = (stack.process(name).pid for name in (*SERVING, "postgres", "kafka"))
    return sum(cpu_seconds(pid) for pid in pids if pid is not None)


def _figures(parts: Sequence[Twelfth], matters: int, left: int) -> Sequence[Figure]:
    rates = [part.rate for part in parts]
    sizes = [sum(part.memory.values()) for part in parts]
    costs = [part.cpu_millis for part in parts]
    return [
        Figure("rate, last to first twelfth", rates[-1] / rates[0], "x", at_least(0.95), rates),
        Figure("memory, last to first twelfth", sizes[-1] / sizes[0], "x", at_most(1.1), sizes),
        Figure("outbox at rest", left, "rows", at_most(0)),
        Figure("rate, all to first twelfth", mean(rates) / rates[0], "x"),
        told("CPU per matter", costs, "ms"),
        Figure("matters", matters, ""),
    ]


@contextmanager
def a_stack() -> Iterator[Stack]:
    """The services as they are started for people, traced, fsync on."""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home, swallowed() as spans_url:
        variables = {name: {"ESTAFET_OTLP_ENDPOINT": spans_url} for name in SERVING}
        for rate in ("ADDRESS", "TOKEN"):
            variables["gateway"][f"ESTAFET_DOOR_{rate}_RATE"] = WIDE
        with Stack(
            Path(home),
            discover().services,
            ("postgres", "kafka", "identity"),
            serving=SERVING,
            variables=variables,
        ) as stack:
            yield stack


def _rows(stack: Stack, service: str, table: str) -> int:
    with psycopg.connect(stack.dsn(service, "auditor")) as database:
        row = database.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return int(row[0]) if row else 0


def _show_tables(stack: Stack, service: str) -> None:
    """Rows that live and are dead, and bytes, of each table, for docs/performance.md."""
    print(f"{service:20} {'live':>9} {'dead':>9} {'table KiB':>10} {'index KiB':>10}")
    with psycopg.connect(stack.dsn(service, "auditor")) as database:
        for name, live, dead, table, index in database.execute(TABLES.encode()):
            print(f"  {name:18} {live:9} {dead:9} {table // 1024:10} {index // 1024:10}")
