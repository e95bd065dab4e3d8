"""One unit of work per worker: one Session, one transaction, one instant, its emitted events.

The container commits: a handler gets, acts, emits and answers. `get` locks, `read` does not,
`guard` shares, `find` may return None.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa
from google.protobuf.message import Message
from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Session

from services.chassis import beside
from services.chassis.envelope import Record
from services.chassis.errors import NotFound
from services.chassis.identity import Caller
from services.chassis.runtime import Runtime, Work
from services.chassis.sql_unit_of_work import SqlUnitOfWork
from services.chassis.tables import note
from services.chassis.together import Write

T = TypeVar("T")


class UnitOfWork(Protocol):
    """What a handler works with. The real one and the fake pass one suite (tests/chassis)."""

    service: str
    caller: Caller
    now: datetime
    record: Record | None
    session: Session
    secret: str

    def new_id(self) -> str:
        """A fresh UUIDv7."""

    def get(self, cls: type[T], key: str) -> T:
        """The object with this id, locked for change; NotFound."""

    def read(self, cls: type[T], key: str) -> T:
        """The object with this id, not locked; NotFound."""

    def guard(self, cls: type[T], key: str) -> T:
        """The object with this id, locked against change by others but not among us; NotFound."""

    def find(self, cls: type[T], key: str) -> T | None:
        """The object with this id, not locked, or None."""

    def add(self, thing: object) -> None:
        """Keep a new object."""

    def write_down(self, thing: object) -> None:
        """Keep a new object to which nothing belongs, as it is at the end; nobody may look for it
        before. Costs less than `add`."""

    def get_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """Those of the objects with these ids that there are, by id, locked for change."""

    def find_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """Those of the objects with these ids that there are, by id, not locked."""

    def gather(self, item: T, write: Write[T]) -> None:
        """Have `write` called once before the commit, with this and with what other records of the
        batch gather for it, in their order."""

    def emit(self, event: Message | None) -> None:
        """Store an event with this transaction."""

    def emit_numbered(self, event: Message | None) -> int:
        """Store an event at once and return its number in its key, 0 for None."""

    def emit_next(
        self, event: Message, number: int, *, keep_open: bool = False, journey_id: str = ""
    ) -> None:
        """Store a custody record that is to be the log's next, of this number, by its holder.

        keep_open: it passes the baton to a party that this service serves, too. journey_id: the
        matter's, where one work is about many. NotHolder; TryAgain (CUSTODY_BEHIND) if the log
        stands elsewhere. Within a batch both are found at its end.
        """

    def receive_baton(self, matter_id: str, seq: int) -> None:
        """Open the matter's custody head at seq, the record by which it came to us.

        A head that is open, or not lower, stays as it is.
        """

    def has_heard(self, consumer: str, topic: str, key: str | None, until: datetime) -> bool:
        """Whether a consumer has run all that a topic held for a key, or for None all that it held,
        at an instant (domain time): it has read every partition to its end, and none is parked.

        If it has not, it is noted as soon as it has.
        """

    def set_timer(
        self, kind: str, matter_id: str, number: int, due_at: datetime, *, journey_id: str = ""
    ) -> None:
        """Have the `@on_timer(kind)` method called at due_at (domain time), once.

        It runs in the journey of this work, or in the one that is named.
        """

    def drop_timer(self, kind: str, matter_id: str, number: int) -> None:
        """Nobody needs this clock any more. One that is about to run, runs."""

    def write_note(self, matter_id: str, text: str) -> str:
        """Keep a text of this service and return its note_id; empty for an empty text."""

    def log_read(self, subject_id: str, purpose: str, evidence_id: str | None = None) -> str:
        """Record that the caller read somebody's personal data, or a file, and why; its read_id."""


class Database(DependencyProvider):
    """Gives each worker its unit of work; commits when the worker has succeeded.

    A reaction hands in the connection whose transaction it owns: then a success is flushed into
    that transaction and the reaction commits. Reactions of one batch work `together`: their
    changes are in one Session, which the batch writes and closes.
    """

    if TYPE_CHECKING:
        # nameko puts the worker's unit of work in this provider's place.
        def __get__(self, worker: object, cls: type) -> UnitOfWork: ...

    @property
    def runtime(self) -> Runtime:
        """The process's runtime, from the container's configuration."""
        runtime: Runtime = self.container.config["runtime"]
        return runtime

    def get_dependency(self, worker_ctx: Any) -> UnitOfWork:
        work: Work = worker_ctx.data["work"]
        if work.together is not None:
            session = work.together.session
        else:
            bind = work.connection if work.connection is not None else self.runtime.engine
            session = Session(bind, expire_on_commit=False, join_transaction_mode="rollback_only")
        work.unit_of_work = SqlUnitOfWork(session, self.runtime, work)
        return work.unit_of_work

    def worker_result(self, worker_ctx: Any, result: Any = None, exc_info: Any = None) -> None:  # noqa: ARG002 - nameko's signature
        work: Work = worker_ctx.data["work"]
        if work.unit_of_work is None or work.together is not None:
            return
        if exc_info is None:
            commit(work.unit_of_work.session, work)
            if work.emitted and work.connection is None:
                self.runtime.committed.set()
        elif work.connection is None:
            work.unit_of_work.session.rollback()

    def worker_teardown(self, worker_ctx: Any) -> None:
        work: Work = worker_ctx.data["work"]
        if work.unit_of_work is not None and work.together is None:
            work.unit_of_work.session.close()


def commit(session: Session, work: Work) -> None:
    """Write what a work that is no part of a batch has left to be written, and commit."""
    beside.insert(session, work.rows)
    session.commit()


def read_note(session: Session, matter_id: str, note_id: str) -> tuple[str, datetime]:
    """The text and instant of a note of a matter; NotFound."""
    found = session.execute(
        sa.select(note.c.text, note.c.written_at).where(
            note.c.note_id == note_id, note.c.matter_id == matter_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"note {note_id} of matter {matter_id} does not exist")
    return found.text, found.written_at
