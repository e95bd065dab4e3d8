"""What the simulated world consists of: parties, services, committed events."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.chassis import catalogue
from services.chassis.testing import FakeUnitOfWork, worker_factory
from services.handover import baton
from services.handover.custody import Custody, Offer, Party
from tests.handover.quick import QuickUnitOfWork

CUSTODY = catalogue.CUSTODY_TOPIC
HOUR = timedelta(hours=1)
PARTIES = (
    Party("complaint", "kp2mi", "complaints"),
    Party("protection", "kp2mi", "protection"),
    Party("placement", "kp2mi", "placement"),
    Party("exchange", "kemnaker"),
    Party("exchange", "kemlu"),
)
ROOTS = ("m1", "m2")
Place = tuple[str, str]


class Violation(AssertionError):
    """The world saw something that must never happen."""


def must(truth: object, what: str) -> None:
    if not truth:
        raise Violation(what)


@dataclass(frozen=True)
class Sent:
    """A committed event: where, by whom, when, and with which number."""

    topic: str
    key: str
    seq: int
    event: Any
    at: datetime
    writer: str


@dataclass(eq=False)
class Service:
    """One service: its store, what its relay has yet to send, how far its consumer has come."""

    name: str
    uow: FakeUnitOfWork
    reactions: baton.HandoverReactions
    unsent: dict[Place, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    last_sent: dict[Place, Sent] = field(default_factory=dict)
    read: dict[Place, int] = field(default_factory=lambda: defaultdict(int))
    done: dict[Place, int] = field(default_factory=lambda: defaultdict(int))
    told: Counter[tuple[str, str, int]] = field(default_factory=Counter)


def reactions_of(name: str, uow: FakeUnitOfWork, told: Counter[tuple[str, str, int]]) -> Any:
    """Reactions whose hooks only count how often each was told of what."""

    def count(hook: str) -> Callable[..., None]:
        def counted(self: Any, custody: Custody, what: Any = None, *_: Any) -> None:
            number = what.offer_no if isinstance(what, Offer) else self.uow.record.seq
            told[hook, custody.matter_id, number] += 1

        return counted

    # An offer may be asked about and clarified more than once, so those are not counted by offer.
    hooks = ("on_offered", "on_confirmed", "on_offer_over", "on_accepted", "on_refused")
    members = {hook: count(hook) for hook in (*hooks, "on_returned", "on_closed")}
    cls = type("Reactions", (baton.HandoverReactions,), {"name": name, **members})
    return worker_factory(cls, uow=uow)


def a_service(name: str) -> Service:
    """A service that has seen nothing yet."""
    uow = QuickUnitOfWork(service=name)
    told: Counter[tuple[str, str, int]] = Counter()
    return Service(name, uow, reactions_of(f"{name}.custody", uow, told), told=told)
