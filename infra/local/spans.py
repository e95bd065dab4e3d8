"""Spans that services have sent, all kept in one sqlite file that tests and tools read."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JOURNEY_ATTRIBUTES = ("journey_id", "estafet.journey_id")

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS spans (
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    parent_id TEXT,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    started_ns INTEGER NOT NULL,
    ended_ns INTEGER NOT NULL,
    status TEXT NOT NULL,
    status_message TEXT NOT NULL,
    attributes TEXT NOT NULL,
    links TEXT NOT NULL,
    events TEXT NOT NULL,
    journey_id TEXT,
    PRIMARY KEY (trace_id, span_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS spans_journey ON spans (journey_id) WHERE journey_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS spans_name ON spans (service, name, started_ns);
"""
COLUMNS = (
    *("trace_id", "span_id", "parent_id", "service", "name", "kind", "started_ns", "ended_ns"),
    *("status", "status_message", "attributes", "links", "events"),
)
_INSERT = (
    f"INSERT OR IGNORE INTO spans ({', '.join(COLUMNS)}, journey_id) VALUES ({', '.join('?' * 14)})"
)
FILTERS = ("trace_id", "journey_id", "service", "name")


@dataclass(frozen=True)
class Span:
    """One span. Ids are lower-case hex, instants nanoseconds since 1970 (UTC); `links` and
    `events` are plain dictionaries with the keys trace_id, span_id or name, time_ns, and
    attributes."""

    trace_id: str
    span_id: str
    parent_id: str | None
    service: str
    name: str
    kind: str
    started_ns: int
    ended_ns: int
    status: str = "unset"
    status_message: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[Mapping[str, Any], ...] = ()
    events: tuple[Mapping[str, Any], ...] = ()

    @property
    def journey_id(self) -> str | None:
        for name in JOURNEY_ATTRIBUTES:
            if self.attributes.get(name):
                return str(self.attributes[name])
        return None


class Spans:
    """The spans of one copy; `Spans(layout.spans / "spans.sqlite")` may be read while it runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connected() as connection:
            connection.executescript(SCHEMA)
        self._lock = threading.Lock()
        self._keeper: sqlite3.Connection | None = None

    def add(self, spans: Iterable[Span]) -> None:
        """Keep spans; one that is known already (a repeated export) changes nothing."""
        rows = [_row(span) for span in spans]
        with self._lock, self._kept_open() as connection:
            connection.executemany(_INSERT, rows)

    def close(self) -> None:
        """Leave everything in the one file."""
        with self._lock:
            if self._keeper is not None:
                self._keeper.close()
                self._keeper = None

    def _kept_open(self) -> sqlite3.Connection:
        """One connection for all that is added, a transaction for each block: the last that is
        closed writes the whole log back into the file."""
        if self._keeper is None:
            self._keeper = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
        return self._keeper

    def find(self, limit: int = 10_000, **filters: str) -> list[Span]:
        """Spans in order of their start; filters: trace_id, journey_id, service, name."""
        unknown = set(filters) - set(FILTERS)
        if unknown:
            raise ValueError(f"spans have no {', '.join(sorted(unknown))}")
        where = " AND ".join(f"{name} = ?" for name in filters) or "1 = 1"
        columns = ", ".join(COLUMNS)
        query = f"SELECT {columns} FROM spans WHERE {where} ORDER BY started_ns LIMIT ?"
        with self._connected() as connection:
            return [_span(row) for row in connection.execute(query, (*filters.values(), limit))]

    def count(self) -> int:
        with self._connected() as connection:
            (number,) = connection.execute("SELECT count(*) FROM spans").fetchone()
            return int(number)

    def _connected(self) -> _Connected:
        return _Connected(self._path)


class _Connected:
    """A connection for one block, committed at its end and then closed (sqlite3's own context
    manager leaves it open)."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=10)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self._connection.commit()
        self._connection.close()


def _row(span: Span) -> tuple[object, ...]:
    return (
        span.trace_id,
        span.span_id,
        span.parent_id,
        span.service,
        span.name,
        span.kind,
        span.started_ns,
        span.ended_ns,
        span.status,
        span.status_message,
        json.dumps(dict(span.attributes)),
        json.dumps([dict(link) for link in span.links]),
        json.dumps([dict(event) for event in span.events]),
        span.journey_id,
    )


def _span(row: tuple[Any, ...]) -> Span:
    values = dict(zip(COLUMNS, row, strict=True))
    values["attributes"] = json.loads(values["attributes"])
    values["links"] = tuple(json.loads(values["links"]))
    values["events"] = tuple(json.loads(values["events"]))
    return Span(**values)
