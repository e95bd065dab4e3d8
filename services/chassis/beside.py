"""What a unit of work writes beside its objects: clocks, notes, who read what, and rows that nobody
asks for before the commit; and how far a topic was heard.

These go to the driver as they are: through the Session each would flush it first, and then cost
more than the statement.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, Session

from services.chassis.cursors import execute, execute_all

_SET_TIMER = """
INSERT INTO timer (matter_id, kind, number, due_at, journey_id, headers)
VALUES (%(matter_id)s, %(kind)s, %(number)s, %(due_at)s, %(journey_id)s, %(headers)s)
"""
# Whoever runs a clock has locked its row, and waits for the matter that we may have locked.
_DROP_TIMERS = """
DELETE FROM timer WHERE ctid IN (
    SELECT ctid FROM timer WHERE (matter_id, kind, number) IN (
        SELECT * FROM json_to_recordset(CAST(%(clocks)s AS json))
            AS c (matter_id text, kind text, number bigint))
    FOR UPDATE SKIP LOCKED
)
"""
_WRITE_NOTE = """
INSERT INTO note (note_id, matter_id, text, written_at)
VALUES (%(note_id)s, %(matter_id)s, %(text)s, %(written_at)s)
"""
_LOG_READ = """
INSERT INTO personal_read (read_id, subject_id, caller, rpc, purpose, read_at, evidence_id)
VALUES (%(read_id)s, %(subject_id)s, %(caller)s, %(rpc)s, %(purpose)s, %(read_at)s, %(evidence_id)s)
"""

_HEARD_UNTIL = """
SELECT CASE WHEN count(*) = count(at_end_at) THEN min(at_end_at) END
FROM position WHERE consumer = %(consumer)s AND topic = %(topic)s AND NOT EXISTS (
    SELECT FROM parked
    WHERE consumer = %(consumer)s AND topic = %(topic)s
        AND (key = CAST(%(key)s AS text) OR CAST(%(key)s AS text) IS NULL)
)
"""

# The kind of a clock, the id of its matter, its number.
TimerKey = tuple[str, str, int]


def set_timer(
    session: Session, key: TimerKey, due_at: datetime, journey_id: str, headers: Mapping[str, str]
) -> None:
    """Have a clock run at due_at; IntegrityError if it is set already."""
    values = {"due_at": due_at, "journey_id": journey_id, "headers": json.dumps(headers)}
    execute(session.connection(), _SET_TIMER, _named(key) | values)


def drop_timers(session: Session, keys: Sequence[TimerKey]) -> None:
    """Have clocks not run, unless they are running."""
    clocks = json.dumps([_named(key) for key in keys])
    execute(session.connection(), _DROP_TIMERS, {"clocks": clocks})


def _named(key: TimerKey) -> dict[str, object]:
    kind, matter_id, number = key
    return {"kind": kind, "matter_id": matter_id, "number": number}


def write_note(session: Session, note_id: str, matter_id: str, text: str, at: datetime) -> None:
    """Keep a text."""
    values = {"note_id": note_id, "matter_id": matter_id, "text": text, "written_at": at}
    execute(session.connection(), _WRITE_NOTE, values)


def insert(session: Session, things: Sequence[object]) -> None:
    """Insert new objects of mapped classes as they are now; IntegrityError."""
    by_class: dict[type, list[object]] = {}
    for thing in things:
        by_class.setdefault(type(thing), []).append(thing)
    for cls, some in by_class.items():
        sql, names = _insertion(cls)
        rows = [{name: getattr(thing, name) for name in names} for thing in some]
        execute_all(session.connection(), sql, rows)


@cache
def _insertion(cls: type) -> tuple[str, Sequence[str]]:
    """The statement for one row of a class, and its attributes: each a column of plain values."""
    mapper: Mapper[Any] = sa.inspect(cls)
    names = mapper.columns.keys()
    values = ", ".join(f"%({name})s" for name in names)
    return f"INSERT INTO {mapper.local_table} ({', '.join(names)}) VALUES ({values})", names


def log_read(session: Session, values: Mapping[str, object]) -> None:
    """Keep a row of `personal_read`."""
    execute(session.connection(), _LOG_READ, values)


def heard_until(session: Session, consumer: str, topic: str, key: str | None) -> datetime | None:
    """The domain instant until which a consumer has run all that a topic held for a key, or for
    None all that it held; None: it has not read it to its end yet, or one of these is parked."""
    values = {"consumer": consumer, "topic": topic, "key": key}
    [heard] = execute(session.connection(), _HEARD_UNTIL, values).fetchone() or (None,)
    found: datetime | None = heard
    return found
