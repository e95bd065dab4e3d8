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
    Merge,
    Offer,
    Return,
    Triage,
)
from services.cli.demo.categories import GRAVEST
from services.cli.demo.clarifying import Clarifying, RecommendBroken
from services.cli.demo.custodies import Custodies, Hop, Key, Open
from services.cli.demo.data_files import COMPLAINT as COMPLAINT_DATA
from services.cli.demo.expected_further import Further
from services.cli.demo.expected_process import MERGED, Process, ProcessFold
from services.cli.demo.giving_on import GivingOn
from services.cli.demo.placing import Placing
from services.cli.demo.script import OFFICERS, Script
from services.process.law import Law

COMPLAINT = "complaint"
CASE = "protection.case"


def complaint(index: int) -> Key:
    """The matter of a filing."""
    return COMPLAINT, index


@dataclass
class Expected:
    """Counts at the start of the script's last working day, plus what is done on it.

    `hops` counts hand-overs; `holders` names the party that holds each matter that is not closed,
    and `opened` has all matters that there are.
    """

    filed: int = 0
    asked: int = 0
    mediated: Counter[str] = field(default_factory=Counter)
    returned: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    hops: Counter[Hop] = field(default_factory=Counter)
    holders: dict[Key, str] = field(default_factory=dict)
    opened: set[Key] = field(default_factory=set)
    departed: Counter[str] = field(default_factory=Counter)
    process: Process = field(default_factory=Process)

    @property
    def offers(self) -> Counter[str]:
        """Hand-overs by end: accepted, declined, lapsed, open."""
        ends = Counter[str]()
        for hop, count in self.hops.items():
            ends[hop.end] += count
        return ends

    @property
    def open_by_holder(self) -> Counter[str]:
        return Counter(self.holders.values())


def expected(script: Script) -> Expected:
    """Counts of filings, hand-overs by end, results, grounds and holders that it leads to."""
    fold = _Fold()
    for number, day in enumerate(script.days):
        fold.start_day(number)
        for action in day.actions:
            fold.take(action)
    return fold.world()


class _Fold:
    def __init__(self) -> None:
        self._world, self._custodies = Expected(), Custodies()
        self._further = Further(self._custodies)
        self._process = ProcessFold(OFFICERS)
        self._clocks = Law.load(COMPLAINT_DATA.parent / "workflow.toml").base.clocks
        self._gravest: set[int] = set()
        self._today = 0

    def world(self) -> Expected:
        world, custodies = self._world, self._custodies
        world.hops = custodies.hops + Counter(custodies.still_offered())
        world.holders, world.opened = custodies.holders, custodies.opened
        world.departed = self._further.departed
        world.process = self._process.world()
        return world

    def start_day(self, number: int) -> None:
        self._today = number
        for kind, index in self._custodies.lapse(number):
            if kind == COMPLAINT:
                self._process.lapse(index)

    def take(self, action: Action) -> None:
        if isinstance(action, GivingOn | Placing | RecommendBroken):
            self._further.take(action, self._today)
        if isinstance(action, Placing):
            return
        self._process.take(action)
        if not isinstance(action, GivingOn | Clarifying):
            self._take(action)

    def _take(self, action: Action) -> None:
        match action:
            case File(index):
                self._world.filed += 1
                self._custodies.open(complaint(index), COMPLAINT)
            case Triage(index, _, severity) if severity == GRAVEST:
                self._gravest.add(index)
            case Offer(index, to):
                offer = Open(to, CASE, self._today, self._days(index))
                self._custodies.offer(complaint(index), offer)
            case Clarify(index):
                self._custodies.offers[complaint(index)].runs_since = self._today
            case Close(index, ground):
                self._world.closed[ground] += 1
                self._custodies.close(complaint(index))
            case Merge(index):
                self._world.closed[MERGED] += 1
                self._custodies.close(complaint(index))
            case _:
                self._take_receivers(action)

    def _days(self, index: int) -> int:
        return self._clocks["offer_in_danger" if index in self._gravest else "offer"].value

    def _take_receivers(self, action: Action) -> None:
        match action:
            case Ask(index):
                self._world.asked += 1
                self._custodies.offers[complaint(index)].runs_since = None
            case Accept(index):
                self._custodies.accept(complaint(index))
            case Decline(index):
                self._custodies.end(complaint(index), "declined")
            case Mediate(_, outcome):
                self._world.mediated[outcome] += 1
            case Return(index, result):
                self._world.returned[result] += 1
                self._custodies.give_back(complaint(index))
