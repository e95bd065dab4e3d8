"""Timers that are due at once share a transaction; one that fails is undone alone, and kept."""

import pytest
import sqlalchemy as sa

from services.chassis import due
from services.chassis.runtime import Work
from services.chassis.testing import a_caller
from tests.chassis.clockwork import Start, Trouble, lapsed, left, set_timers, value
from tests.chassis.desks import PARCELS, Parcel
from tests.databases import a_runtime, working
from tests.support.waiting import until

pytestmark = pytest.mark.database

NOTE_TRANSACTIONS = """
CREATE TABLE ran (transaction text);
CREATE FUNCTION note_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ran VALUES (pg_current_xact_id());
    RETURN NULL;
END $$;
CREATE TRIGGER note_transaction AFTER DELETE ON timer
    FOR EACH ROW EXECUTE FUNCTION note_transaction();
"""


def transactions_of_ten_timers(engine: sa.Engine, start: Start) -> int:
    """In how many transactions ten timers run that are due at once."""
    with engine.begin() as connection:
        connection.execute(sa.text(NOTE_TRANSACTIONS))
    set_timers(engine, *(f"m{number}" for number in range(10)))
    start()
    until(lambda: value(engine, "SELECT count(*) FROM ran") == 10)
    return value(engine, "SELECT count(DISTINCT transaction) FROM ran")


def test_timers_that_are_due_at_once_share_a_transaction(
    database: sa.Engine, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCH_SECONDS", 60.0)
    assert transactions_of_ten_timers(database, start) == 1


def test_a_transaction_of_timers_takes_in_no_more_once_its_time_is_over(
    database: sa.Engine, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCH_SECONDS", -1.0)
    assert transactions_of_ten_timers(database, start) == 10


def test_a_failing_timer_takes_none_with_it_that_shared_its_transaction(
    database: sa.Engine, start: Start, trouble: Trouble
) -> None:
    trouble["m3"] = KeyError("a bug")
    set_timers(database, *(f"m{number}" for number in range(6)))
    start()
    until(lambda: left(database) == 1)
    assert lapsed(database) == ["m0/1", "m1/1", "m2/1", "m4/1", "m5/1"]


def test_a_timer_whose_effect_the_database_refuses_stops_no_other_and_is_kept(
    database: sa.Engine, start: Start
) -> None:
    """A unique key refuses it in the middle of a transaction that goes on."""
    with working(a_runtime(database), Work("Test", a_caller())) as uow:
        PARCELS.create(database, checkfirst=True)
        uow.add(Parcel("m1/1", "there already"))
    set_timers(database, "m0", "m1", "m2")
    start()
    until(lambda: left(database) == 1)
    assert lapsed(database) == ["m0/1", "m2/1"]


REFUSE_AT_COMMIT = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'not this one';
END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON parcel DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.parcel_id = 'm1/1') EXECUTE FUNCTION refuse();
"""


def test_a_timer_that_only_the_commit_refuses_stops_no_other_and_is_kept(
    database: sa.Engine, start: Start
) -> None:
    with database.begin() as connection:
        connection.execute(sa.text(REFUSE_AT_COMMIT))
    set_timers(database, "m0", "m1", "m2")
    start()
    until(lambda: left(database) == 1)
    assert lapsed(database) == ["m0/1", "m2/1"]
    until(lambda: value(database, "SELECT attempts FROM timer") == 1)
