"""What protection's officers see at the start of a day: the queue of offers, and the open cases."""

import time
from collections.abc import Callable, Collection
from typing import NamedTuple, TypeVar

from services.cli.demo.actions import Accept, Action, Ask, Decline, Mediate, Return
from services.cli.demo.door import DemoFailed, Door
from services.cli.demo.expected import complaint
from services.cli.demo.expected_further import IN_PROCESS
from services.cli.demo.giving_on import Recommend, Refer, Repatriate
from services.cli.demo.papers import Papers
from services.cli.demo.placing import TakeWorker

OFFICER = "officer-protection"
PAGE_SIZE = 200
WAIT_SECONDS, PAUSE_SECONDS = 60.0, 0.1
OFFERED = (Ask, Accept, Decline)
IN_WORK = (Mediate, Return, Refer, Recommend, Repatriate)

V = TypeVar("V")


class Offered(NamedTuple):
    """A row of protection's queue."""

    matter_id: str
    offer_no: int


class Queues:
    """The offers and the cases' ids by matter, as the lists show them; the offer of a worker whom a
    lock left in process stands under the worker's id, too."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.offers: dict[str, Offered] = {}
        self.cases: dict[str, str] = {}

    def look(self, actions: Collection[Action], papers: Papers) -> None:
        """Read the lists that a day's deeds need, until they show what the deeds are about."""
        in_process = {papers.workers[a.index] for a in actions if isinstance(a, TakeWorker)}
        offered = _wanted(actions, papers, OFFERED) | in_process
        if offered:
            self.offers = _until(self._offers, offered, "protection's queue")
        in_work = _wanted(actions, papers, IN_WORK)
        if in_work:
            self.cases = _until(self._cases, in_work, "protection's cases")

    def _offers(self) -> dict[str, Offered]:
        found = {}
        for row in self._all("/v1/protection/offers", "offers"):
            offered = Offered(str(row["matter_id"]), int(str(row["offer_no"])))
            found[offered.matter_id] = offered
            if row.get("category") == IN_PROCESS:
                found[str(row["worker_id"])] = offered
        return found

    def _cases(self) -> dict[str, str]:
        rows = self._all("/v1/protection/cases", "cases", status="CASE_STATUS_OPEN")
        return {str(row["matter_id"]): str(row["case_id"]) for row in rows}

    def _all(self, path: str, name: str, **filters: str) -> list[dict[str, object]]:
        """A whole list, page by page."""
        rows: list[dict[str, object]] = []
        token = ""
        while True:
            query: dict[str, str | int] = {**filters, "page_size": PAGE_SIZE, "page_token": token}
            page = self._door.ask(path, query, OFFICER)
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
