"""What the world must look like when a script has been carried out: a fold of its deeds."""

from collections import Counter
from dataclasses import dataclass, field

from services.cli.demo.actions import (
    Accept,
    Action,
    Ask,
    Close,
    Decline,
    File,
    Mediate,
    Offer,
    Return,
)
from services.cli.demo.script import Script

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
    fold = _Fold(script.offer_days)
    for number, day in enumerate(script.days):
        fold.start_day(number)
        for action in day.actions:
            fold.take(action)
    fold.world.offers["open"] = len(fold.open_offers)
    return fold.world


class _Fold:
    def __init__(self, offer_days: int) -> None:
        self.world = Expected()
        self.open_offers: dict[int, tuple[int, str]] = {}
        self._offer_days = offer_days
        self._today = 0

    def start_day(self, number: int) -> None:
        """Offers whose last day is over have lapsed."""
        self._today = number
        made = self.open_offers.items()
        for index in [i for i, (on, _) in made if on + self._offer_days < number]:
            self._end_offer(index, "lapsed")

    def take(self, action: Action) -> None:
        match action:
            case File(index):
                self.world.filed += 1
                self.world.holders[index] = COMPLAINT
            case Offer(index, to):
                self.open_offers[index] = (self._today, to)
            case Close(index, ground):
                self.world.closed[ground] += 1
                del self.world.holders[index]
            case _:
                self._take_receivers(action)

    def _take_receivers(self, action: Action) -> None:
        match action:
            case Ask():
                self.world.asked += 1
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
        _, to = self.open_offers.pop(index)
        self.world.offers[end] += 1
        return to
