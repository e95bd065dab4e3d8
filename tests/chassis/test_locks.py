"""What `get`, `guard` and `read` keep apart: shown by two units of work at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from services.chassis.unit_of_work import UnitOfWork
from tests.chassis.desks import PARCELS, Parcel, RealDesk

pytestmark = pytest.mark.database


@pytest.fixture
def desk(database: sa.Engine) -> RealDesk:
    PARCELS.create(database)
    desk = RealDesk(database)
    with desk.work() as uow:
        uow.add(Parcel("p1"))
    return desk


@contextmanager
def a_short_wait(desk: RealDesk) -> Iterator[UnitOfWork]:
    """A unit of work that gives up on a lock at once."""
    with desk.work() as uow:
        uow.session.execute(sa.text("SET LOCAL lock_timeout = '20ms'"))
        yield uow


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """What SQLAlchemy asks the database meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("first", "second"), [("get", "get"), ("get", "guard"), ("guard", "get")])
def test_two_units_of_work_do_not_change_one_thing_at_once(
    desk: RealDesk, first: str, second: str
) -> None:
    with desk.work() as one:
        getattr(one, first)(Parcel, "p1")
        with pytest.raises(OperationalError, match="lock timeout"), a_short_wait(desk) as other:
            getattr(other, second)(Parcel, "p1")


@pytest.mark.parametrize(
    ("first", "second"),
    [("get", "read"), ("get", "find"), ("guard", "guard"), ("guard", "read"), ("read", "get")],
)
def test_who_only_reads_or_guards_waits_for_nobody(desk: RealDesk, first: str, second: str) -> None:
    with desk.work() as one, a_short_wait(desk) as other:
        getattr(one, first)(Parcel, "p1")
        assert getattr(other, second)(Parcel, "p1").parcel_id == "p1"


def test_get_sees_what_another_has_committed_since_it_was_read(desk: RealDesk) -> None:
    with desk.work() as one:
        one.read(Parcel, "p1")
        with desk.work() as other:
            other.get(Parcel, "p1").content = "salt"
        assert one.get(Parcel, "p1").content == "salt"


def test_to_get_another_thing_does_not_write_what_has_changed_so_far(desk: RealDesk) -> None:
    with desk.work() as one:
        one.add(Parcel("p2"))
    with desk.work() as one:
        first = one.get(Parcel, "p1")
        first.content = "salt"
        one.get(Parcel, "p2")
        assert first in one.session.dirty


def test_to_get_a_thing_that_was_read_and_changed_writes_the_change_first(desk: RealDesk) -> None:
    with desk.work() as one:
        one.read(Parcel, "p1").content = "salt"
        assert one.get(Parcel, "p1").content == "salt"
    with desk.work() as other:
        assert other.read(Parcel, "p1").content == "salt"


def test_what_is_locked_is_not_loaded_again(desk: RealDesk) -> None:
    with desk.work() as one, statements(desk.engine) as asked:
        first = one.get(Parcel, "p1")
        once = len(asked)
        assert one.get(Parcel, "p1") is first
        assert one.guard(Parcel, "p1") is first
        assert one.get_all(Parcel, ["p1"]) == {"p1": first}
        assert len(asked) == once


def test_what_is_only_guarded_is_locked_when_it_is_got(desk: RealDesk) -> None:
    with desk.work() as one:
        one.guard(Parcel, "p1")
        one.get(Parcel, "p1")
        with pytest.raises(OperationalError, match="lock timeout"), a_short_wait(desk) as other:
            other.guard(Parcel, "p1")


def test_rows_that_refer_to_a_thing_may_be_added_while_it_is_changed(desk: RealDesk) -> None:
    with desk.work() as one, a_short_wait(desk) as other:
        one.get(Parcel, "p1")
        lock = sa.select(PARCELS).with_for_update(read=True, key_share=True)
        assert len(other.session.execute(lock).all()) == 1
