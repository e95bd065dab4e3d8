"""`@on_event`: a nameko entrypoint that runs a method for every record of one event type.
`@on_any_record`: one for every record of every topic that no other method of the class handles;
`@on_unknown_record(topic)`: for those of one topic.

One reactions class is one consumer: it has a name, a Kafka group for tools, and its own progress
in the service's database (`progress`). `consumer` polls, `batch` runs records in transactions.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.message import DecodeError, Message
from nameko.extensions import Entrypoint, register_entrypoint
from opentelemetry.trace import SpanKind

from services.chassis import catalogue, telemetry
from services.chassis.consumer import Consumer
from services.chassis.envelope import Record
from services.chassis.handlers import ANY
from services.chassis.identity import Caller
from services.chassis.progress import Delivery
from services.chassis.runtime import Work
from services.chassis.together import Together

if TYPE_CHECKING:
    from services.chassis.unit_of_work import UnitOfWork

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
# What a reactions class says of (service, record, argument): `can_wait`, `gets`.
Question = Callable[[str, Record, Any], T]


def nobody_waits(_service: str, _record: Record, _argument: object) -> bool:
    """The `can_wait` of a class whose records can all wait."""
    return True


def record_of(uow: "UnitOfWork") -> Record:
    """The record that a reaction's unit of work is for."""
    if uow.record is None:
        raise RuntimeError("a reaction runs on a record")
    return uow.record


class Undecodable(ValueError):
    """A payload that is no message of its type."""


class Reaction(Entrypoint):
    """Runs its method for records."""

    consumer = Consumer()

    @property
    def type_name(self) -> str:
        """The ce_type that this handles, or ANY."""
        raise NotImplementedError

    def topics(self) -> tuple[str, ...]:
        """The topics where what it handles may appear."""
        raise NotImplementedError

    def argument(self, delivery: Delivery) -> Any:
        """What the method is given of a record."""
        raise NotImplementedError

    def setup(self) -> None:
        service = self.container.runtime.service
        self._caller = Caller.of_service(service)
        self._span_name = f"{service} {self.method_name}"
        says = partial(getattr, self.container.service_cls)
        self._nobody_waits: Question[bool] | None = says("can_wait", None)
        self._gets: Question[Collection[type]] | None = says("gets", None)
        self.consumer.add(self)

    def can_wait(self, delivery: Delivery) -> bool:
        """Whether nobody waits for what a record does: the reactions class says so, if it can."""
        return bool(self._ask(self._nobody_waits, delivery))

    def gets(self, delivery: Delivery) -> Collection[type]:
        """Of which classes the method gets the object with the record's key: the reactions class
        says so, if it can."""
        return self._ask(self._gets, delivery) or ()

    def _ask(self, question: Question[T] | None, delivery: Delivery) -> T | None:
        if question is None:
            return None
        try:
            argument = self.argument(delivery)
        except Undecodable:
            return None
        return question(self.container.runtime.service, delivery.record, argument)

    def run(
        self,
        delivery: Delivery,
        connection: Any,
        *,
        anew: bool = False,
        together: Together | None = None,
    ) -> bool:
        """Run the method in a transaction that the caller owns; whether it emitted anything.

        The first delivery goes on in the trace that emitted the record; a record older than an
        hour and one that an operator runs `anew` start a trace that links back. What records of
        one batch write `together` may wait until the batch is written.
        """
        record = delivery.record
        work = Work(
            name=self.method_name,
            caller=self._caller,
            record=record,
            journey_id=record.journey_id,
            connection=connection,
            together=together,
        )
        fields = {"messaging.destination.name": record.topic, "estafet.event": record.type}
        argument = self.argument(delivery)
        with (
            telemetry.linked(self._span_name, SpanKind.CONSUMER, [record.headers], **fields)
            if anew or not record.fresh
            else telemetry.child(self._span_name, SpanKind.CONSUMER, record.headers, **fields)
        ) as span:
            try:
                self.container.run_worker(self, (argument,), work)
            except Exception as error:
                telemetry.failed(span, type(error).__name__)
                raise
        return work.emitted


class OnEvent(Reaction):
    """Runs its method with the event of each record of one type."""

    def __init__(self, event_type: type[Message]) -> None:
        super().__init__()
        self.event_type = event_type

    @property
    def type_name(self) -> str:
        return str(self.event_type.DESCRIPTOR.full_name)

    def setup(self) -> None:
        if not catalogue.is_event(self.event_type):
            raise TypeError(f"{self.type_name} is no event: it has no route")
        super().setup()

    def topics(self) -> tuple[str, ...]:
        """One, or one of each service."""
        return catalogue.topics_of(self.event_type)

    def argument(self, delivery: Delivery) -> Message:
        """The event of a record; Undecodable."""
        try:
            return self.event_type.FromString(delivery.payload)
        except DecodeError as error:
            raise Undecodable(f"the payload is no {self.type_name}") from error


class OnAnyRecord(Reaction):
    """Runs its method with the envelope of each record that has no method of its own, of some
    topics or of all.

    It looks into no payload, so a type that this release does not know is as good as any.
    """

    def __init__(self, *topics: str) -> None:
        super().__init__()
        self._topics = topics

    @property
    def type_name(self) -> str:
        return ANY

    def topics(self) -> tuple[str, ...]:
        """Those that it was given, else all of the deputies."""
        return self._topics or catalogue.topics(catalogue.deputies())

    def argument(self, delivery: Delivery) -> Record:
        return delivery.record


def on_event(event_type: type[Message]) -> Callable[[F], F]:
    """Run the method for every record of this event: `@on_event(ComplaintTriaged)`."""

    def decorate(method: F) -> F:
        register_entrypoint(method, OnEvent(event_type))
        return method

    return decorate


def on_any_record(method: F) -> F:
    """Run the method with the envelope of every record that the class has no `@on_event` for."""
    register_entrypoint(method, OnAnyRecord())
    return method


def on_unknown_record(topic: str) -> Callable[[F], F]:
    """Run the method with the envelope of every record of a topic that is of no type which the
    class has an `@on_event` for."""

    def decorate(method: F) -> F:
        register_entrypoint(method, OnAnyRecord(topic))
        return method

    return decorate
