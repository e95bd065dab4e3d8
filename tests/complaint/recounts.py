"""Statistics counted by hand from what was watched of each complaint, one after the other."""

from collections.abc import Sequence
from datetime import date, datetime

from services.complaint.domain import Complaint
from services.complaint.statistics import Counts
from services.complaint.statistics_store import Cohort
from services.complaint.steps import OFFERED
from services.complaint.survey import Survey
from services.handover.custody import Party
from services.process.calendar import ONE_DAY, WorkingCalendar, local_day
from tests.complaint.histories import Office, Run, Watched, custodian

CALENDAR = WorkingCalendar()
WORKING = (
    *("received", "triaged", "consultation", "claim", "clarification_1", "clarification_2"),
    *("offered", "returned"),
)


def working_days(since: datetime, until: datetime) -> int:
    """The working days after that of the beginning, up to that of the end."""
    day, counted = CALENDAR.day_zero(since), 0
    while day < CALENDAR.day_zero(until):
        day += ONE_DAY
        counted += CALENDAR.is_working_day(day)
    return counted


def days(stage: str, since: datetime, until: datetime) -> int:
    if stage in WORKING:
        return working_days(since, until)
    return (local_day(until) - local_day(since)).days


def recount(office: Office, cohort: Cohort) -> Counts:
    """What a cohort has come to by now."""
    counts = Counts()
    for complaint_id in office.ids:
        complaint = office.complaint(complaint_id)
        if _is_chosen(complaint, cohort):
            _count(counts, office, complaint, cohort)
    return counts


def _is_chosen(complaint: Complaint, cohort: Cohort) -> bool:
    filed_on: date = local_day(complaint.filed_at)
    return (
        cohort.filed_from <= filed_on <= cohort.filed_until
        and cohort.category in ("", complaint.category)
        and cohort.country in ("", complaint.country)
    )


def _count(counts: Counts, office: Office, complaint: Complaint, cohort: Cohort) -> None:
    seen, now = office.seen[complaint.complaint_id], office.uow.now
    stage, closed_at = seen.stages[-1][0], complaint.closed_at
    counts.selesai += stage in ("closed", "merged", "watched")
    if complaint.ground == "demand_met" and closed_at is not None:
        counts.press += local_day(closed_at) <= cohort.filed_until
    if complaint.category == "information" != cohort.category:
        counts.information += 1
        return
    counts.complaints += 1
    became = {"merged": "merged", "watched": "watched", "closed": complaint.ground}.get(
        stage, "open"
    )
    counts.ends[became, complaint.answered_at is not None] += 1
    counts.now[stage] += 1
    for ground in seen.reopened:
        counts.reopened[ground] += 1
    if stage != "merged":
        how = "open" if closed_at is None else "otherwise"
        how = "remedy" if stage == "closed" and complaint.ground == "demand_met" else how
        took = (local_day(closed_at or now) - local_day(complaint.filed_at)).days
        counts.ends_on[took, how] += 1
    survey = office.uow.find(Survey, complaint.complaint_id)
    if survey is not None and stage == "closed":
        counts.surveys[survey.score, survey.solved] += 1
    if closed_at is None:
        counts.held[seen.holders[-1][0]] += 1
    _count_visits(counts, seen, now)
    _count_holders(counts, seen)
    for run in seen.runs:
        _count_run(counts, seen, run, now)


def _count_visits(counts: Counts, seen: Watched, now: datetime) -> None:
    for number, (stage, since) in enumerate(seen.stages):
        if stage in ("closed", "merged"):
            continue
        if number + 1 == len(seen.stages):
            counts.running_visits[stage, days(stage, since, now)] += 1
        else:
            counts.visits[stage, days(stage, since, seen.stages[number + 1][1])] += 1


def _count_holders(counts: Counts, seen: Watched) -> None:
    for number, (holder, since) in enumerate(seen.holders):
        counts.taken[holder] += 1
        for _, until in seen.holders[number + 1 : number + 2]:
            counts.given_on[holder] += 1
            counts.stays[holder, (local_day(until) - local_day(since)).days] += 1
    counts.given_on = +counts.given_on


def _count_run(counts: Counts, seen: Watched, run: Run, now: datetime) -> None:
    outcome = _outcome(run, now)
    counts.runs[run.clock, outcome, run.extended] += 1
    if run.clock in OFFERED and outcome != "running":
        counts.judged[custodian(run.holder), outcome] += 1
    elif outcome != "running" and run.clock != "documents":
        at = min(run.until or run.due_at, run.due_at)
        counts.judged[_holder_before(seen.holders, at), outcome] += 1


def _outcome(run: Run, now: datetime) -> str:
    if run.clock in OFFERED and (run.until is not None or run.asked):
        return "broken" if run.lapsed else "kept"
    if (run.until or now) >= run.due_at:
        return "broken"
    return "kept" if run.until is not None else "running"


def _holder_before(holders: Sequence[tuple[Party, datetime]], at: datetime) -> Party:
    return next(holder for holder, since in reversed(holders) if since < at)
