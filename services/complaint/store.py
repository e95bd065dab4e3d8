"""Complaint's tables, their mapping, and what is asked of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry

from services.chassis.columns import Word, instant, text
from services.chassis.tables import metadata, note
from services.complaint import clarification_store  # noqa: F401 - its tables are this service's
from services.complaint.consent import Consent
from services.complaint.contact import Received, Unclaimed
from services.complaint.domain import Answer, Complaint, Particulars, Progress, Work
from services.complaint.number import normal
from services.complaint.officers import Officer
from services.complaint.status import SERVICE
from services.complaint.survey import Survey
from services.complaint.workflow import KIND
from services.handover.store import matter
from services.messages import store as messages_of
from services.messages.message import Message
from services.messages.notice import Channel
from services.process.acts import Act
from services.process.store import (
    acts_of,
    clock_columns,
    clock_index,
    count_index,
    last_act,
)

_FOLLOW_UP = (
    instant("follow_up_due_at", nullable=True),
    sa.Column("follow_up_no", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("follow_up_missed", sa.Boolean, nullable=False, server_default="false"),
)

# Of what complaint holds and offers to nobody, the same as status.stage_here. As PostgreSQL writes
# it down: said otherwise it is not known again, by its planner or by the test of the migrations.
OWN_STAGE = """
CASE
    WHEN work <> ''::text THEN work
    WHEN result <> ''::text THEN 'returned'::text
    WHEN category <> ''::text THEN 'triaged'::text
    ELSE 'received'::text
END"""

complaint = sa.Table(
    "complaint",
    metadata,
    sa.Column("complaint_id", sa.Text, primary_key=True),
    text("channel"),
    text("reporter"),
    text("country"),
    sa.Column("urgent", sa.Boolean, nullable=False),
    instant("filed_at"),
    text("category"),
    sa.Column("severity", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("triage_no", sa.BigInteger, nullable=False, server_default="0"),
    instant("answered_at", nullable=True),
    instant("heard_at", nullable=True),
    sa.Column("progress", Word(Progress), nullable=False, server_default=""),
    instant("result_due_at", nullable=True),
    text("result"),
    sa.Column("work", Word(Work), nullable=False, server_default=""),
    text("documents"),
    *clock_columns(),
    # Of the release before, which may still run beside this one.
    *_FOLLOW_UP,
    text("ground"),
    instant("closed_at", nullable=True),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    text("worker_id"),
    text("merged_into"),
    sa.Column("has_plan", sa.Boolean, nullable=False, server_default="false"),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    text("clarification_id"),
    text("sanction_id"),
    clock_index("complaint"),
    count_index("complaint"),
    sa.Index(
        "complaint_stage",
        sa.text(f"({OWN_STAGE})"),
        "rank",
        "filed_at",
        "complaint_id",
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
    sa.Index(
        "complaint_merged",
        "rank",
        "filed_at",
        "complaint_id",
        postgresql_where=sa.text("merged_into <> ''"),
    ),
    sa.Index("complaint_twins", "merged_into", postgresql_where=sa.text("merged_into <> ''")),
    sa.Index(
        "complaint_queue",
        "rank",
        "filed_at",
        "complaint_id",
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
    sa.Index(
        "complaint_closed",
        "rank",
        "filed_at",
        "complaint_id",
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    ),
)

# Everything personal of a complaint: to erase somebody is to delete this row and the notes.
particulars = sa.Table(
    "particulars",
    metadata,
    sa.Column("complaint_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("narrative", sa.Text, nullable=False),
    text("complainant_name"),
    text("contact"),
    text("worker_name"),
    text("employer_name"),
    text("p3mi_name"),
)

answer = sa.Table(
    "answer",
    metadata,
    sa.Column("note_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("complaint_id", sa.Text, nullable=False),
    instant("answered_at"),
    sa.Index("answer_complaint", "complaint_id"),
)

survey = sa.Table(
    "survey",
    metadata,
    sa.Column("complaint_id", sa.Text, primary_key=True),
    sa.Column("score", sa.SmallInteger, nullable=False),
    sa.Column("solved", sa.Boolean, nullable=True),
    text("note_id"),
    instant("answered_at"),
)

officer = sa.Table(
    "officer",
    metadata,
    sa.Column("officer_id", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, nullable=False),
    instant("appointed_at"),
    instant("released_at", nullable=True),
    sa.Index("officer_unit", "unit", "officer_id"),
)

consent = sa.Table(
    "consent",
    metadata,
    sa.Column("consent_id", sa.Text, primary_key=True),
    sa.Column("complaint_id", sa.Text, nullable=False),
    sa.Column("ministry", sa.Text, nullable=False),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("how", sa.Text, nullable=False),
    instant("said_at"),
    sa.Index("consent_complaint", "complaint_id", "consent_id"),
)

# Personal, all of it: messages that belong to no complaint that is known.
unclaimed = sa.Table(
    "unclaimed",
    metadata,
    sa.Column("incoming_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    instant("received_at"),
    sa.Index("unclaimed_order", "received_at", "incoming_id"),
)

# By real time: what gateways have brought, so that a repeat is known.
received = sa.Table(
    "received",
    metadata,
    sa.Column("received_id", sa.Text, primary_key=True),
    instant("received_at"),
    sa.Index("received_age", "received_at"),
)

# Tries of OpenAccess by the keyed hash of the number, real time; those that fitted are forgotten.
access_try = sa.Table(
    "access_try",
    metadata,
    sa.Column("number_hash", sa.LargeBinary, primary_key=True),
    instant("began_at"),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Index("access_try_age", "began_at"),
)

_mappers = registry()
_unread = [column.name for column in _FOLLOW_UP]
_mappers.map_imperatively(Complaint, complaint, exclude_properties=_unread)
_mappers.map_imperatively(Particulars, particulars)
_mappers.map_imperatively(Answer, answer)
_mappers.map_imperatively(Survey, survey)
_mappers.map_imperatively(Officer, officer)
_mappers.map_imperatively(Consent, consent)
_mappers.map_imperatively(Unclaimed, unclaimed)
_mappers.map_imperatively(Received, received)

IS_HERE = (matter.c.kind == KIND) & (matter.c.holder_service == SERVICE)


def officers(session: Session, unit: str) -> Sequence[Officer]:
    """Who works for a unit."""
    of_unit = sa.select(Officer).where(officer.c.unit == unit, officer.c.released_at.is_(None))
    return session.execute(of_unit.order_by(officer.c.officer_id)).scalars().all()


def answers(session: Session, complaint_id: str) -> Sequence[tuple[str, datetime]]:
    """The texts of the answers to a complainant with their instants, oldest first."""
    found = (
        sa.select(note.c.text, answer.c.answered_at)
        .join(note, note.c.note_id == answer.c.note_id)
        .where(answer.c.complaint_id == complaint_id)
        .order_by(answer.c.answered_at, answer.c.note_id)
    )
    return [(row.text, row.answered_at) for row in session.execute(found)]


def last(session: Session, complaint_id: str) -> Act | None:
    """What was done with a complaint last."""
    with session.no_autoflush:
        return last_act(session, complaint_id)


def acts(session: Session, complaint_id: str) -> Sequence[Act]:
    """What was done with a complaint, the oldest first."""
    return acts_of(session, complaint_id)


def complaints_at(session: Session, channel: Channel, address: str) -> Sequence[str]:
    """Complaints whose contact plan names an address: open ones first, of these the newest."""
    named = [matter_id for _, matter_id in messages_of.recipients_at(session, channel, address)]
    order = (complaint.c.closed_at.is_not(None), complaint.c.filed_at.desc())
    known = sa.select(complaint.c.complaint_id).where(complaint.c.complaint_id.in_(named))
    return session.scalars(known.order_by(*order)).all()


def numbered(session: Session, number: str) -> str:
    """The complaint with a number as somebody wrote it; empty: none."""
    written = particulars.c.number == (normal(number) or number)
    found = sa.select(particulars.c.complaint_id).where(written)
    return session.execute(found).scalar_one_or_none() or ""


def messages(session: Session, complaint_id: str) -> Sequence[Message]:
    """What whoever complained was to be told, oldest first."""
    return [message for message, _ in messages_of.of_matter(session, complaint_id)]


def forget_received(session: Session, older_than: timedelta) -> None:
    """Delete what is not repeated any more (real time)."""
    session.execute(received.delete().where(received.c.received_at < sa.func.now() - older_than))
