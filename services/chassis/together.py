"""What the records of one batch write together: one Session, one instant, their events at its end.

A handler that only adds and emits asks the database nothing, so its rows wait for those of the
next records and are inserted with them. As soon as a later handler reads, what waits is written
first: nobody sees less than if every record had been written at its end. Each record reads the
database anew; no object that one has loaded is given to the next. A handler whose records are
better written many at once gathers them.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from services.chassis import outbox
from services.chassis.loading import find_all, load_all
from services.chassis.outbox import OutboxRow

T = TypeVar("T")


class Rows(Protocol):
    """What gathered records are written with."""

    session: Session

    def get_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """Those of the objects with these ids that there are, by id, locked for change."""

    def find_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """Those of the objects with these ids that there are, by id, not locked."""

    def add(self, thing: object) -> None:
        """Keep a new object."""


Write = Callable[[Rows, list[T]], None]


class Together:
    """The changes of a batch within its transaction. Any failure undoes the whole batch."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self.now = now
        self.session = Session(
            connection, expire_on_commit=False, join_transaction_mode="rollback_only"
        )
        event.listen(self.session, "do_orm_execute", self._before_statement)
        self._events: list[OutboxRow] = []
        self._gathered: dict[Write[Any], list[Any]] = {}
        self._rows_wait = False

    def append(self, row: OutboxRow) -> None:
        """Store an ordinary event when the batch is written; NotAllowed if it is too large."""
        outbox.must_fit(row)
        self._events.append(row)

    def get_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """As `Rows` says."""
        return load_all(self.session, cls, keys)

    def find_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """As `Rows` says."""
        return find_all(self.session, cls, keys)

    def add(self, thing: object) -> None:
        """As `Rows` says."""
        self.session.add(thing)

    def gather(self, item: T, write: Write[T]) -> None:
        """Have all that is gathered for `write` given to it when the batch is written."""
        self._gathered.setdefault(write, []).append(item)

    def end_record(self) -> None:
        """A record has run: what it has only added may wait, anything else is written."""
        if self.session.identity_map:
            self.session.flush()
            self.session.expunge_all()
        # To ask the session what is new would make a set of all that waits, for each record.
        self._rows_wait = True

    def write_events(self) -> None:
        """Store the events that wait, after the rows that they tell of."""
        self.session.flush()
        if self._events:
            outbox.append_all(self.session, self._events)
            self._events = []

    def write(self) -> None:
        """Write all that waits; the caller commits."""
        self._rows_wait = False
        self._write_gathered()
        self.write_events()
        self.session.commit()
        self.session.close()

    def _before_statement(self, _state: ORMExecuteState) -> None:
        if self._rows_wait:
            self._rows_wait = False
            self._write_gathered()
            self.session.flush()

    def _write_gathered(self) -> None:
        gathered, self._gathered = self._gathered, {}
        for write, items in gathered.items():
            write(self, items)
