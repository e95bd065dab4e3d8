"""A backlog of records in a topic, and consumers that work it off one after the other.

It is produced once. Each consumer starts with empty tables and reads it from the beginning.
"""

import itertools
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from kafka import KafkaProducer

from infra.local.environment import inherited
from infra.local.layout import CHECKOUT
from infra.local.stack import Stack
from services.chassis.clock import real_now
from services.chassis.envelope import Origin, seal
from tests.bench.effects import MAKE, SERVICE, TOPIC
from tests.bench.figures import Sample
from tests.bench.pinned import DRIVER_CORE, SUBJECT_CORE, cpu_seconds, pin
from tests.support.superuser import superuser_dsn

RECORDS = 50_000
PER_KEY = 4
GIVE_UP_SECONDS = 300.0
LOOK_SECONDS = 0.02

EMPTY = """
TRUNCATE progress, position, parked, stream_head, outbox, bench_effect RESTART IDENTITY
"""
# The outbox's own counter: what was stored, without counting rows.
STORED = "SELECT coalesce(pg_sequence_last_value('outbox_position_seq'), 0)"
DONE = """
SELECT (SELECT count(*) FROM bench_effect), (SELECT count(*) FROM outbox),
       (SELECT sum(done_seq) FROM progress), (SELECT count(*) FROM parked)
"""


@dataclass
class Backlog:
    """A stack whose topic holds the backlog."""

    stack: Stack
    spans_url: str

    def prepare(self) -> None:
        """Tables, topics, records; nothing else on the core of the process that is measured."""
        self.stack.estafet("migrate")
        self.stack.estafet("topics", "apply")
        with psycopg.connect(self.stack.dsn(SERVICE, "migrator"), autocommit=True) as migrator:
            migrator.execute(MAKE)
        self._produce()
        for process in self.stack.processes:
            if process.pid is not None:
                pin(process.pid, DRIVER_CORE)

    def _produce(self) -> None:
        producer = KafkaProducer(
            **self.stack.kafka_options("admin"), linger_ms=20, metrics_enabled=False
        )
        try:
            for seq, number in itertools.product(range(1, PER_KEY + 1), range(RECORDS // PER_KEY)):
                record = _record(f"c-{number:08d}", seq)
                producer.send(TOPIC, **record)
            producer.flush(timeout=60)
        finally:
            producer.close(timeout=10)

    def work_off(
        self, module: str, *, first: int = 2_000, last: int = RECORDS, **variables: str
    ) -> Sample:
        """Have a consumer read from the beginning, and measure it between two counts of records.

        What it did is compared with what it had to do if it read the whole backlog.
        """
        with psycopg.connect(self.stack.admin_dsn, autocommit=True) as admin:
            admin.execute("CHECKPOINT")
        with self._database() as database, self._consumer(module, variables) as pid:
            self._wait(database, first)
            began, cpu = time.monotonic(), cpu_seconds(pid)
            self._wait(database, last)
            seconds, used = time.monotonic() - began, cpu_seconds(pid) - cpu
            if last == RECORDS:
                self._must_be_done(database)
        return {"rate": (last - first) / seconds, "cpu_us": used / (last - first) * 1e6}

    @contextmanager
    def _database(self) -> Iterator[psycopg.Connection[Any]]:
        """The service's database with the tables emptied."""
        dsn = superuser_dsn(self.stack, SERVICE)
        with psycopg.connect(dsn, autocommit=True) as database:
            database.execute(EMPTY)
            yield database

    @contextmanager
    def _consumer(self, module: str, variables: Mapping[str, str]) -> Iterator[int]:
        environment = {
            **inherited(),
            **self.stack.environment(SERVICE),
            "ESTAFET_OTLP_ENDPOINT": self.spans_url,
            "BENCH_DSN": self.stack.dsn(SERVICE),
            "BENCH_KAFKA": json.dumps(self.stack.kafka_options(SERVICE)),
            "BENCH_GROUP": f"estafet.{SERVICE}.{uuid.uuid4().hex}",
            **variables,
        }
        log = self.stack.layout.log(module.rpartition(".")[2])
        with log.open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=CHECKOUT,
                env=environment,
                stdout=said,
                stderr=said,
            )
        try:
            pin(process.pid, SUBJECT_CORE)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)

    def _wait(self, database: psycopg.Connection[Any], count: int) -> None:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while _numbers(database, STORED)[0] < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{count} records were not worked off: {self.stack.layout.logs}")
            time.sleep(LOOK_SECONDS)

    def _must_be_done(self, database: psycopg.Connection[Any]) -> None:
        deadline = time.monotonic() + 5
        while (found := _numbers(database, DONE)) != (RECORDS, RECORDS, RECORDS, 0):
            if time.monotonic() > deadline:
                raise ValueError(f"effects, events, numbers done, parked: {found}")
            time.sleep(LOOK_SECONDS)


def _numbers(database: psycopg.Connection[Any], query: str) -> tuple[int, ...]:
    row = database.execute(query.encode()).fetchone()
    return tuple(int(value or 0) for value in row or ())


def _record(key: str, seq: int) -> dict[str, Any]:
    event = ComplaintTriaged(complaint_id=key, category="unpaid_wages", severity=seq)
    trace = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
    headers = seal(event, key, Origin("complaint", "officer:bench", key), real_now())
    headers |= {"traceparent": trace, "ce_sequence": str(seq)}
    return {
        "key": key.encode(),
        "value": event.SerializeToString(),
        "headers": [(name, text.encode()) for name, text in headers.items()],
    }
