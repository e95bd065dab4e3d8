"""What the records of one batch write together is what each would have written at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from estafet.complaint.v1.events_pb2 import ComplaintClosed
from estafet.handover.v1.custody_pb2 import (
    HandoverAccepted,
    HandoverLapsed,
    MatterClosed,
    MatterOpened,
)
from google.protobuf.message import Message
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from services.chassis import tables
from services.chassis.errors import NotAllowed, TryAgain
from services.chassis.outbox import MAX_PAYLOAD, OutboxRow, append_all
from services.chassis.runtime import Work
from services.chassis.sql_unit_of_work import SqlUnitOfWork
from services.chassis.testing import a_caller
from services.chassis.together import Rows, Together
from tests.chassis.desks import PARCELS, Parcel
from tests.databases import a_runtime

pytestmark = pytest.mark.database
NOW = datetime(2024, 3, 1, 2, tzinfo=UTC)
LATER = datetime(2024, 3, 2, 2, tzinfo=UTC)


@pytest.fixture
def parcels(database: sa.Engine) -> sa.Engine:
    PARCELS.create(database)
    return database


class Batch:
    """Records that run one after the other in one transaction."""

    def __init__(self, engine: sa.Engine, connection: sa.Connection) -> None:
        self.together = Together(connection, NOW)
        self._runtime = a_runtime(engine)

    @contextmanager
    def record(self) -> Iterator[SqlUnitOfWork]:
        """The unit of work of one record."""
        work = Work("note", a_caller(), together=self.together)
        yield SqlUnitOfWork(self.together.session, self._runtime, work)
        self.together.end_record()


@contextmanager
def a_batch(engine: sa.Engine) -> Iterator[Batch]:
    with engine.begin() as connection:
        batch = Batch(engine, connection)
        yield batch
        batch.together.write()


def stored(engine: sa.Engine) -> list[tuple[str, int]]:
    """Key and number of the outbox's rows, in their order."""
    wanted = sa.select(tables.outbox.c.key, tables.outbox.c.seq).order_by(tables.outbox.c.position)
    with engine.connect() as connection:
        return [(row.key, row.seq) for row in connection.execute(wanted)]


def closed(key: str) -> ComplaintClosed:
    return ComplaintClosed(complaint_id=key)


def test_events_of_a_batch_are_numbered_in_the_order_in_which_they_came(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        for key in ("c2", "c1", "c2"):
            with batch.record() as uow:
                uow.emit(closed(key))
    with a_batch(parcels) as batch, batch.record() as uow:
        uow.emit(closed("c2"))
    assert stored(parcels) == [("c2", 1), ("c1", 1), ("c2", 2), ("c2", 3)]


def test_what_a_record_has_written_down_is_found_by_the_next(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.write_down(Parcel("p1", "rice"))
        with batch.record() as uow:
            assert uow.read(Parcel, "p1").content == "rice"


def test_what_was_written_down_may_change_until_its_record_has_run(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.add(Parcel("p1", "rice"))
        with batch.record() as uow:
            parcel = Parcel("p2", "rice")
            uow.write_down(parcel)
            assert uow.find(Parcel, "p1")
            parcel.content = "tea"
    with a_batch(parcels) as batch, batch.record() as uow:
        assert uow.read(Parcel, "p2").content == "tea"


def test_a_number_that_is_asked_for_counts_the_events_that_wait(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.emit(closed("c1"))
        with batch.record() as uow:
            assert uow.emit_numbered(closed("c1")) == 2
        with batch.record() as uow:
            uow.emit(closed("c1"))
    assert stored(parcels) == [("c1", 1), ("c1", 2), ("c1", 3)]


def test_records_of_one_log_follow_each_other_within_a_batch(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.emit(MatterOpened(matter_id="m1"))
        with batch.record() as uow:
            uow.emit_next(HandoverLapsed(matter_id="m1"), 2)
            uow.emit(closed("m1"))
        with batch.record() as uow:
            uow.emit_next(MatterClosed(matter_id="m1"), 3)
    assert stored(parcels) == [("m1", 1), ("m1", 2), ("m1", 1), ("m1", 3)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (HandoverLapsed(matter_id="m1"), 4),
        (HandoverAccepted(matter_id="m1"), 3),
        (HandoverLapsed(matter_id="m2"), 3),
    ],
    ids=["a number is missing", "the baton was passed on", "another's log"],
)
def test_a_batch_that_may_not_write_a_log_so_writes_nothing(
    parcels: sa.Engine, first: Message, second: int
) -> None:
    with a_batch(parcels) as batch, batch.record() as uow:
        uow.emit(MatterOpened(matter_id="m1"))

    def write_two() -> None:
        with a_batch(parcels) as batch:
            with batch.record() as uow:
                uow.emit_next(first, 2)
            with batch.record() as uow:
                uow.emit_next(MatterClosed(matter_id="m1"), second)

    with pytest.raises(TryAgain) as refused:
        write_two()
    assert refused.value.reason == "CUSTODY_BEHIND"
    assert stored(parcels) == [("m1", 1)]


def test_a_baton_that_comes_back_within_a_batch_is_held_again(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.emit(MatterOpened(matter_id="m1"))
        with batch.record() as uow:
            uow.emit_next(HandoverAccepted(matter_id="m1"), 2)
        with batch.record() as uow:
            uow.receive_baton("m1", 3)
        with batch.record() as uow:
            uow.emit_next(MatterClosed(matter_id="m1"), 4)
    assert stored(parcels) == [("m1", 1), ("m1", 2), ("m1", 4)]


def test_the_first_record_of_a_log_does_not_wait(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.emit(MatterOpened(matter_id="m1"))
        with batch.record() as uow, pytest.raises(NotAllowed, match="has a custody log already"):
            uow.emit(MatterOpened(matter_id="m1"))


def keep_all(rows: Rows, contents: list[str]) -> None:
    """All at once: one row that tells what was gathered."""
    rows.add(Parcel("+".join(contents), "gathered"))


def test_what_a_batch_gathers_is_written_once_at_its_end(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        for content in ("rice", "salt"):
            with batch.record() as uow:
                uow.gather(content, keep_all)
    assert names(parcels) == ["rice+salt"]


def test_a_record_that_gets_what_is_locked_sees_what_earlier_ones_have_gathered(
    parcels: sa.Engine,
) -> None:
    def salt_all(rows: Rows, keys: list[str]) -> None:
        for parcel in rows.get_all(Parcel, keys).values():
            parcel.content = "salt"

    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.add(Parcel("p1", "rice"))
        with batch.record() as uow:
            uow.get(Parcel, "p1")
        with batch.record() as uow:
            uow.gather("p1", salt_all)
        with batch.record() as uow:
            assert uow.get(Parcel, "p1").content == "salt"


def test_what_is_loaded_ahead_is_given_to_the_records_that_get_it(parcels: sa.Engine) -> None:
    with parcels.begin() as connection:
        rows = [{"parcel_id": name, "content": "rice"} for name in ("p1", "p2")]
        connection.execute(PARCELS.insert(), rows)
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.get(Parcel, "p1").content = "salt"
            uow.add(Parcel("p3", "sugar"))
        batch.together.look_ahead(Parcel, ["p1", "p2", "p3"])
        for name, content in {"p1": "salt", "p2": "rice", "p3": "sugar"}.items():
            with batch.record() as uow:
                assert uow.get(Parcel, name).content == content


def test_a_record_that_reads_sees_what_earlier_ones_have_gathered(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.gather("rice", keep_all)
        with batch.record() as uow:
            assert uow.get(Parcel, "rice").content == "gathered"
        with batch.record() as uow:
            uow.gather("salt", keep_all)
    assert names(parcels) == ["rice", "salt"]


def names(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(PARCELS.c.parcel_id).order_by("parcel_id")))


def test_a_record_reads_what_an_earlier_one_has_added(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.add(Parcel("p1", "rice"))
        with batch.record() as uow:
            count = sa.text("SELECT count(*) FROM parcel")
            assert uow.session.execute(count).scalar_one() == 1
            assert uow.get(Parcel, "p1").content == "rice"


def test_a_record_changes_what_an_earlier_one_has_added(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.add(Parcel("p1", "rice"))
        with batch.record() as uow:
            uow.get(Parcel, "p1").content = "salt"
        with batch.record() as uow:
            assert uow.read(Parcel, "p1").content == "salt"


def test_each_record_reads_the_database_anew(parcels: sa.Engine) -> None:
    with parcels.begin() as connection:
        connection.execute(PARCELS.insert().values(parcel_id="p1", content="rice"))
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            seen = uow.read(Parcel, "p1")
        with parcels.begin() as other:
            other.execute(PARCELS.update().values(content="salt"))
        with batch.record() as uow:
            assert uow.read(Parcel, "p1").content == "salt"
        assert seen.content == "rice"


def test_what_a_batch_has_locked_goes_from_record_to_record(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.add(Parcel("p1", "rice"))
        with batch.record() as uow:
            first = uow.get(Parcel, "p1")
            first.content = "salt"
        with batch.record() as uow:
            assert uow.get(Parcel, "p1") is first
    with parcels.connect() as connection:
        assert connection.scalars(sa.select(PARCELS.c.content)).all() == ["salt"]


def test_what_is_only_read_is_let_go_beside_what_is_locked(parcels: sa.Engine) -> None:
    with parcels.begin() as connection:
        rows = [{"parcel_id": name, "content": ""} for name in ("p1", "p2")]
        connection.execute(PARCELS.insert(), rows)
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            locked, read = uow.get(Parcel, "p1"), uow.read(Parcel, "p2")
        with batch.record() as uow:
            assert uow.get(Parcel, "p1") is locked
            assert uow.read(Parcel, "p2") is not read


def test_a_clock_that_is_dropped_within_a_batch_may_be_set_anew(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch:
        with batch.record() as uow:
            uow.set_timer("lapse", "m1", 1, NOW)
        with batch.record() as uow:
            uow.drop_timer("lapse", "m1", 1)
            uow.drop_timer("lapse", "m1", 2)
        with batch.record() as uow:
            uow.set_timer("lapse", "m1", 1, LATER)
    with parcels.connect() as connection:
        assert connection.scalars(sa.select(tables.timer.c.due_at)).all() == [LATER]


def test_rows_that_wait_are_refused_when_they_are_written(parcels: sa.Engine) -> None:
    def work_off() -> None:
        with a_batch(parcels) as batch:
            for _ in range(2):
                with batch.record() as uow:
                    uow.add(Parcel("p1", "rice"))
                    uow.emit(closed("c1"))

    with pytest.raises(IntegrityError):
        work_off()
    assert stored(parcels) == []


def test_an_event_that_is_too_large_is_refused_where_it_is_emitted(parcels: sa.Engine) -> None:
    with parcels.begin() as connection:
        batch = Batch(parcels, connection)
        with batch.record() as uow, pytest.raises(NotAllowed, match="the most is"):
            uow.emit(ComplaintClosed(complaint_id="c1", ground="x" * MAX_PAYLOAD))


def test_a_batch_has_one_instant(parcels: sa.Engine) -> None:
    with a_batch(parcels) as batch, batch.record() as uow:
        assert uow.now == NOW


def test_an_event_that_cannot_be_stored_is_told_as_any_error_of_the_database(
    parcels: sa.Engine,
) -> None:
    row = OutboxRow("estafet.complaint.v1", "c1", {"ce_subject": "\x00"}, b"")
    with Session(parcels) as session, pytest.raises(DBAPIError) as raised:
        append_all(session, [row])
    assert getattr(raised.value.orig, "sqlstate", "") == "22P05"  # no such character
