"""The table of what people did, and what is asked of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry

from services.chassis.columns import instant, text
from services.chassis.tables import metadata
from services.process.acts import BY_CALENDAR, BY_CLOCK, Act
from services.process.clocks import Clocked
from services.process.notices import DANGER, Digest, Notice

C = TypeVar("C", bound=Clocked)
# A table, and which row of it belongs to a matter.
Beside = tuple[sa.Table, sa.ColumnElement[bool]]

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
    text("evidence"),
    text("officer_id"),
    text("calendar"),
    sa.Column("days", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Index("act_matter", "matter_id", "act_id"),
)

# Steps of clocks that people are told of, and what they were told in. Ids and codes only.
notice = sa.Table(
    "notice",
    metadata,
    sa.Column("notice_id", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    text("officer_id"),
    sa.Column("clock", sa.Text, nullable=False),
    sa.Column("percent", sa.SmallInteger, nullable=False),
    sa.Column("deed", sa.Text, nullable=False),
    sa.Column("severity", sa.SmallInteger, nullable=False),
    instant("due_at"),
    instant("noted_at"),
    instant("tell_at"),
    instant("told_at", nullable=True),
    text("digest_id"),
    sa.Index("notice_tell", "tell_at", postgresql_where=sa.text("told_at IS NULL")),
    sa.Index("notice_digest", "digest_id", postgresql_where=sa.text("digest_id <> ''")),
)
digest = sa.Table(
    "digest",
    metadata,
    sa.Column("digest_id", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, nullable=False),
    text("officer_id"),
    text("told_on"),
    instant("made_at"),
    sa.Column("notices", sa.Integer, nullable=False),
    sa.Index("digest_last", "unit", "officer_id", "made_at"),
    sa.Index(
        "digest_day",
        "unit",
        "officer_id",
        "told_on",
        unique=True,
        postgresql_where=sa.text("told_on <> ''"),
    ),
)

_mappers = registry()
_mappers.map_imperatively(Act, act)
_mappers.map_imperatively(Notice, notice)
_mappers.map_imperatively(Digest, digest)


def clock_columns() -> tuple[sa.Column[Any], ...]:
    """What a matter's own table has for its clock (`clocks.Clocked`)."""
    return (
        text("clock"),
        instant("clock_from", nullable=True),
        instant("clock_due_at", nullable=True),
        instant("clock_step_at", nullable=True),
        sa.Column("clock_percent", sa.SmallInteger, nullable=False, server_default="0"),
        text("clock_unit"),
        text("clock_version"),
        text("clock_counts"),
        text("clock_reasons"),
    )


def clock_index(table: str) -> sa.Index:
    """By it the sweep finds the steps that are due."""
    return sa.Index(
        f"{table}_clock", "clock_step_at", postgresql_where=sa.text("clock_step_at IS NOT NULL")
    )


def due_steps(session: Session, matters: type[C], now: datetime, most: int) -> Sequence[C]:
    """Matters whose clock has a step that is due, the longest due first, locked; those that
    somebody works on are left for the next time."""
    step_at: Any = matters.clock_step_at
    found = sa.select(matters).where(step_at <= now).order_by(step_at).limit(most)
    return session.execute(found.with_for_update(skip_locked=True)).scalars().all()


def count_index(table: str) -> sa.Index:
    """By it the clocks are found that were counted by an older calendar."""
    runs = sa.text("clock_due_at IS NOT NULL")
    return sa.Index(f"{table}_counted", "clock_version", postgresql_where=runs)


def counted_otherwise(
    session: Session,
    matters: type[C],
    by: str,
    most: int,
    custody: Beside,
    aside: Collection[str] = (),
) -> Sequence[C]:
    """Matters whose clock runs and was not counted by this version, locked. One that has taken its
    last step runs on to its end.

    `custody`: locked with them, since what moves an offer's end is written there; commands lock it
    first, so a matter of which somebody has either is left for the next time. `aside`: matters that
    are not looked for.
    """
    due_at: Any = matters.clock_due_at
    version: Any = matters.clock_version
    # Two ranges, which an index finds; `!=` would read every clock that runs.
    otherwise = sa.or_(sa.and_(version > "", version < by), version > by)
    found = sa.select(matters).join(*custody).where(due_at.is_not(None), otherwise).limit(most)
    if aside:
        found = found.where(custody[0].c.matter_id.not_in(aside))
    return session.execute(found.with_for_update(skip_locked=True)).scalars().all()


def last_act(session: Session, matter_id: str) -> Act | None:
    """What somebody, and not a clock, did with a matter last."""
    by_itself = (BY_CLOCK, BY_CALENDAR)
    found = sa.select(Act).where(act.c.matter_id == matter_id, act.c.actor.not_in(by_itself))
    found = found.order_by(act.c.act_id.desc()).limit(1)
    return session.execute(found).scalars().one_or_none()


def acts_of(session: Session, matter_id: str) -> Sequence[Act]:
    """What was done with a matter, in order."""
    found = sa.select(Act).where(act.c.matter_id == matter_id).order_by(act.c.act_id)
    return session.execute(found).scalars().all()


def last_digest(session: Session, unit: str, officer_id: str) -> Digest | None:
    """What somebody was told last."""
    of = sa.select(Digest).where(digest.c.unit == unit, digest.c.officer_id == officer_id)
    newest = of.order_by(digest.c.made_at.desc(), digest.c.digest_id.desc()).limit(1)
    return session.execute(newest).scalars().one_or_none()


def told_in(session: Session, digest_id: str, most: int | None = None) -> Sequence[Notice]:
    """What a digest tells: danger to life first, then what is due first."""
    of = sa.select(Notice).where(notice.c.digest_id == digest_id)
    ordered = of.order_by((notice.c.severity == DANGER).desc(), notice.c.due_at, notice.c.notice_id)
    return session.execute(ordered.limit(most)).scalars().all()
