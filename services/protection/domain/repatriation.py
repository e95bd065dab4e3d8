"""Bringing somebody home, and handing them over to empowerment."""

from dataclasses import dataclass
from datetime import date

from estafet.empowerment.v1.briefs_pb2 import ReturneeBrief
from estafet.protection.v1.events_pb2 import RepatriationOpened, WorkerRepatriated

from services.chassis.errors import NotAllowed


@dataclass(eq=False)
class Repatriation:
    """Somebody's way home: a child of the case's matter. Where it stands is told by its custody.

    `worker_id` is empty when nobody has said who it is; `needs` are codes.
    """

    matter_id: str
    case_id: str
    worker_id: str
    country: str
    arrived_on: date | None = None
    needs: tuple[str, ...] = ()
    # Why protection ended it without anybody's having taken it on.
    closing_note_id: str = ""

    def open(self) -> RepatriationOpened:
        """The way home begins."""
        return RepatriationOpened(
            matter_id=self.matter_id,
            case_id=self.case_id,
            worker_id=self.worker_id,
            country=self.country,
        )

    def arrive(self, day: date, needs: tuple[str, ...], today: date) -> WorkerRepatriated:
        """They have come home, and need something or nothing."""
        if day > today:
            raise self._refusal(f"cannot have arrived on {day}, which lies ahead", "DAY_AHEAD")
        self.arrived_on, self.needs = day, needs
        return WorkerRepatriated(
            matter_id=self.matter_id,
            case_id=self.case_id,
            worker_id=self.worker_id,
            country=self.country,
            arrived_on=day.isoformat(),
        )

    def brief(self) -> ReturneeBrief:
        """What empowerment is told of them."""
        if self.arrived_on is None:
            raise self._refusal("has not ended: nobody has arrived", "NOT_ARRIVED")
        return ReturneeBrief(
            case_id=self.case_id,
            worker_id=self.worker_id,
            country=self.country,
            arrived_on=self.arrived_on.isoformat(),
            needs=self.needs,
        )

    def _refusal(self, state: str, reason: str) -> NotAllowed:
        return NotAllowed(f"repatriation {self.matter_id} {state}", reason=reason)
