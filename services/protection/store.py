"""Protection's tables, their mapping, and what is asked of them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, registry, selectinload

from services.chassis.columns import Word, instant, page_of, text
from services.chassis.tables import metadata
from services.handover.custody import Custody, Offer
from services.handover.store import Ids, matter, waiting
from services.protection.domain.case import DANGER, Case, CaseStatus, Commitment, KnownMatter
from services.protection.domain.repatriation import Repatriation
from services.protection.domain.sanction import RecommendedSanction

SERVICE = "protection"
IN_WORK = (CaseStatus.PENDING, CaseStatus.OPEN)

# Where a page of a list begins: in danger (0) or not (1), then an instant, then the id.
Place = tuple[int, datetime, str]


def _ministries(name: str) -> sa.Column[tuple[str, ...]]:
    return sa.Column(name, Ids, nullable=False, server_default="{}")


known_matter = sa.Table(
    "known_matter",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    text("category"),
    sa.Column("severity", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("triage_no", sa.BigInteger, nullable=False, server_default="0"),
    text("country"),
    text("case_id"),
    text("worker_id"),
    _ministries("consents"),
    _ministries("dissents"),
)

protection_case = sa.Table(
    "protection_case",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    text("category"),
    sa.Column("severity", sa.SmallInteger, nullable=False),
    text("country"),
    instant("opened_at"),
    sa.Column("status", Word(CaseStatus), nullable=False),
    sa.Column("mediated_on", sa.Date),
    text("outcome"),
    text("mediation_note_id"),
    text("commitment_id"),
    text("result"),
    text("worker_id"),
    text("referral_result"),
    _ministries("consents"),
    sa.Index("protection_case_matter", "matter_id"),
    sa.Index(
        "protection_case_list",
        "status",
        sa.text(f"((severity <> {DANGER})::integer)"),
        "opened_at",
        "case_id",
    ),
)

# The ledger of what was promised: one row per promise, never overwritten.
commitment = sa.Table(
    "commitment",
    metadata,
    sa.Column("commitment_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("amount", sa.BigInteger),
    text("currency"),
    sa.Index("commitment_case", "case_id"),
)

recommended_sanction = sa.Table(
    "recommended_sanction",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("p3mi_id", sa.Text, nullable=False),
    sa.Column("violation", sa.Text, nullable=False),
    text("article"),
    text("note_id"),
    text("dropped_note_id"),
    sa.Index("recommended_sanction_case", "case_id"),
)

repatriation = sa.Table(
    "repatriation",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    text("worker_id"),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("arrived_on", sa.Date),
    sa.Column("needs", Ids, nullable=False),
    text("closing_note_id"),
    sa.Index("repatriation_case", "case_id"),
)

_mappers = registry()
_mappers.map_imperatively(KnownMatter, known_matter)
_mappers.map_imperatively(Case, protection_case)
_mappers.map_imperatively(Commitment, commitment)
_mappers.map_imperatively(RecommendedSanction, recommended_sanction)
_mappers.map_imperatively(Repatriation, repatriation)


def know(session: Session, matter_id: str) -> KnownMatter:
    """What is known of a matter, locked; made when nothing is.

    Two consumers may be the first to hear of a matter at the same time, so the row is claimed.
    """
    new = postgresql.insert(known_matter).values(matter_id=matter_id)
    session.execute(new.on_conflict_do_nothing())
    lock = {"key_share": True}
    return session.get_one(KnownMatter, matter_id, with_for_update=lock, populate_existing=True)


def calm(severity: int) -> int:
    """A row's rank: danger to life jumps the queue."""
    return 0 if severity == DANGER else 1


def _calm(severity: sa.Column[int]) -> sa.Cast[int]:
    """In SQL, with its number written out: an index is made of the same expression."""
    return sa.cast(severity != sa.literal_column(str(DANGER)), sa.Integer)


def waiting_offers(
    session: Session, after: Place | None, size: int
) -> Sequence[tuple[KnownMatter, Offer]]:
    """A page of the offers that wait for an answer of ours: danger first, then by clock."""
    page, danger = (after, size), _calm(known_matter.c.severity)
    return waiting(session, SERVICE, KnownMatter, known_matter.c.matter_id, page, first=danger)


def cases(
    session: Session, status: CaseStatus | None, after: Place | None, size: int
) -> Sequence[Case]:
    """A page of cases: danger first, then the oldest. Without a status: those in work."""
    order = (
        _calm(protection_case.c.severity),
        protection_case.c.opened_at,
        protection_case.c.case_id,
    )
    wanted = IN_WORK if status is None else (status,)
    found = sa.select(Case).where(protection_case.c.status.in_(wanted))
    return session.execute(page_of(found, order, after, size)).scalars().all()


def sanctions(
    session: Session, case_id: str, after: tuple[datetime, str] | None, size: int
) -> Sequence[tuple[RecommendedSanction, Custody]]:
    """A page of the sanctions recommended in a case, with where each stands, oldest first."""
    order = (matter.c.opened_at, matter.c.matter_id)
    found = (
        sa.select(RecommendedSanction, Custody)
        .join(matter, matter.c.matter_id == recommended_sanction.c.matter_id)
        .where(recommended_sanction.c.case_id == case_id)
        .options(selectinload(Custody.offers))  # type: ignore[arg-type] # mapped imperatively
    )
    page = session.execute(page_of(found, order, after, size))
    return [(row.RecommendedSanction, row.Custody) for row in page]
