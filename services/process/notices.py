"""What people are told of the clocks of their matters, and when: one digest a day, in the morning
of a working day; at once, and at night, only when a life is in danger."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import NamedTuple

from services.chassis.unit_of_work import UnitOfWork
from services.process.calendar import ONE_DAY, WorkingCalendar, local_day
from services.process.clocks import RUNGS, Clocked
from services.process.offices import Addressee, Offices

# A proposal: when a working day's digest is made.
DIGEST_AT = time(8)
DANGER = 4
# In the place of a clock: an officer has more open matters than the unit's ceiling.
CEILING = "ceiling"


@dataclass(eq=False)
class Notice:
    """One step of one clock, for one addressee. `told_at` is empty until a digest has it."""

    notice_id: str
    matter_id: str
    unit: str
    officer_id: str
    clock: str
    percent: int
    deed: str
    severity: int
    due_at: datetime
    noted_at: datetime
    tell_at: datetime
    told_at: datetime | None = None
    digest_id: str = ""

    @property
    def is_urgent(self) -> bool:
        """Whether it waits for no morning."""
        return self.severity == DANGER


@dataclass(eq=False)
class Digest:
    """What an addressee was told at once. `told_on`: the day whose digest it is; empty for what was
    urgent, of which a day may have any number."""

    digest_id: str
    unit: str
    officer_id: str
    told_on: str
    made_at: datetime
    notices: int = 0


class Due(NamedTuple):
    """Whom something is to be told by now; what is urgent is told apart."""

    unit: str
    officer_id: str
    is_urgent: bool


# Whose digest, and of which day where they work: unit, officer, date.
DigestDay = tuple[str, str, str]


def note_step(
    uow: UnitOfWork,
    offices: Offices,
    holder: Addressee,
    matter: tuple[str, Clocked, int],
    step: tuple[int, str],
) -> None:
    """Note a step of a clock for who is to hear it: by its deed, so many rungs above the holder.

    `matter`: its id, its clock and its severity; `step`: the percentage and the deed.
    """
    (matter_id, clocked, severity), (percent, deed) = matter, step
    addressee = offices.addressee(holder.unit, holder.officer_id, RUNGS[deed])
    notice = note_for(uow, offices, matter_id, addressee, clocked.clock, percent, severity)
    notice.deed, notice.due_at = deed, clocked.clock_due_at or uow.now


def note_for(
    uow: UnitOfWork,
    offices: Offices,
    matter_id: str,
    addressee: Addressee,
    what: str,
    percent: int = 0,
    severity: int = 0,
) -> Notice:
    """Note for somebody what they have to see to: a code in the place of a clock and its deed.

    `severity`: the matter's; danger to life waits for no morning.
    """
    notice = Notice(
        notice_id=uow.new_id(),
        matter_id=matter_id,
        unit=addressee.unit,
        officer_id=addressee.officer_id,
        clock=what,
        percent=percent,
        deed=what,
        severity=severity,
        due_at=uow.now,
        noted_at=uow.now,
        tell_at=next_digest(uow.now, offices.calendar(addressee.unit, local_day(uow.now))),
    )
    if notice.is_urgent:
        notice.tell_at = uow.now
    uow.write_down(notice)
    return notice


def next_digest(after: datetime, calendar: WorkingCalendar) -> datetime:
    """The next morning of a working day at which a digest is made, by a unit's own calendar."""
    local = after.astimezone(calendar.zone)
    day = local.date() if local.time() < DIGEST_AT else local.date() + ONE_DAY
    morning = datetime.combine(calendar.on_or_after(day), DIGEST_AT, calendar.zone)
    return morning.astimezone(UTC)
