"""`@on_outside`: a nameko entrypoint that runs a method for every record that a partner writes.

It is run once, in one transaction with its position, as our own records are. It begins a trace, as
every act of people does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from nameko.extensions import register_entrypoint

from services.chassis.foreign import partner_of, type_of
from services.chassis.progress import Delivery
from services.chassis.reaction import Reaction

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Letter:
    """What a partner wrote: who, and the bytes as they came."""

    partner: str
    content: bytes


class OnOutside(Reaction):
    """Runs its method for each record of one topic that a partner writes."""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self.topic = topic

    @property
    def type_name(self) -> str:
        return type_of(self.topic)

    def topics(self) -> tuple[str, ...]:
        return (self.topic,)

    def argument(self, delivery: Delivery) -> Letter:
        return Letter(partner_of(self.topic), delivery.payload)


def on_outside(topics: Iterable[str]) -> Callable[[F], F]:
    """Run the method, with a Letter, for every record of topics that partners write."""

    def decorate(method: F) -> F:
        for topic in topics:
            register_entrypoint(method, OnOutside(topic))
        return method

    return decorate
