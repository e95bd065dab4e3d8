"""Where the shared suite works: at the fake, or at PostgreSQL. Both answer the same questions."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.orm import Session, registry

from services.chassis import catalogue, tables
from services.chassis.runtime import Work
from services.chassis.testing import FakeUnitOfWork, a_caller
from services.chassis.unit_of_work import UnitOfWork, read_note
from tests.databases import a_runtime, working

PARCELS = sa.Table(
    "parcel",
    sa.MetaData(),
    sa.Column("parcel_id", sa.Text, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)


@dataclass(eq=False)
class Parcel:
    """Something to keep."""

    parcel_id: str
    content: str = ""


registry().map_imperatively(Parcel, PARCELS)

Numbered = tuple[str, str, int, Message]
Timer = tuple[str, str, int, datetime]


class Desk(Protocol):
    """Units of work one after the other on one store, and what the store holds."""

    def work(self) -> AbstractContextManager[UnitOfWork]:
        """A unit of work, committed at the end, undone on an error."""

    def outbox(self) -> list[Numbered]:
        """Topic, key, number and event of all that was emitted, oldest first."""

    def timers(self) -> list[Timer]:
        """Matter, kind, number and instant, sorted."""

    def notes(self) -> list[tuple[str, str, datetime]]:
        """Matter, text and instant, oldest first."""

    def reads(self) -> list[tuple[str, str]]:
        """Subject and purpose, oldest first."""

    def has_heard(self, consumer: str, topic: str, until: datetime) -> None:
        """A consumer has read a topic of one partition to its end."""

    def has_parked(self, consumer: str, topic: str, key: str) -> None:
        """A consumer could not run a record."""


@dataclass
class FakeDesk:
    """The fake is store and unit of work in one."""

    uow: FakeUnitOfWork = field(default_factory=lambda: FakeUnitOfWork(service="complaint"))

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        with self.uow.transaction():
            yield self.uow

    def outbox(self) -> list[Numbered]:
        return [(row.topic, row.key, row.seq, row.event) for row in self.uow.outbox]

    def timers(self) -> list[Timer]:
        return sorted((*key, due_at) for key, due_at in self.uow.timers.items())

    def notes(self) -> list[tuple[str, str, datetime]]:
        return [(note.matter_id, note.text, note.written_at) for note in self.uow.notes.values()]

    def reads(self) -> list[tuple[str, str]]:
        return self.uow.reads

    def has_heard(self, consumer: str, topic: str, until: datetime) -> None:
        self.uow.heard[consumer, topic] = until

    def has_parked(self, consumer: str, topic: str, key: str) -> None:
        self.uow.parked.add((consumer, topic, key))


@dataclass
class RealDesk:
    """The unit of work that services run with, on a scratch database."""

    engine: sa.Engine

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        work = Work("ShowDesk", a_caller())
        with working(a_runtime(self.engine), work) as uow:
            yield uow

    def outbox(self) -> list[Numbered]:
        rows = self._all(sa.select(tables.outbox).order_by(tables.outbox.c.position))
        return [(row.topic, row.key, row.seq, _decoded(row)) for row in rows]

    def timers(self) -> list[Timer]:
        columns = tables.timer.c
        rows = self._all(sa.select(columns.matter_id, columns.kind, columns.number, columns.due_at))
        return sorted((row.matter_id, row.kind, row.number, row.due_at) for row in rows)

    def notes(self) -> list[tuple[str, str, datetime]]:
        rows = self._all(sa.select(tables.note.c.matter_id, tables.note.c.note_id))
        with Session(self.engine) as session:
            return [
                (row.matter_id, *read_note(session, row.matter_id, row.note_id)) for row in rows
            ]

    def reads(self) -> list[tuple[str, str]]:
        columns = tables.personal_read.c
        rows = self._all(sa.select(columns.subject_id, columns.purpose).order_by(columns.read_id))
        return [(row.subject_id, row.purpose) for row in rows]

    def has_heard(self, consumer: str, topic: str, until: datetime) -> None:
        where = {"consumer": consumer, "topic": topic, "partition": 0}
        self._do(tables.position.insert().values(next_offset=1, at_end_at=until, **where))

    def has_parked(self, consumer: str, topic: str, key: str) -> None:
        where = {"consumer": consumer, "topic": topic, "key": key, "seq": 1, "record_id": "r1"}
        what = {"headers": {}, "payload": b"", "reason": "failed"}
        self._do(tables.parked.insert().values(**where, **what))

    def _do(self, statement: sa.Insert) -> None:
        with self.engine.begin() as connection:
            connection.execute(statement)

    def _all(self, statement: sa.Select[*tuple[object, ...]]) -> list[sa.Row[*tuple[object, ...]]]:
        with self.engine.connect() as connection:
            return list(connection.execute(statement))


def _decoded(row: sa.Row[*tuple[object, ...]]) -> Message:
    cls = catalogue.message_type(row.headers["ce_type"])
    assert cls is not None
    return cls.FromString(row.payload)
