"""What protection's officers see at the start of a day: the queue of offers, and the open cases."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from services.cli.demo.actions import Accept, Action, Ask, Decline, Mediate, Return
from services.cli.demo.door import DemoFailed, Door

OFFICER = "officer-protection"
PAGE_SIZE = 200
WAIT_SECONDS, PAUSE_SECONDS = 60.0, 0.1

V = TypeVar("V")


class Queues:
    """The offers' numbers and the cases' ids by matter, as the lists show them."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.offers: dict[str, int] = {}
        self.cases: dict[str, str] = {}

    def look(self, actions: Collection[Action], ids: Mapping[int, str]) -> None:
        """Read the lists that a day's deeds need, until they show what the deeds are about."""
        offered = _wanted(actions, ids, (Ask, Accept, Decline))
        if offered:
            self.offers = _until(self._offers, offered, "protection's queue")
        in_work = _wanted(actions, ids, (Mediate, Return))
        if in_work:
            self.cases = _until(self._cases, in_work, "protection's cases")

    def _offers(self) -> dict[str, int]:
        rows = self._all("/v1/protection/offers", "offers")
        return {str(row["matter_id"]): int(str(row["offer_no"])) for row in rows}

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
    actions: Collection[Action], ids: Mapping[int, str], kinds: tuple[type[Action], ...]
) -> set[str]:
    return {ids[action.index] for action in actions if isinstance(action, kinds)}


def _until(read: Callable[[], dict[str, V]], wanted: set[str], what: str) -> dict[str, V]:
    deadline = time.monotonic() + WAIT_SECONDS
    while missing := wanted - (found := read()).keys():
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what} does not show {sorted(missing)[:3]}")
        time.sleep(PAUSE_SECONDS)
    return found
