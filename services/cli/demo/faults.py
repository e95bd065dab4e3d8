"""Plants one fault at the end of a replay, so that one can see the accounts find it.

Each goes around the services, as a broken disk or a wrong statement would.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import psycopg
import uuid6
from kafka import KafkaProducer

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.runner import LOCK_SPACE
from services.cli.audit.reading import Topics
from services.cli.demo.deeds import COMPLAINT_OFFICERS
from services.cli.demo.door import DemoFailed, Door
from services.cli.environment import settings_of

EVENTS = "estafet.complaint.v1"


class Fault(StrEnum):
    LOSE = "lose"
    DOUBLE = "double"
    SWAP_HOLDER = "swap_holder"


def plant(fault: Fault, admin_dsn: str, door: Door) -> str:
    """Plant one fault; returns where, as topic, key and number."""
    planters: dict[Fault, Callable[[str, Door], str]] = {
        Fault.LOSE: _lose,
        Fault.DOUBLE: _double,
        Fault.SWAP_HOLDER: _swap_holder,
    }
    return planters[fault](admin_dsn, door)


def _lose(admin_dsn: str, door: Door) -> str:
    """Complaint answers somebody, and the outbox row is deleted before the relay may have it."""
    with psycopg.connect(_database(admin_dsn, "complaint"), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_advisory_lock(%s, shard) FROM generate_series(0, 63) s (shard)",
            (LOCK_SPACE,),
        )
        matter_id = _some_matter(admin, "complaint")
        door.command(
            f"/v1/complaints/{matter_id}:answer",
            {"text": "Jawaban yang hilang."},
            COMPLAINT_OFFICERS[0],
        )
        gone = admin.execute(
            "DELETE FROM outbox WHERE topic = %s AND key = %s RETURNING topic, key, seq",
            (EVENTS, matter_id),
        ).fetchone()
    if gone is None:
        raise DemoFailed(f"the answer to {matter_id} left no outbox row to delete")
    return " ".join(map(str, gone))


def _double(_admin_dsn: str, _door: Door) -> str:
    """The topic's last record of some complaint once more, under the same number and a new id."""
    topics = Topics()
    last: Any = None
    try:
        ends = topics.ends([EVENTS])
        for delivery in topics.read(ends):
            last = delivery
    finally:
        topics.close()
    if last is None:
        raise DemoFailed(f"{EVENTS} is empty")
    headers = {**last.record.headers, "ce_id": str(uuid6.uuid7())}
    producer = KafkaProducer(**settings_of("admin").kafka("admin"))
    sent = producer.send(
        EVENTS,
        key=last.record.key.encode(),
        value=last.payload,
        partition=last.record.position[0],
        headers=[(name, value.encode()) for name, value in headers.items()],
    )
    sent.get(timeout=30)
    producer.close()
    return f"{EVENTS} {last.record.key} {last.record.seq}"


def _swap_holder(admin_dsn: str, _door: Door) -> str:
    """One matter's baton is taken from complaint and given to protection, without a record."""
    with psycopg.connect(_database(admin_dsn, "complaint"), autocommit=True) as admin:
        matter_id = _some_matter(admin, "complaint")
        taken = admin.execute(
            "UPDATE stream_head SET open = false WHERE topic = %s AND key = %s RETURNING seq",
            (CUSTODY_TOPIC, matter_id),
        ).fetchone()
    if taken is None:
        raise DemoFailed(f"complaint has no baton of {matter_id}")
    with psycopg.connect(_database(admin_dsn, "protection"), autocommit=True) as admin:
        admin.execute(
            "INSERT INTO stream_head (topic, key, seq, open) VALUES (%s, %s, %s, true)"
            " ON CONFLICT (topic, key) DO UPDATE SET seq = excluded.seq, open = true",
            (CUSTODY_TOPIC, matter_id, taken[0]),
        )
    return f"{CUSTODY_TOPIC} {matter_id} {taken[0]}"


def _some_matter(admin: psycopg.Connection[Any], holder: str) -> str:
    found = admin.execute(
        "SELECT matter_id FROM matter WHERE holder_service = %s AND closed_at IS NULL"
        " AND kind = 'complaint' ORDER BY matter_id LIMIT 1",
        (holder,),
    ).fetchone()
    if found is None:
        raise DemoFailed(f"{holder} holds no open complaint")
    return str(found[0])


def _database(admin_dsn: str, service: str) -> str:
    return psycopg.conninfo.make_conninfo(admin_dsn, dbname=f"estafet_{service}")
