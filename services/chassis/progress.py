"""How far a reactions class has come: sequence, duplicates, gaps, parking. All SQL, no Kafka.

`lock` inserts and locks the progress row of every key of a batch before any handler runs, so that
the consumer, a replica that joins and `estafet requeue` never work on one key at once. A record
runs if it is the next of its key and nothing of the key is parked; a number at or below done_seq,
or parked already, is a duplicate; anything else waits in `parked`.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from services.chassis.cursors import execute
from services.chassis.envelope import Record

log = logging.getLogger(__name__)


class Verdict(Enum):
    """What to do with a record."""

    RUN = "run"
    DUPLICATE = "duplicate"
    BEHIND = "behind"
    GAP = "gap"


class Parking(Enum):
    """Why a record is parked. Waiting and behind heal by themselves and raise no alarm."""

    FAILED = "failed"
    UNDECODABLE = "undecodable"
    GAP = "gap"
    WAITING = "waiting"
    BEHIND = "behind"


ALARMING = (Parking.FAILED.value, Parking.UNDECODABLE.value, Parking.GAP.value)


@dataclass(frozen=True)
class Delivery:
    """A record with its payload, as it came or as it was parked."""

    record: Record
    payload: bytes

    @property
    def partition(self) -> "Partition":
        """Topic and number of where it was read; a parked one has no such place any more."""
        return self.record.topic, self.record.position[0]


@dataclass
class KeyState:
    """One key of one topic for one consumer."""

    done_seq: int
    last_id: str
    parked: dict[int, str] = field(default_factory=dict)
    moved: bool = False

    def judge(self, record: Record) -> Verdict:
        """Whether the record runs now, was seen before, or must wait."""
        if record.seq <= self.done_seq or record.seq in self.parked:
            return Verdict.DUPLICATE
        newest = max(self.done_seq, *self.parked) if self.parked else self.done_seq
        if not self.parked and record.seq == self.done_seq + 1:
            return Verdict.RUN
        return Verdict.BEHIND if record.seq <= newest + 1 and self.parked else Verdict.GAP

    def contradicts(self, record: Record) -> bool:
        """Whether a duplicate carries another id than the record it repeats."""
        known = self.last_id if record.seq == self.done_seq else self.parked.get(record.seq, "")
        return bool(known) and known != record.record_id


_INSERT = """
INSERT INTO progress (consumer, topic, key, first_seq, done_seq, last_id)
SELECT %(consumer)s, topic, key, first_seq, first_seq - 1, ''
FROM json_to_recordset(CAST(%(keys)s AS json)) AS new (topic text, key text, first_seq bigint)
ORDER BY topic, key
ON CONFLICT DO NOTHING
RETURNING topic, key, done_seq, last_id
"""
_LOCK = """
SELECT topic, key, done_seq, last_id FROM progress
WHERE consumer = %(consumer)s AND (topic, key) IN (
    SELECT * FROM json_to_recordset(CAST(%(keys)s AS json)) AS k (topic text, key text))
ORDER BY topic, key
FOR UPDATE
"""
_PARKED = """
SELECT topic, key, seq, record_id FROM parked
WHERE consumer = %(consumer)s AND (topic, key) IN (
    SELECT * FROM json_to_recordset(CAST(%(keys)s AS json)) AS k (topic text, key text))
"""
_POSITION = """
INSERT INTO position AS p (consumer, topic, partition, next_offset, at_end_at)
SELECT %(consumer)s, topic, partition, next_offset, CAST(%(at_end_at)s AS timestamptz)
FROM json_to_recordset(CAST(%(offsets)s AS json))
    AS n (topic text, partition integer, next_offset bigint)
ORDER BY topic, partition
ON CONFLICT (consumer, topic, partition) DO UPDATE
SET next_offset = greatest(p.next_offset, excluded.next_offset),
    at_end_at = coalesce(excluded.at_end_at, p.at_end_at)
"""
_ADVANCE = f"""
WITH moved AS ({_POSITION})
UPDATE progress p SET done_seq = n.done_seq, last_id = n.last_id
FROM json_to_recordset(CAST(%(keys)s AS json))
    AS n (topic text, key text, done_seq bigint, last_id text)
WHERE p.consumer = %(consumer)s AND p.topic = n.topic AND p.key = n.key
"""
_PARK = sa.text(
    """
    INSERT INTO parked (consumer, topic, key, seq, record_id, headers, payload, reason, error,
                        attempts, retry_at)
    VALUES (:consumer, :topic, :key, :seq, :record_id, CAST(:headers AS jsonb), :payload, :reason,
            :error, :attempts, :retry_at)
    """
)
_POSITIONS = sa.text(
    "SELECT topic, partition, next_offset FROM position WHERE consumer = :consumer"
)

TopicKey = tuple[str, str]
Partition = tuple[str, int]


class Ledger:
    """The locked progress of a batch's keys, within one transaction."""

    def __init__(self, connection: sa.Connection, consumer: str) -> None:
        self._connection = connection
        self._consumer = consumer
        self._keys: dict[TopicKey, KeyState] = {}

    def lock(self, records: Iterable[Record], *, from_first_seen: bool = False) -> None:
        """Insert and lock the rows of these records' keys, in one order everywhere.

        from_first_seen: a consumer that starts at an instant takes a key up at its first record.
        """
        firsts: dict[TopicKey, int] = {}
        begins = from_first_seen
        for record in records:
            first = record.seq if from_first_seen else 1
            firsts.setdefault((record.topic, record.key), first)
            begins |= record.seq == 1
        if begins:
            self._insert(firsts)
        known = firsts.keys() - self._keys.keys()
        if known:
            self._lock(known)
            missing = known - self._keys.keys()
            if missing:
                # A gap at a key's very beginning: its row is not there yet.
                self._insert({key: firsts[key] for key in missing})
                self._lock(missing - self._keys.keys())
            self._read_parked(known)

    def _insert(self, firsts: Mapping[TopicKey, int]) -> None:
        """Make what rows are missing: they are locked, and nothing of their keys is parked."""
        rows = [
            {"topic": topic, "key": key, "first_seq": first}
            for (topic, key), first in firsts.items()
        ]
        self._know(self._connection.exec_driver_sql(_INSERT, self._values(rows)))

    def _lock(self, keys: set[TopicKey]) -> None:
        """Lock the rows that are there."""
        if keys:
            self._know(self._connection.exec_driver_sql(_LOCK, self._values(_named(keys))))

    def _know(self, rows: Iterable[Any]) -> None:
        for topic, key, done_seq, last_id in rows:
            self._keys[topic, key] = KeyState(done_seq, last_id)

    def _read_parked(self, keys: set[TopicKey]) -> None:
        """In a statement after the lock: one that joined it would not see what was waited for."""
        rows = execute(self._connection, _PARKED, self._values(_named(keys)))
        for topic, key, seq, record_id in rows:
            self._keys[topic, key].parked[seq] = record_id

    def _values(self, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """As JSON: psycopg escapes the texts of an array one by one, in Python."""
        return {"consumer": self._consumer, "keys": json.dumps(rows)}

    def judge(self, record: Record) -> Verdict:
        """What to do with a record; alarms on a number that came with two ids, and on a gap."""
        state = self._keys[record.topic, record.key]
        verdict = state.judge(record)
        fields = {"topic": record.topic, "key": record.key, "seq": record.seq}
        if verdict is Verdict.DUPLICATE and state.contradicts(record):
            log.error("alarm: one number with two ids", extra=fields | {"id": record.record_id})
        if verdict is Verdict.GAP:
            log.error("alarm: gap in a key", extra=fields | {"done": state.done_seq})
        return verdict

    def done(self, record: Record) -> None:
        """The record has run."""
        state = self._keys[record.topic, record.key]
        state.done_seq, state.last_id, state.moved = record.seq, record.record_id, True

    def park(
        self,
        delivery: Delivery,
        reason: Parking,
        error: str = "",
        retry_at: datetime | None = None,
    ) -> None:
        """Keep a record that cannot run now; done_seq stays."""
        record = delivery.record
        self._connection.execute(
            _PARK,
            {
                "consumer": self._consumer,
                "topic": record.topic,
                "key": record.key,
                "seq": record.seq,
                "record_id": record.record_id,
                "headers": json.dumps(dict(record.headers)),
                "payload": delivery.payload,
                "reason": reason.value,
                "error": error,
                "attempts": 0 if reason in (Parking.BEHIND, Parking.GAP) else 1,
                "retry_at": retry_at,
            },
        )
        self._keys[record.topic, record.key].parked[record.seq] = record.record_id

    def write(self, offsets: Mapping[Partition, int]) -> None:
        """Write the keys that moved, and where to read on."""
        moved = [
            {"topic": topic, "key": key, "done_seq": state.done_seq, "last_id": state.last_id}
            for (topic, key), state in self._keys.items()
            if state.moved
        ]
        if not moved:
            write_positions(self._connection, self._consumer, offsets)
            return
        positions = _positions(self._consumer, offsets, None)
        execute(self._connection, _ADVANCE, positions | self._values(moved))


def _named(keys: Iterable[TopicKey]) -> list[dict[str, object]]:
    return [{"topic": topic, "key": key} for topic, key in keys]


def write_positions(
    connection: sa.Connection,
    consumer: str,
    offsets: Mapping[Partition, int],
    at_end_at: datetime | None = None,
) -> None:
    """Remember the next offsets; `at_end_at` says these partitions were read to their end then."""
    if offsets:
        connection.exec_driver_sql(_POSITION, _positions(consumer, offsets, at_end_at))


def _positions(
    consumer: str, offsets: Mapping[Partition, int], at_end_at: datetime | None
) -> dict[str, object]:
    rows = [
        {"topic": topic, "partition": number, "next_offset": offset}
        for (topic, number), offset in offsets.items()
    ]
    return {"consumer": consumer, "offsets": json.dumps(rows), "at_end_at": at_end_at}


def read_positions(connection: sa.Connection, consumer: str) -> dict[Partition, int]:
    """Where a consumer reads on, for every partition that it has read."""
    rows = connection.execute(_POSITIONS, {"consumer": consumer})
    return {(row.topic, row.partition): row.next_offset for row in rows}
