"""What the world must look like when a script has been carried out: a fold of its deeds."""

from collections import Counter
from dataclasses import dataclass, field

from services.cli.demo.actions import (
    Accept,
    Action,
    Ask,
    Clarify,
    Close,
    Decline,
    File,
    Mediate,
    Offer,
    Return,
    Triage,
)
from services.cli.demo.categories import GRAVEST
from services.cli.demo.data_files import COMPLAINT as COMPLAINT_DATA
from services.cli.demo.script import Script
from services.process.workflow import Workflow

COMPLAINT = "complaint"


@dataclass
class Expected:
    """Counts at the start of the script's last working day, plus what is done on it.

    `offers` counts them by end: accepted, declined, lapsed, open. `holders` names the deputy that
    holds each matter that is not closed, by the filing's index.
    """

    filed: int = 0
    asked: int = 0
    mediated: Counter[str] = field(default_factory=Counter)
    offers: Counter[str] = field(default_factory=Counter)
    returned: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    holders: dict[int, str] = field(default_factory=dict)

    @property
    def open_by_holder(self) -> Counter[str]:
        return Counter(self.holders.values())


def expected(script: Script) -> Expected:
    """Counts of filings, offers by end, results, grounds and holders that the script leads to."""
    fold = _Fold()
    for number, day in enumerate(script.days):
        fold.start_day(number)
        for action in day.actions:
            fold.take(action)
    fold.world.offers["open"] = len(fold.open_offers)
    return fold.world


@dataclass
class _Open:
    """An open offer: to whom, and from which working day its clock runs; None while it is asked."""

    to: str
    runs_since: int | None
    days: int

    def has_lapsed(self, today: int) -> bool:
        """Clocks end at close of business, so an offer lapses after its last day."""
        return self.runs_since is not None and self.runs_since + self.days < today


class _Fold:
    def __init__(self) -> None:
        self.world = Expected()
        self.open_offers: dict[int, _Open] = {}
        self._clocks = Workflow.load(COMPLAINT_DATA.parent / "workflow.toml").clocks
        self._gravest: set[int] = set()
        self._today = 0

    def start_day(self, number: int) -> None:
        """Offers whose last day is over have lapsed."""
        self._today = number
        lapsed = [i for i, offer in self.open_offers.items() if offer.has_lapsed(number)]
        for index in lapsed:
            self._end_offer(index, "lapsed")

    def take(self, action: Action) -> None:
        match action:
            case File(index):
                self.world.filed += 1
                self.world.holders[index] = COMPLAINT
            case Triage(index, _, severity) if severity == GRAVEST:
                self._gravest.add(index)
            case Offer(index, to):
                self.open_offers[index] = _Open(to, self._today, self._days(index))
            case Clarify(index):
                self.open_offers[index].runs_since = self._today
            case Close(index, ground):
                self.world.closed[ground] += 1
                del self.world.holders[index]
            case _:
                self._take_receivers(action)

    def _days(self, index: int) -> int:
        return self._clocks["offer_in_danger" if index in self._gravest else "offer"].value

    def _take_receivers(self, action: Action) -> None:
        match action:
            case Ask(index):
                self.world.asked += 1
                self.open_offers[index].runs_since = None
            case Accept(index):
                self.world.holders[index] = self._end_offer(index, "accepted")
            case Decline(index):
                self._end_offer(index, "declined")
            case Mediate(_, outcome):
                self.world.mediated[outcome] += 1
            case Return(index, result):
                self.world.returned[result] += 1
                self.world.holders[index] = COMPLAINT

    def _end_offer(self, index: int, end: str) -> str:
        """Close an offer; returns whom it was made to."""
        self.world.offers[end] += 1
        return self.open_offers.pop(index).to
