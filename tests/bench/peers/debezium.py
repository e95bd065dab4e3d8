"""Debezium's outbox event router on Kafka Connect, with the records that our relay would send.

Its table is as its documentation has it: a column for the key, one for the payload, and one for
each header. Connect and the producer in it are set for throughput: batches, queue and requests in
flight as large as ours or larger, C2 and G1 as Kafka's own scripts start Connect.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import psutil
import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from infra.local.jars import class_path
from infra.local.java import binary
from infra.local.layout import write_whole
from infra.local.ports import LOOPBACK
from infra.local.processes import Process, Program
from infra.local.stack import Stack
from services.chassis.outbox import OutboxRow
from tests.bench.figures import Sample
from tests.bench.outbox import EVENTS, SERVICE, Outbox
from tests.bench.pinned import SUBJECT_CORE, pin

HEADERS = (
    "ce_specversion",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_recordedtime",
    "ce_subject",
    "ce_journeyid",
    "ce_causationid",
    "ce_actor",
    "content-type",
    "traceparent",
    "ce_sequence",
)
TABLE = "debezium_outbox"
COLUMNS = {header: header.replace("-", "_") for header in HEADERS}
MAKE = f"""
CREATE TABLE {TABLE} (
    id uuid PRIMARY KEY,
    aggregatetype text NOT NULL,
    aggregateid text NOT NULL,
    payload bytea NOT NULL,
    {", ".join(f"{column} text NOT NULL" for column in COLUMNS.values())}
);
GRANT INSERT ON {TABLE} TO {SERVICE}_app
"""
# The same rows as in our outbox.
FILL = f"""
INSERT INTO {TABLE} (id, aggregatetype, aggregateid, payload, {", ".join(COLUMNS.values())})
SELECT CAST(headers->>'ce_id' AS uuid), topic, key, payload,
       {", ".join(f"headers->>'{header}'" for header in HEADERS[:-1])}, CAST(seq AS text)
FROM outbox ORDER BY position
"""
INSERT = sa.text(
    f"""
    INSERT INTO {TABLE} (id, aggregatetype, aggregateid, payload, {", ".join(COLUMNS.values())})
    VALUES (:id, :topic, :key, :payload, {", ".join(f":{name}" for name in COLUMNS.values())})
    """
)
JVM = (
    "-server",
    "-Xms256M",
    "-Xmx2G",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
)
WORKER = """\
bootstrap.servers={bootstrap}
listeners=http://{host}:{port}
offset.storage.file.filename=run/connect.offsets
offset.flush.interval.ms=10000
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=io.debezium.converters.BinaryDataConverter
header.converter=org.apache.kafka.connect.storage.StringConverter
topic.creation.enable=false
{sign_in}producer.acks=all
producer.enable.idempotence=true
producer.max.in.flight.requests.per.connection=5
producer.linger.ms=0
producer.batch.size=262144
producer.compression.type=none
"""
SIGN_IN = """\
{whose}security.protocol=SASL_PLAINTEXT
{whose}sasl.mechanism=SCRAM-SHA-512
{whose}sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username="{user}" password="{password}";
"""
WARM_SECONDS, WARM_EVENTS = 60.0, 20_000
START_SECONDS = 60.0
LOOK_SECONDS = 0.1


def into_its_outbox(session: Session, row: OutboxRow) -> None:
    """One event, in the session's transaction."""
    headers = {**row.headers, "ce_sequence": "1"}
    values = {column: headers[header] for header, column in COLUMNS.items()}
    stored = {"id": headers["ce_id"], "topic": row.topic, "key": row.key, "payload": row.payload}
    session.execute(INSERT, stored | values)


@dataclass
class Debezium:
    """A Connect process beside a stack, and the connectors in it: one at a time."""

    outbox: Outbox
    made: int = 0

    @property
    def stack(self) -> Stack:
        """Where it runs."""
        return self.outbox.stack

    @property
    def database(self) -> psycopg.Connection[Any]:
        """The database whose log it reads."""
        return self.outbox.database

    def start(self) -> Process:
        """Start Connect, without a connector."""
        self.database.execute(MAKE.encode())
        self.connect = self.stack.run(
            Program(
                name="connect",
                command=[
                    *(binary(), *JVM, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
                    *("-cp", class_path("debezium")),
                    "org.apache.kafka.connect.cli.ConnectStandalone",
                    "run/connect.properties",
                ],
                is_ready=self._answers,
                listens=[self.port],
                prepare=self._write_settings,
            )
        )
        pin(self.pid, SUBJECT_CORE)
        return self.connect

    @property
    def pid(self) -> int:
        """Connect's process."""
        if self.connect.pid is None:
            raise RuntimeError(f"Connect has ended: {self.connect.log}")
        return self.connect.pid

    def warm(self) -> None:
        """Stream for a minute, so that what runs often is compiled."""
        until = time.monotonic() + WARM_SECONDS
        with self.connector():
            while time.monotonic() < until:
                before = self.outbox.count()
                self._fill(WARM_EVENTS)
                self.outbox.wait(before + WARM_EVENTS)

    def drains(self) -> Sample:
        """Have a new connector stream a backlog, which is stored while its task is stopped."""
        with self.connector() as name:
            self._ask("PUT", f"/connectors/{name}/stop")
            self._wait_until(name, "STOPPED")
            self._fill(EVENTS)
            before = self.outbox.count()
            self._ask("PUT", f"/connectors/{name}/resume")
            return self.outbox.drained(self.pid, before)

    def _fill(self, events: int) -> None:
        self.outbox.fill(events)
        self.database.execute(f"TRUNCATE {TABLE}".encode())
        self.database.execute(FILL.encode())
        self.database.execute("TRUNCATE outbox")
        self.database.execute("CHECKPOINT")

    @property
    def port(self) -> int:
        """Where Connect is asked."""
        return self.stack.ports.get("connect")

    @cached_property
    def _asking(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://{LOOPBACK}:{self.port}", timeout=30)

    def _answers(self) -> bool:
        try:
            return self._asking.get("/connectors").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _write_settings(self) -> None:
        options = self.stack.kafka_options()
        user, password = options["sasl_plain_username"], options["sasl_plain_password"]
        sign_in = [
            SIGN_IN.format(whose=whose, user=user, password=password) for whose in ("", "producer.")
        ]
        settings = WORKER.format(
            bootstrap=options["bootstrap_servers"],
            host=LOOPBACK,
            port=self.port,
            sign_in="".join(sign_in),
        )
        write_whole(self.stack.layout.run / "connect.properties", settings, mode=0o600)

    @contextmanager
    def connector(self, **settings: str) -> Iterator[str]:
        """A connector that streams what is inserted from now on; its slot goes with it."""
        self.made += 1
        name = f"outbox_{self.made}"
        self._ask("POST", "/connectors", {"name": name, "config": self._config(name, settings)})
        try:
            self._wait_until(name, "RUNNING")
            self._wait_for_slot(name)
            yield name
        finally:
            self._ask("DELETE", f"/connectors/{name}")
            self._drop_slot(name)
            self._wait_for_nobody()

    def _ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        answer = self._asking.request(method, path, json=body)
        answer.raise_for_status()
        return answer

    def _wait_until(self, name: str, state: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            status = self._ask("GET", f"/connectors/{name}/status").json()
            states = {status["connector"]["state"], *(task["state"] for task in status["tasks"])}
            if states == {state} and (state == "STOPPED" or status["tasks"]):
                return
            if "FAILED" in states or time.monotonic() > deadline:
                raise TimeoutError(f"{name} is not {state}: {status}")
            time.sleep(LOOK_SECONDS)

    def _wait_for_slot(self, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        active = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = %s AND active"
        while self.database.execute(active, (name,)).fetchone() != (1,):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody reads the slot {name}")
            time.sleep(LOOK_SECONDS)

    def _wait_for_nobody(self) -> None:
        """A transaction that it left open would keep the rows that others delete."""
        deadline = time.monotonic() + START_SECONDS
        there = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'Debezium%'"
        while self.database.execute(there).fetchone() != (0,):
            if time.monotonic() > deadline:
                raise TimeoutError("Debezium stays signed in to the database")
            time.sleep(LOOK_SECONDS)

    def _drop_slot(self, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.database.execute(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                    " WHERE slot_name = %s",
                    (name,),
                )
            except psycopg.errors.ObjectInUse:
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_SECONDS)
            else:
                self.database.execute(f"DROP PUBLICATION IF EXISTS {name}".encode())
                return

    def _config(self, name: str, settings: dict[str, str]) -> dict[str, str]:
        info = psycopg.conninfo.conninfo_to_dict(self.stack.admin_dsn)
        placed = [f"{column}:header:{header}" for header, column in COLUMNS.items()]
        return {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "database.hostname": str(info["host"]),
            "database.port": str(info["port"]),
            "database.user": str(info["user"]),
            "database.password": str(info["password"]),
            "database.dbname": self.database.info.dbname,
            "topic.prefix": "bench",
            "table.include.list": f"public.{TABLE}",
            "plugin.name": "pgoutput",
            "slot.name": name,
            "publication.name": name,
            "publication.autocreate.mode": "filtered",
            "snapshot.mode": "no_data",
            "tombstones.on.delete": "false",
            "binary.handling.mode": "bytes",
            "extended.headers.enabled": "false",
            "max.batch.size": "8192",
            "max.queue.size": "32768",
            "transforms": "outbox",
            "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
            "transforms.outbox.route.topic.replacement": "${routedByValue}",
            "transforms.outbox.table.fields.additional.placement": ",".join(
                ["id:header:ce_id", *placed]
            ),
            **settings,
        }


@contextmanager
def asleep(process: Process) -> Iterator[None]:
    """Keep a process from taking any time while another is measured."""
    running = psutil.Process(process.pid)
    running.suspend()
    try:
        yield
    finally:
        running.resume()
