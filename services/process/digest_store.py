"""What making digests asks of the tables of notices and digests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.process.notices import DANGER, DigestDay, Due
from services.process.store import digest, notice

_IS_URGENT = notice.c.severity == DANGER


@dataclass(frozen=True)
class Told:
    """How much a digest tells; of that, what is due by the end of its day and what is late."""

    notices: int
    due: int
    late: int


def _due(now: datetime) -> sa.ColumnElement[bool]:
    """What is to be told by now and was not."""
    return notice.c.told_at.is_(None) & (notice.c.tell_at <= now)


def due_for(session: Session, now: datetime, most: int) -> Sequence[Due]:
    """For whom notices are due, whoever has waited longest first."""
    whose = (notice.c.unit, notice.c.officer_id, _IS_URGENT.label("is_urgent"))
    waits = sa.func.min(notice.c.tell_at)
    found = sa.select(*whose).where(_due(now)).group_by(*whose).order_by(waits, *whose).limit(most)
    return [Due(*row) for row in session.execute(found)]


def tell_in(session: Session, digests: Mapping[str, Due], now: datetime) -> None:
    """Have all that is due for some addressees told in the digest of each, by its id."""
    if not digests:
        return
    made = sa.values(
        sa.column("digest_id", sa.Text),
        sa.column("unit", sa.Text),
        sa.column("officer_id", sa.Text),
        sa.column("is_urgent", sa.Boolean),
        name="made",
    ).data([(digest_id, *due) for digest_id, due in digests.items()])
    theirs = (notice.c.unit == made.c.unit) & (notice.c.officer_id == made.c.officer_id)
    told = sa.update(notice).where(_due(now), theirs, made.c.is_urgent == _IS_URGENT)
    session.execute(told.values(told_at=now, digest_id=made.c.digest_id))


def put_off(session: Session, due: Due, now: datetime, until: datetime) -> None:
    """Have what is due for somebody wait."""
    theirs = (notice.c.unit == due.unit) & (notice.c.officer_id == due.officer_id)
    waits = sa.update(notice).where(_due(now), theirs, _IS_URGENT.is_(due.is_urgent))
    session.execute(waits.values(tell_at=until))


def counted(session: Session, digest_id: str, now: datetime, midnight: datetime) -> Told:
    """How much a digest tells."""
    is_late = notice.c.due_at < now
    found = sa.select(
        sa.func.count().label("notices"),
        sa.func.count().filter(~is_late, notice.c.due_at < midnight).label("due"),
        sa.func.count().filter(is_late).label("late"),
    ).where(notice.c.digest_id == digest_id)
    row = session.execute(found).one()
    return Told(row.notices, row.due, row.late)


def told_days(session: Session, days: Collection[DigestDay]) -> set[DigestDay]:
    """Those of some days' digests that were made."""
    key = sa.tuple_(digest.c.unit, digest.c.officer_id, digest.c.told_on)
    of_days = [day for day in days if day[-1]]
    found = sa.select(digest.c.unit, digest.c.officer_id, digest.c.told_on).where(key.in_(of_days))
    return {(row.unit, row.officer_id, row.told_on) for row in session.execute(found)}
