"""A small load by HTTP whose callers never give up: each act under one request_id until it is
answered, as a good client does. Everything that was told on the way is kept."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.journeys.people import Person
from tests.journeys.relay import Relay

GIVE_UP_SECONDS = 120.0


@dataclass
class Load:
    """Workers who file, triage and offer until they are told to stop.

    `offered` are the complaints whose offer was answered, with its number; `told` every answer that
    was no success; `unreached` counts tries that got no answer at all.
    """

    relay: Relay
    workers: int = 3
    mark: str = field(default_factory=lambda: f"beban {uuid.uuid4()}")
    filed: list[str] = field(default_factory=list)
    offered: dict[str, int] = field(default_factory=dict)
    told: list[httpx.Response] = field(default_factory=list)
    unreached: int = 0
    faults: list[BaseException] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: Sequence[threading.Thread] = ()

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._work) for _ in range(self.workers)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(GIVE_UP_SECONDS + 30)
            assert not thread.is_alive()

    def _work(self) -> None:
        try:
            person, officer = self.relay.person(), self.relay.officer("officer-complaint")
            while not self._stopping.is_set():
                self._one(person, officer)
        except BaseException as fault:  # noqa: BLE001 - told by the test's own thread
            self.faults.append(fault)

    def _one(self, person: Person, officer: Person) -> None:
        filed = self._insist(person, "/v1/complaints", narrative=self.mark)
        self.filed.append(filed["complaint_id"])
        own = f"/v1/complaints/{filed['complaint_id']}"
        self._insist(officer, f"{own}:triage", category="unpaid_wages", severity=2)
        self.offered[filed["complaint_id"]] = int(self._insist(officer, f"{own}:offer")["offer_no"])

    def _insist(self, person: Person, path: str, **fields: Any) -> Any:
        """Try until it is answered; each try is the same act."""
        fields["request_id"] = str(uuid.uuid4())
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            wait = 0.2
            try:
                answer = person.client.post(path, json=fields)
            except httpx.TransportError:
                self.unreached += 1
            else:
                if answer.is_success:
                    return answer.json()
                self.told.append(answer)
                assert answer.status_code in (503, 504), answer.text
                wait = float(answer.headers.get("Retry-After", wait))
            assert time.monotonic() < deadline, f"{path} was not answered in time"
            time.sleep(wait)
