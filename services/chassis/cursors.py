"""psycopg without what nobody asks for.

SQLAlchemy looks at the columns of a result to learn a statement, and from then on only whether
there are any; psycopg describes each column of each result, which costs as much as reading a row.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.pq.abc import PGresult
from sqlalchemy.exc import DBAPIError


class Columns(Sequence[Any]):
    """The columns of a result as DB-API describes them: name, type, and nothing more."""

    def __init__(self, result: PGresult) -> None:
        self._result = result

    def __len__(self) -> int:
        return self._result.nfields

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        name = self._result.fname(place) or b""
        return (name.decode(), self._result.ftype(place), None, None, None, None, None)


class LeanCursor(psycopg.Cursor[Any]):
    """A cursor that describes columns only when somebody looks at them."""

    @property
    def description(self) -> Any:
        result = self.pgresult
        return Columns(result) if result is not None and result.nfields else None


def execute(
    connection: sa.Connection, sql: str, values: Mapping[str, object]
) -> psycopg.Cursor[Any]:
    """Hand a statement to the driver as it is, within the connection's transaction.

    Nothing is compiled and nothing flushed. Errors are SQLAlchemy's. A transaction's first
    statement goes through SQLAlchemy, which finds out that a link is dead and drops its like.
    """
    link: Any = connection.connection.driver_connection
    try:
        cursor: psycopg.Cursor[Any] = link.execute(sql, values)
    except psycopg.Error as error:
        raise DBAPIError.instance(sql, None, error, psycopg.Error) from error
    return cursor


def execute_all(connection: sa.Connection, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
    """The same with many rows of values, at once."""
    if len(rows) == 1:
        execute(connection, sql, rows[0])
        return
    link: Any = connection.connection.driver_connection
    try:
        with link.cursor() as cursor:
            cursor.executemany(sql, rows)
    except psycopg.Error as error:
        raise DBAPIError.instance(sql, None, error, psycopg.Error) from error
