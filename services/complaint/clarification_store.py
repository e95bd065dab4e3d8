"""The tables of clarifications, their mapping, and what is asked of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, registry, relationship

from services.chassis.columns import Word, instant, text
from services.chassis.tables import metadata
from services.complaint.clarification import (
    Clarification,
    Commitment,
    Document,
    Kept,
    Outcome,
)
from services.complaint.sanction import RecommendedSanction
from services.process.store import clock_columns, clock_index, count_index

clarification = sa.Table(
    "clarification",
    metadata,
    sa.Column("clarification_id", sa.Text, primary_key=True),
    sa.Column("complaint_id", sa.Text, nullable=False),
    sa.Column("session", sa.SmallInteger, nullable=False),
    instant("invited_at"),
    instant("meets_at"),
    instant("answer_by"),
    text("place"),
    text("p3mi_id"),
    text("asked_note_id"),
    sa.Column("link_hash", sa.LargeBinary, nullable=False),
    sa.Column("link_no", sa.Integer, nullable=False, server_default="0"),
    instant("link_ends_at", nullable=True),
    instant("link_used_at", nullable=True),
    instant("answered_at", nullable=True),
    sa.Column("wished_on", sa.Date),
    text("wish_note_id"),
    text("objection"),
    text("objection_note_id"),
    text("file_ids"),
    instant("held_at", nullable=True),
    sa.Column("outcome", Word(Outcome), nullable=False, server_default=""),
    sa.Column("admitted", sa.Boolean),
    text("before_id"),
    sa.Index("clarification_complaint", "complaint_id"),
)

commitment = sa.Table(
    "clarification_commitment",
    metadata,
    sa.Column("commitment_id", sa.Text, primary_key=True),
    sa.Column(
        "clarification_id",
        sa.Text,
        sa.ForeignKey("clarification.clarification_id"),
        nullable=False,
    ),
    text("what_note_id"),
    text("by_role"),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("amount_rupiah", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("state", Word(Kept), nullable=False, server_default="open"),
    instant("confirmed_at", nullable=True),
    text("note_id"),
    sa.Index("commitment_clarification", "clarification_id"),
)

document = sa.Table(
    "document",
    metadata,
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column(
        "clarification_id",
        sa.Text,
        sa.ForeignKey("clarification.clarification_id"),
        nullable=False,
    ),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("evidence_id", sa.Text, nullable=False),
    sa.Column("signature", postgresql.JSONB, nullable=False),
    instant("made_at"),
    sa.Index("document_clarification", "clarification_id"),
)

sanction = sa.Table(
    "sanction",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    sa.Column("complaint_id", sa.Text, nullable=False),
    sa.Column("p3mi_id", sa.Text, nullable=False),
    sa.Column("violation", sa.Text, nullable=False),
    text("note_id"),
    text("dropped_note_id"),
    *clock_columns(),
    sa.Index("sanction_complaint", "complaint_id"),
    clock_index("sanction"),
    count_index("sanction"),
)

_mappers = registry()
_mappers.map_imperatively(Commitment, commitment)
_mappers.map_imperatively(Document, document)
_mappers.map_imperatively(RecommendedSanction, sanction)
_mappers.map_imperatively(
    Clarification,
    clarification,
    properties={"commitments": relationship(Commitment, order_by=commitment.c.commitment_id)},
)


def documents_of(session: Session, clarification_id: str) -> Sequence[Document]:
    """The documents of a clarification, oldest first."""
    found = sa.select(Document).where(document.c.clarification_id == clarification_id)
    return session.execute(found.order_by(document.c.document_id)).scalars().all()


def document_by_digest(session: Session, digest: str) -> Document | None:
    """The document whose content has this hash."""
    found = sa.select(Document).where(document.c.digest == digest)
    return session.execute(found).scalars().one_or_none()
