"""Reads what an audit needs: databases as `auditor`, topics as user `auditor`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from kafka import KafkaConsumer, TopicPartition

from services.chassis.consumer import delivery_of
from services.chassis.progress import Delivery
from services.chassis.runtime import make_engine
from services.cli.audit.accounts import Head, Progress, TopicKey
from services.cli.environment import settings_of

Ends = Mapping[tuple[str, int], int]


@dataclass(frozen=True)
class Database:
    """One service's database, read as its auditor."""

    service: str
    engine: sa.Engine

    @classmethod
    def of(cls, service: str) -> "Database":
        """The database of a service of this copy."""
        return cls(service, make_engine(settings_of(service), service, "auditor"))

    def heads(self) -> dict[TopicKey, Head]:
        """The last number of every key that this service has written, in one snapshot."""
        rows = self._rows("SELECT topic, key, seq, open FROM stream_head")
        return {(row.topic, row.key): Head(row.seq, row.open) for row in rows}

    def unsent(self, heads: Mapping[TopicKey, Head]) -> list[str]:
        """Outbox rows up to these heads that are still there, each as text."""
        return [
            f"{self.service}: outbox {row.topic} {row.key} {row.seq}"
            for row in self._rows("SELECT topic, key, seq FROM outbox ORDER BY position")
            if row.seq <= heads.get((row.topic, row.key), Head(0, open=False)).seq
        ]

    def positions(self, consumer: str) -> dict[tuple[str, int], int]:
        """Where a consumer reads on."""
        rows = self._rows(
            "SELECT topic, partition, next_offset FROM position WHERE consumer = :consumer",
            consumer=consumer,
        )
        return {(row.topic, row.partition): row.next_offset for row in rows}

    def progress(self, consumer: str) -> dict[TopicKey, Progress]:
        """How far a consumer is with every key, and what it keeps parked, in one snapshot."""
        rows = self._rows(
            """
            SELECT p.topic, p.key, p.done_seq,
                   array(SELECT k.seq FROM parked k WHERE k.consumer = p.consumer
                         AND k.topic = p.topic AND k.key = p.key) AS parked
            FROM progress p WHERE p.consumer = :consumer
            """,
            consumer=consumer,
        )
        return {(r.topic, r.key): Progress(r.done_seq, frozenset(r.parked)) for r in rows}

    def matters(self) -> dict[str, int]:
        """The custody number of every matter's own row."""
        return {
            row.matter_id: row.custody_no
            for row in self._rows("SELECT matter_id, custody_no FROM matter")
        }

    def _rows(self, statement: str, **values: object) -> Sequence[Any]:
        with self.engine.connect() as connection:
            return connection.execute(sa.text(statement), values).all()


class Topics:
    """The topics, read from their beginning without a group."""

    def __init__(self) -> None:
        self._consumer: Any = KafkaConsumer(
            **settings_of("auditor").kafka("auditor"),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The next offset of every partition."""
        found = self._consumer.end_offsets(self._partitions(topics))
        return {(at.topic, at.partition): offset for at, offset in found.items()}

    def beginnings(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The first offset of every partition; not 0 when records were taken away."""
        found = self._consumer.beginning_offsets(self._partitions(topics))
        return {(at.topic, at.partition): offset for at, offset in found.items()}

    def read(self, ends: Ends) -> Iterator[Delivery]:
        """Every record before these ends."""
        left = {TopicPartition(*place): end for place, end in ends.items() if end > 0}
        if not left:
            return
        self._consumer.assign(list(left))
        self._consumer.seek_to_beginning(*left)
        while left:
            for partition, raws in self._consumer.poll(timeout_ms=500).items():
                for raw in raws:
                    if partition in left and raw.offset < left[partition]:
                        yield delivery_of(raw)
            for partition in list(left):
                if self._consumer.position(partition) >= left[partition]:
                    del left[partition]

    def _partitions(self, topics: Sequence[str]) -> list[Any]:
        return [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(self._consumer.partitions_for_topic(topic) or ())
        ]


@dataclass
class Scan:
    """What a scan of the topics keeps: ids by number, effects by cause."""

    records: dict[TopicKey, dict[int, set[str]]]
    effects: dict[tuple[str, str, str, str], set[str]]

    @classmethod
    def empty(cls) -> "Scan":
        """Nothing read yet."""
        return cls(defaultdict(lambda: defaultdict(set)), defaultdict(set))
