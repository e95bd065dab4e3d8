"""A read model of its own, rebuilt out of the topics into an empty database, and counted by SQL.

It knows nothing of the services' databases: what it counts was published, or it is not there.
"""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from estafet.complaint.v1.events_pb2 import ComplaintFiled, ComplaintTriaged
from estafet.placement.v1.events_pb2 import WorkerDeparted
from psycopg import sql

from services.chassis import catalogue
from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.progress import Delivery
from services.cli.audit.reading import Topics
from services.cli.demo.compare import Recorded
from services.cli.demo.holders import party_of
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
    CREATE TABLE departure (
        placement_id text PRIMARY KEY,
        departed_on date NOT NULL,
        country text NOT NULL
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
_DEPARTED = "INSERT INTO departure VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_CUSTODY = "INSERT INTO custody VALUES (%s, %s, %s, %s, %s)"
_RECORDED = """
    SELECT coalesce(extract(month FROM filed_at AT TIME ZONE 'Asia/Jakarta'), 0)::int,
           coalesce(category, ''), coalesce(country, '')
    FROM complaint
"""
_LEFT = """
    SELECT extract(month FROM departed_on)::int, country, count(*)::int
    FROM departure GROUP BY 1, 2
"""
_HOLDERS = """
    SELECT holder, kind, count(*)::int FROM custody WHERE NOT is_closed
    GROUP BY holder, kind ORDER BY holder, kind
"""


@dataclass
class ReadModel:
    """What the topics tell: the complaints as rows, who left by month and country, who holds how
    many of what, and all custody logs folded."""

    recorded: list[Recorded]
    departed: dict[tuple[int, str], int]
    open_by_holder: list[tuple[str, str, int]]
    ledger: Ledger
    records: int


def rebuild(admin_dsn: str) -> ReadModel:
    """Read every topic from its beginning into an empty database, and count."""
    own = psycopg.conninfo.make_conninfo(admin_dsn, dbname=NAME)
    _make_empty(admin_dsn)
    ledger, told, records = Ledger(), _Told(), 0
    for delivery in _everything():
        records += 1
        if delivery.record.topic == CUSTODY_TOPIC:
            ledger.read(delivery.record, delivery.payload)
        else:
            told.take(delivery)
    with psycopg.connect(own) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES)
        cursor.executemany(_FILED, told.filed)
        cursor.executemany(_TRIAGED, told.triaged)
        cursor.executemany(_DEPARTED, told.departed)
        cursor.executemany(_CUSTODY, _rows(ledger))
        recorded = [Recorded(*row) for row in cursor.execute(_RECORDED).fetchall()]
        left = {(month, country): n for month, country, n in cursor.execute(_LEFT).fetchall()}
        holders: list[tuple[str, str, int]] = cursor.execute(_HOLDERS).fetchall()
    return ReadModel(recorded, left, holders, ledger, records)


@dataclass
class _Told:
    """The rows of the events that are counted."""

    filed: list[tuple[object, ...]] = field(default_factory=list)
    triaged: list[tuple[object, ...]] = field(default_factory=list)
    departed: list[tuple[object, ...]] = field(default_factory=list)

    def take(self, delivery: Delivery) -> None:
        name, payload = delivery.record.type, delivery.payload
        if name == ComplaintFiled.DESCRIPTOR.full_name:
            self.filed.append(_filed(delivery))
        elif name == ComplaintTriaged.DESCRIPTOR.full_name:
            triage = ComplaintTriaged.FromString(payload)
            self.triaged.append((triage.complaint_id, triage.category, delivery.record.seq))
        elif name == WorkerDeparted.DESCRIPTOR.full_name:
            left = WorkerDeparted.FromString(payload)
            self.departed.append((left.placement_id, left.departed_on, left.country))


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
        (c.matter_id, c.custody_no, c.kind, party_of(c.holder), c.closed)
        for c in ledger.matters.values()
    ]
