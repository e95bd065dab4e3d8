"""Reads what an audit needs: databases as `auditor`, topics as user `auditor`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from kafka import KafkaConsumer, TopicPartition

from services.chassis.incoming import delivery_of
from services.chassis.progress import Delivery
from services.chassis.runtime import make_engine
from services.cli.audit.accounts import Effect, Head, Page, Place, Progress, Reader, TopicKey
from services.cli.audit.matters import Account
from services.cli.environment import settings_of
from services.handover.custody import Party
from services.handover.store import matter

Ends = Mapping[Place, int]


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
        """The last number of every key that this service has written, at one instant."""
        with self._snapshot() as connection:
            return _heads(connection)

    def page(self) -> Page:
        """Everything that an audit compares, at one instant."""
        with self._snapshot() as connection:
            return Page(
                heads=_heads(connection),
                progress=_progress(connection),
                positions=_positions(connection),
                matters=_matters(connection),
            )

    def unsent(self, heads: Mapping[TopicKey, Head]) -> list[str]:
        """Outbox rows up to these heads that are still there, each as text."""
        with self._snapshot() as connection:
            rows = connection.execute(_UNSENT).all()
        return [
            f"{self.service}: outbox row {row.topic} {row.key} {row.seq}"
            + (f", held: {row.reason}" if row.reason else "")
            for row in rows
            if row.seq <= heads.get((row.topic, row.key), Head(0, open=False)).seq
        ]

    def behind(self, readers: Sequence[Reader], ends: Ends) -> list[str]:
        """Consumers of this service that have not passed these ends, each as text."""
        with self._snapshot() as connection:
            positions = _positions(connection)
            stopped = {row.consumer: row.reason for row in connection.execute(_STOPPED)}
        return [
            f"{reader.name}: {topic} partition {number}: read to {at} of {end}"
            + (f", stopped: {stopped[reader.name]}" if reader.name in stopped else "")
            for reader in readers
            if reader.service == self.service
            for (topic, number), end in ends.items()
            if topic in reader.topics
            and (at := positions.get(reader.name, {}).get((topic, number), 0)) < end
        ]

    @contextmanager
    def _snapshot(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            yield connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )


_UNSENT = sa.text(
    """
    SELECT o.topic, o.key, o.seq, h.reason
    FROM outbox o LEFT JOIN outbox_held h USING (topic, key)
    ORDER BY o.position
    """
)
_STOPPED = sa.text("SELECT consumer, reason FROM consumer_stopped")
_PROGRESS = sa.text(
    """
    SELECT consumer, topic, key, done_seq,
           coalesce(k.numbers, CAST(ARRAY[] AS bigint[])) AS parked
    FROM progress LEFT JOIN (
        SELECT consumer, topic, key, array_agg(seq) AS numbers
        FROM parked GROUP BY consumer, topic, key) k USING (consumer, topic, key)
    """
)
_MATTERS = sa.select(
    *(column for column in matter.c if column.name not in ("told_no", "traceparent"))
)


def _heads(connection: sa.Connection) -> dict[TopicKey, Head]:
    rows = connection.execute(sa.text("SELECT topic, key, seq, open FROM stream_head"))
    return {(row.topic, row.key): Head(row.seq, row.open) for row in rows}


def _progress(connection: sa.Connection) -> dict[str, dict[TopicKey, Progress]]:
    found: dict[str, dict[TopicKey, Progress]] = defaultdict(dict)
    for row in connection.execute(_PROGRESS):
        found[row.consumer][row.topic, row.key] = Progress(row.done_seq, frozenset(row.parked))
    return found


def _positions(connection: sa.Connection) -> dict[str, dict[Place, int]]:
    found: dict[str, dict[Place, int]] = defaultdict(dict)
    statement = sa.text("SELECT consumer, topic, partition, next_offset FROM position")
    for row in connection.execute(statement):
        found[row.consumer][row.topic, row.partition] = row.next_offset
    return found


def _matters(connection: sa.Connection) -> dict[str, Account]:
    """The service's own rows; none in a service that keeps no custody."""
    if not sa.inspect(connection).has_table(matter.name):
        return {}
    return {row.matter_id: _account(row) for row in connection.execute(_MATTERS)}


def _account(row: Any) -> Account:
    holder = Party(
        row.holder_service, row.holder_organisation, row.holder_unit, row.holder_officer_id
    )
    own = {each.name: getattr(row, each.name) for each in fields(Account) if each.name != "holder"}
    return Account(holder=holder, **own)


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

    def ends(self, topics: Sequence[str]) -> dict[Place, int]:
        """The next offset of every partition."""
        found = self._consumer.end_offsets(self._partitions(topics))
        return {(at.topic, at.partition): offset for at, offset in found.items()}

    def beginnings(self, topics: Sequence[str]) -> dict[Place, int]:
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
    effects: dict[Effect, set[str]]

    @classmethod
    def empty(cls) -> "Scan":
        """Nothing read yet."""
        return cls(defaultdict(lambda: defaultdict(set)), defaultdict(set))
