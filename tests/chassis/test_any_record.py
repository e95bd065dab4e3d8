"""A method for any record runs for what no other method of its class handles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintFiled, ComplaintTriaged

from services.chassis import catalogue
from services.chassis.container import Container
from services.chassis.envelope import Record
from services.chassis.handlers import Handlers
from services.chassis.progress import Delivery
from services.chassis.reaction import OnAnyRecord, on_any_record, on_event
from services.chassis.testing import a_record
from services.chassis.unit_of_work import Database, UnitOfWork
from tests.chassis.trial import Trial, a_key, note, triaged
from tests.support.waiting import until

Heard = list[tuple[str, str, int]]


def a_reader(name: str, heard: Heard, fault: Callable[[str], None]) -> type:
    """A reactions class with a method for one event, and one for any other record."""

    class Reader:
        uow = Database()

        @on_event(ComplaintTriaged)
        def note_triaged(self, event: ComplaintTriaged) -> None:
            self._note("triaged", event.complaint_id, self.uow)

        @on_any_record
        def note_any(self, record: Record) -> None:
            fault(record.key)
            self._note("any", record.key, self.uow)

        def _note(self, method: str, key: str, uow: UnitOfWork) -> None:
            note(uow, key)
            heard.append((method, key, uow.record.seq if uow.record else 0))

    return type("Reader", (Reader,), {"name": name})


@contextmanager
def reading(
    trial: Trial, heard: Heard, fault: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    container = Container(a_reader(trial.name, heard, fault), trial.runtime())
    container.start()
    try:
        yield
    finally:
        container.stop()


def of_a_later_release(delivery: Delivery) -> Delivery:
    """The next record of the key, of a type and with a payload that nobody here can read."""
    headers = {
        **delivery.record.headers,
        "ce_sequence": str(delivery.record.seq + 1),
        "ce_id": "later",
        "ce_type": "estafet.complaint.v1.Later",
    }
    record = type(delivery.record)(**{**vars(delivery.record), "headers": headers})
    return Delivery(record, b"\xff\xff")


@pytest.mark.broker
def test_each_record_runs_the_method_of_its_type_or_else_the_one_for_any(trial: Trial) -> None:
    heard: Heard = []
    key = a_key()
    trial.emit(ComplaintFiled(complaint_id=key), triaged(key))
    trial.drain()
    trial.produce([of_a_later_release(max(trial.records(), key=lambda each: each.record.seq))])
    with reading(trial, heard):
        until(lambda: trial.effects(key) == [1, 2, 3])
    assert [each for each in heard if each[1] == key] == [
        ("any", key, 1),
        ("triaged", key, 2),
        ("any", key, 3),
    ]


@pytest.mark.broker
def test_what_fails_there_is_parked_and_runs_again_when_it_is_asked_for(trial: Trial) -> None:
    heard: Heard = []
    key = a_key()
    broken = {key}

    def fault(of: str) -> None:
        if of in broken:
            raise KeyError("a bug")

    trial.emit(ComplaintFiled(complaint_id=key), triaged(key))
    trial.drain()
    with reading(trial, heard, fault):
        until(lambda: trial.parked(key) == [(1, "failed"), (2, "behind")])
        broken.clear()
        trial.requeue(key)
        until(lambda: trial.effects(key) == [1, 2])


def test_it_reads_every_topic() -> None:
    handlers = Handlers()
    handlers.add(OnAnyRecord())
    assert handlers.topics() == list(catalogue.topics(catalogue.deputies()))


def test_a_method_for_what_is_unknown_on_a_topic_runs_for_no_other_topic() -> None:
    handlers = Handlers()
    handlers.add(handler := OnAnyRecord("estafet.custody.v1"))
    assert handlers.topics() == ["estafet.custody.v1"]
    triage = a_record(ComplaintTriaged(complaint_id="c1"), service="complaint")
    assert handlers.of(replace(triage, topic="estafet.custody.v1")) is handler
    assert handlers.of(triage) is None


def test_a_class_has_one_such_method_at_most() -> None:
    handlers = Handlers()
    handlers.add(OnAnyRecord())
    with pytest.raises(ValueError, match="two methods"):
        handlers.add(OnAnyRecord())
