"""`@on_timer` runs once when a clock is due, `@every` once per service and tick."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis import due, timers
from services.chassis.clock import Clock, monotonic
from services.chassis.errors import TryAgain
from services.chassis.runtime import Work
from services.chassis.testing import a_caller
from services.chassis.timers import Ticker, every
from services.chassis.unit_of_work import Database
from tests.chassis.clockwork import (
    AN_HOUR,
    Start,
    Trouble,
    clocks,
    lapsed,
    left,
    replica,
    set_timers,
    value,
)
from tests.chassis.desks import PARCELS
from tests.databases import a_runtime, working
from tests.support.waiting import until

pytestmark = pytest.mark.database


def test_a_timer_runs_once_with_two_replicas(database: sa.Engine, start: Start) -> None:
    matters = [f"m{number:02}" for number in range(30)]
    set_timers(database, *matters)
    start()
    start()
    until(lambda: left(database) == 0)
    assert lapsed(database) == [f"{matter}/1" for matter in matters]


def test_a_timer_that_is_due_when_it_is_set_is_not_left_for_the_next_look(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "IDLE_SECONDS", 600.0)
    PARCELS.create(database)
    set_timers(database, "first")
    runtime = a_runtime(database)
    with replica(runtime, clocks({}, Counter())):
        until(lambda: left(database) == 0)
        with working(runtime, Work("Test", a_caller())) as uow:
            uow.set_timer("lapse", "second", 1, uow.now)
        until(lambda: left(database) == 0)
    assert lapsed(database) == ["first/1", "second/1"]


def test_a_clock_that_is_about_to_run_is_not_waited_for_by_who_drops_it(
    database: sa.Engine,
) -> None:
    set_timers(database, "m1")
    with database.begin() as running:
        running.execute(sa.text("SELECT FROM timer WHERE matter_id = 'm1' FOR UPDATE"))
        with working(a_runtime(database), Work("Test", a_caller())) as uow:
            uow.session.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
            uow.drop_timer("lapse", "m1", 1)
    assert left(database) == 1


def test_a_timer_that_is_not_due_waits(database: sa.Engine, start: Start) -> None:
    set_timers(database, "later", due_at=datetime.now(UTC) + AN_HOUR)
    set_timers(database, "now")
    start()
    until(lambda: left(database) == 1)
    assert lapsed(database) == ["now/1"]


def test_a_timer_that_is_not_right_yet_runs_later_and_its_first_try_leaves_nothing(
    database: sa.Engine, start: Start, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    trouble["m1"] = TryAgain("the topic is not heard yet")
    set_timers(database, "m1")
    start()
    until(lambda: value(database, "SELECT attempts FROM timer") >= 2)
    assert lapsed(database) == []
    trouble.clear()
    until(lambda: left(database) == 0)
    assert lapsed(database) == ["m1/1"]
    assert not [message for message in caplog.messages if message.startswith("alarm")]


def test_a_clock_that_is_just_dropped_after_a_try_holds_up_no_other(
    database: sa.Engine,
    start: Start,
    trouble: Trouble,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    trouble["m1"] = TryAgain("the topic is not heard yet")
    set_timers(database, "m1", "m2")
    with database.connect() as dropping:

        def drop_first() -> datetime:
            monkeypatch.undo()
            dropping.execute(sa.text("DELETE FROM timer WHERE matter_id = 'm1'"))
            return datetime.now(UTC)

        # Between the try, which failed, and the note of when the next one is.
        monkeypatch.setattr(due, "real_now", drop_first)
        monkeypatch.setattr(Ticker, "_tick_or_tell", lambda *_: None)
        start()
        until(lambda: lapsed(database) == ["m2/1"])
        dropping.commit()
    until(lambda: left(database) == 0)
    assert "clocks stand still" not in caplog.messages


def test_a_failing_timer_stops_no_other_and_is_kept(
    database: sa.Engine, start: Start, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    trouble["bad"] = KeyError("a bug")
    set_timers(database, "bad", due_at=datetime.now(UTC) - 2 * AN_HOUR)
    set_timers(database, "good")
    start()
    until(lambda: left(database) == 1)
    assert lapsed(database) == ["good/1"]
    assert value(database, "SELECT attempts FROM timer") == 1
    assert "alarm: timer failed" in caplog.messages


def test_a_failing_tick_stops_no_other_clock(
    database: sa.Engine, start: Start, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    trouble["tick"] = KeyError("a bug")
    set_timers(database, "m1")
    start()
    until(lambda: left(database) == 0)
    until(lambda: caplog.messages.count("alarm: tick failed") >= 2)
    until(lambda: value(database, "SELECT count(*) FROM parcel WHERE content = 'swept'") >= 2)


def test_a_tick_comes_once_per_service_whatever_the_replicas(
    database: sa.Engine, start: Start, ticks: Counter[str]
) -> None:
    start()
    start()
    start()
    began = monotonic()
    until(lambda: ticks["sweep"] >= 4)
    # Each tick takes place at least 0.3 s after the one before, and every one is committed.
    assert monotonic() - began >= 3 * 0.3 - 0.2
    until(lambda: value(database, "SELECT count(*) FROM parcel") >= 4)


def test_a_tick_in_hand_is_not_begun_by_another_replica(
    database: sa.Engine, ticks: Counter[str]
) -> None:
    go_on, running = threading.Event(), Counter[str]()

    class Slow:
        name = "complaint.slow"
        uow = Database()

        @every(0.01)
        def sweep(self) -> None:
            running["now"] += 1
            running["most"] = max(running["most"], running["now"])
            go_on.wait(0.5)
            running["now"] -= 1
            running["done"] += 1

    with replica(a_runtime(database), Slow), replica(a_runtime(database), Slow):
        until(lambda: running["done"] >= 3)
        go_on.set()
    assert running["most"] == 1


def test_a_tick_with_more_to_do_comes_again_at_once(database: sa.Engine) -> None:
    looks = Counter[str]()

    class Sweeper:
        name = "complaint.sweeper"
        uow = Database()

        @every(3600)
        def sweep(self) -> bool:
            looks["sweep"] += 1
            return looks["sweep"] < 5

    with replica(a_runtime(database), Sweeper):
        until(lambda: looks["sweep"] == 5)


def test_who_looks_at_domain_time_looks_again_when_it_was_moved(
    database: sa.Engine, tmp_path: Path
) -> None:
    seen: list[datetime] = []
    clock = Clock(tmp_path / "clock.json", movable=True)
    runtime = replace(a_runtime(database), clock=clock)
    begun = clock.now()

    class Sweeper:
        name = "complaint.sweeper"
        uow = Database()

        @every(3600, when_moved=True)
        def sweep(self) -> None:
            seen.append(self.uow.now)

        @every(3600)
        def tidy(self) -> None:
            pass

    with replica(runtime, Sweeper):
        until(lambda: len(seen) == 1)
        clock.advance_to(begun + timedelta(days=3))
        until(lambda: len(seen) == 2)
    assert seen[-1] - begun >= timedelta(days=3)
