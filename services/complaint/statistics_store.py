"""What is counted of a cohort of complaints: one statement, so that all of it is of one instant.

Where a complaint was, and until when its clocks ran, is read from its acts: an act says where the
complaint stood before, so what lies between two acts is where it stood before the second. An
acceptance is no act of ours; the offer says when it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.complaint.statistics import Counts
from services.complaint.statistics_sql import STATEMENT
from services.handover.custody import Party
from services.process.calendar import ONE_DAY, WorkingCalendar, end_of, local_day

# In the statement's own transaction: sorts of a hundred thousand complaints stay in memory.
_MEMORY = sa.text("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)")

# The days off of earlier years need not be known.
_EARLIEST = sa.text(
    "SELECT min(filed_at) FROM complaint WHERE filed_at >= :begins AND filed_at < :ends"
)


@dataclass(frozen=True)
class Cohort:
    """Complaints that were filed from a day to a day, both included (Jakarta).

    `category`: empty for all but information requests; `unit`: of complaint, which is or was last
    accountable.
    """

    filed_from: date
    filed_until: date
    category: str = ""
    country: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Rules:
    """What the statement needs of the law: the stages whose clocks count working days, the clocks
    of a receiver and of the complainant, and by whose calendar."""

    working: Sequence[str]
    receivers: Sequence[str]
    complainants: Sequence[str]
    here: Party
    coordinator: str
    lapses: int
    calendar: WorkingCalendar


def count(session: Session, cohort: Cohort, rules: Rules, now: datetime) -> Counts:
    """What a cohort came to by an instant. HolidayDataError: the days off of a year are not known.

    Nothing of it is written; the transaction's memory for sorting is raised.
    """
    session.execute(_MEMORY)
    counts = Counts()
    begins, ends = end_of(cohort.filed_from - ONE_DAY), end_of(cohort.filed_until)
    earliest = session.execute(_EARLIEST, {"begins": begins, "ends": ends}).scalar_one() or now
    span = {"begins": begins, "ends": ends, "first": local_day(earliest), "now": now}
    for row in session.execute(STATEMENT, {**span, **_values(cohort, rules, span)}):
        _SECTIONS[row.section](counts, row)
    return counts


def _values(cohort: Cohort, rules: Rules, span: Mapping[str, Any]) -> dict[str, Any]:
    last = local_day(span["now"]) + 2 * ONE_DAY
    return {
        "category": cohort.category,
        "country": cohort.country,
        "unit": cohort.unit,
        "here": rules.here.unit,
        "organisation": rules.here.organisation,
        "coordinator": rules.coordinator,
        "lapses": rules.lapses,
        "working": list(rules.working),
        "receivers": list(rules.receivers),
        "complainants": list(rules.complainants),
        "after": until_midnight(rules.calendar.close_of_business),
        "ordinals": ordinals(rules.calendar, span["first"], last),
    }


def until_midnight(closes: time) -> timedelta:
    """What is added to an instant so that one after close of business lies on the next day, and
    one at close of business does not."""
    day = date.min
    open_for = datetime.combine(day, closes) - datetime.combine(day, time(0))
    return ONE_DAY - open_for - timedelta.resolution


def ordinals(calendar: WorkingCalendar, first: date, last: date) -> list[int]:
    """For each day from first to last, how many working days lie before it."""
    found, before, day = list[int](), 0, first
    while day <= last:
        found.append(before)
        before += calendar.is_working_day(day)
        day += timedelta(days=1)
    return found


def _party(row: Any) -> Party:
    return Party(*row.a.split("|"))


def _of_cohort(counts: Counts, row: Any) -> None:
    setattr(counts, row.a, row.n)


def _end(counts: Counts, row: Any) -> None:
    counts.ends[row.a, row.b == "answered"] = row.n


def _run(counts: Counts, row: Any) -> None:
    counts.runs[row.a, row.b, row.c == "extended"] = row.n


def _custodian(section: str) -> Callable[[Counts, Any], None]:
    def note(counts: Counts, row: Any) -> None:
        getattr(counts, section)[_party(row)] = row.n

    return note


def _stay(counts: Counts, row: Any) -> None:
    counts.stays[_party(row), row.days] = row.n


def _judged(counts: Counts, row: Any) -> None:
    counts.judged[_party(row), row.section] = row.n


def _plain(section: str) -> Callable[[Counts, Any], None]:
    def note(counts: Counts, row: Any) -> None:
        getattr(counts, section)[row.a] = row.n

    return note


def _with_days(section: str) -> Callable[[Counts, Any], None]:
    def note(counts: Counts, row: Any) -> None:
        getattr(counts, section)[row.a, row.days] = row.n

    return note


def _ends_on(counts: Counts, row: Any) -> None:
    counts.ends_on[row.days, row.a] = row.n


# Where only the score was told, whether it was solved is not known.
_SOLVED = {"solved": True, "not": False, "": None}


def _survey(counts: Counts, row: Any) -> None:
    counts.surveys[row.days, _SOLVED[row.a]] = row.n


_SECTIONS: dict[str, Callable[[Counts, Any], None]] = {
    "cohort": _of_cohort,
    "end": _end,
    "reopened": _plain("reopened"),
    "now": _plain("now"),
    "visit": _with_days("visits"),
    "running_visit": _with_days("running_visits"),
    "run": _run,
    "held": _custodian("held"),
    "taken": _custodian("taken"),
    "given_on": _custodian("given_on"),
    "stay": _stay,
    "kept": _judged,
    "broken": _judged,
    "ends_on": _ends_on,
    "survey": _survey,
}
