"""Insight's tables beside the kernel's `matter` and `offer`, and what is asked of matters."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, registry, selectinload

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.columns import instant, page_of, text
from services.chassis.tables import metadata
from services.handover.custody import Custody
from services.handover.store import matter
from services.insight.domain import Awaited, Holding, Seen

# Where a page of a list begins: an instant, then the id.
Place = tuple[datetime, str]

seen = sa.Table(
    "seen",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    instant("at"),
    sa.Column("journey_id", sa.Text, nullable=False),
    text("trace_id"),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Index("seen_journey", "journey_id"),
    sa.Index("seen_at", "at"),
)

holding = sa.Table(
    "holding",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    sa.Column("custody_no", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    text("unit"),
    text("officer_id"),
    instant("since"),
    instant("until", nullable=True),
    sa.Index("holding_since", "since", "matter_id"),
)

awaited = sa.Table(
    "awaited",
    metadata,
    sa.Column("referral_id", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("ministry", sa.Text, nullable=False),
    instant("answer_by"),
    sa.Column("ended", sa.Boolean, nullable=False),
    sa.Index("awaited_due", "answer_by", "referral_id", postgresql_where=sa.text("NOT ended")),
)

_mappers = registry()
_mappers.map_imperatively(Seen, seen)
_mappers.map_imperatively(Holding, holding)
_mappers.map_imperatively(Awaited, awaited)


def last_holdings(session: Session, matter_ids: Collection[str]) -> dict[str, Holding]:
    """The newest holding of each of some matters, by the matter's id."""
    found = (
        sa.select(Holding)
        .where(holding.c.matter_id.in_(matter_ids))
        .order_by(holding.c.matter_id, holding.c.custody_no.desc())
        .ext(postgresql.distinct_on(holding.c.matter_id))
    )
    return {each.matter_id: each for each in session.execute(found).scalars()}


def journey_of(session: Session, thing_id: str) -> str:
    """The journey of a matter; what is no matter has one under its own id, if it has any."""
    found = session.execute(
        sa.select(matter.c.journey_id).where(matter.c.matter_id == thing_id)
    ).scalar_one_or_none()
    return found or thing_id


def matters_of(session: Session, journey_id: str) -> Sequence[Custody]:
    """The matters of a journey, the root first, then by their opening."""
    found = (
        sa.select(Custody)
        .where(matter.c.journey_id == journey_id)
        .order_by(matter.c.matter_id != journey_id, matter.c.opened_at, matter.c.matter_id)
        .options(selectinload(Custody.offers))  # type: ignore[arg-type] # mapped imperatively
    )
    return session.execute(found).scalars().all()


def logs_of(session: Session, matter_ids: Sequence[str]) -> Sequence[Seen]:
    """The whole custody logs of matters, each in its order."""
    found = (
        sa.select(Seen)
        .where(seen.c.topic == CUSTODY_TOPIC, seen.c.key.in_(matter_ids))
        .order_by(seen.c.key, seen.c.seq)
    )
    return session.execute(found).scalars().all()


def news_of(session: Session, journey_id: str, most: int) -> Sequence[Seen]:
    """What else was told in a journey, the oldest first."""
    found = (
        sa.select(Seen)
        .where(seen.c.journey_id == journey_id, seen.c.topic != CUSTODY_TOPIC)
        .order_by(seen.c.at, seen.c.topic, seen.c.key, seen.c.seq)
        .limit(most)
    )
    return session.execute(found).scalars().all()


def held_at(
    session: Session, at: datetime, party: tuple[str, str], after: Place | None, size: int
) -> Sequence[Any]:
    """A page of who held what at an instant: (holding, journey, kind), the longest held first.

    `party`: only of this service and organisation, empty for any.
    """
    order = (holding.c.since, holding.c.matter_id)
    found = (
        sa.select(Holding, matter.c.journey_id, matter.c.kind)
        .join(matter, matter.c.matter_id == holding.c.matter_id)
        .where(holding.c.since <= at, sa.or_(holding.c.until.is_(None), holding.c.until > at))
    )
    for column, wanted in zip((holding.c.service, holding.c.organisation), party, strict=True):
        if wanted:
            found = found.where(column == wanted)
    return session.execute(page_of(found, order, after, size)).all()
