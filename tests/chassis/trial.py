"""A small world of its own for one test: a database, one topic emptied before, tiny reactions.

Relay and reactions run in this process as they do in a service's, against a real broker.
"""

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from estafet.complaint.v1.events_pb2 import ComplaintFiled, ComplaintTriaged
from google.protobuf.message import Message
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from infra.local.stack import Stack
from services.chassis import telemetry
from services.chassis.clock import Clock, real_now
from services.chassis.container import Container
from services.chassis.identity import Identity, OwnTokens
from services.chassis.progress import Delivery
from services.chassis.reaction import on_event
from services.chassis.relay import Relay
from services.chassis.runtime import Runtime, Work
from services.chassis.settings import Settings
from services.chassis.testing import a_caller
from services.chassis.unit_of_work import Database, UnitOfWork
from tests.databases import working
from tests.support.topics import records_of
from tests.support.waiting import until

TOPIC = "estafet.complaint.v1"
SERVICE = "complaint"

EFFECTS = sa.Table(
    "effect",
    sa.MetaData(),
    sa.Column("effect_no", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
)
Faults = dict[str, Exception]
Act = Callable[[UnitOfWork, str], None]
_number = itertools.count(1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def settings_of(variables: Mapping[str, str]) -> Settings:
    """The settings of a process with these ESTAFET_* variables; peers are of no use here."""
    found = {name.removeprefix("ESTAFET_").lower(): value for name, value in variables.items()}
    found.pop("peers", None)
    return Settings.model_validate(found)


def note(uow: UnitOfWork, key: str) -> None:
    """The effect of a record: exactly one row."""
    seq = uow.record.seq if uow.record else 0
    row = {"key": key, "seq": seq, "trace_id": telemetry.current_trace_id()}
    uow.session.execute(EFFECTS.insert().values(**row))


def a_reader(name: str, faults: Faults, since: datetime | None = None) -> type:
    """A reactions class that notes what it reads, then fails for the keys that have a fault."""

    class Reader:
        uow = Database()

        @on_event(ComplaintFiled)
        def note_filed(self, event: ComplaintFiled) -> None:
            self._note(event.complaint_id)

        @on_event(ComplaintTriaged)
        def note_triaged(self, event: ComplaintTriaged) -> None:
            self._note(event.complaint_id)

        def _note(self, key: str) -> None:
            note(self.uow, key)
            if fault := faults.get(key):
                raise fault

    vars_of_class: dict[str, Any] = {"name": name, "since": since}
    return type("Reader", (Reader,), vars_of_class)


@dataclass
class Trial:
    """One test's world. `name` is the name of its reactions class."""

    stack: Stack
    engine: sa.Engine
    name: str = field(default_factory=lambda: f"{SERVICE}.trial_{next(_number)}")
    faults: Faults = field(default_factory=dict)
    told_at: datetime = LONG_AGO
    readers: list[Container] = field(default_factory=list)

    def runtime(self, replica: int = 0, engine: sa.Engine | None = None) -> Runtime:
        """What a process of the service shares."""
        settings = settings_of(self.stack.environment(SERVICE, replica))
        return Runtime(
            service=SERVICE,
            settings=settings,
            engine=engine or self.engine,
            clock=Clock(None),
            identity=Identity("estafet", {}),
            own_tokens=OwnTokens(SERVICE, "estafet", ""),
            service_key="not a secret, but as long as one is",
            replica=settings.replica,
        )

    @property
    def database_name(self) -> str:
        """The name of the test's database."""
        return str(self.value("SELECT current_database()"))

    @contextmanager
    def relaying(self, relays: int = 1) -> Iterator[None]:
        """Relays at work."""
        running = [Relay(self.runtime(replica)) for replica in range(relays)]
        for relay in running:
            relay.start()
        try:
            yield
        finally:
            for relay in running:
                relay.stop()

    @contextmanager
    def reading(
        self, replica: int = 0, *, engine: sa.Engine | None = None, since: datetime | None = None
    ) -> Iterator[Container]:
        """A replica of the reactions class at work."""
        reader = a_reader(self.name, self.faults, since)
        container = Container(reader, self.runtime(replica, engine))
        container.start()
        self.readers.append(container)
        try:
            yield container
        finally:
            self.readers.remove(container)
            container.stop()

    def emit(self, *events: Message) -> None:
        """Events, each in a transaction of its own."""
        runtime = self.runtime()
        for event in events:
            with working(runtime, Work("Trial", a_caller())) as uow:
                uow.emit(event)

    def tell(self, key: str, count: int = 1) -> None:
        """So many events of one key, through the relay."""
        self.emit(*(triaged(key, severity) for severity in range(count)))
        self.drain()

    def drain(self) -> None:
        """Have a relay bring everything to the broker."""
        with self.relaying():
            until(lambda: self.value("SELECT count(*) FROM outbox") == 0)
        self.told_at = real_now()

    def records(self, topic: str = TOPIC) -> list[Delivery]:
        """All records of a topic, in order within each partition."""
        return records_of(self.stack, topic)

    def produce(self, deliveries: Sequence[Delivery]) -> None:
        """Records put into the topic by somebody else than the relay."""
        for delivery in deliveries:
            headers = [(name, text.encode()) for name, text in delivery.record.headers.items()]
            self.produce_raw(delivery.record.key.encode(), headers, delivery.payload)

    def produce_raw(self, key: bytes, headers: list[tuple[str, bytes]], value: bytes) -> None:
        """One record of any shape."""
        producer = KafkaProducer(**self.stack.kafka_options("admin"), metrics_enabled=False)
        try:
            producer.send(TOPIC, key=key, value=value, headers=headers).get(10)
        finally:
            producer.close(timeout=5)
        self.told_at = real_now()

    def effects(self, key: str) -> list[int]:
        """The numbers of a key's records that ran, in the order in which they ran."""
        rows = self.all("SELECT seq FROM effect WHERE key = :key ORDER BY effect_no", key=key)
        return [row.seq for row in rows]

    def parked(self, key: str) -> list[tuple[int, str]]:
        """Number and reason of a key's parked records."""
        rows = self.all("SELECT seq, reason FROM parked WHERE key = :key ORDER BY seq", key=key)
        return [(row.seq, row.reason) for row in rows]

    def requeue(self, key: str) -> None:
        """What `estafet requeue` does."""
        self.all("UPDATE parked SET retry_at = now(), requeued = true WHERE key = :key", key=key)

    def all(self, statement: str, **values: object) -> list[Any]:
        """The rows of a statement, which is committed."""
        with self.engine.begin() as connection:
            found = connection.execute(sa.text(statement), values)
            return list(found) if found.returns_rows else []

    def value(self, statement: str, **values: object) -> Any:
        """The one value of a statement."""
        return self.all(statement, **values)[0][0]

    def read_to_the_end(self) -> bool:
        """Whether the reactions class has come to the end of the topic since it was last told."""
        for container in self.readers:
            container.runtime.ends.want(self.name)
        ends = self.all(
            "SELECT count(*) FROM position WHERE consumer = :name AND at_end_at > :told_at",
            name=self.name,
            told_at=self.told_at,
        )
        return bool(ends[0][0] == 12)


def a_key() -> str:
    """A key that no other test has."""
    return f"c-{uuid.uuid4().hex[:12]}"


def triaged(key: str, severity: int = 1) -> ComplaintTriaged:
    """An event of a key."""
    return ComplaintTriaged(complaint_id=key, category="unpaid_wages", severity=severity)


def empty(stack: Stack, topic: str = TOPIC) -> None:
    """Forget the records of a topic, so that no test reads another's."""
    options = stack.kafka_options("admin")
    source = KafkaConsumer(**options, metrics_enabled=False)
    admin = KafkaAdminClient(**options)
    try:
        numbers = sorted(source.partitions_for_topic(topic) or ())
        admin.delete_records(source.end_offsets([TopicPartition(topic, n) for n in numbers]))
    finally:
        admin.close()
        source.close(autocommit=False)
