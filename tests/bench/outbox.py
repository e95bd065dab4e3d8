"""An outbox full of events of 500 bytes, and how fast they come out of it into Kafka."""

import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from infra.local.discovery import discover
from infra.local.environment import inherited
from infra.local.layout import BUILD, CHECKOUT
from infra.local.stack import Stack
from services.chassis.clock import real_now
from services.chassis.envelope import Origin, seal
from services.chassis.outbox import shard_of
from tests.bench.figures import Sample
from tests.bench.pinned import DRIVER_CORE, SUBJECT_CORE, cpu_seconds, driving, pin
from tests.bench.spans import swallowed
from tests.support.superuser import superuser_dsn

SERVICE = "complaint"
TOPIC = "estafet.complaint.v1"
EVENTS = 200_000
KEYS = 50_000
PAYLOAD = bytes(range(250)) * 2
# What comes out before is warming up.
FIRST = 20_000
LOOK_SECONDS = 0.05
GIVE_UP_SECONDS = 240.0

MAKE = "CREATE TABLE bench_key (number integer PRIMARY KEY, key text, shard smallint)"
FILL = """
INSERT INTO outbox (shard, topic, key, seq, headers, payload)
SELECT k.shard, %(topic)s, k.key, n / %(keys)s + 1,
       CAST(%(headers)s AS jsonb) || jsonb_build_object(
           'ce_id', uuidv7(), 'ce_subject', k.key, 'ce_journeyid', k.key,
           'traceparent', format('00-%%s-00f067aa0ba902b7-01', replace(uuidv4()::text, '-', ''))
       ),
       %(payload)s
FROM generate_series(0, %(events)s - 1) n JOIN bench_key k ON k.number = n %% %(keys)s
ORDER BY n
"""


def headers_of_an_event() -> dict[str, str]:
    """The headers as `emit` stores them."""
    key = str(uuid.uuid4())
    event = ComplaintTriaged(complaint_id=key, category="unpaid_wages", severity=2)
    origin = Origin(SERVICE, "officer:bench", key, str(uuid.uuid4()))
    trace = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
    return seal(event, key, origin, real_now()) | {"traceparent": trace}


@contextmanager
def an_outbox(*cores: int) -> Iterator["Outbox"]:
    """A stack of its own, whose write-ahead log Debezium can read as well.

    Database and broker have these cores; without any, that of who drives them.
    """
    BUILD.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        Stack(
            Path(home),
            discover().services,
            postgres_settings={"wal_level": "logical", "max_wal_size": "4GB"},
        ) as stack,
        swallowed() as spans_url,
        driving(),
    ):
        outbox = Outbox(stack, spans_url)
        outbox.prepare(cores or (DRIVER_CORE,))
        yield outbox


@dataclass
class Outbox:
    """A stack, and the outbox and topic of one of its services."""

    stack: Stack
    spans_url: str

    def prepare(self, cores: Sequence[int]) -> None:
        """Tables and topics; database and broker on these cores."""
        self.stack.estafet("migrate")
        self.stack.estafet("topics", "apply")
        keys = [str(uuid.uuid4()) for _ in range(KEYS)]
        self.database.execute(MAKE)
        with self.database.cursor() as cursor, cursor.copy("COPY bench_key FROM STDIN") as copy:
            for number, key in enumerate(keys):
                copy.write_row((number, key, shard_of(key)))
        for process in self.stack.processes:
            if process.pid is not None:
                pin(process.pid, *cores)

    @cached_property
    def database(self) -> psycopg.Connection[Any]:
        """The service's database, for its superuser."""
        dsn = superuser_dsn(self.stack, SERVICE)
        return psycopg.connect(dsn, autocommit=True)

    @cached_property
    def _partitions(self) -> Sequence[TopicPartition]:
        return [TopicPartition(TOPIC, number) for number in self._topic.partitions_for_topic(TOPIC)]

    @cached_property
    def _topic(self) -> Any:
        return KafkaConsumer(**self.stack.kafka_options(), metrics_enabled=False)

    def count(self) -> int:
        """How many records the topic has ever taken."""
        return int(sum(self._topic.end_offsets(self._partitions).values()))

    def fill(self, events: int = EVENTS) -> None:
        """Forget what earlier runs left, and store a backlog."""
        self.forget()
        self.database.execute(
            FILL,
            {
                "topic": TOPIC,
                "keys": KEYS,
                "events": events,
                "headers": json.dumps(headers_of_an_event()),
                "payload": PAYLOAD,
            },
        )
        self.database.execute("VACUUM ANALYZE outbox")
        self.database.execute("CHECKPOINT")

    def forget(self) -> None:
        """Empty the outbox and the topic, of which nobody reads what earlier runs sent."""
        self.database.execute("TRUNCATE outbox")
        admin = KafkaAdminClient(**self.stack.kafka_options())
        try:
            admin.delete_records(self._topic.end_offsets(self._partitions))
        finally:
            admin.close()

    @contextmanager
    def process(self, *arguments: str, core: int = SUBJECT_CORE) -> Iterator[int]:
        """`python ARGUMENTS`, with the core for measured processes to itself."""
        environment = {
            **inherited(),
            **self.stack.environment(SERVICE),
            "ESTAFET_OTLP_ENDPOINT": self.spans_url,
            "BENCH_DSN": self.stack.dsn(SERVICE),
            "BENCH_KAFKA": json.dumps(self.stack.kafka_options()),
        }
        with self.stack.layout.log("bench").open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=CHECKOUT,
                env=environment,
                stdout=said,
                stderr=said,
            )
        try:
            pin(process.pid, core)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)

    def drained(self, pid: int, before: int, events: int = EVENTS) -> Sample:
        """What a process that works off a backlog needs, from its first thousands to its last."""
        self.wait(before + FIRST)
        began, cpu, first = time.monotonic(), cpu_seconds(pid), self.count()
        self.wait(before + events)
        seconds, used = time.monotonic() - began, cpu_seconds(pid) - cpu
        done = before + events - first
        return {"rate": done / seconds, "cpu_us": used / done * 1e6}

    def wait(self, count: int) -> None:
        """Until the topic has taken so many records."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while (now := self.count()) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{now} of {count} records came: {self.stack.layout.logs}")
            time.sleep(LOOK_SECONDS)
