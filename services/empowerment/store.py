"""Empowerment's tables, their mapping, and what is asked of them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry, relationship, selectinload

from services.chassis.columns import Word, instant, page_of, text
from services.chassis.tables import metadata
from services.empowerment.domain import Enrolment, Plan, PlanStatus, Returnee
from services.handover.custody import Offer
from services.handover.store import Ids, waiting

SERVICE = "empowerment"

# Where a page of a list begins: an instant, then the id.
Place = tuple[datetime, str]


returnee = sa.Table(
    "returnee",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    text("worker_id"),
    text("country"),
    sa.Column("needs", Ids, nullable=False),
)

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("plan_id", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    text("worker_id"),
    sa.Column("needs", Ids, nullable=False),
    instant("opened_at"),
    sa.Column("status", Word(PlanStatus), nullable=False),
    text("outcome"),
    text("note_id"),
    sa.Index(
        "plan_in_work",
        "opened_at",
        "plan_id",
        postgresql_where=sa.text("status IN ('pending', 'open')"),
    ),
)

enrolment = sa.Table(
    "enrolment",
    metadata,
    sa.Column("enrolment_id", sa.Text, primary_key=True),
    sa.Column("plan_id", sa.Text, sa.ForeignKey("plan.plan_id"), nullable=False),
    sa.Column("programme", sa.Text, nullable=False),
    instant("enrolled_at"),
    sa.UniqueConstraint("plan_id", "programme", name="enrolment_plan_id_programme_key"),
)

_mappers = registry()
_mappers.map_imperatively(Returnee, returnee)
_mappers.map_imperatively(Enrolment, enrolment)
_mappers.map_imperatively(
    Plan,
    plan,
    properties={"enrolments": relationship(Enrolment, order_by=enrolment.c.enrolled_at)},
)


def waiting_offers(
    session: Session, after: Place | None, size: int
) -> Sequence[tuple[Returnee, Offer]]:
    """A page of the offers that wait for an answer of ours, the nearest clock first."""
    return waiting(session, SERVICE, Returnee, returnee.c.matter_id, (after, size))


def plans(session: Session, after: Place | None, size: int) -> Sequence[Plan]:
    """A page of the plans in work, the oldest first."""
    order = (plan.c.opened_at, plan.c.plan_id)
    found = (
        sa.select(Plan)
        .where(sa.text("plan.status IN ('pending', 'open')"))
        .options(selectinload(Plan.enrolments))  # type: ignore[arg-type] # mapped imperatively
    )
    return session.execute(page_of(found, order, after, size)).scalars().all()
