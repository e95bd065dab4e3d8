"""`@sends_messages`: the thread that sends messages, and the method that hears of troubles.

A thread of its own, since a tick or a clock would hold its transaction while a gateway is awaited.
Any number of replicas: each claims other messages, for order among people does not matter.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from nameko.extensions import Entrypoint, SharedExtension, register_entrypoint
from opentelemetry.trace import SpanKind

from services.chassis import telemetry, trouble
from services.chassis.identity import Caller
from services.chassis.runtime import Runtime, Work
from services.chassis.timers import every
from services.chassis.turns import Turns
from services.chassis.unit_of_work import Database
from services.messages import store
from services.messages.channels.opening import open_outlets
from services.messages.claiming import Trouble
from services.messages.delivery import Delivery
from services.messages.gauges import LOOK, count_from_nothing
from services.messages.settings import MessageSettings

if TYPE_CHECKING:
    from services.messages.channels.outlet import Outlet
    from services.messages.notice import Channel

log = logging.getLogger(__name__)
SHORTEST_WAIT, LONGEST_WAIT = 0.1, 1.0
FORGET_SECONDS = 60 * 60

F = TypeVar("F", bound=Callable[..., Any])


class Sender(SharedExtension):
    """The thread, and the channels that it sends by."""

    def __init__(self) -> None:
        super().__init__()
        self._turns = Turns(self._turn, _fail, shortest=SHORTEST_WAIT, longest=LONGEST_WAIT)
        self._outlets: dict[Channel, Outlet] = {}

    def add(self, entrypoint: "OnTrouble") -> None:
        """Have a method hear of troubles."""
        self._on_trouble = entrypoint

    def start(self) -> None:
        runtime: Runtime = self.container.runtime
        settings = MessageSettings()
        self._outlets = open_outlets(runtime.settings, settings)
        name = f"{self.container.service_name}.sender"
        beat = runtime.beats.of(name)
        self._delivery = Delivery(
            service=runtime.service,
            engine=runtime.engine,
            clock=runtime.clock,
            outlets=self._outlets,
            rates=settings.rate_of(),
            tell=self._on_trouble.run,
            count=lambda *told: runtime.metrics.messages.labels(*told).inc(),
            turned=beat.turned,
            is_stopping=self._turns.is_stopping,
        )
        runtime.metrics.looks.add(LOOK)
        count_from_nothing(runtime.metrics.messages)
        self._turns.start(name)

    def _turn(self) -> int:
        sent = self._delivery.turn()
        self._delivery.turned()
        return sent

    def stop(self) -> None:
        self._turns.stop()
        for outlet in self._outlets.values():
            outlet.close()


def _fail(error: Exception) -> None:
    trouble.tell(log, "sender tries again", error)


class OnTrouble(Entrypoint):
    """Runs its method `(trouble)` in the transaction that writes the trouble down."""

    sender = Sender()

    def setup(self) -> None:
        self.sender.add(self)

    def run(self, told: Trouble, connection: sa.Connection) -> None:
        """Run the method."""
        service = self.container.runtime.service
        caller = Caller.of_service(service)
        work = Work(self.method_name, caller, journey_id=told.matter_id, connection=connection)
        with telemetry.linked(f"{service} {self.method_name}", SpanKind.INTERNAL, ()):
            self.container.run_worker(self, (told,), work)


def sends_messages(method: F) -> F:
    """Run the method for every message that an officer must see to, and send all the others."""
    register_entrypoint(method, OnTrouble())
    return method


class Messenger:
    """Sends a service's messages: subclass it in reactions.py, as `<service>.messages`."""

    uow = Database()

    @sends_messages
    def tell_of_trouble(self, told: Trouble) -> None:
        """Hand a trouble on to the service."""
        self.on_trouble(told)

    def on_trouble(self, told: Trouble) -> None:
        """Whatever the service does about a trouble; it is in `store.troubles` anyway."""

    @every(FORGET_SECONDS)
    def forget_words(self) -> None:
        """The words of a message are kept for some days after it was settled."""
        store.forget(self.uow.session, MessageSettings().keep)
