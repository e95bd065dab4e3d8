"""A service's outbox in a real database, with channels in memory and time that a test moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.clock import Clock
from services.chassis.runtime import Runtime, Work
from services.chassis.sql_unit_of_work import SqlUnitOfWork
from services.messages import outbox, store
from services.messages.channels.outlet import Outlet
from services.messages.claiming import Trouble
from services.messages.delivery import Delivery
from services.messages.message import Content, Message
from services.messages.notice import Channel, Notice
from services.messages.plan import Plan
from services.messages.settings import RATES
from tests.databases import a_runtime, working
from tests.messages.builders import AN_EVENING, FakeOutlet, a_plan, a_question

PERSON = "complaint:c1"


class SetClock(Clock):
    """Domain time as a test says."""

    def __init__(self, at: datetime) -> None:
        super().__init__(None)
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class Post:
    """`outlets` are channels in memory, unless a test gives others."""

    engine: sa.Engine
    clock: SetClock = field(default_factory=lambda: SetClock(AN_EVENING))
    outlets: dict[Channel, Outlet] = field(default_factory=dict)
    rates: Mapping[Channel, int] = field(default_factory=lambda: RATES)
    troubles: list[Trouble] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fakes = {channel: FakeOutlet() for channel in Channel}
        for channel, fake in self.fakes.items():
            self.outlets.setdefault(channel, fake)

    @property
    def runtime(self) -> Runtime:
        return a_runtime(self.engine, clock=self.clock)

    @contextmanager
    def working(self) -> Iterator[SqlUnitOfWork]:
        """One transaction of the service."""
        with working(self.runtime, Work("test")) as uow:
            yield uow

    def keep(self, plan: Plan | None = None, recipient: str = PERSON) -> None:
        with self.working() as uow:
            outbox.keep_plan(uow, recipient, plan or a_plan(), "c1")

    def write(
        self, notice: Notice | None = None, recipient: str = PERSON, key: str = "q1", **more: Any
    ) -> str:
        with self.working() as uow:
            return outbox.write(uow, notice or a_question(), recipient, key, **more)

    def a_sender(self, **more: Any) -> Delivery:
        return Delivery(
            service="complaint",
            engine=self.engine,
            clock=self.clock,
            outlets=self.outlets,
            rates=self.rates,
            tell=lambda trouble, _: self.troubles.append(trouble),
            count=lambda *told: self.counted.append(told),
            **more,
        )

    def send(self) -> None:
        """Until nothing is due."""
        sender = self.a_sender()
        for _ in range(20):
            if not sender.turn():
                return
        raise AssertionError("there is always something due")

    def pass_real(self, time: timedelta) -> None:
        """So much real time passes for pauses, leases, paces and what was settled."""
        with self.engine.begin() as connection:
            for table, columns in (
                ("message", ("retry_at", "settled_at")),
                ("message_pace", ("next_at", "closed_until")),
            ):
                changes = ", ".join(f"{column} = {column} - :time" for column in columns)
                connection.execute(sa.text(f"UPDATE {table} SET {changes}"), {"time": time})

    def all(self) -> list[tuple[Message, Content | None]]:
        """Every message about the matter."""
        with self.working() as uow:
            return list(store.of_matter(uow.session, "c1"))

    def only(self) -> Message:
        [(found, _)] = self.all()
        return found

    def plan(self) -> Plan:
        with self.working() as uow:
            found = outbox.plan_of(uow, PERSON)
        assert found is not None
        return found

    @property
    def said(self) -> list[tuple[str, str]]:
        """Channel and text of all that left."""
        return [(c.value, text) for c, fake in self.fakes.items() for text in fake.texts]

    @property
    def reasons(self) -> list[str]:
        """Why officers were told."""
        return [trouble.reason for trouble in self.troubles]
