"""The unit of work over PostgreSQL: what `UnitOfWork` promises."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import uuid6
from estafet.options.v1 import options_pb2
from google.protobuf.message import Message
from sqlalchemy.orm import Session

from services.chassis import beside, catalogue, outbox, telemetry
from services.chassis.envelope import Origin, seal
from services.chassis.errors import NotFound
from services.chassis.foreign import is_outside
from services.chassis.held import Held
from services.chassis.loading import find_all, load
from services.chassis.outbox import Baton, OutboxRow
from services.chassis.runtime import Runtime, Work
from services.chassis.together import Write

T = TypeVar("T")

_BATONS = {
    options_pb2.BATON_UNSPECIFIED: Baton.NONE,
    options_pb2.BATON_TAKES: Baton.TAKES,
    options_pb2.BATON_HOLDS: Baton.HOLDS,
    options_pb2.BATON_PASSES: Baton.PASSES,
}


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
        self._held = work.together.held if work.together else Held(session)
        self._journey_id = work.journey_id
        # A person's act begins a trace of its own; reactions and timers know theirs already.
        self._links_back = work.connection is None or is_outside(work.record)
        if work.journey_id:
            telemetry.set_journey(work.journey_id)

    def new_id(self) -> str:
        return str(uuid6.uuid7())

    def get(self, cls: type[T], key: str) -> T:
        return self._found(cls, key, self._held.lock(cls, key))

    def read(self, cls: type[T], key: str) -> T:
        return self._found(cls, key, load(self.session, cls, key))

    def guard(self, cls: type[T], key: str) -> T:
        return self._found(cls, key, self._held.guard(cls, key))

    def find(self, cls: type[T], key: str) -> T | None:
        found = load(self.session, cls, key)
        if found is not None:
            self._note_journey(found)
        return found

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

    def write_down(self, thing: object) -> None:
        self._note_journey(thing)
        (self._work.together or self._work).rows.append(thing)

    def get_all(self, cls: type[T], keys: Collection[str]) -> dict[str, T]:
        return self._held.lock_all(cls, keys)

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
        if self._work.together is None:
            outbox.append(self.session, row)
        elif row.baton is Baton.NONE:
            self._work.together.append(row)
        else:
            self._work.together.write_log(row.key)
            outbox.append(self.session, row)

    def emit_numbered(self, event: Message | None) -> int:
        if event is None:
            return 0
        row = self._sealed(event)
        if self._work.together is not None:
            # A number taken now must not overtake those of events that wait.
            self._work.together.write_events()
        return outbox.append(self.session, row)

    def emit_next(
        self, event: Message, number: int, *, keep_open: bool = False, journey_id: str = ""
    ) -> None:
        row = replace(self._sealed(event, journey_id), number=number)
        if keep_open:
            row = replace(row, baton=Baton.HOLDS)
        if self._work.together is not None:
            self._work.together.append(row)
        else:
            outbox.append(self.session, row)

    def _sealed(self, event: Message, journey_id: str = "") -> OutboxRow:
        where = catalogue.route(type(event), self.service)
        key = where.key_of(event)
        headers = seal(event, key, self._origin(journey_id or self._journey_id), self.now)
        payload = event.SerializeToString(deterministic=True)
        self._work.emitted = True
        return OutboxRow(where.topic, key, headers, payload, _BATONS[where.baton])

    def receive_baton(self, matter_id: str, seq: int) -> None:
        if self._work.together is not None:
            self._work.together.write_log(matter_id)
        outbox.receive_baton(self.session, catalogue.CUSTODY_TOPIC, matter_id, seq)

    def has_heard(self, consumer: str, topic: str, key: str | None, until: datetime) -> bool:
        together = self._work.together
        heard = together.heard_all(consumer, topic) if together else None
        if heard is None or heard < until:
            heard = beside.heard_until(self.session, consumer, topic, key)
        if heard is not None and heard >= until:
            return True
        self._runtime.ends.want(consumer)
        return False

    def _origin(self, journey_id: str) -> Origin:
        if self.record is None:
            return Origin(self.service, self.caller.subject, journey_id)
        cause = self.record.record_id
        return Origin(self.service, self.record.actor, journey_id, causation_id=cause)

    def set_timer(
        self, kind: str, matter_id: str, number: int, due_at: datetime, *, journey_id: str = ""
    ) -> None:
        journey = journey_id or self._journey_id or matter_id
        clock = kind, matter_id, number
        if self._work.together:
            self._work.together.drop_timers()
        beside.set_timer(self.session, clock, due_at, journey, telemetry.carried())
        if due_at <= self.now:
            self._runtime.at_once.expect()

    def drop_timer(self, kind: str, matter_id: str, number: int) -> None:
        clock = kind, matter_id, number
        if self._work.together:
            self._work.together.drop_timer(clock)
        else:
            beside.drop_timers(self.session, [clock])

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
