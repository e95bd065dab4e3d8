"""What must come of the deeds beyond complaint and protection: matters under a case's or a
complaint's, referrals, and workers whom a lock leaves in process."""

from collections import Counter

from services.cli.demo.clarifying import RecommendBroken
from services.cli.demo.custodies import Custodies, Key, Open
from services.cli.demo.giving_on import (
    Arrive,
    CloseFile,
    ComingHome,
    Drop,
    GivingOn,
    Lock,
    MinistryAccepts,
    MinistryDeclines,
    MinistryReturns,
    Outcome,
    Recommend,
    Refer,
    RefuseFile,
    Repatriate,
    Sanctioning,
    TakeFile,
    TakeReturnee,
)
from services.cli.demo.placing import Depart, Placing, ReturnWorker, Start, Stop, TakeWorker

COMPLAINT, PROTECTION = "complaint", "protection"
PLACEMENT, EMPOWERMENT = "placement", "empowerment"
SANCTION, REPATRIATION, IN_PROCESS = "sanction", "repatriation", "worker_in_process"
# The officers of the script answer all of these long before a clock ends.
NEVER = 10**6


class Further:
    """Folds them into the same custodies. `departed` counts who left, by country."""

    def __init__(self, custodies: Custodies) -> None:
        self._custodies = custodies
        self._with_agency: dict[int, int] = {}
        self._countries: dict[int, str] = {}
        self.departed = Counter[str]()

    def take(self, action: GivingOn | Placing | RecommendBroken, today: int) -> None:
        if isinstance(action, Placing):
            self._take_placing(action)
        elif isinstance(action, RecommendBroken):
            self._recommend((SANCTION, action.index), COMPLAINT, today)
        elif isinstance(action, Sanctioning):
            self._take_sanction((SANCTION, action.index), action, today)
        elif isinstance(action, ComingHome):
            self._take_way_home((REPATRIATION, action.index), action, today)
        else:
            self._take_referral((COMPLAINT, action.index), action, today)

    def _take_referral(self, key: Key, action: GivingOn, today: int) -> None:
        match action:
            case Refer(_, ministry):
                self._offer(key, ministry, "exchange.referral", today)
            case MinistryAccepts():
                self._custodies.accept(key)
            case MinistryDeclines():
                self._custodies.end(key, "declined")
            case MinistryReturns():
                self._custodies.give_back(key)

    def _take_sanction(self, key: Key, action: Sanctioning, today: int) -> None:
        match action:
            case Recommend():
                self._recommend(key, PROTECTION, today)
            case TakeFile():
                self._custodies.accept(key)
            case RefuseFile():
                self._custodies.end(key, "declined")
            case Drop() | CloseFile():
                self._custodies.close(key)
            case Lock(_, agency):
                self._custodies.close(key)
                self._leave_in_process(agency, today)

    def _recommend(self, key: Key, by: str, today: int) -> None:
        self._custodies.open(key, by)
        self._offer(key, PLACEMENT, "placement.sanction", today)

    def _take_way_home(self, key: Key, action: ComingHome, today: int) -> None:
        match action:
            case Repatriate():
                self._custodies.open(key, PROTECTION)
            case Arrive(_, ()) | Outcome():
                self._custodies.close(key)
            case Arrive():
                self._offer(key, EMPOWERMENT, "empowerment.returnee", today)
            case TakeReturnee():
                self._custodies.accept(key)

    def _take_placing(self, action: Placing) -> None:
        match action:
            case Start(index, agency, country):
                self._countries[index] = country
                if agency is not None:
                    self._with_agency[index] = agency
            case Depart(index):
                self.departed[self._countries[index]] += 1
                self._with_agency.pop(index, None)
            case Stop(index):
                self._with_agency.pop(index, None)
            case TakeWorker(index):
                self._custodies.accept((IN_PROCESS, index))
            case ReturnWorker(index):
                # Placement ends by itself what comes back to it.
                self._custodies.give_back((IN_PROCESS, index))
                self._custodies.close((IN_PROCESS, index))

    def _leave_in_process(self, agency: int, today: int) -> None:
        """A lock begins a matter for each worker whom the agency has in process."""
        for index, other in self._with_agency.items():
            if other == agency:
                self._custodies.open((IN_PROCESS, index), PLACEMENT)
                self._offer((IN_PROCESS, index), PROTECTION, "protection.worker_in_process", today)

    def _offer(self, key: Key, to: str, kind: str, today: int) -> None:
        self._custodies.offer(key, Open(to, kind, today, NEVER))
