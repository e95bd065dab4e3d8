"""How PostgreSQL would find what a store asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

SORTS = {"Sort", "Incremental Sort"}


def steps(session: Session, ask: Callable[[], object], about: str = "") -> list[str]:
    """The kinds of the steps of what is asked first, or first about something; it sorts only where
    nothing else helps."""
    connection = session.connection()
    asked: list[tuple[str, Any]] = []

    @sa.event.listens_for(connection, "before_cursor_execute")
    def _note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    ask()
    sa.event.remove(connection, "before_cursor_execute", _note)
    # A few rows are best sorted: what counts is whether another way is there.
    connection.exec_driver_sql("SET LOCAL enable_sort = off")
    connection.exec_driver_sql("SET LOCAL enable_incremental_sort = off")
    statement, values = next(each for each in asked if about in each[0])
    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
    return list(_kinds(explained.scalar_one()[0]["Plan"]))


def _kinds(step: dict[str, Any]) -> Iterator[str]:
    yield step["Node Type"]
    for each in step.get("Plans", ()):
        yield from _kinds(each)
