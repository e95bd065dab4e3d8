"""One unit of work per worker: one Session, one transaction, one instant, its emitted events.

The container commits: a handler gets, acts, emits and answers. `get` locks, `read` does not,
`guard` shares, `find` may return None.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa
import uuid6
from estafet.options.v1 import options_pb2
from google.protobuf.message import Message
from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import set_committed_value

from services.chassis import beside, catalogue, outbox, telemetry
from services.chassis.envelope import Origin, Record, seal
from services.chassis.errors import NotFound
from services.chassis.foreign import is_outside
from services.chassis.identity import Caller
from services.chassis.loading import (
    FOR_CHANGE,
    FOR_SHARE,
    by_key,
    collections_of,
    find_all,
    load,
    load_all,
    replaced_by,
)
from services.chassis.outbox import Baton, OutboxRow
from services.chassis.runtime import Runtime, Work
from services.chassis.tables import note
from services.chassis.together import Write

T = TypeVar("T")

_BATONS = {
    options_pb2.BATON_UNSPECIFIED: Baton.NONE,
    options_pb2.BATON_TAKES: Baton.TAKES,
    options_pb2.BATON_HOLDS: Baton.HOLDS,
    options_pb2.BATON_PASSES: Baton.PASSES,
}

_HEARD_UNTIL = sa.text(
    """
    SELECT CASE WHEN count(*) = count(at_end_at) THEN min(at_end_at) END
    FROM position WHERE consumer = :consumer AND topic = :topic AND NOT EXISTS (
        SELECT 1 FROM parked
        WHERE consumer = :consumer AND topic = :topic
            AND (key = CAST(:key AS text) OR CAST(:key AS text) IS NULL)
    )
    """
)


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

    def get_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """Those of the objects with these ids that there are, by id, locked for change."""

    def find_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        """Those of the objects with these ids that there are, by id, not locked."""

    def gather(self, item: T, write: Write[T]) -> None:
        """Have `write` called once before the commit, with this and with what other records of the
        batch gather for it, in their order."""

    def emit(self, event: Message | None) -> None:
        """Store an event with this transaction."""

    def emit_numbered(self, event: Message | None, *, keep_open: bool = False) -> int:
        """Store an event at once and return its number in its key, 0 for None.

        keep_open: a custody record that passes the baton to a party this service serves too.
        """

    def receive_baton(self, matter_id: str, seq: int) -> None:
        """Open the matter's custody head at seq, the record by which it came to us.

        A head that is open, or not lower, stays as it is.
        """

    def heard_until(self, consumer: str, topic: str, key: str | None) -> datetime | None:
        """The domain instant until which a consumer has run all that a topic held for a key, or
        for None all that it held.

        None while it has not yet read every partition to its end, or a record of these is parked.
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


class SqlUnitOfWork:
    """The unit of work over PostgreSQL."""

    def __init__(self, session: Session, runtime: Runtime, work: Work) -> None:
        self.session = session
        self.service = runtime.service
        self.caller = work.caller
        self.record = work.record
        self.secret = work.secret
        self.now = work.together.now if work.together else runtime.clock.now()
        self._runtime = runtime
        self._work = work
        self._journey_id = work.journey_id
        # A person's act begins a trace of its own; reactions and timers know theirs already.
        self._links_back = work.connection is None or is_outside(work.record)
        if work.journey_id:
            telemetry.set_journey(work.journey_id)

    def new_id(self) -> str:
        return str(uuid6.uuid7())

    def get(self, cls: type[T], key: str) -> T:
        return self._found(cls, key, self._locked(FOR_CHANGE, cls, key))

    def read(self, cls: type[T], key: str) -> T:
        return self._found(cls, key, load(self.session, cls, key))

    def guard(self, cls: type[T], key: str) -> T:
        return self._found(cls, key, self._locked(FOR_SHARE, cls, key))

    def find(self, cls: type[T], key: str) -> T | None:
        found = load(self.session, cls, key)
        if found is not None:
            self._note_journey(found)
        return found

    def _locked(self, lock: str, cls: type[T], key: str) -> T | None:
        mapper, values = sa.inspect(cls), {"key": key}
        self._write_what_would_be_undone(mapper, key)
        with self.session.no_autoflush:
            found: T | None = self.session.scalars(by_key(mapper, lock), values).one_or_none()
            if found is not None:
                for name, members in collections_of(mapper):
                    set_committed_value(found, name, self.session.scalars(members, values).all())
        return found

    def _write_what_would_be_undone(self, mapper: Mapper[Any], key: str) -> None:
        """A load replaces what is there; changes to other things wait for one flush at the end."""
        replaced = replaced_by(mapper)
        for thing in (*self.session.new, *self.session.dirty):
            name = replaced.get(type(thing))
            if name is not None and getattr(thing, name) == key:
                self.session.flush()
                return

    def _found(self, cls: type[T], key: str, found: T | None) -> T:
        if found is None:
            raise NotFound(f"{cls.__name__} {key} does not exist")
        self._note_journey(found)
        return found

    def _note_journey(self, thing: object) -> None:
        journey_id = getattr(thing, "journey_id", "")
        if journey_id and not self._journey_id:
            self._journey_id = journey_id
            telemetry.set_journey(journey_id)
        if self._links_back and (traceparent := getattr(thing, telemetry.PARENT, "")):
            self._links_back = False
            telemetry.link_back(traceparent)

    def add(self, thing: object) -> None:
        self._note_journey(thing)
        self.session.add(thing)

    def get_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        return load_all(self.session, cls, keys)

    def find_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        return find_all(self.session, cls, keys)

    def gather(self, item: T, write: Write[T]) -> None:
        if self._work.together is None:
            write(self, [item])
        else:
            self._work.together.gather(item, write)

    def emit(self, event: Message | None) -> None:
        if event is None:
            return
        row = self._sealed(event)
        if self._work.together is None or row.baton is not Baton.NONE:
            self._append(row)
        else:
            self._work.together.append(row)

    def emit_numbered(self, event: Message | None, *, keep_open: bool = False) -> int:
        if event is None:
            return 0
        row = self._sealed(event)
        if row.baton is Baton.PASSES and keep_open:
            row = replace(row, baton=Baton.HOLDS)
        if self._work.together is not None and row.baton is Baton.NONE:
            # A number taken now must not overtake those of events that wait.
            self._work.together.write_events()
        return self._append(row)

    def _sealed(self, event: Message) -> OutboxRow:
        where = catalogue.route(type(event), self.service)
        key = where.key_of(event)
        headers = seal(event, key, self._origin(), self.now)
        payload = event.SerializeToString(deterministic=True)
        self._work.emitted = True
        return OutboxRow(where.topic, key, headers, payload, _BATONS[where.baton])

    def _append(self, row: OutboxRow) -> int:
        return outbox.append(self.session, row)

    def receive_baton(self, matter_id: str, seq: int) -> None:
        outbox.receive_baton(self.session, catalogue.CUSTODY_TOPIC, matter_id, seq)

    def heard_until(self, consumer: str, topic: str, key: str | None) -> datetime | None:
        heard: datetime | None = self.session.execute(
            _HEARD_UNTIL, {"consumer": consumer, "topic": topic, "key": key}
        ).scalar_one()
        # Always: what was noted before is older than now, and the asker may have to ask again.
        self._runtime.ends.want(consumer)
        return heard

    def _origin(self) -> Origin:
        if self.record is None:
            return Origin(self.service, self.caller.subject, self._journey_id)
        return Origin(
            self.service, self.record.actor, self._journey_id, causation_id=self.record.record_id
        )

    def set_timer(
        self, kind: str, matter_id: str, number: int, due_at: datetime, *, journey_id: str = ""
    ) -> None:
        journey = journey_id or self._journey_id or matter_id
        clock = kind, matter_id, number
        beside.set_timer(self.session, clock, due_at, journey, telemetry.carried())
        if due_at <= self.now:
            self._runtime.at_once.expect()

    def drop_timer(self, kind: str, matter_id: str, number: int) -> None:
        beside.drop_timer(self.session, (kind, matter_id, number))

    def write_note(self, matter_id: str, text: str) -> str:
        if not text:
            return ""
        note_id = self.new_id()
        beside.write_note(self.session, note_id, matter_id, text, self.now)
        return note_id

    def log_read(self, subject_id: str, purpose: str, evidence_id: str | None = None) -> str:
        read_id = self.new_id()
        read = {
            "read_id": read_id,
            "subject_id": subject_id,
            "caller": self.caller.subject,
            "rpc": self._work.name,
            "purpose": purpose,
            "read_at": self.now,
            "evidence_id": evidence_id,
        }
        beside.log_read(self.session, read)
        return read_id


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
            work.unit_of_work.session.commit()
            if work.emitted and work.connection is None:
                self.runtime.committed.set()
        elif work.connection is None:
            work.unit_of_work.session.rollback()

    def worker_teardown(self, worker_ctx: Any) -> None:
        work: Work = worker_ctx.data["work"]
        if work.unit_of_work is not None and work.together is None:
            work.unit_of_work.session.close()


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
