"""What one statement counts is what was seen of each complaint, whatever has happened to it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy.orm import Session

from services.chassis.clock import Clock
from services.chassis.runtime import Work
from services.chassis.testing import a_caller
from services.complaint.api_statistics import rules_of
from services.complaint.clarification import Clarification
from services.complaint.domain import Complaint
from services.complaint.statistics import BROKEN, KEPT, Counts
from services.complaint.statistics_store import Cohort, count
from services.complaint.survey import Survey
from services.complaint.workflow import HERE
from services.handover.custody import Custody
from services.process.acts import Act
from tests.complaint.agency import at, the_parties
from tests.complaint.builders import api
from tests.complaint.histories import OFFICERS, Office
from tests.complaint.history_steps import STEPS, a_history
from tests.complaint.recounts import recount
from tests.databases import a_runtime, working
from tests.support.examples import examples

pytestmark = pytest.mark.database("complaint")

ALL = Cohort(date(2024, 3, 1), date(2024, 12, 31))
checked = settings(
    deadline=None,
    max_examples=examples(25, in_depth=200),
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


@pytest.mark.property
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


def test_statistics_tell_officer_from_officer_and_how_long_each_held(session: Session) -> None:
    a_day = 24.0
    counts = told(session, ("assign 2", a_day), ("assign 3", 3 * a_day), ("assign", 2 * a_day))
    queue, first, second = (replace(HERE, officer_id=each) for each in ("", *OFFICERS))
    assert counts.taken == {queue: 2, first: 1, second: 1}
    assert counts.stays == {(queue, 1): 1, (first, 3): 1, (second, 2): 1}


def told(session: Session, *steps: tuple[str, float], cohort: Cohort = ALL) -> Counts:
    """What is counted after one complaint was filed and these steps came, each after some hours.

    A name may bear a choice: "take 1".
    """
    office = Office()
    office.do(None, 0, timedelta())
    for step, hours in steps:
        name, _, choice = step.partition(" ")
        if name == "wait":
            office.uow.now += timedelta(hours=hours)
        else:
            office.do(STEPS[name], 0, timedelta(hours=hours), int(choice or 0))
    keep(session, office)
    return counted(session, cohort, office.uow.now)


# What is filed as urgent is to be looked at within a calendar day.


def test_a_clock_is_kept_until_the_instant_at_which_it_ends(session: Session) -> None:
    assert told(session, ("triage", 23.99)).runs["triage_in_danger", KEPT, False] == 1


def test_a_clock_is_broken_from_the_instant_at_which_it_ends(session: Session) -> None:
    assert told(session, ("triage", 24)).runs["triage_in_danger", BROKEN, False] == 1


def test_a_clock_whose_time_is_over_is_broken_though_nothing_was_done(session: Session) -> None:
    assert told(session, ("wait", 24)).runs["triage_in_danger", BROKEN, False] == 1


def test_a_receiver_who_has_asked_has_kept_the_clock(session: Session) -> None:
    counts = told(session, ("triage", 1), ("offer", 1), ("inquire", 1), ("wait", 900))
    assert counts.runs["offer", KEPT, False] == 1


def test_what_an_invited_agency_does_moves_the_complaint_nowhere(session: Session) -> None:
    heard = (("triage", 1), ("invite", 1), ("invited 1", 30), ("distribute", 30))
    visits = told(session, *heard).visits
    stages = ("received", "triaged", "clarification_1")
    assert Counter(stage for stage, _ in visits) == dict.fromkeys(stages, 1)


def test_a_complaint_that_ended_twice_on_a_ground_was_taken_up_again_once(session: Session) -> None:
    end = (("close 1", 1), ("reopen", 1))
    assert told(session, ("triage", 1), *end, *end).reopened == {"withdrawn": 1}


def test_the_officer_to_whom_it_was_assigned_holds_it(session: Session) -> None:
    office = Office()
    office.do(None, 0, timedelta())
    assign = pb.AssignComplaintRequest(
        complaint_id=office.ids[0], unit=HERE.unit, officer_id=OFFICERS[0]
    )
    api(office.uow).AssignComplaint(assign)
    keep(session, office)
    counts = counted(session, ALL, office.uow.now)
    officer = replace(HERE, officer_id=OFFICERS[0])
    assert (counts.held[officer], counts.taken[officer]) == (1, 1)


def test_what_comes_back_to_whoever_has_left_is_the_queues_from_then_on(session: Session) -> None:
    away = (("triage", 1), ("assign 2", 24), ("offer", 1), ("accept", 1), ("leave", 1))
    counts = told(session, *away, ("give_back", 24))
    queue, officer = HERE, replace(HERE, officer_id=OFFICERS[0])
    assert {each: counts.taken[each] for each in (queue, officer)} == {queue: 2, officer: 1}
    assert (counts.held[queue], counts.held[officer]) == (1, 0)


def test_what_began_before_acts_were_kept_is_counted_apart(session: Session) -> None:
    office = Office()
    office.do(None, 0, timedelta())
    kept = [
        thing for thing in office.uow._things.values() if isinstance(thing, (Complaint, Custody))
    ]
    session.add_all(kept)
    session.flush()
    counts = counted(session, ALL, office.uow.now)
    assert (counts.complaints, counts.without_history, counts.runs) == (1, 1, {})


@pytest.mark.parametrize(("unit", "found"), [("coordinator", 1), (HERE.unit, 0)])
def test_a_unit_s_cohort_is_what_it_is_or_was_last_accountable_for(
    session: Session, unit: str, found: int
) -> None:
    cohort = replace(ALL, unit=unit)
    steps = (("triage", 1), ("assign 1", 1), ("offer", 1), ("accept", 1))
    assert told(session, *steps, cohort=cohort).complaints == found


def test_who_was_filed_on_the_last_day_in_jakarta_is_of_the_cohort(session: Session) -> None:
    day = Cohort(date(2024, 3, 4), date(2024, 3, 4))
    assert told(session, cohort=day).complaints == 1


def statistics(database: sa.Engine, role: str) -> pb.GetStatisticsResponse:
    request = pb.GetStatisticsRequest(filed_from="2024-03-01", filed_until="2024-03-31")
    work = Work("GetStatistics", a_caller("somebody", role))
    clock = Clock(None)
    with working(a_runtime(database, clock=clock), work) as uow:
        return api(uow).GetStatistics(request)


def test_only_an_auditor_is_told_of_a_single_complaint(
    database: sa.Engine, session: Session
) -> None:
    office = Office()
    office.do(None, 0, timedelta())
    keep(session, office)
    session.commit()
    found = [statistics(database, role).complaints for role in ("auditor", "coordinator")]
    assert found == [pb.StatisticsCell(number=1), pb.StatisticsCell(few=True)]


def test_the_clock_of_a_sanction_is_not_the_complaints(session: Session) -> None:
    office = Office()
    for step in (None, *map(STEPS.get, ("triage", "invite", "hold", "invite")), _promise):
        office.do(step, 0, timedelta(hours=2))
    for step in (_tell_broken, _recommend):
        office.do(step, 0, timedelta(days=6))
    assert office.complaint(office.ids[0]).sanction_id
    keep(session, office)
    runs = counted(session, ALL, office.uow.now).runs
    assert "sanction_offer" not in {clock for clock, _, _ in runs}
    assert runs == recount(office, ALL).runs


def _promise(office: Office, complaint_id: str, _choice: int) -> None:
    due_on = (office.uow.now + timedelta(days=2)).date().isoformat()
    request = pb.HoldClarificationRequest(
        complaint_id=complaint_id,
        held_at=at(office.uow.now),
        place="online",
        parties=the_parties(),
        outcome=pb.CLARIFICATION_OUTCOME_SETTLED,
        admitted=pb.ADMISSION_ADMITTED,
        commitments=[pb.Promise(what="Membayar gaji", amount_rupiah=9, due_on=due_on)],
    )
    api(office.uow).HoldClarification(request)


def _tell_broken(office: Office, complaint_id: str, _choice: int) -> None:
    found = office.uow.read(Clarification, office.complaint(complaint_id).clarification_id)
    request = pb.ConfirmCommitmentRequest(
        complaint_id=complaint_id,
        commitment_id=found.commitments[0].commitment_id,
        state=pb.COMMITMENT_STATE_BROKEN,
        text="(contoh)",
    )
    api(office.uow).ConfirmCommitment(request)


def _recommend(office: Office, complaint_id: str, _choice: int) -> None:
    request = pb.RecommendSanctionRequest(
        complaint_id=complaint_id, violation="broken_commitment", text="(contoh)", p3mi_id="r1"
    )
    api(office.uow).RecommendSanction(request)
