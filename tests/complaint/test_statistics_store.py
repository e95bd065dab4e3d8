"""What one statement counts is what was seen of each complaint, whatever has happened to it."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy.orm import Session

from services.complaint.api_statistics import rules_of
from services.complaint.domain import Complaint, Survey
from services.complaint.statistics import Counts
from services.complaint.statistics_store import Cohort, count
from services.handover.custody import Custody
from services.process.acts import Act
from tests.complaint.histories import Office
from tests.complaint.history_steps import a_history
from tests.complaint.recounts import recount
from tests.support.examples import examples

pytestmark = [pytest.mark.database("complaint"), pytest.mark.property]

ALL = Cohort(date(2024, 3, 1), date(2024, 12, 31))
checked = settings(
    deadline=None,
    max_examples=examples(40, in_depth=400),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
cohorts = some.builds(
    replace,
    some.just(ALL),
    filed_until=some.sampled_from((ALL.filed_until, date(2024, 3, 6))),
    category=some.sampled_from(("", "", "unpaid_wages", "information")),
    country=some.sampled_from(("", "", "MYS")),
)


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with Session(database, expire_on_commit=False) as session:
        yield session


def keep(session: Session, office: Office) -> None:
    """Store what the desk has, as its service would have."""
    kept = (Complaint, Custody, Act, Survey)
    session.add_all([thing for thing in office.uow._things.values() if isinstance(thing, kept)])
    session.flush()


def counted(session: Session, cohort: Cohort, now: datetime) -> Counts:
    return count(session, cohort, rules_of(now), now)


def cells(counts: Counts) -> dict[str, object]:
    return {each.name: getattr(counts, each.name) for each in fields(counts)}


@checked
@given(seed=some.integers(0, 2**32), steps=some.integers(1, 90), cohort=cohorts)
def test_every_cell_is_what_was_seen_of_each_complaint(
    session: Session, seed: int, steps: int, cohort: Cohort
) -> None:
    office = a_history(seed, steps)
    try:
        keep(session, office)
        found = cells(counted(session, cohort, office.uow.now))
    finally:
        session.rollback()
    assert found == cells(recount(office, cohort))
