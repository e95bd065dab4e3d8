"""The tables of messages and of plans, and what is asked of them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, registry

from services.chassis.columns import Word, instant, page_of, text
from services.chassis.tables import metadata
from services.messages.message import ContactPlan, Content, Message, State
from services.messages.notice import Channel

OPEN = "state IN ('waiting', 'held')"
TROUBLE = "state IN ('held', 'failed')"

message = sa.Table(
    "message",
    metadata,
    sa.Column("message_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("severity", sa.SmallInteger, nullable=False, server_default="0"),
    instant("written_at"),
    sa.Column("state", Word(State), nullable=False),
    text("reason"),
    instant("due_at", nullable=True),
    instant("retry_at", nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("plan_version", sa.Integer, nullable=False, server_default="0"),
    text("channel"),
    text("saying"),
    instant("settled_at", nullable=True),
    text("journey_id"),
    sa.Column("headers", postgresql.JSONB, nullable=False),
    sa.Index("message_due", "due_at", postgresql_where=sa.text(OPEN)),
    sa.Index("message_recipient", "recipient", postgresql_where=sa.text(OPEN)),
    sa.Index("message_matter", "matter_id", "message_id"),
    sa.Index("message_trouble", "written_at", "message_id", postgresql_where=sa.text(TROUBLE)),
)

# Everything personal of a message: gone some days after it was sent, or with its matter.
content = sa.Table(
    "message_content",
    metadata,
    sa.Column("message_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("values", postgresql.JSONB, nullable=False),
    text("address"),
    text("subject"),
    text("text"),
    text("language"),
    sa.Column("reviewed", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Index("message_content_matter", "matter_id"),
)

contact_plan = sa.Table(
    "contact_plan",
    metadata,
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("plan", postgresql.JSONB, nullable=False),
    sa.Column("changed", sa.Boolean, nullable=False),
    sa.Index("contact_plan_matter", "matter_id"),
    sa.Index("contact_plan_ways", sa.text("(plan -> 'ways')"), postgresql_using="gin"),
    sa.Index("contact_plan_changed", "recipient", postgresql_where=sa.text("changed")),
)

# When a channel may send its next message (real time), and until when it is not tried at all.
message_pace = sa.Table(
    "message_pace",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    instant("next_at"),
    instant("closed_until", nullable=True),
)

_mappers = registry()
_mappers.map_imperatively(Message, message)
_mappers.map_imperatively(Content, content)
_mappers.map_imperatively(ContactPlan, contact_plan)

# What was never decided is not told anything new by its plan: that waits for its time.
_WAKE = sa.text(
    f"""
    WITH changed AS (
        UPDATE contact_plan SET changed = false WHERE recipient IN (
            SELECT recipient FROM contact_plan WHERE changed
            ORDER BY recipient LIMIT 100 FOR UPDATE SKIP LOCKED
        ) RETURNING recipient
    )
    UPDATE message SET due_at = :now FROM changed
    WHERE message.recipient = changed.recipient AND message.{OPEN}
        AND (due_at > :now AND plan_version > 0 OR due_at IS NULL)
    """
)


def wake(session: Session, now: datetime) -> None:
    """Have all that waits for people whose plan was changed be decided anew."""
    session.execute(_WAKE, {"now": now})


def due(session: Session, now: datetime, rows: int) -> Sequence[Message]:
    """The messages about which something is to be decided, locked; those of others left out."""
    wanted = (
        sa.select(Message)
        .where(sa.text(f"message.{OPEN}"))
        .where(message.c.retry_at.is_(None) | (message.c.retry_at <= sa.func.now()))
        .where(message.c.due_at <= now)
        .order_by(message.c.due_at, message.c.message_id)
        .limit(rows)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(wanted).all()


def contents(session: Session, message_ids: Collection[str]) -> dict[str, Content]:
    """What is personal of some messages, by id."""
    found = sa.select(Content).where(content.c.message_id.in_(message_ids))
    return {each.message_id: each for each in session.scalars(found)}


def plans(session: Session, recipients: Collection[str]) -> dict[str, ContactPlan]:
    """The plans of some recipients, locked."""
    wanted = sa.select(ContactPlan).where(contact_plan.c.recipient.in_(recipients))
    locked = wanted.order_by(contact_plan.c.recipient).with_for_update()
    return {each.recipient: each for each in session.scalars(locked)}


def troubles(session: Session, after: tuple[datetime, str] | None, size: int) -> Sequence[Message]:
    """A page of the messages that are held or have failed, the oldest first."""
    order = (message.c.written_at, message.c.message_id)
    wanted = sa.select(Message).where(sa.text(f"message.{TROUBLE}"))
    # Said with its type: a text is not compared with a UUID.
    place = after and (after[0], sa.literal(after[1], message.c.message_id.type))
    return session.scalars(page_of(wanted, order, place, size)).all()


def of_matter(session: Session, matter_id: str) -> Sequence[tuple[Message, Content | None]]:
    """The messages about a matter in order of writing, each with its content while that is kept."""
    wanted = (
        sa.select(Message, Content)
        .outerjoin(content, content.c.message_id == message.c.message_id)
        .where(message.c.matter_id == matter_id)
        .order_by(message.c.written_at, message.c.message_id)
    )
    return [(row[0], row[1]) for row in session.execute(wanted)]


_AT = sa.text(
    """
    SELECT recipient, matter_id FROM contact_plan
    WHERE plan -> 'ways' @> jsonb_build_array(
        jsonb_build_object('channel', CAST(:channel AS text), 'address', CAST(:address AS text))
    ) ORDER BY recipient
    """
)


def recipients_at(session: Session, channel: Channel, address: str) -> Sequence[tuple[str, str]]:
    """Whose plan names an address, each with its matter: who may have written from there."""
    found = session.execute(_AT, {"channel": channel.value, "address": address})
    return [(row.recipient, row.matter_id) for row in found]


def forget(session: Session, older_than: timedelta) -> int:
    """Delete the content of what was settled long ago (real time); how many."""
    settled = sa.select(message.c.message_id).where(
        message.c.settled_at < sa.func.now() - older_than,
        message.c.message_id == content.c.message_id,
    )
    gone = sa.delete(content).where(settled.exists()).returning(content.c.message_id)
    return len(session.execute(gone).all())


def forget_recipient(session: Session, recipient: str) -> Sequence[str]:
    """Delete somebody's plan, and what waits for them with its content; which messages these
    were."""
    waits = (message.c.recipient == recipient) & sa.text(f"message.{OPEN}")
    gone = sa.delete(message).where(waits).returning(message.c.message_id)
    ids = session.scalars(gone).all()
    session.execute(sa.delete(content).where(content.c.message_id.in_(ids)))
    session.execute(sa.delete(contact_plan).where(contact_plan.c.recipient == recipient))
    return ids


def erase(session: Session, matter_id: str) -> None:
    """Delete all messages about a matter with their content, and its people's plans."""
    for table in (content, message, contact_plan):
        session.execute(sa.delete(table).where(table.c.matter_id == matter_id))
