"""The queues of complaints: pages by stage, by unit and by officer, however many complaints there
are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, selectinload

from services.chassis.columns import page_of
from services.complaint.contact import Unclaimed
from services.complaint.domain import Complaint
from services.complaint.status import MINISTRIES, SERVICE, Stage
from services.complaint.store import IS_HERE, OWN_STAGE, complaint, unclaimed
from services.complaint.workflow import KIND
from services.handover.custody import Custody
from services.handover.store import OPEN, matter, offer
from services.messages.message import State
from services.messages.plan import Saying
from services.messages.store import message

_HAS_OFFER = (
    sa.exists().where(offer.c.matter_id == complaint.c.complaint_id).where(sa.text(f"offer.{OPEN}"))
)

# The same as status.stage_of; a test holds the two together.
stage_in_sql = sa.case(
    (complaint.c.merged_into != "", Stage.MERGED.value),
    (complaint.c.closed_at.is_not(None), Stage.CLOSED.value),
    (matter.c.holder_service == MINISTRIES, Stage.WATCHED.value),
    (matter.c.holder_service != SERVICE, Stage.HANDED_OVER.value),
    (_HAS_OFFER, Stage.OFFERED.value),
    (complaint.c.work != "", complaint.c.work),
    (complaint.c.result != "", Stage.RETURNED.value),
    (complaint.c.category != "", Stage.TRIAGED.value),
    else_=Stage.RECEIVED.value,
)
_NOT_HERE = (Stage.HANDED_OVER, Stage.WATCHED)
_ENDED = (Stage.CLOSED, Stage.MERGED)
# Of these an index of their own has the order.
_OWN = tuple(stage for stage in Stage if stage not in (*_NOT_HERE, *_ENDED, Stage.OFFERED))
_order = (complaint.c.rank, complaint.c.filed_at, complaint.c.complaint_id)
# So many are sorted in a few milliseconds; of more, one finds a page soon in the queue's order.
FEW = 2000

# The code of the message that asks how it was.
SURVEY = "survey"

Place = tuple[int, datetime, str]


@dataclass(frozen=True)
class Wanted:
    """Which complaints: of a stage, all open ones without; of a unit, and an officer of it."""

    stage: Stage | None = None
    unit: str = ""
    officer_id: str = ""

    @property
    def is_of_somebody(self) -> bool:
        """Whether only what complaint itself holds is wanted."""
        return bool(self.unit or self.officer_id)


def queue(
    session: Session, wanted: Wanted, after: Place | None, size: int
) -> Sequence[tuple[Complaint, Custody]]:
    """A page of complaints: severity first, then the oldest.

    Where few are wanted these are looked up and sorted; else the queue is read in its order.
    """
    stage = wanted.stage
    if wanted.is_of_somebody and stage in _NOT_HERE:
        return []
    found = (
        sa.select(Complaint, Custody)
        .join(matter, matter.c.matter_id == complaint.c.complaint_id)
        .options(selectinload(Custody.offers))  # type: ignore[arg-type] # mapped imperatively
        .where(*_in_order(stage), *_held(wanted))
    )
    if stage is not None:
        found = found.where(stage_in_sql == stage.value)
    if (few := _few(session, wanted)) is not None:
        keys = sa.bindparam("few", few, type_=postgresql.ARRAY(sa.Text))
        found = found.where(complaint.c.complaint_id == sa.any_(keys))
    page = session.execute(page_of(found, _order, after, size))
    return [(row.Complaint, row.Custody) for row in page]


def _in_order(stage: Stage | None) -> Sequence[sa.ColumnElement[bool]]:
    """What an index says of the complaints whose order it has."""
    if stage is Stage.MERGED:
        return (sa.literal_column("complaint.merged_into <> ''", sa.Boolean),)
    if stage is Stage.CLOSED:
        return (complaint.c.closed_at.is_not(None),)
    is_open = complaint.c.closed_at.is_(None)
    if stage in _OWN:
        return is_open, sa.literal_column(OWN_STAGE) == stage
    return (is_open,)


def _held(wanted: Wanted) -> Sequence[sa.ColumnElement[bool]]:
    """For whom a unit or an officer is accountable."""
    unit, officer_id = wanted.unit, wanted.officer_id
    return (
        *((IS_HERE,) if wanted.is_of_somebody else ()),
        *((matter.c.holder_unit == unit,) if unit else ()),
        *((matter.c.holder_officer_id == officer_id,) if officer_id else ()),
    )


def _few(session: Session, wanted: Wanted) -> Sequence[str] | None:
    """The ids of those among which all are that are wanted, if these are few."""
    is_open = matter.c.closed_at.is_(None) & (matter.c.kind == KIND)
    if wanted.stage in _ENDED:
        return None
    if wanted.is_of_somebody:
        found = sa.select(matter.c.matter_id).where(is_open, *_held(wanted))
    elif wanted.stage is Stage.WATCHED:
        found = sa.select(matter.c.matter_id).where(is_open, matter.c.holder_service == MINISTRIES)
    elif wanted.stage is Stage.HANDED_OVER:
        # Not as "another than": that is no place in an index.
        before, behind = matter.c.holder_service < SERVICE, matter.c.holder_service > SERVICE
        found = sa.select(matter.c.matter_id).where(is_open, before | behind)
    elif wanted.stage is Stage.OFFERED:
        found = sa.select(offer.c.matter_id).where(
            sa.text(f"offer.{OPEN}"), offer.c.giver_service == SERVICE
        )
    else:
        return None
    ids = session.execute(found.limit(FEW + 1)).scalars().all()
    return ids if len(ids) <= FEW else None


def incoming_messages(session: Session, after: Place | None, size: int) -> Sequence[Unclaimed]:
    """A page of messages that belong to no complaint that is known, the oldest first."""
    order = (unclaimed.c.received_at, unclaimed.c.incoming_id)
    return session.scalars(page_of(sa.select(Unclaimed), order, after and after[1:], size)).all()


def surveyed(session: Session, complaint_ids: Sequence[str]) -> str:
    """Which of some complaints is closed and was sent the survey last, in words that ask it; empty:
    none of them."""
    asked = (
        sa.select(message.c.matter_id)
        .join(complaint, complaint.c.complaint_id == message.c.matter_id)
        .where(message.c.matter_id.in_(complaint_ids), message.c.code == SURVEY)
        .where(message.c.state == State.SENT, message.c.saying == Saying.FULL)
        .where(message.c.written_at >= complaint.c.closed_at)
        .order_by(message.c.settled_at.desc())
        .limit(1)
    )
    return session.scalars(asked).one_or_none() or ""
