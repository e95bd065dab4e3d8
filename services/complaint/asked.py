"""What an action asks of the database before it is done: small questions that go to the driver as
they are, for through the Session each costs six times as much."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.cursors import execute
from services.complaint.consent import Consent
from services.complaint.officers import Officer
from services.complaint.store import IS_HERE
from services.complaint.telling import digest_message
from services.complaint.workflow import KIND
from services.handover.store import matter
from services.process.store import digest, notice

_OPEN_WITH = """
SELECT count(*) FROM matter
WHERE kind = %(kind)s AND holder_service = 'complaint' AND closed_at IS NULL
    AND holder_unit = %(unit)s AND holder_officer_id = %(officer_id)s
"""
_OFFICER = """
SELECT officer_id, unit, appointed_at, released_at FROM officer WHERE officer_id = %(officer_id)s
FOR SHARE
"""
_CONSENTS = """
SELECT consent_id, complaint_id, ministry, given, how, said_at FROM consent
WHERE complaint_id = %(complaint_id)s ORDER BY consent_id
"""
# Those of one, and those of these: an index has all that were merged.
_TWINS = """
WITH RECURSIVE twin AS (
    SELECT complaint_id FROM complaint
    WHERE merged_into <> '' AND merged_into = %(complaint_id)s
    UNION
    SELECT other.complaint_id FROM complaint other
    JOIN twin ON other.merged_into <> '' AND other.merged_into = twin.complaint_id
)
SELECT complaint_id FROM twin
"""


class SqlLoad:
    """Who is accountable for what, by the custody that this service has folded."""

    def open_of(self, session: Session, unit: str) -> Mapping[str, int]:
        """How many open complaints each officer of a unit is accountable for; "": nobody is."""
        by = matter.c.holder_officer_id
        found = sa.select(by.label("officer_id"), sa.func.count().label("open")).group_by(by)
        found = found.where(IS_HERE, matter.c.closed_at.is_(None), matter.c.holder_unit == unit)
        return {row.officer_id: row.open for row in session.execute(found)}

    def open_with(self, session: Session, unit: str, officer_id: str) -> int:
        """As `Load` says."""
        values = {"kind": KIND, "unit": unit, "officer_id": officer_id}
        [opened] = execute(session.connection(), _OPEN_WITH, values).fetchone() or (0,)
        return int(opened)

    def officer(self, session: Session, officer_id: str) -> Officer | None:
        """As `Load` says."""
        row = execute(session.connection(), _OFFICER, {"officer_id": officer_id}).fetchone()
        return Officer(*row) if row else None

    def held_by(self, session: Session, officer_id: str, most: int) -> Sequence[str]:
        """Open complaints that an officer is accountable for."""
        theirs = matter.c.holder_officer_id == officer_id
        found = sa.select(matter.c.matter_id).where(IS_HERE, matter.c.closed_at.is_(None), theirs)
        return session.execute(found.order_by(matter.c.matter_id).limit(most)).scalars().all()

    def readdress(self, session: Session, officer_id: str, unsent: Collection[str]) -> None:
        """As `Load` says."""
        theirs = (notice.c.officer_id == officer_id) & notice.c.told_at.is_(None)
        session.execute(notice.update().where(theirs).values(officer_id=""))
        made = sa.select(digest.c.digest_id).where(digest.c.officer_id == officer_id)
        lost = [each for each in session.scalars(made) if digest_message(each) in unsent]
        anew = {"officer_id": "", "told_at": None, "digest_id": ""}
        session.execute(notice.update().where(notice.c.digest_id.in_(lost)).values(anew))


def consents(session: Session, complaint_id: str) -> Sequence[Consent]:
    """What was said about ministries before this transaction, oldest first."""
    rows = execute(session.connection(), _CONSENTS, {"complaint_id": complaint_id}).fetchall()
    return [Consent(*row) for row in rows]


def twins(session: Session, complaint_id: str) -> Sequence[str]:
    """The complaints that were merged into one, and into these, before this transaction."""
    rows = execute(session.connection(), _TWINS, {"complaint_id": complaint_id}).fetchall()
    return [complaint_id for [complaint_id] in rows]
