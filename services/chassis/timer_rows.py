"""The rows of clocks that are due: claimed by one process at a time, deleted or put off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.chassis.errors import NotFound, TryAgain
from services.chassis.statuses import is_busy

FIRST_PAUSE = 0.05

_CLAIM = sa.text(
    """
    SELECT matter_id, kind, number, journey_id, headers, attempts FROM timer
    WHERE kind = ANY(CAST(:kinds AS text[])) AND due_at <= :now
        AND (retry_at IS NULL OR retry_at <= now())
    ORDER BY due_at LIMIT :most
    FOR UPDATE SKIP LOCKED
    """
)
_KEY = "matter_id = :matter_id AND kind = :kind AND number = :number"
_DELETE = sa.text(
    """
    DELETE FROM timer USING unnest(CAST(:matters AS text[]), CAST(:kinds AS text[]),
        CAST(:numbers AS bigint[])) AS ran (matter_id, kind, number)
    WHERE timer.matter_id = ran.matter_id AND timer.kind = ran.kind AND timer.number = ran.number
    """
)
# Who has locked it meanwhile drops it, or has another try.
_PUT_OFF = sa.text(
    f"""
    UPDATE timer SET attempts = attempts + 1, retry_at = :retry_at
    WHERE ctid = (SELECT ctid FROM timer WHERE {_KEY} FOR UPDATE SKIP LOCKED)
    """
)


def claim(
    connection: sa.Connection, kinds: Sequence[str], now: datetime, most: int
) -> Sequence[Any]:
    """Rows of these kinds that are due, the longest due first, locked; those that another process
    has are passed over."""
    values = {"kinds": list(kinds), "now": now, "most": most}
    return connection.execute(_CLAIM, values).all()


def delete(connection: sa.Connection, rows: Sequence[Any]) -> None:
    """These clocks have run."""
    values = {
        "matters": [row.matter_id for row in rows],
        "kinds": [row.kind for row in rows],
        "numbers": [row.number for row in rows],
    }
    connection.execute(_DELETE, values)


def put_off(connection: sa.Connection, row: Any, until: datetime) -> None:
    """The clock could not run: not again before that instant, real time."""
    connection.execute(_PUT_OFF, key(row) | {"retry_at": until})


def key(row: Any) -> dict[str, object]:
    """What a clock is known by."""
    return {"matter_id": row.matter_id, "kind": row.kind, "number": row.number}


def heals(error: Exception) -> bool:
    """Whether the clock may run by itself a moment later."""
    return isinstance(error, (NotFound, TryAgain)) or is_busy(error)


def pause(row: Any, error: Exception) -> float:
    """How many seconds to wait before another try."""
    if heals(error):
        return FIRST_PAUSE * float(1.5 ** min(row.attempts, 14))
    return 60.0 * float(2 ** min(row.attempts, 6))
