"""What one case gives on before it ends: to a ministry, to placement, to empowerment.

One after the other, so that each is over, or will be, before protection returns the case's matter;
nobody lets a clock run out here.
"""

from services.cli.demo.categories import category
from services.cli.demo.giving_on import (
    Arrive,
    CloseFile,
    Drop,
    Enrol,
    Lock,
    MinistryAccepts,
    MinistryDeclines,
    MinistryReturns,
    Outcome,
    Recommend,
    Refer,
    RefuseFile,
    Repatriate,
    TakeFile,
    TakeReturnee,
    WishAgain,
)
from services.cli.demo.habits import Habits, drawn
from services.cli.demo.plan import Filing
from services.cli.demo.texts import agency_of
from services.cli.demo.walk import Walk

NOTHING, EVERYTHING = "nothing", "everything"
PARTS = ("refer", "sanction", "home")


class Onward:
    """Writes down what a case gives on: one of the parts, or all of them."""

    def __init__(self, filing: Filing, habits: Habits, what: str, seed: int) -> None:
        self._filing, self._index, self._habits = filing, filing.index, habits
        self._parts = PARTS if what == EVERYTHING else (what,)
        self.is_everything = what == EVERYTHING
        self._seed = seed

    @property
    def ministry(self) -> str:
        """The ministry that will be asked; empty: none."""
        return self._habits.ministry_for(self._filing.category)[0] if "refer" in self._parts else ""

    def run(self, walk: Walk) -> None:
        for part in self._parts:
            walk.wait("part")
            match part:
                case "refer":
                    self._refer(walk)
                case "sanction":
                    self._sanction(walk)
                case _:
                    self._bring_home(walk)
        walk.wait("part")

    def _refer(self, walk: Walk) -> None:
        ministry, request = self._habits.ministry_for(self._filing.category)
        walk.do(Refer(self._index, ministry, request))
        walk.wait("ministry_reply")
        result = self._drawn(walk, "referrals", "helped")
        if result == "declined":
            walk.do(MinistryDeclines(self._index, ministry, "not_ours"))
            return
        walk.do(MinistryAccepts(self._index, ministry))
        walk.wait("ministry_result")
        walk.do(MinistryReturns(self._index, ministry, result))

    def _sanction(self, walk: Walk) -> None:
        agency, further = agency_of(self._filing, self._seed), self._habits.further
        violation = further["violations"].get(self._filing.category, "contract_breach")
        walk.do(Recommend(self._index, agency, violation))
        walk.wait("file")
        end = self._drawn(walk, "files", "locked")
        if end == "declined":
            walk.do(RefuseFile(self._index, "incomplete"))
            walk.wait("drop")
            walk.do(Drop(self._index))
            return
        walk.do(TakeFile(self._index))
        walk.wait("decide")
        expires_on = walk.day_in(further["locked_working_days"])
        is_locked = end == "locked"
        walk.do(Lock(self._index, agency, expires_on) if is_locked else CloseFile(self._index))

    def _bring_home(self, walk: Walk) -> None:
        further = self._habits.further
        walk.do(Repatriate(self._index, self._filing.country))
        walk.wait("way_home")
        need = self._drawn(walk, "needs", "income")
        walk.do(Arrive(self._index, () if need == "nothing" else (need,)))
        if need == "nothing":
            return
        walk.wait("take_returnee")
        walk.do(TakeReturnee(self._index))
        walk.wait("enrol")
        walk.do(Enrol(self._index, further["programmes"][need]))
        walk.wait("outcome")
        outcome = drawn(further["outcomes"], walk.rng)
        if outcome == "re_migrated":
            walk.do(WishAgain(self._index, self._filing.country))
        walk.do(Outcome(self._index, outcome))

    def _drawn(self, walk: Walk, what: str, surely: str) -> str:
        """What is drawn; a case that gives everything on has every party take its part."""
        return surely if self.is_everything else drawn(self._habits.further[what], walk.rng)


def is_fit(filing: Filing, what: str, habits: Habits) -> bool:
    """Whether a case of this kind gives that on: only an agency's worker has an agency to lock,
    and some are home, or come home no more."""
    needs_agency = what in ("sanction", EVERYTHING)
    goes_home = what in ("home", EVERYTHING)
    return (
        bool(category(filing.category).handed_to)
        and (filing.procedural or not needs_agency)
        and (not goes_home or filing.category not in habits.further["not_brought_home"])
    )
