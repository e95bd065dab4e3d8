"""The table of what people did, and what is asked of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry

from services.chassis.columns import instant, text
from services.chassis.tables import metadata
from services.process.acts import Act

act = sa.Table(
    "act",
    metadata,
    sa.Column("act_id", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    instant("acted_at"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("regulation", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    text("reason"),
    text("clock"),
    instant("due_at", nullable=True),
    sa.Index("act_matter", "matter_id", "act_id"),
)

registry().map_imperatively(Act, act)


def last_act(session: Session, matter_id: str) -> Act | None:
    """What was done with a matter last."""
    found = sa.select(Act).where(act.c.matter_id == matter_id).order_by(act.c.act_id.desc())
    return session.execute(found.limit(1)).scalars().one_or_none()


def acts_of(session: Session, matter_id: str) -> Sequence[Act]:
    """What was done with a matter, in order."""
    found = sa.select(Act).where(act.c.matter_id == matter_id).order_by(act.c.act_id)
    return session.execute(found).scalars().all()
