"""Workers, who they are, and their ways to a country and back. What may be done with one
`workflow.toml` says."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from estafet.placement.v1.events_pb2 import (
    PlacementStarted,
    PlacementStopped,
    WorkerDeparted,
    WorkerErased,
    WorkerRegistered,
    WorkerReturned,
)

from services.chassis.errors import NotAllowed, NotFound

NIK_MALFORMED = "NIK_MALFORMED"
NIK_TAKEN = "NIK_TAKEN"
# Province, regency and district in six digits; day (women: plus 40), month and year of birth; a
# running number.
_NIK = re.compile(r"\d{6}(0[1-9]|[12]\d|3[01]|4[1-9]|[56]\d|7[01])(0[1-9]|1[0-2])\d{6}")


def is_nik(text: str) -> bool:
    """Whether an identity number has the form of one."""
    return _NIK.fullmatch(text) is not None


@dataclass(eq=False)
class Person:
    """Who a worker is: erased as one row."""

    worker_id: str
    name: str
    nik: str = ""
    passport_no: str = ""
    contact: str = ""

    def warnings(self, *, is_taken: bool) -> list[str]:
        """What an officer should look at; none of it is a reason to refuse."""
        found = [NIK_MALFORMED] if self.nik and not is_nik(self.nik) else []
        return [*found, NIK_TAKEN] if is_taken else found


@dataclass(eq=False)
class Worker:
    """Somebody who wants to work abroad, without who that is."""

    worker_id: str
    regency: str
    registered_at: datetime
    erased_at: datetime | None = None

    def register(self) -> WorkerRegistered:
        """Enter the worker."""
        return WorkerRegistered(worker_id=self.worker_id, regency=self.regency)

    def must_be_known(self) -> None:
        """NotFound when nobody knows any longer who this is."""
        if self.erased_at is not None:
            raise NotFound(
                f"worker {self.worker_id} was erased on {self.erased_at:%Y-%m-%d}",
                reason="WORKER_ERASED",
            )

    def erase(self, ground: str, now: datetime) -> WorkerErased:
        """Forget who it is, on one of the grounds of UU 27/2022 Art 43(1)."""
        self.erased_at = now
        return WorkerErased(worker_id=self.worker_id, ground=ground)


class PlacementStatus(StrEnum):
    """Where a placement stands; the proto's names."""

    IN_PROCESS = "in_process"
    DEPARTED = "departed"
    RETURNED = "returned"
    STOPPED = "stopped"


@dataclass(eq=False)
class Placement:
    """One worker's way to one country; without a p3mi_id it is the government's."""

    placement_id: str
    worker_id: str
    p3mi_id: str
    country: str
    started_at: datetime
    status: PlacementStatus = PlacementStatus.IN_PROCESS
    departed_on: date | None = None
    returned_on: date | None = None
    stopped_as: str = ""

    def start(self) -> PlacementStarted:
        """Begin the process."""
        return PlacementStarted(
            placement_id=self.placement_id,
            worker_id=self.worker_id,
            p3mi_id=self.p3mi_id,
            country=self.country,
        )

    def depart(self, day: date, today: date) -> WorkerDeparted:
        """The worker has left."""
        self._must_not_be_ahead(day, today)
        self.status, self.departed_on = PlacementStatus.DEPARTED, day
        return WorkerDeparted(
            placement_id=self.placement_id,
            worker_id=self.worker_id,
            p3mi_id=self.p3mi_id,
            country=self.country,
            departed_on=day.isoformat(),
        )

    def come_back(self, day: date, today: date) -> WorkerReturned:
        """The worker is back."""
        self._must_not_be_ahead(day, today)
        if self.departed_on is not None and day < self.departed_on:
            raise self._refusal(f"left on {self.departed_on}, after {day}", "BEFORE_DEPARTURE")
        self.status, self.returned_on = PlacementStatus.RETURNED, day
        return WorkerReturned(
            placement_id=self.placement_id,
            worker_id=self.worker_id,
            country=self.country,
            returned_on=day.isoformat(),
        )

    def stop(self, code: str) -> PlacementStopped:
        """The worker will not leave with this placement."""
        self.status, self.stopped_as = PlacementStatus.STOPPED, code
        return PlacementStopped(placement_id=self.placement_id, worker_id=self.worker_id, code=code)

    def _must_not_be_ahead(self, day: date, today: date) -> None:
        if day > today:
            raise self._refusal(f"cannot have moved on {day}, which lies ahead", "DAY_AHEAD")

    def _refusal(self, state: str, reason: str) -> NotAllowed:
        return NotAllowed(f"placement {self.placement_id} {state}", reason=reason)


@dataclass(eq=False)
class Wish:
    """A returnee's wish to work abroad again, as empowerment tells it; the newest of a plan counts.

    `worker_id` is empty when nobody has said who it is; `country`, when it is all the same.
    """

    plan_id: str
    worker_id: str
    country: str
    wished_at: datetime
