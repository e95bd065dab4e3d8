"""The complainants' keys in the database, and the tries to use them."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.complaint.store import access_try, particulars

_SPEND = sa.text(
    """
    INSERT INTO access_try AS t (number_hash, began_at, tries) VALUES (:key, now(), 1)
    ON CONFLICT (number_hash) DO UPDATE SET
        tries = CASE WHEN t.began_at > now() - :window THEN t.tries + 1 ELSE 1 END,
        began_at = CASE WHEN t.began_at > now() - :window THEN t.began_at ELSE now() END
    RETURNING tries
    """
)


class SqlKeys:
    """The complainants' keys in the database, each act in a short transaction of its own."""

    def __init__(self, engine: sa.Engine, window: timedelta) -> None:
        self._engine = engine
        self._window = window

    def spend(self, key: bytes) -> int:
        """Count one more try, for all replicas; how many there are in the window now."""
        with self._engine.begin() as connection:
            values = {"key": key, "window": self._window}
            return int(connection.execute(_SPEND, values).scalar_one())

    def forgive(self, key: bytes) -> None:
        """Forget the tries of a key."""
        with self._engine.begin() as connection:
            connection.execute(access_try.delete().where(access_try.c.number_hash == key))

    def find(self, number: str) -> tuple[str, bytes] | None:
        """The complaint's id and the hash of its secret."""
        wanted = sa.select(particulars.c.complaint_id, particulars.c.secret_hash)
        with self._engine.begin() as connection:
            row = connection.execute(wanted.where(particulars.c.number == number)).one_or_none()
        return None if row is None else (row.complaint_id, bytes(row.secret_hash))


def forget_tries(session: Session, older_than: timedelta) -> None:
    """Delete tries that no longer count (real time)."""
    session.execute(access_try.delete().where(access_try.c.began_at < sa.func.now() - older_than))
