"""The sequenced outbox: an event is committed with the change that it tells of, or not at all.

`append` is one statement: it takes the key's next number under the key's head row and inserts the
outbox row with it. The head row is the per-key lock, so the numbers are in commit order by
construction. The relay deletes a row only after the broker has acknowledged it.
"""

import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.chassis.cursors import execute
from services.chassis.errors import NotAllowed, NotHolder, TryAgain

SHARDS = 64
# Of a row `o` of the outbox: nobody has set its key aside.
NOT_HELD = "NOT EXISTS (SELECT FROM outbox_held h WHERE h.topic = o.topic AND h.key = o.key)"
BEHIND = "CUSTODY_BEHIND"
# The number at which no log stands.
NOWHERE = -1
MAX_PAYLOAD = 256 * 1024
BACKLOG_ROWS = 500_000

# How many rows wait for the relay, up to one more than `most`, and for how long the oldest. Held
# keys are not counted: they wait for an operator.
BACKLOG = f"""
SELECT (SELECT count(*) FROM (SELECT FROM outbox o WHERE {NOT_HELD} LIMIT :most + 1) few) AS rows,
       coalesce(extract(epoch FROM now() - min(created_at)), 0) AS oldest
FROM generate_series(0, {SHARDS - 1}) AS every (shard)
CROSS JOIN LATERAL (
    SELECT created_at FROM outbox o
    WHERE o.shard = every.shard AND {NOT_HELD}
    ORDER BY position LIMIT 1
) first
"""

_INSERT = """
INSERT INTO outbox (shard, topic, key, seq, headers, payload)
SELECT %(shard)s, %(topic)s, %(key)s, seq, CAST(%(headers)s AS jsonb), %(payload)s FROM head
RETURNING seq
"""

# An ordinary event: the first one of a key makes its head.
_PLAIN = f"""
WITH head AS (
    INSERT INTO stream_head AS h (topic, key, seq) VALUES (%(topic)s, %(key)s, 1)
    ON CONFLICT (topic, key) DO UPDATE SET seq = h.seq + 1
    RETURNING h.seq
) {_INSERT}"""

# The heads of many keys at once, each moved by as many as there are events of it.
_HEADS = sa.text(
    """
    INSERT INTO stream_head AS h (topic, key, seq)
    SELECT * FROM json_to_recordset(CAST(:keys AS json)) AS new (topic text, key text, seq bigint)
    ORDER BY topic, key
    ON CONFLICT (topic, key) DO UPDATE SET seq = h.seq + excluded.seq
    RETURNING topic, key, seq
    """
)
_COPY = "COPY outbox (shard, topic, key, seq, headers, payload) FROM STDIN"

# The first record of a custody log: it alone inserts a custody head.
_TAKE = f"""
WITH head AS (
    INSERT INTO stream_head (topic, key, seq) VALUES (%(topic)s, %(key)s, 1)
    ON CONFLICT (topic, key) DO NOTHING
    RETURNING seq
) {_INSERT}"""

# A custody record by the holder, who goes on holding (`open`) or does not.
_HOLD = f"""
WITH head AS (
    UPDATE stream_head SET seq = seq + 1, open = %(open)s
    WHERE topic = %(topic)s AND key = %(key)s AND open
    RETURNING seq
) {_INSERT}"""

# The records of many logs at once, each by the holder, and each after the record it is known to
# come after.
_HOLD_ALL = """
UPDATE stream_head h SET seq = n.seq, open = n.open
FROM json_to_recordset(CAST(%(keys)s AS json))
    AS n (topic text, key text, before bigint, seq bigint, open boolean)
WHERE h.topic = n.topic AND h.key = n.key AND h.open AND h.seq = n.before
"""

# The baton arrives: this service reads that it is the next holder, from another writer.
_RECEIVE = """
INSERT INTO stream_head AS h (topic, key, seq, open)
VALUES (%(topic)s, %(key)s, %(seq)s, true)
ON CONFLICT (topic, key) DO UPDATE SET seq = excluded.seq, open = true
WHERE NOT h.open AND h.seq < excluded.seq
"""


StreamKey = tuple[str, str]


class Baton(Enum):
    """What an event does to the right to write its key's log."""

    NONE = "none"
    TAKES = "takes"
    HOLDS = "holds"
    PASSES = "passes"


_STATEMENT = {
    Baton.NONE: _PLAIN,
    Baton.TAKES: _TAKE,
    Baton.HOLDS: _HOLD,
    Baton.PASSES: _HOLD,
}


@dataclass(frozen=True)
class OutboxRow:
    """An event ready to be stored: where it goes, its CloudEvents and W3C headers, its bytes."""

    topic: str
    key: str
    headers: dict[str, str]
    payload: bytes
    baton: Baton = Baton.NONE
    # What the number of a custody record has to be.
    number: int = 0


def shard_of(key: str) -> int:
    """The outbox shard of a key: the same on every machine and for ever."""
    return zlib.crc32(key.encode()) % SHARDS


def append(session: Session, row: OutboxRow) -> int:
    """Store an event in the current transaction and return the number it took.

    NotHolder: a custody record of a matter that this service does not serve the holder of.
    TryAgain (CUSTODY_BEHIND): it is not the number that it has to be.
    NotAllowed: a payload over 256 KiB, or a custody log that exists already.
    """
    must_fit(row)
    values: dict[str, object] = {
        "shard": shard_of(row.key),
        "topic": row.topic,
        "key": row.key,
        "headers": json.dumps(row.headers),
        "payload": row.payload,
    }
    if row.baton in (Baton.HOLDS, Baton.PASSES):
        values["open"] = row.baton is Baton.HOLDS
    appended = execute(session.connection(), _STATEMENT[row.baton], values).fetchone()
    if appended is None:
        raise _no_number(row)
    seq = int(appended[0])
    if row.number not in (0, seq):
        raise TryAgain(
            f"{row.topic} {row.key} is known here up to {row.number - 1}, it stands at {seq - 1}",
            reason=BEHIND,
        )
    return seq


def must_fit(row: OutboxRow) -> None:
    """NotAllowed: a payload over 256 KiB."""
    if len(row.payload) > MAX_PAYLOAD:
        raise NotAllowed(
            f"event for {row.topic} {row.key} has {len(row.payload)} bytes; "
            f"the most is {MAX_PAYLOAD}: store the content and emit its id",
            reason="EVENT_TOO_LARGE",
        )


def append_all(session: Session, rows: Sequence[OutboxRow]) -> None:
    """Store ordinary events, and custody records with their numbers, in this order.

    TryAgain (CUSTODY_BEHIND): a log is not open here, or stands elsewhere. The heads of ordinary
    events are locked in one order everywhere; those of logs belong to matters that are locked. COPY
    takes a third of the time that any INSERT of so many rows takes.
    """
    plain = Counter((row.topic, row.key) for row in rows if not row.number)
    last = _take_numbers(session, plain) if plain else {}
    _move_logs(session, [row for row in rows if row.number])
    connection: Any = session.connection().connection.driver_connection
    try:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                seq, headers = row.number, json.dumps(row.headers)
                if not seq:
                    last[row.topic, row.key] += 1
                    seq = last[row.topic, row.key]
                copy.write_row((shard_of(row.key), row.topic, row.key, seq, headers, row.payload))
    except psycopg.Error as error:
        raise DBAPIError(_COPY, None, error) from error


def _take_numbers(session: Session, counts: Counter[StreamKey]) -> dict[StreamKey, int]:
    """Take so many numbers of each key, and return the last one taken before."""
    rows = [{"topic": topic, "key": key, "seq": count} for (topic, key), count in counts.items()]
    found = session.execute(_HEADS, {"keys": json.dumps(rows)})
    return {(topic, key): seq - counts[topic, key] for topic, key, seq in found}


def _move_logs(session: Session, rows: Sequence[OutboxRow]) -> None:
    """Move the heads of custody logs to the last of these records; all of them, or TryAgain."""
    moves: dict[StreamKey, Mapping[str, object]] = {}
    for row in rows:
        move = moves.get((row.topic, row.key))
        # Whoever has passed the baton on writes no more.
        follows = move is None or (move["open"] and move["seq"] == row.number - 1)
        moves[row.topic, row.key] = {
            "topic": row.topic,
            "key": row.key,
            "before": (move["before"] if move else row.number - 1) if follows else NOWHERE,
            "seq": row.number,
            "open": row.baton is Baton.HOLDS,
        }
    if moves:
        keys = json.dumps(list(moves.values()))
        moved = execute(session.connection(), _HOLD_ALL, {"keys": keys}).rowcount
        if moved != len(moves):
            raise TryAgain(f"{len(moves) - moved} logs stand elsewhere", reason=BEHIND)


def _no_number(row: OutboxRow) -> NotAllowed:
    if row.baton is Baton.TAKES:
        return NotAllowed(f"matter {row.key} has a custody log already", reason="MATTER_EXISTS")
    return NotHolder(f"matter {row.key} is not held by this service")


def receive_baton(session: Session, topic: str, key: str, seq: int) -> None:
    """Open the head at the number of the record by which the baton came; later heads stay."""
    execute(session.connection(), _RECEIVE, {"topic": topic, "key": key, "seq": seq})


def head(session: Session, topic: str, key: str) -> tuple[int, bool]:
    """The last number of a key and whether its head is open here; (0, False) without a head."""
    found = session.execute(
        sa.text("SELECT seq, open FROM stream_head WHERE topic = :topic AND key = :key"),
        {"topic": topic, "key": key},
    ).one_or_none()
    return (0, False) if found is None else (int(found.seq), bool(found.open))
