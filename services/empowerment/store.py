"""Empowerment's tables, their mapping, and what is asked of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry, relationship, selectinload

from services.chassis.tables import metadata
from services.empowerment.domain import Enrolment, Plan, PlanStatus, Returnee
from services.handover.custody import Offer
from services.handover.store import OPEN, Ids, offer

SERVICE = "empowerment"

# Where a page of a list begins: an instant, then the id.
Place = tuple[datetime, str]


class _Status(sa.TypeDecorator[PlanStatus]):
    """The status of a plan by its word."""

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> PlanStatus:
        return PlanStatus(value)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _instant(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


returnee = sa.Table(
    "returnee",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    _text("worker_id"),
    _text("country"),
    sa.Column("needs", Ids, nullable=False),
)

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("plan_id", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    _text("worker_id"),
    sa.Column("needs", Ids, nullable=False),
    _instant("opened_at"),
    sa.Column("status", _Status, nullable=False),
    _text("outcome"),
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
    _instant("enrolled_at"),
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
    order = (offer.c.due_at, offer.c.matter_id)
    found = (
        sa.select(Returnee, Offer)
        .join(offer, offer.c.matter_id == returnee.c.matter_id)
        .where(offer.c.receiver_service == SERVICE, sa.text(f"offer.{OPEN}"))
        .where(offer.c.reply.not_in(("accepted", "declined")))
        .order_by(*order)
        .limit(size)
    )
    if after is not None:
        found = found.where(sa.tuple_(*order) > sa.tuple_(*after))
    return [(row.Returnee, row.Offer) for row in session.execute(found)]


def plans(session: Session, after: Place | None, size: int) -> Sequence[Plan]:
    """A page of the plans in work, the oldest first."""
    order = (plan.c.opened_at, plan.c.plan_id)
    found = (
        sa.select(Plan)
        .where(sa.text("plan.status IN ('pending', 'open')"))
        .options(selectinload(Plan.enrolments))  # type: ignore[arg-type] # mapped imperatively
        .order_by(*order)
        .limit(size)
    )
    if after is not None:
        found = found.where(sa.tuple_(*order) > sa.tuple_(*after))
    return session.execute(found).scalars().all()
