"""Ministries at a real broker, and exchange's own parts at work in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from kafka import KafkaProducer

from infra.local.stack import Stack
from services.chassis.clock import Clock
from services.chassis.container import Container
from services.chassis.identity import Identity, OwnTokens
from services.chassis.runtime import Runtime, Work
from services.exchange.names import errors_of, inbox_of, stream_of
from tests.chassis.trial import settings_of
from tests.databases import working
from tests.support.topics import records
from tests.support.waiting import until

SERVICE = "exchange"


@dataclass
class Exchange:
    """One test's exchange: its database, a broker whose partner topics are empty."""

    stack: Stack
    engine: sa.Engine
    folders: Path
    clock: Clock = field(default_factory=lambda: Clock(None))

    def runtime(self, replica: int = 0) -> Runtime:
        """What a process of exchange shares; it knows no issuer."""
        settings = settings_of(self.stack.environment(SERVICE, replica))
        settings.peers = dict.fromkeys(("complaint", "placement", "protection"), "127.0.0.1:1")
        return Runtime(
            service=SERVICE,
            settings=settings,
            engine=self.engine,
            clock=self.clock,
            identity=Identity("estafet", {}),
            own_tokens=OwnTokens(SERVICE, "estafet", ""),
            service_key="not a secret, but as long as one is",
            replica=settings.replica,
        )

    @contextmanager
    def at_work(self, *classes: type, replica: int = 0) -> Iterator[None]:
        """Reactions classes at work."""
        containers = [Container(cls, self.runtime(replica)) for cls in classes]
        for container in containers:
            container.start()
        try:
            yield
        finally:
            for container in containers:
                container.stop()

    def keep(self, *things: object) -> None:
        """Objects that are there from the start."""
        with working(self.runtime(), Work("test")) as uow:
            for thing in things:
                uow.add(thing)

    def holds(self, matter_id: str) -> None:
        """The baton of a matter is here."""
        self.rows(
            "INSERT INTO stream_head (topic, key, seq) VALUES ('estafet.custody.v1', :m, 3)",
            m=matter_id,
        )

    def rows(self, statement: str, **values: object) -> Sequence[Any]:
        """The rows of a statement, which is committed."""
        with self.engine.begin() as connection:
            found = connection.execute(sa.text(statement), values)
            return list(found) if found.returns_rows else []

    def write(self, content: bytes, ministry: str = "kemlu", **options: Any) -> None:
        """Bytes put into a ministry's inbox, as the ministry."""
        producer = KafkaProducer(**self.signed_in(ministry), metrics_enabled=False, **options)
        try:
            producer.send(inbox_of(ministry), content).get(30)
        finally:
            producer.close(timeout=5)

    def signed_in(self, ministry: str) -> dict[str, Any]:
        """How the ministry's own clients reach the broker."""
        credentials = json.loads((self.folders / ministry / "credentials.json").read_text())
        kafka: dict[str, Any] = credentials["kafka"]
        return kafka

    def errors(self, ministry: str = "kemlu") -> list[dict[str, Any]]:
        """What the ministry is told of its own mistakes, as far as it is written."""
        return self._noted(errors_of(ministry))

    def news(self, ministry: str = "kemlu") -> list[dict[str, Any]]:
        """What the ministry will be told."""
        return self._noted(stream_of(ministry))

    def _noted(self, topic: str) -> list[dict[str, Any]]:
        from google.protobuf.json_format import MessageToDict

        from services.chassis.catalogue import message_type

        rows = self.rows(
            "SELECT type, payload FROM partner_news WHERE topic = :topic ORDER BY number",
            topic=topic,
        )
        found = []
        for row in rows:
            event_type = message_type(row.type)
            assert event_type is not None
            event = event_type.FromString(bytes(row.payload))
            found.append(MessageToDict(event, preserving_proto_field_name=True))
        return found

    def told(self, topic: str, count: int) -> list[dict[str, Any]]:
        """So many messages of a topic at least, as the broker has them."""
        return until(lambda: self._delivered(topic, count))

    def _delivered(self, topic: str, count: int) -> list[dict[str, Any]] | None:
        found = [json.loads(raw.value) for raw in records(self.stack, topic)]
        return found if len(found) >= count else None
