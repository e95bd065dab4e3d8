"""Whoever is accountable hears in time that a clock runs, whoever has set it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.chassis.testing import FakeUnitOfWork
from services.complaint import steps
from services.complaint.domain import Complaint
from services.handover.custody import Custody
from tests.complaint.builders import a_complaint, a_filing, api, notices

FRIDAY_EVENING = datetime(2024, 3, 8, 10, tzinfo=UTC)  # 17.00 in Jakarta; Monday is a day off


def a_weekend_after(*, urgent: bool) -> tuple[FakeUnitOfWork, Complaint]:
    """A complaint that nobody looks at; the clock is looked at every half hour."""
    uow = FakeUnitOfWork()
    uow.now = FRIDAY_EVENING
    complaint_id = api(uow).FileComplaint(a_filing(urgent=urgent)).complaint_id
    complaint, custody = uow.read(Complaint, complaint_id), uow.read(Custody, complaint_id)
    while uow.now < FRIDAY_EVENING + timedelta(days=2):
        uow.now += timedelta(minutes=30)
        if complaint.clock_step_at and complaint.clock_step_at <= uow.now:
            steps.take_steps_of(uow, complaint, custody)
    return uow, complaint


def test_danger_filed_on_a_friday_evening_is_told_before_its_day_is_over() -> None:
    uow, complaint = a_weekend_after(urgent=True)
    assert complaint.clock_due_at is not None
    in_time = [each for each in notices(uow) if each.tell_at < complaint.clock_due_at]
    assert [each.deed for each in in_time] == ["remind", "warn"]


def test_what_was_filed_as_no_danger_leaves_the_weekend_alone() -> None:
    uow, _ = a_weekend_after(urgent=False)
    assert notices(uow) == []


@pytest.mark.parametrize(
    ("category", "severity", "urgent", "told"),
    [
        ("", 0, True, 4),
        ("", 0, False, 0),
        ("unpaid_wages", 2, True, 2),
        ("physical_abuse", 4, False, 4),
    ],
)
def test_danger_is_what_was_filed_as_such_until_an_officer_knows_better(
    category: str, severity: int, *, urgent: bool, told: int
) -> None:
    assert steps.severity_of(a_complaint(category, severity, urgent=urgent)) == told
