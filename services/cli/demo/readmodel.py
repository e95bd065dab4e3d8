"""A read model of its own, rebuilt out of the topics into an empty database, and counted by SQL.

It knows nothing of the services' databases: what it counts was published, or it is not there.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from estafet.complaint.v1.events_pb2 import ComplaintFiled, ComplaintTriaged
from psycopg import sql

from services.chassis import catalogue
from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.progress import Delivery
from services.cli.audit.reading import Topics
from services.cli.demo.compare import Recorded
from services.handover.ledger import Ledger

NAME = "estafet_demo_readmodel"

_TABLES = """
    CREATE TABLE complaint (
        complaint_id text PRIMARY KEY,
        filed_at timestamptz,
        country text,
        category text,
        triage_no bigint NOT NULL DEFAULT 0
    );
    CREATE TABLE custody (
        matter_id text PRIMARY KEY,
        custody_no bigint NOT NULL,
        kind text NOT NULL,
        holder text NOT NULL,
        is_closed boolean NOT NULL
    )
"""
_FILED = """
    INSERT INTO complaint (complaint_id, filed_at, country) VALUES (%s, %s, %s)
    ON CONFLICT (complaint_id) DO UPDATE
    SET filed_at = excluded.filed_at, country = excluded.country
"""
_TRIAGED = """
    INSERT INTO complaint AS c (complaint_id, category, triage_no) VALUES (%s, %s, %s)
    ON CONFLICT (complaint_id) DO UPDATE
    SET category = excluded.category, triage_no = excluded.triage_no
    WHERE c.triage_no < excluded.triage_no
"""
_CUSTODY = "INSERT INTO custody VALUES (%s, %s, %s, %s, %s)"
_RECORDED = """
    SELECT coalesce(extract(month FROM filed_at AT TIME ZONE 'Asia/Jakarta'), 0)::int,
           coalesce(category, ''), coalesce(country, '')
    FROM complaint
"""
_HOLDERS = "SELECT holder, count(*)::int FROM custody WHERE NOT is_closed GROUP BY holder"


@dataclass
class ReadModel:
    """What the topics tell: the complaints as rows, and all custody logs folded."""

    recorded: list[Recorded]
    open_by_holder: dict[str, int]
    ledger: Ledger
    records: int


def rebuild(admin_dsn: str) -> ReadModel:
    """Read every topic from its beginning into an empty database, and count."""
    own = psycopg.conninfo.make_conninfo(admin_dsn, dbname=NAME)
    _make_empty(admin_dsn)
    ledger, filed, triaged, records = Ledger(), [], [], 0
    for delivery in _everything():
        records += 1
        record = delivery.record
        if record.topic == CUSTODY_TOPIC:
            ledger.read(record, delivery.payload)
        elif record.type == ComplaintFiled.DESCRIPTOR.full_name:
            filed.append(_filed(delivery))
        elif record.type == ComplaintTriaged.DESCRIPTOR.full_name:
            triage = ComplaintTriaged.FromString(delivery.payload)
            triaged.append((triage.complaint_id, triage.category, record.seq))
    with psycopg.connect(own) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES)
        cursor.executemany(_FILED, filed)
        cursor.executemany(_TRIAGED, triaged)
        cursor.executemany(_CUSTODY, _rows(ledger))
        recorded = [Recorded(*row) for row in cursor.execute(_RECORDED).fetchall()]
        holders: dict[str, int] = dict(cursor.execute(_HOLDERS).fetchall())
    return ReadModel(recorded, holders, ledger, records)


def _make_empty(admin_dsn: str) -> None:
    name = sql.Identifier(NAME)
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))


def _everything() -> Any:
    topics = Topics()
    try:
        yield from topics.read(topics.ends(catalogue.topics(catalogue.deputies())))
    finally:
        topics.close()


def _filed(delivery: Delivery) -> tuple[object, ...]:
    event = ComplaintFiled.FromString(delivery.payload)
    return event.complaint_id, f"{event.filed_at.ToJsonString()}", event.country


def _rows(ledger: Ledger) -> list[tuple[object, ...]]:
    return [
        (c.matter_id, c.custody_no, c.kind, c.holder.service, c.closed)
        for c in ledger.matters.values()
    ]
