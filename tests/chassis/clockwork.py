"""A reactions class with clocks, its replicas, and what they leave in the database."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from services.chassis.container import Container
from services.chassis.runtime import Runtime, Work
from services.chassis.testing import a_caller
from services.chassis.timers import every, on_timer
from services.chassis.unit_of_work import Database
from tests.chassis.desks import Parcel
from tests.databases import a_runtime, working

AN_HOUR = timedelta(hours=1)
Trouble = dict[str, Exception]
# Starts one more replica.
Start = Callable[[], None]


def clocks(trouble: Trouble, ticks: Counter[str]) -> type:
    """A class with two kinds of timer and two ticks; each may be told to fail."""

    class Clocks:
        name = "complaint.clocks"
        uow = Database()

        @on_timer("lapse")
        def lapse(self, matter_id: str, number: int) -> None:
            self.uow.add(Parcel(f"{matter_id}/{number}"))
            if error := trouble.get(matter_id):
                raise error

        @every(3600)
        def fail_now_and_then(self) -> None:
            if error := trouble.get("tick"):
                raise error

        @every(0.3)
        def sweep(self) -> None:
            ticks["sweep"] += 1
            self.uow.add(Parcel(self.uow.new_id(), "swept"))

    return Clocks


@contextmanager
def replica(runtime: Runtime, cls: type) -> Iterator[None]:
    container = Container(cls, runtime)
    container.start()
    try:
        yield
    finally:
        container.stop()


def set_timers(engine: sa.Engine, *matters: str, due_at: datetime | None = None) -> None:
    with working(a_runtime(engine), Work("Test", a_caller())) as uow:
        for matter_id in matters:
            uow.set_timer("lapse", matter_id, 1, due_at or datetime.now(UTC) - AN_HOUR)


def left(engine: sa.Engine) -> int:
    return value(engine, "SELECT count(*) FROM timer")


def value(engine: sa.Engine, statement: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text(statement)) or 0)


def lapsed(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        found = connection.scalars(
            sa.text("SELECT parcel_id FROM parcel WHERE content = '' ORDER BY 1")
        )
        return [str(one) for one in found]
