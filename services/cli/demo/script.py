"""The demo's script: what everybody does on each working day, from a plan. Pure and repeatable.

The delays and shares behind it are assumptions (data/officers.toml): no source gives them. At most
one step of the clock per working day carries it out: see course.py for why that is enough.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.cli.demo.actions import ORDER, Action
from services.cli.demo.categories import category
from services.cli.demo.clarifying import Appoint
from services.cli.demo.course import Course
from services.cli.demo.data_files import seeded
from services.cli.demo.deals import Dealer
from services.cli.demo.facts import YEAR
from services.cli.demo.habits import Habits
from services.cli.demo.plan import Plan
from services.process.calendars import CALENDARS

OFFER_DAYS = 5
# The officers of complaint.
OFFICERS = 2


@dataclass(frozen=True, slots=True)
class Day:
    """A working day and its deeds in order; those of different filings do not depend on each
    other."""

    on: date
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Script:
    days: tuple[Day, ...]
    offer_days: int

    def actions(self) -> list[Action]:
        return [action for day in self.days for action in day.actions]


def build_script(
    plan: Plan, offer_days: int = OFFER_DAYS, until: date = date(YEAR, 12, 31)
) -> Script:
    """Every working day from the first filing to `until`, with what is done on it.

    `offer_days` is after how many working days complaint looks again at an offer left to lapse: not
    before its clock (workflow.toml, which a question pauses) has ended, and it must leave
    protection the time it takes to ask and to accept, else ValueError. What would happen after
    `until` does not happen: those matters stay open. Only triage is never late: what is filed by
    `until` is triaged by then, since its category is counted.
    """
    habits, days = Habits(), working_days_of_both_years()
    if offer_days <= habits.slowest_reply:
        raise ValueError(f"offers of {offer_days} working days lapse before protection answers")
    by_day: dict[date, list[Action]] = defaultdict(list)
    dealer = Dealer(plan.seed, habits)
    for filing in plan.filings:
        dealt = dealer.deal(filing)
        rng = seeded(plan.seed, "course", filing.index)
        course = Course(filing, days, habits, offer_days, rng)
        course.run(dealt, triaged_by=until)
        if dealt.twin_of is None:
            dealer.note(filing, course.deeds)
        for day, deed in course.deeds:
            by_day[day].append(deed)
    first = min((day for day in by_day), default=until)
    shown = [day for day in days if first <= day <= until]
    return Script(tuple(Day(day, _in_order(by_day[day], plan)) for day in shown), offer_days)


def with_officers(script: Script) -> Script:
    """The script, and on its first day who works for complaint: nobody takes a matter before."""
    first = script.days[0].on
    return merged(script, [(first, Appoint(number)) for number in range(OFFICERS)])


def working_days_of_both_years() -> list[date]:
    """The working days of the year and of the next one, in which late matters end."""
    return CALENDARS.of().working_days(date(YEAR, 1, 1), date(YEAR + 1, 12, 31))


def merged(script: Script, deeds: Iterable[tuple[date, Action]]) -> Script:
    """The script with further deeds on its days; what would happen after them does not happen."""
    by_day: dict[date, list[Action]] = defaultdict(list)
    for on, deed in deeds:
        by_day[on].append(deed)
    days = (
        Day(day.on, day.actions + tuple(sorted(by_day[day.on], key=_kind))) for day in script.days
    )
    return replace(script, days=tuple(days))


def _kind(deed: Action) -> int:
    return ORDER.index(type(deed))


def _in_order(deeds: Sequence[Action], plan: Plan) -> tuple[Action, ...]:
    """Kinds in the order of a matter's life; within a kind the gravest first, then the oldest."""

    def place(deed: Action) -> tuple[int, int, int]:
        severity = category(plan.filings[deed.index].category).severity
        return _kind(deed), -severity, deed.index

    return tuple(sorted(deeds, key=place))
