"""Digests are made when they are due: looked for often, made once a day for each addressee.

Whom something is due for is asked first, and then all of theirs is told together, in a few
statements for many addressees: however much there is of it, one digest of a day has it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from services.chassis.unit_of_work import UnitOfWork
from services.process import digest_store
from services.process.calendar import ONE_DAY, local_day
from services.process.digest_store import Told
from services.process.notices import Digest, DigestDay, Due, Notice, next_digest
from services.process.offices import Offices
from services.process.store import told_in

# So many addressees at once.
BATCH = 50
# More lines than this make no mail that somebody reads.
MOST_LINES = 100


@dataclass(frozen=True)
class Contents:
    """What a digest tells: its first lines, danger to life before what ends first; of all that it
    has, how much is due on its day and how much is late."""

    day: date
    steps: Sequence[Notice]
    due: int
    late: int


Tell = Callable[[Digest, Contents], None]


def tell_digests(uow: UnitOfWork, offices: Offices, tell: Tell) -> bool:
    """Make the digests that are due and have each told; whether there may be more."""
    found = digest_store.due_for(uow.session, uow.now, BATCH)
    days = {each: _today(offices, each, uow.now) for each in found}
    told = digest_store.told_days(uow.session, [_day_of(*each) for each in days.items()])
    fresh = {due: today for due, today in days.items() if _day_of(due, today) not in told}
    for due in days:
        if due not in fresh:
            # What comes after the day's digest waits for the next.
            morning = next_digest(uow.now, offices.calendar(due.unit, local_day(uow.now)))
            digest_store.put_off(uow.session, due, uow.now, morning)
    for digest, contents in _made(uow, offices, fresh):
        tell(digest, contents)
    return len(found) == BATCH


def _made(
    uow: UnitOfWork, offices: Offices, days: Mapping[Due, date]
) -> Sequence[tuple[Digest, Contents]]:
    """The digests of some addressees, with all that is due for each."""
    made = {uow.new_id(): due for due in days}
    digest_store.tell_in(uow.session, made, uow.now)
    found = []
    for digest_id, due in made.items():
        midnight = _after(days[due], offices, due)
        told = digest_store.counted(uow.session, digest_id, uow.now, midnight)
        day = _day_of(due, days[due])
        digest = Digest(digest_id, *day, made_at=uow.now, notices=told.notices)
        uow.add(digest)
        found.append((digest, _contents(uow, digest, days[due], told)))
    return found


def _contents(uow: UnitOfWork, digest: Digest, today: date, told: Told) -> Contents:
    steps = told_in(uow.session, digest.digest_id, MOST_LINES)
    return Contents(today, steps, told.due, told.late)


def _today(offices: Offices, due: Due, now: datetime) -> date:
    """The day where an addressee works."""
    return now.astimezone(offices.calendar(due.unit).zone).date()


def _after(day: date, offices: Offices, due: Due) -> datetime:
    """When a day is over where an addressee works."""
    return datetime.combine(day + ONE_DAY, time(), offices.calendar(due.unit).zone)


def _day_of(due: Due, today: date) -> DigestDay:
    """What is urgent goes into no day's digest."""
    return due.unit, due.officer_id, "" if due.is_urgent else today.isoformat()
