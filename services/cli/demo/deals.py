"""What is dealt to each filing before its course begins, from shuffled decks: so that even a small
demo meets every kind, and shares hold."""

from dataclasses import dataclass
from datetime import date, timedelta

from services.cli.demo.actions import Close
from services.cli.demo.categories import GRAVEST, category
from services.cli.demo.habits import Habits
from services.cli.demo.hearing import Hearing, goes
from services.cli.demo.hearing import is_fit as may_be_heard
from services.cli.demo.onward import EVERYTHING, NOTHING, Onward, is_fit
from services.cli.demo.plan import Filing
from services.cli.demo.shares import Filer
from services.cli.demo.walk import Deeds

DECKS = {True: "with_agency", False: "without_agency"}
CLAIMED = "social_security"
HANDED_OVER, HELPED, ACCEPT = "handed_over", "helped", "accept"
# A twin is found at triage, which is over within two working days; the longest collective leave of
# the year lasted 11 days.
FOUND_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Dealt:
    """`reply`: what protection does with a first offer, empty where it gets none; `claim`: what
    complaint does about a claim of social security before that."""

    plan: str = ""
    twin_of: int | None = None
    reply: str = ""
    onward: Onward | None = None
    hearing: Hearing | None = None
    claim: str = HANDED_OVER
    is_incomplete: bool = False


class Dealer:
    """Deals in the order of filing; it is told of each course when that is known."""

    def __init__(self, seed: int, habits: Habits) -> None:
        self._seed, self._habits = seed, habits
        self._plans = habits.by_itself(seed, "plans")
        self._documents = habits.by_itself(seed, "documents")
        self._claims = habits.by_itself(seed, "claims")
        self._heard, self._ways = habits.heard(seed), habits.ways(seed)
        self._waiting: list[str] = []
        self._replies = habits.replies(seed)
        self._further, self._twins = _Further(seed, habits), _Twins(seed, habits)
        self._fit = 0

    def deal(self, filing: Filing) -> Dealt:
        plan = next(self._plans).replace("none", "")
        if filing.is_information:
            return Dealt(plan)
        if (everything := self._further.everything(filing)) is not None:
            return Dealt(plan, reply=ACCEPT, onward=everything)
        twin_of = self._twins.of(filing)
        if twin_of is not None:
            return Dealt(plan, twin_of)
        hearing = self._hearing(filing)
        claim = next(self._claims) if filing.category == CLAIMED else HANDED_OVER
        if not category(filing.category).handed_to:
            return Dealt(plan, hearing=hearing)
        is_incomplete = (
            hearing is None
            and category(filing.category).severity != GRAVEST
            and next(self._documents) == "missing"
        )
        if claim == HELPED or (hearing is not None and not hearing.hands_on):
            return Dealt(plan, hearing=hearing, claim=claim, is_incomplete=is_incomplete)
        reply = next(self._replies)
        onward = None if hearing else self._further.of(filing)
        return Dealt(plan, None, reply, onward, hearing, claim, is_incomplete)

    def _hearing(self, filing: Filing) -> Hearing | None:
        """The first that are fit are heard, one for each way that it can go."""
        if not may_be_heard(filing, self._habits):
            return None
        is_first = self._fit < len(self._habits.clarification["ways"])
        self._fit += is_first
        if not is_first and next(self._heard) != "heard":
            return None
        return Hearing(filing, self._habits, self._way(filing), self._seed)

    def _way(self, filing: Filing) -> str:
        """The next that it may go; another one waits for a filing that it is fit for."""
        waiting = self._waiting
        while not any(goes(way, filing) for way in waiting):
            waiting.append(next(self._ways))
        found = next(way for way in waiting if goes(way, filing))
        waiting.remove(found)
        return found

    def note(self, filing: Filing, deeds: Deeds) -> None:
        """What becomes of a filing."""
        self._twins.note(filing, deeds)


class _Further:
    """Deals what cases give on besides. The first that can gives everything on, so that even a
    small demo has a journey through everybody."""

    def __init__(self, seed: int, habits: Habits) -> None:
        self._seed, self._habits = seed, habits
        self._decks = {deck: habits.given_on(seed, deck) for deck in DECKS.values()}
        self._is_first = True

    def everything(self, filing: Filing) -> Onward | None:
        if self._is_first and is_fit(filing, EVERYTHING, self._habits):
            self._is_first = False
            return Onward(filing, self._habits, EVERYTHING, self._seed)
        return None

    def of(self, filing: Filing) -> Onward | None:
        what = next(self._decks[DECKS[filing.procedural]])
        if what == NOTHING or not is_fit(filing, what, self._habits):
            return None
        return Onward(filing, self._habits, what, self._seed)


class _Twins:
    """Finds an earlier filing that somebody else may have told of again, and is open yet."""

    def __init__(self, seed: int, habits: Habits) -> None:
        self._cards = habits.by_itself(seed, "twins")
        self._within = timedelta(days=habits.complaint["twin_within_days"])
        self._known: dict[tuple[str, str, bool], list[tuple[Filing, date]]] = {}

    def of(self, filing: Filing) -> int | None:
        if filing.filer is Filer.WORKER:
            return None
        for first, closes_on in reversed(self._known.get(_matter(filing), [])):
            is_near = filing.filed_on - self._within <= first.filed_on < filing.filed_on
            if is_near and closes_on > filing.filed_on + FOUND_WITHIN:
                return self._dealt(filing, first)
        return None

    def _dealt(self, filing: Filing, first: Filing) -> int | None:
        if next(self._cards) != "twin":
            return None
        known = self._known[_matter(filing)]
        self._known[_matter(filing)] = [each for each in known if each[0] is not first]
        return first.index

    def note(self, filing: Filing, deeds: Deeds) -> None:
        closed = [on for on, deed in deeds if isinstance(deed, Close)]
        self._known.setdefault(_matter(filing), []).append(
            (filing, closed[-1] if closed else date.max)
        )


def _matter(filing: Filing) -> tuple[str, str, bool]:
    """What two tell of alike who tell of one matter."""
    return filing.category, filing.country, filing.procedural
