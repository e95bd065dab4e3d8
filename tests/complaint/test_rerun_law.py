"""Complaint's real law under a draft: what changes is what a count by hand says, in every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.chassis.testing import FakeUnitOfWork
from services.complaint.workflow import ANSWERS, LAW, is_heard
from services.process.acts import BY_CLOCK, Act, Allowed
from services.process.calendars import CALENDARS
from services.process.law import Law
from services.process.rerun import Rerun
from tests.process.by_hand import OFF_2026
from tests.process.laws import a_law

pytestmark = pytest.mark.property
DRAFT = """
[[amendment]]
name = "shorter"
regulation = "rancangan (contoh)"
[amendment.clocks.triage]
value = 2
[amendment.clocks.distribution]
value = 9
[amendment.clocks.claim]
value = 5
"""
# By clock, the working days of the law and of the draft.
DAYS = {"triage": (3, 2), "distribution": (5, 9), "claim": (14, 5), "offer": (3, 3)}
# WIB, WITA and WIT; all close at 16.00 and keep Indonesia's days off.
HOURS = {"kp2mi": 7, "bp3mi_sulsel": 8, "p4mi_jayapura": 9}
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
instants = some.integers(0, 250 * 1440).map(lambda minutes: FIRST + timedelta(minutes=minutes))
deeds = some.tuples(some.sampled_from(sorted(DAYS)), some.integers(0, 5000), some.booleans())
histories = some.tuples(some.sampled_from(sorted(HOURS)), instants, some.lists(deeds, max_size=4))


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Law:
    return a_law(tmp_path_factory.mktemp("law"), LAW.path.read_text() + DRAFT)


def by_hand(start: datetime, days: int, unit: str) -> str:
    """Day by day, as one would on paper: after closing time the next day is the first."""
    zone = timezone(timedelta(hours=HOURS[unit]))
    local = start.astimezone(zone)
    day = local.date() + timedelta(days=local.time() > time(16))
    while not works(day):
        day += timedelta(days=1)
    while days:
        day += timedelta(days=1)
        days -= works(day)
    return datetime.combine(day, time(16), zone).astimezone(UTC).isoformat()


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in OFF_2026


def an_act(matter_id: str, action: str, state: str, at: datetime) -> Act:
    act_id = FakeUnitOfWork().new_id()
    return Act(act_id, matter_id, action, at, state, "base", "", BY_CLOCK)


@settings(deadline=None)
@given(some.lists(histories, max_size=6))
def test_under_a_draft_just_the_clocks_change_that_a_count_by_hand_says(
    law: Law, matters: list[tuple[str, datetime, list[tuple[str, int, bool]]]]
) -> None:
    acts, changed = list[Act](), set[tuple[str, str, str, str]]()
    for number, (unit, filed_at, done) in enumerate(matters):
        matter_id = f"m{number}"
        acts.append(an_act(matter_id, "FileComplaint", "", filed_at))
        at = filed_at
        for clock, minutes, is_given in done:
            at += timedelta(minutes=minutes)
            act = an_act(matter_id, "started", "received", at)
            Allowed(law.base, act, CALENDARS.of(unit)).starts(clock, 7 if is_given else 0)
            acts.append(act)
            was, would = (by_hand(at, 7 if is_given else days, unit) for days in DAYS[clock])
            if was != would:
                changed.add((matter_id, clock, was, would))
    told = Rerun(law, "shorter", ANSWERS, is_heard).changes(acts)
    assert {(each.matter_id, each.what, each.was, each.would) for each in told} == changed
    assert [act.due_at.isoformat() for act in acts if act.due_at] == [
        by_hand(act.acted_at, act.days or DAYS[act.clock][0], act.calendar)
        for act in acts
        if act.clock
    ]
