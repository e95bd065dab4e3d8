"""The tables `matter` and `offer`: this service's own fold of every matter's custody log.

They are written by the fold only. A service joins its own rows to them on matter_id for holder,
offer and clock, and copies nothing.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, composite, registry, relationship, selectinload

from services.chassis.columns import Word, instant, page_of, text
from services.chassis.tables import metadata
from services.handover.custody import Custody, Offer, OfferState, Party

T = TypeVar("T")


class Parties(sa.TypeDecorator[tuple[Party, ...]]):
    """A stack of parties as a JSON list."""

    impl = postgresql.JSONB
    cache_ok = True

    def process_bind_param(self, value: tuple[Party, ...] | None, _dialect: sa.Dialect) -> Any:
        return [vars(party) for party in value or ()]

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> tuple[Party, ...]:
        return tuple(Party(**party) for party in value or ())


class Ids(sa.TypeDecorator[tuple[str, ...]]):
    """Ids as a PostgreSQL array."""

    impl = postgresql.ARRAY(sa.Text)
    cache_ok = True

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> tuple[str, ...]:
        return tuple(value or ())


def _party(role: str) -> list[sa.Column[str]]:
    return [text(f"{role}_{part}") for part in ("service", "organisation", "unit", "officer_id")]


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


matter = sa.Table(
    "matter",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    sa.Column("journey_id", sa.Text, nullable=False),
    text("parent_id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("custody_no", sa.BigInteger, nullable=False),
    sa.Column("told_no", sa.BigInteger, nullable=False),
    *_party("holder"),
    sa.Column("stack", Parties, nullable=False),
    sa.Column("children", Ids, nullable=False),
    _count("lapses"),
    _count("setbacks"),
    text("ground"),
    text("article"),
    instant("opened_at"),
    instant("held_since"),
    instant("closed_at", nullable=True),
    text("traceparent"),
    sa.Index("matter_journey", "journey_id"),
    sa.Index("matter_held", "holder_service", "holder_organisation"),
    sa.Index("matter_open", "matter_id", postgresql_where=sa.text("closed_at IS NULL")),
    # Of one kind, who is accountable for what is open.
    sa.Index(
        "matter_holder",
        "kind",
        "holder_service",
        "holder_unit",
        "holder_officer_id",
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)

OPEN = "state IN ('offered', 'asked')"

offer = sa.Table(
    "offer",
    metadata,
    sa.Column("matter_id", sa.Text, sa.ForeignKey("matter.matter_id"), primary_key=True),
    sa.Column("offer_no", sa.BigInteger, primary_key=True),
    *_party("giver"),
    *_party("receiver"),
    sa.Column("kind", sa.Text, nullable=False),
    text("regulation"),
    sa.Column("state", Word(OfferState), nullable=False),
    instant("offered_at"),
    instant("due_at"),
    sa.Column("clock_no", sa.BigInteger, nullable=False),
    _count("asks"),
    sa.Column("extensions", Ids, nullable=False, server_default="{}"),
    instant("answer_by", nullable=True),
    text("question_note_id"),
    text("answer_note_id"),
    text("code"),
    text("note_id"),
    text("resource_id"),
    instant("ended_at", nullable=True),
    text("reply"),
    text("pending_id"),
    # The law of the relay: at most one open offer of a matter.
    sa.Index("one_open_offer", "matter_id", unique=True, postgresql_where=sa.text(OPEN)),
    sa.Index("offer_inbox", "receiver_service", "due_at", postgresql_where=sa.text(OPEN)),
)


def _composite(table: sa.Table, role: str) -> Any:
    return composite(Party, *(table.c[column.name] for column in _party(role)))


_mappers = registry()
_mappers.map_imperatively(
    Offer,
    offer,
    properties={"giver": _composite(offer, "giver"), "receiver": _composite(offer, "receiver")},
)
_mappers.map_imperatively(
    Custody,
    matter,
    properties={
        "holder": _composite(matter, "holder"),
        "offers": relationship(Offer, order_by=offer.c.offer_no),
    },
)


def holds(session: Session, matter_id: str, service: str, organisation: str) -> bool:
    """Whether a service's organisation holds a matter, as far as this service has read its log.

    All deputies are of one organisation, and one service may speak for several: both must fit.
    """
    if not (service and organisation):
        return False
    held = sa.exists().where(
        matter.c.matter_id == matter_id,
        matter.c.holder_service == service,
        matter.c.holder_organisation == organisation,
    )
    return bool(session.execute(sa.select(held)).scalar_one())


def inbox(session: Session, service: str, limit: int = 200) -> Sequence[Offer]:
    """The open offers to parties that a service serves, the nearest clock first."""
    found = (
        sa.select(Offer)
        .where(offer.c.receiver_service == service, sa.text(OPEN))
        .order_by(offer.c.due_at, offer.c.matter_id)
        .limit(limit)
    )
    return session.execute(found).scalars().all()


def waiting(
    session: Session,
    service: str,
    kept: type[T],
    matter_id: sa.Column[str],
    page: tuple[tuple[Any, ...] | None, int],
    first: sa.ColumnElement[Any] | None = None,
) -> Sequence[tuple[T, Offer]]:
    """A page of the offers that wait for a service's answer, each with what the service keeps of
    its matter (`kept`, by its column `matter_id`): the nearest clock first.

    `page`: after which place (the order's values of a row), and how many. `first` orders before
    the clock.
    """
    after, size = page
    order = (*(() if first is None else (first,)), offer.c.due_at, offer.c.matter_id)
    found = (
        sa.select(kept, Offer)
        .join(offer, offer.c.matter_id == matter_id)
        .where(offer.c.receiver_service == service, sa.text(f"offer.{OPEN}"))
        .where(offer.c.reply.not_in(("accepted", "declined")))
    )
    return [(row[0], row[1]) for row in session.execute(page_of(found, order, after, size))]


def given(session: Session, service: str) -> Sequence[Custody]:
    """The matters that a service holds and has offered to somebody who has not answered yet."""
    found = (
        sa.select(Custody)
        .join(offer, offer.c.matter_id == matter.c.matter_id)
        .where(offer.c.giver_service == service, offer.c.state == OfferState.OFFERED)
        .where(sa.text(f"offer.{OPEN}"), matter.c.holder_service == service)
        .options(selectinload(Custody.offers))  # type: ignore[arg-type] # mapped imperatively
        .order_by(matter.c.matter_id)
    )
    return session.execute(found).scalars().all()


def is_in_hand(service: str) -> sa.ColumnElement[bool]:
    """Whether an open matter waits for the service that holds it: offered to nobody, or asked
    about."""
    is_offered = sa.exists().where(
        offer.c.matter_id == matter.c.matter_id, offer.c.state == OfferState.OFFERED
    )
    return sa.and_(matter.c.closed_at.is_(None), matter.c.holder_service == service, ~is_offered)


def in_hand(
    session: Session,
    service: str,
    kinds: Sequence[str],
    after: tuple[Any, ...] | None,
    size: int,
) -> Sequence[Custody]:
    """A page of the matters of these kinds that wait for their holder, the longest held first."""
    order = (matter.c.held_since, matter.c.matter_id)
    found = (
        sa.select(Custody)
        .where(is_in_hand(service), matter.c.kind.in_(kinds))
        .options(selectinload(Custody.offers))  # type: ignore[arg-type] # mapped imperatively
    )
    return session.execute(page_of(found, order, after, size)).scalars().all()
