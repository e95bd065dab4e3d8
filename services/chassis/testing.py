"""Fakes and builders for tests. The fake unit of work passes the same suite as the real one
(tests/chassis/test_unit_of_work*.py): change neither without the other.

A fake has no database, so it answers no queries: what an rpc or a reaction reads with
`uow.session` is shown by a test marked `database` (the fixture `database` in tests/conftest.py).
"""

import inspect
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, Self, TypeVar, cast

import sqlalchemy as sa
from estafet.options.v1 import options_pb2
from google.protobuf.message import Message
from nameko.extensions import DependencyProvider
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.chassis import catalogue
from services.chassis.envelope import Record
from services.chassis.errors import NotAllowed, NotFound, NotHolder, TryAgain
from services.chassis.evidence import Item
from services.chassis.identity import Caller
from services.chassis.outbox import BEHIND, MAX_PAYLOAD
from services.chassis.together import Write

T = TypeVar("T")

# Monday 4 March 2024, 10:00 in Jakarta: an ordinary working day.
A_MORNING = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)


def a_caller(subject: str = "officer-1", *roles: str) -> Caller:
    """Somebody of complaint who calls; without roles, a complaint officer."""
    return Caller(subject, frozenset(roles or ("complaint_officer",)), "complaint", "kp2mi")


def a_record(
    event: Message, *, service: str, seq: int = 1, time: datetime = A_MORNING, actor: str = ""
) -> Record:
    """The envelope by which a reaction sees an event that a service emitted."""
    where = catalogue.route(type(event), service)
    key = where.key_of(event)
    return Record(
        topic=where.topic,
        key=key,
        seq=seq,
        record_id=f"{where.topic}/{key}/{seq}",
        type=event.DESCRIPTOR.full_name,
        time=time,
        journey_id=key,
        actor=actor or f"service:{service}",
        source=f"estafet.{service}",
        headers={},
    )


def worker_factory(cls: type[T], **dependencies: object) -> T:
    """A bare instance of a nameko class with these dependencies in place of its providers.

    What is not given keeps its provider, so a method that needs it fails.
    """
    worker = cls()
    for name, dependency in dependencies.items():
        if not isinstance(inspect.getattr_static(cls, name, None), DependencyProvider):
            raise TypeError(f"{cls.__name__} has no dependency {name}")
        setattr(worker, name, dependency)
    return worker


class NoSession:
    """Stands where a Session would: whoever uses it is told what to do instead."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"session.{name}: the fake has no database; mark the test `database`")


@dataclass(frozen=True)
class Emitted:
    """An event as the outbox has it."""

    topic: str
    key: str
    seq: int
    event: Message


@dataclass(frozen=True)
class Head:
    """The last number of a key; `open` as in the table stream_head."""

    seq: int
    open: bool = True


@dataclass(frozen=True)
class Note:
    """A text that the service wrote."""

    matter_id: str
    text: str
    written_at: datetime


class FakeUnitOfWork:
    """The unit of work in memory, holding `things` from the start.

    Afterwards a test reads `emitted`, `timers` ((matter_id, kind, number) → due_at), `notes`
    (note_id → Note), `reads` ((subject_id, purpose)) and, with a FakeEvidence, `evidence`. Before,
    it may set `now`, which stands still, and what `has_heard` tells: `heard` ((consumer, topic)
    → until) and `parked` keys.
    """

    def __init__(
        self,
        *things: object,
        service: str = "complaint",
        caller: Caller | None = None,
        record: Record | None = None,
        secret: str = "",
    ) -> None:
        self.service = service
        self.caller = caller or a_caller()
        self.now = A_MORNING
        self.record = record
        self.session = cast("Session", NoSession())
        self.secret = secret
        self.outbox: list[Emitted] = []
        self.heads: dict[tuple[str, str], Head] = {}
        self.timers: dict[tuple[str, str, int], datetime] = {}
        self.notes: dict[str, Note] = {}
        self.reads: list[tuple[str, str]] = []
        self.evidence: dict[str, tuple[Item, bytes]] = {}
        self.heard: dict[tuple[str, str], datetime] = {}
        self.parked: set[tuple[str, str, str]] = set()
        self._things: dict[tuple[type, str], object] = {}
        self._ids = 0
        for thing in things:
            self.add(thing)

    @property
    def emitted(self) -> list[Message]:
        """The events, oldest first, each as it was when it was emitted."""
        return [row.event for row in self.outbox]

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """What a worker does: an error inside leaves everything as it was before."""
        before = {name: deepcopy(getattr(self, name)) for name in _KEPT}
        things = {key: (thing, _state(thing)) for key, thing in self._things.items()}
        try:
            yield self
        except BaseException:
            vars(self).update(before)
            self._things = {key: thing for key, (thing, _) in things.items()}
            for thing, state in things.values():
                vars(thing).update(state)
            raise

    def new_id(self) -> str:
        """Numbered in order, and a UUIDv7 to look at."""
        self._ids += 1
        return f"00000000-0000-7000-8000-{self._ids:012d}"

    def get(self, cls: type[T], key: str) -> T:
        return self.read(cls, key)

    def read(self, cls: type[T], key: str) -> T:
        found = self.find(cls, key)
        if found is None:
            raise NotFound(f"{cls.__name__} {key} does not exist")
        return found

    def guard(self, cls: type[T], key: str) -> T:
        return self.read(cls, key)

    def find(self, cls: type[T], key: str) -> T | None:
        return cast("T | None", self._things.get((cls, key)))

    def add(self, thing: object) -> None:
        place = type(thing), key_of(thing)
        if place in self._things:
            raise _twice(f"{place[0].__name__} {place[1]}")
        self._things[place] = thing

    def write_down(self, thing: object) -> None:
        self.add(thing)

    def get_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        found = {key: self.find(cls, key) for key in keys}
        return {key: thing for key, thing in found.items() if thing is not None}

    def find_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        return self.get_all(cls, keys)

    def gather(self, item: T, write: Write[T]) -> None:
        write(self, [item])

    def emit(self, event: Message | None) -> None:
        self.emit_numbered(event)

    def emit_numbered(self, event: Message | None) -> int:
        return 0 if event is None else self._append(event, keep_open=False)

    def emit_next(
        self, event: Message, number: int, *, keep_open: bool = False, journey_id: str = ""
    ) -> None:
        del journey_id  # the fake knows no journeys
        seq = self._append(event, keep_open=keep_open)
        if seq != number:
            raise TryAgain(f"the log stands at {seq - 1}, not at {number - 1}", reason=BEHIND)

    def _append(self, event: Message, *, keep_open: bool) -> int:
        where = catalogue.route(type(event), self.service)
        place = where.topic, where.key_of(event)
        if event.ByteSize() > MAX_PAYLOAD:
            raise NotAllowed(f"event for {place} is over 256 KiB", reason="EVENT_TOO_LARGE")
        self.heads[place] = self._next(place, where.baton, keep_open=keep_open)
        seq = self.heads[place].seq
        self.outbox.append(Emitted(*place, seq, deepcopy(event)))
        return seq

    def _next(
        self, place: tuple[str, str], baton: options_pb2.Baton.ValueType, *, keep_open: bool
    ) -> Head:
        head = self.heads.get(place)
        if baton == options_pb2.BATON_TAKES and head is not None:
            raise NotAllowed(f"matter {place[1]} has a custody log", reason="MATTER_EXISTS")
        if baton in (options_pb2.BATON_UNSPECIFIED, options_pb2.BATON_TAKES):
            return Head(head.seq + 1 if head else 1)
        if head is None or not head.open:
            raise NotHolder(f"matter {place[1]} is not held by this service")
        return Head(head.seq + 1, open=baton == options_pb2.BATON_HOLDS or keep_open)

    def receive_baton(self, matter_id: str, seq: int) -> None:
        place = catalogue.CUSTODY_TOPIC, matter_id
        head = self.heads.get(place)
        if head is None or (not head.open and head.seq < seq):
            self.heads[place] = Head(seq)

    def has_heard(self, consumer: str, topic: str, key: str | None, until: datetime) -> bool:
        is_parked = any(
            parked[:2] == (consumer, topic) and key in (None, parked[2]) for parked in self.parked
        )
        heard = None if is_parked else self.heard.get((consumer, topic))
        return heard is not None and heard >= until

    def set_timer(
        self, kind: str, matter_id: str, number: int, due_at: datetime, *, journey_id: str = ""
    ) -> None:
        del journey_id
        if (matter_id, kind, number) in self.timers:
            raise _twice(f"timer {kind} {number} of {matter_id}")
        self.timers[matter_id, kind, number] = due_at

    def drop_timer(self, kind: str, matter_id: str, number: int) -> None:
        self.timers.pop((matter_id, kind, number), None)

    def write_note(self, matter_id: str, text: str) -> str:
        if not text:
            return ""
        note_id = self.new_id()
        self.notes[note_id] = Note(matter_id, text, self.now)
        return note_id

    def log_read(self, subject_id: str, purpose: str, evidence_id: str | None = None) -> str:  # noqa: ARG002 - `reads` does not tell files apart
        self.reads.append((subject_id, purpose))
        return self.new_id()


_KEPT = ("outbox", "heads", "timers", "notes", "reads", "evidence")


def key_of(thing: object) -> str:
    """The id of an object: its primary key if it is mapped, else its dataclass's first field."""
    mapper: Any = sa.inspect(type(thing), raiseerr=False)
    if mapper is not None:
        return str(mapper.primary_key_from_instance(thing)[0])
    if not is_dataclass(thing):
        raise TypeError(f"{type(thing).__name__} is neither mapped nor a dataclass")
    return str(getattr(thing, fields(thing)[0].name))


def _state(thing: object) -> dict[str, Any]:
    """The attributes of an object, apart from SQLAlchemy's own bookkeeping."""
    return {
        name: deepcopy(value) for name, value in vars(thing).items() if name != "_sa_instance_state"
    }


def _twice(what: str) -> IntegrityError:
    return IntegrityError(None, None, ValueError(f"{what} exists already"))
