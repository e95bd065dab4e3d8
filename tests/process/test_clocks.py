"""A matter's own clock takes each step once, and whoever is late is written down."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.process.acts import Act, Standing
from services.process.calendar import Span
from services.process.calendars import CALENDARS
from services.process.clocks import Clocked, end_clock, take_steps
from services.process.workflow import Clock
from tests.process.laws import SMALL, a_law

STEPS = 'at = { 50 = "remind", 80 = "warn", 100 = "miss", 150 = "escalate" }'
WITH_STEPS = SMALL.replace('at = { 100 = "end_reply" }', STEPS)
DAY = timedelta(days=1)
HERE = Standing("matter", "m1", "open", date(2024, 3, 4), date(2024, 3, 4))


def a_clock(days: int = 10) -> Clock:
    """A clock with all steps."""
    return Clock(
        name="reply",
        value=days,
        span=Span.CALENDAR_DAYS,
        at={50: "remind", 80: "warn", 100: "miss", 150: "escalate"},
        source="a proposal (contoh)",
        verified=False,
    )


def running(days: int = 10) -> Clocked:
    """A clock that runs from a Monday morning."""
    matter = Clocked()
    matter.start_clock(a_clock(days), A_MORNING, CALENDARS.of())
    return matter


def steps(matter: Clocked, at: datetime) -> list[int]:
    """What is told if somebody looks at an instant."""
    return list(matter.steps_until(a_clock(), at))


@given(st.lists(st.floats(0, 20), min_size=1, max_size=20), st.integers(1, 60))
def test_whenever_somebody_looks_each_step_is_told_once_and_in_order(
    looks: list[float], days: int
) -> None:
    matter = running(days)
    instants = [A_MORNING + look / 10 * days * DAY for look in sorted(looks)]
    told = [step for at in instants for step in steps(matter, at)]
    over = (instants[-1] - A_MORNING) / (days * DAY) * 100
    assert told == [percent for percent in (50, 80, 100, 150) if percent <= over + 1e-9]


@given(st.integers(0, 30), st.integers(1, 30))
def test_the_next_step_is_never_one_that_is_over(looked: int, days: int) -> None:
    matter, now = running(days), A_MORNING + looked * DAY
    steps(matter, now)
    assert matter.clock_step_at is None or matter.clock_step_at > now


@given(st.integers(1, 9), st.integers(1, 30))
def test_more_time_is_warned_of_anew_and_what_is_over_is_not_told_again(
    looked: int, more: int
) -> None:
    matter, now = running(), A_MORNING + looked * DAY
    steps(matter, now)
    matter.move_clock(a_clock(), A_MORNING + (10 + more) * DAY, now)
    told = steps(matter, A_MORNING + (10 + more) * DAY)
    assert told[-1] == 100
    assert steps(matter, now) == []


def test_a_clock_that_was_stopped_has_no_step() -> None:
    matter = running()
    matter.stop_clock()
    assert (matter.clock, matter.clock_step_at) == ("", None)


def test_no_step_is_asked_of_a_clock_that_does_not_run() -> None:
    with pytest.raises(ValueError, match="no clock runs"):
        steps(Clocked(), A_MORNING)


def acts(uow: FakeUnitOfWork) -> list[tuple[str, str, str]]:
    """What was written down."""
    found = [thing for thing in uow._things.values() if isinstance(thing, Act)]
    return [(each.action, each.actor, each.reason) for each in found]


def test_the_end_of_the_time_is_an_act_of_the_clock_and_told(tmp_path: Path) -> None:
    uow, matter, told = FakeUnitOfWork(), running(), []
    uow.now = A_MORNING + 10 * DAY
    law = a_law(tmp_path, WITH_STEPS)
    take_steps(uow, law, HERE, matter, lambda percent, deed: told.append((percent, deed)))
    assert acts(uow) == [("miss", "clock", "reply")]
    assert told == [(50, "remind"), (80, "warn"), (100, "miss")]


@pytest.mark.parametrize(("days", "late"), [(9, []), (11, [("miss", "clock", "reply")])])
def test_who_ends_a_clock_too_late_is_written_down_as_late(
    tmp_path: Path, days: int, late: list[tuple[str, str, str]]
) -> None:
    uow, matter = FakeUnitOfWork(), running()
    uow.now = A_MORNING + days * DAY
    end_clock(uow, a_law(tmp_path, WITH_STEPS), HERE, matter)
    assert acts(uow) == late
    assert matter.clock == ""
