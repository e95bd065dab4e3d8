"""What the records of one batch write together: one Session, one instant, their events at its end.

A handler that only adds and emits asks the database nothing, so its rows wait for those of the
next records and are inserted with them. As soon as a later handler reads, what waits is written
first: nobody sees less than if every record had been written at its end. Each record reads the
database anew, but for what the batch has locked: that is loaded once, for many records at once
where it is known whom they are about. A handler whose records are better written many at once
gathers them.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from services.chassis import beside, outbox
from services.chassis.beside import TimerKey
from services.chassis.held import Held
from services.chassis.loading import find_all
from services.chassis.outbox import OutboxRow

T = TypeVar("T")
# For so many at once is loaded what they will get: a batch may have no time for more.
AHEAD = 25
# The classes of which something gets the object with a key.
Gets = tuple[Collection[type], str]


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
        self.held = Held(self.session, self._write_gathered)
        event.listen(self.session, "do_orm_execute", self._before_statement)
        # What was written down, until it is inserted, and how much of it by records that have run.
        self.rows: list[object] = []
        self._ended = 0
        self._events: list[OutboxRow] = []
        self._gathered: dict[Write[Any], list[Any]] = {}
        self._rows_wait = False
        self._heard: dict[tuple[str, str], datetime | None] = {}
        self._dropped: list[TimerKey] = []
        # The matters of which custody records wait.
        self._logs: set[str] = set()

    def append(self, row: OutboxRow) -> None:
        """Store an event when the batch is written, a custody record only if it has its number;
        NotAllowed if it is too large."""
        outbox.must_fit(row)
        self._events.append(row)
        if row.number:
            self._logs.add(row.key)

    def get_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """As `Rows` says."""
        return self.held.lock_all(cls, keys)

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
        """A record has run: what it has added, or changed of what is locked, may wait."""
        self.held.forget_others()
        # To ask the session what is new would make a set of all that waits, for each record.
        self._rows_wait = True
        self._ended = len(self.rows)

    def look_ahead(self, cls: type, keys: Collection[str]) -> None:
        """Lock and load at once what the next records will get. What waits goes on waiting: it is
        about what is locked already, or has just been added."""
        waits, self._rows_wait = self._rows_wait, False
        with self.session.no_autoflush:
            self.held.load_all(cls, keys)
        self._rows_wait = waits

    def in_turn(self, items: Sequence[T], gets: Callable[[T], Gets]) -> Iterator[T]:
        """Each of these, after what it and the next ones get is locked and loaded at once."""
        for number, item in enumerate(items):
            if number % AHEAD == 0:
                keys: dict[type, set[str]] = {}
                for each in items[number : number + AHEAD]:
                    classes, key = gets(each)
                    for cls in classes:
                        keys.setdefault(cls, set()).add(key)
                for cls, some in keys.items():
                    self.look_ahead(cls, some)
            yield item

    def heard_all(self, consumer: str, topic: str) -> datetime | None:
        """The domain instant until which a consumer has run all that a topic held, if any; asked
        once in a batch."""
        if (consumer, topic) not in self._heard:
            heard = beside.heard_until(self.session, consumer, topic, None)
            self._heard[consumer, topic] = heard
        return self._heard[consumer, topic]

    def drop_timer(self, clock: TimerKey) -> None:
        """Have a clock not run, when the batch is written or another clock is set."""
        self._dropped.append(clock)

    def drop_timers(self) -> None:
        """Drop the clocks that are to be dropped."""
        if self._dropped:
            beside.drop_timers(self.session, self._dropped)
            self._dropped = []

    def write_events(self) -> None:
        """Store the events that wait, after the rows that they tell of."""
        self.session.flush()
        if self._events:
            outbox.append_all(self.session, self._events)
            self._events = []
            self._logs.clear()

    def write_log(self, matter_id: str) -> None:
        """Store what waits if a custody record of this matter does."""
        if matter_id in self._logs:
            self.write_events()

    def write(self) -> None:
        """Write all that waits; the caller commits."""
        self._rows_wait = False
        self._write_gathered()
        self._write_rows(len(self.rows))
        self.write_events()
        self.drop_timers()
        self.session.commit()
        self.session.close()

    def _before_statement(self, _state: ORMExecuteState) -> None:
        if self._rows_wait:
            self._rows_wait = False
            self._write_gathered()
            self.session.flush()
            # What the record that asks has written down may still change.
            self._write_rows(self._ended)

    def _write_gathered(self) -> None:
        gathered, self._gathered = self._gathered, {}
        for write, items in gathered.items():
            write(self, items)

    def _write_rows(self, so_many: int) -> None:
        beside.insert(self.session, self.rows[:so_many])
        del self.rows[:so_many]
        self._ended = 0
