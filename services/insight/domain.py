"""What the read side keeps of records, and the months that it counts by."""

from dataclasses import dataclass
from datetime import date, datetime

from services.chassis.errors import Invalid
from services.process.calendar import ONE_DAY, add_months, end_of


@dataclass(eq=False)
class Seen:
    """A record of any topic by its envelope. `payload` is that of a record that sets clocks (of
    custody, of a referral), else empty."""

    topic: str
    key: str
    seq: int
    record_id: str
    type: str
    service: str
    at: datetime
    journey_id: str
    trace_id: str
    payload: bytes = b""

    @property
    def event(self) -> str:
        """The event's name, without its package."""
        return self.type.rpartition(".")[2]


@dataclass(eq=False)
class Holding:
    """A time for which somebody held a matter, from the record `custody_no` on.

    Those of one matter touch and never overlap, so at every instant one holds it at most.
    """

    matter_id: str
    custody_no: int
    service: str
    organisation: str
    unit: str
    officer_id: str
    since: datetime
    until: datetime | None = None

    def end(self, at: datetime) -> datetime:
        """It ends, never before it began; from when on the next one counts, never before this."""
        if self.until is None:
            self.until = max(self.since, at)
        return max(self.until, at)


@dataclass(eq=False)
class Awaited:
    """The result of a matter that a ministry has taken over, and by when it owes it. `service`
    speaks for the ministry."""

    referral_id: str
    matter_id: str
    service: str
    ministry: str
    answer_by: datetime
    ended: bool = False


def months(first: str, last: str) -> tuple[datetime, datetime]:
    """When the first month begins and the last one ends, in Jakarta; Invalid NO_SUCH_MONTHS."""
    begins, ends = date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01")
    if ends < begins:
        raise Invalid(
            f"{last} is before {first}",
            reason="NO_SUCH_MONTHS",
            fields=(("last_month", "order", "must not be before first_month"),),
        )
    return end_of(begins - ONE_DAY), end_of(add_months(ends, 1) - ONE_DAY)
