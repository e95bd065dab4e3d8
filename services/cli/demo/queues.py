"""What officers see at the start of a day: protection's queue of offers, its open cases, and the
workers whom placement's locks left in process."""

import time
from collections.abc import Callable, Collection
from typing import TypeVar

from services.cli.demo.actions import Accept, Action, Ask, Decline, Mediate, Return
from services.cli.demo.door import DemoFailed, Door
from services.cli.demo.expected import complaint
from services.cli.demo.giving_on import Recommend, Refer, Repatriate
from services.cli.demo.papers import Papers
from services.cli.demo.placing import TakeWorker

PROTECTION, PLACEMENT = "officer-protection", "officer-placement"
PAGE_SIZE = 200
WAIT_SECONDS, PAUSE_SECONDS = 60.0, 0.1
OFFERED = (Ask, Accept, Decline)
IN_WORK = (Mediate, Return, Refer, Recommend, Repatriate)

V = TypeVar("V")


class Queues:
    """The offers' numbers and the cases' ids by matter, the workers' matters by placement, as the
    lists show them."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.offers: dict[str, int] = {}
        self.cases: dict[str, str] = {}
        self.in_process: dict[str, str] = {}

    def look(self, actions: Collection[Action], papers: Papers) -> None:
        """Read the lists that a day's deeds need, until they show what the deeds are about."""
        stopped = {papers.placements[a.index] for a in actions if isinstance(a, TakeWorker)}
        if stopped:
            self.in_process = _until(self._in_process, stopped, "placement's workers in process")
        offered = _wanted(actions, papers, OFFERED) | {self.in_process[each] for each in stopped}
        if offered:
            self.offers = _until(self._offers, offered, "protection's queue")
        in_work = _wanted(actions, papers, IN_WORK)
        if in_work:
            self.cases = _until(self._cases, in_work, "protection's cases")

    def _in_process(self) -> dict[str, str]:
        rows = self._all("/v1/placement/matters", "matters", PLACEMENT)
        return {str(row["placement_id"]): str(row["matter_id"]) for row in rows}

    def _offers(self) -> dict[str, int]:
        rows = self._all("/v1/protection/offers", "offers", PROTECTION)
        return {str(row["matter_id"]): int(str(row["offer_no"])) for row in rows}

    def _cases(self) -> dict[str, str]:
        rows = self._all("/v1/protection/cases", "cases", PROTECTION, status="CASE_STATUS_OPEN")
        return {str(row["matter_id"]): str(row["case_id"]) for row in rows}

    def _all(self, path: str, name: str, officer: str, **filters: str) -> list[dict[str, object]]:
        """A whole list, page by page."""
        rows: list[dict[str, object]] = []
        token = ""
        while True:
            query: dict[str, str | int] = {**filters, "page_size": PAGE_SIZE, "page_token": token}
            page = self._door.ask(path, query, officer)
            rows += page.get(name, [])
            token = page.get("next_page_token", "")
            if not token:
                return rows


def _wanted(
    actions: Collection[Action], papers: Papers, kinds: tuple[type[Action], ...]
) -> set[str]:
    return {papers.ids[complaint(a.index)] for a in actions if isinstance(a, kinds)}


def _until(read: Callable[[], dict[str, V]], wanted: set[str], what: str) -> dict[str, V]:
    deadline = time.monotonic() + WAIT_SECONDS
    while missing := wanted - (found := read()).keys():
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what} does not show {sorted(missing)[:3]}")
        time.sleep(PAUSE_SECONDS)
    return found
