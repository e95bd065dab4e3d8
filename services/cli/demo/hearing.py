"""How an agency (P3MI) is heard about a complaint: one session or two, and what was promised there.

A promise that was broken in the second session and is admitted goes to placement without a
mediation (Permen P2MI/Perban 23/2025 Art 18(4)).
"""

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from enum import StrEnum

from services.cli.demo.categories import category
from services.cli.demo.clarifying import (
    ADMITTED,
    ANOTHER,
    DENIED,
    FIRST,
    HANDED_ON,
    SECOND,
    SETTLED,
    AskDate,
    Commitment,
    Confirm,
    Explain,
    Hold,
    Invite,
    RecommendBroken,
    Take,
)
from services.cli.demo.giving_on import CloseFile, Lock, TakeFile
from services.cli.demo.habits import Habits
from services.cli.demo.plan import Filing
from services.cli.demo.texts import agency_of
from services.cli.demo.walk import Walk

BROKEN_COMMITMENT = "broken_commitment"
# A link ends after 7 calendar days (workflow.toml).
LINK_LASTS = timedelta(days=6)


class Way(StrEnum):
    """How it goes: the cards of data/officers.toml."""

    AT_ONCE = "at_once"
    KEPT = "kept"
    SECOND_KEPT = "second_kept"
    PAID_LATE = "paid_late"
    BROKEN = "broken"
    DENIED = "denied"
    DISAGREED = "disagreed"


IN_THE_FIRST = (Way.AT_ONCE, Way.KEPT)
SETTLES = (*IN_THE_FIRST, Way.SECOND_KEPT, Way.PAID_LATE)
SANCTIONED = (Way.PAID_LATE, Way.BROKEN)


def is_fit(filing: Filing, habits: Habits) -> bool:
    """Whether an agency may be heard: there is one, and it is about what agencies do."""
    return filing.procedural and filing.category in habits.clarification["categories"]


def goes(way: str, filing: Filing) -> bool:
    """Whether it may go this way: what no deputy takes is not given on to one."""
    return way != Way.DISAGREED or bool(category(filing.category).handed_to)


class Hearing:
    """Writes down how one agency is heard."""

    def __init__(self, filing: Filing, habits: Habits, way: str, seed: int) -> None:
        self._index, self._habits = filing.index, habits
        self._agency = agency_of(filing, seed)
        self.way = Way(way)

    @property
    def settles(self) -> bool:
        return self.way in SETTLES

    @property
    def hands_on(self) -> bool:
        """Whether protection is offered the matter then."""
        return self.way is Way.DISAGREED

    def run(self, walk: Walk) -> None:
        """From who takes it to what came of it."""
        walk.wait("invite")
        walk.do(Take(self._index))
        is_over = self.way in IN_THE_FIRST
        comes = is_over or not self._happens(walk, "absent_percent")
        self._invite(walk, FIRST, comes=comes)
        if not is_over:
            walk.do(Hold(self._index, FIRST, ANOTHER, absent=not comes))
            walk.wait("invite")
            self._invite(walk, SECOND)
        self._settle(walk, FIRST if is_over else SECOND)

    def _invite(self, walk: Walk, session: int, *, comes: bool = True) -> None:
        """Up to the day of the session; who comes has explained by then."""
        meets_on = self._next_day(walk, "session")
        walk.do(Invite(self._index, session, self._agency, meets_on))
        if session == FIRST and comes and self._happens(walk, "other_date_percent"):
            walk.wait("ask_date")
            meets_on = walk.day_in(bisect_left(walk.days, meets_on) - walk.at + self._other(walk))
            walk.do(AskDate(self._index, meets_on))
            walk.do(Invite(self._index, session, self._agency, meets_on))
        if comes:
            self._explain(walk, meets_on)
        walk.at = max(walk.at, bisect_left(walk.days, meets_on))

    def _other(self, walk: Walk) -> int:
        return self._habits.delay("other_date", walk.rng)

    def _next_day(self, walk: Walk, step: str) -> date:
        return walk.day_in(self._habits.delay(step, walk.rng))

    def _happens(self, walk: Walk, percent: str) -> bool:
        return walk.rng.random() * 100 < int(self._habits.clarification[percent])

    def _explain(self, walk: Walk, meets_on: date) -> None:
        """Before the link ends, and by the day of the session."""
        last = min(walk.day_in(0) + LINK_LASTS, meets_on)
        latest = bisect_right(walk.days, last) - 1
        walk.wait("explain")
        walk.at = min(walk.at, latest)
        walk.do(Explain(self._index))

    def _settle(self, walk: Walk, session: int) -> None:
        """What came of the last session."""
        if self.way in (Way.AT_ONCE, Way.DISAGREED):
            outcome = HANDED_ON if self.hands_on else SETTLED
            walk.do(Hold(self._index, session, outcome))
            return
        due_on = self._next_day(walk, "due_first" if session == FIRST else "due_second")
        promised = Commitment(self._habits.amount(walk.rng), due_on)
        admitted = {Way.DENIED: DENIED, **dict.fromkeys(SANCTIONED, ADMITTED)}.get(self.way, "")
        walk.do(Hold(self._index, session, SETTLED, admitted=admitted, commitment=promised))
        if self.way in (Way.KEPT, Way.SECOND_KEPT):
            walk.at = bisect_left(walk.days, due_on)
            walk.do(Confirm(self._index, session, kept=True))
            return
        walk.wait_until_after(due_on)
        walk.do(Confirm(self._index, session, kept=False))
        if self.way in SANCTIONED:
            self._sanction(walk)

    def _sanction(self, walk: Walk) -> None:
        """Placement opens its file: who pays then is not locked."""
        walk.wait("recommend")
        walk.do(RecommendBroken(self._index, self._agency, BROKEN_COMMITMENT))
        walk.wait("file")
        walk.do(TakeFile(self._index))
        walk.wait("decide")
        if self.way is Way.PAID_LATE:
            walk.do(CloseFile(self._index))
            walk.wait("part")
            walk.do(Confirm(self._index, SECOND, kept=True))
        else:
            expires_on = walk.day_in(self._habits.further["locked_working_days"])
            walk.do(Lock(self._index, self._agency, expires_on))
            walk.wait("part")
