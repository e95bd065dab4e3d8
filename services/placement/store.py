"""Placement's tables, their mapping, and what is asked of them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry, relationship, selectinload

from services.chassis.columns import Word, instant, page_of, text
from services.chassis.errors import NotAllowed
from services.chassis.tables import metadata, note
from services.handover.custody import Custody, Offer
from services.handover.store import Ids, is_in_hand, matter, waiting
from services.placement.domain.p3mi import Lock, P3mi
from services.placement.domain.sanction import (
    FileStatus,
    Recommendation,
    SanctionFile,
    WorkerMatter,
)
from services.placement.domain.worker import Person, Placement, PlacementStatus, Wish, Worker

SERVICE = "placement"
# Between the beginning of a placement and the worker's return.
ON_THE_WAY = (PlacementStatus.IN_PROCESS, PlacementStatus.DEPARTED)

# Where a page of a list begins: an instant, then the id.
Place = tuple[datetime, str]


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


p3mi = sa.Table(
    "p3mi",
    metadata,
    _id("p3mi_id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("licence_no", sa.Text, nullable=False, unique=True),
    instant("registered_at"),
)

# Every decision that ever locked an agency; its number is given once.
p3mi_lock = sa.Table(
    "p3mi_lock",
    metadata,
    _id("decision_id"),
    sa.Column("p3mi_id", sa.Text, sa.ForeignKey("p3mi.p3mi_id"), nullable=False),
    sa.Column("decision_no", sa.Text, nullable=False, unique=True),
    sa.Column("article", sa.Text, nullable=False),
    sa.Column("countries", Ids, nullable=False),
    sa.Column("signatory", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("expires_on", sa.Date),
    text("ended_as"),
    instant("ended_at", nullable=True),
    text("ended_by_no"),
    sa.Index("p3mi_lock_p3mi", "p3mi_id"),
)

worker = sa.Table(
    "worker",
    metadata,
    _id("worker_id"),
    text("regency"),
    instant("registered_at"),
    instant("erased_at", nullable=True),
)

# Everything personal of a worker: `erase` deletes this row and the notes.
person = sa.Table(
    "person",
    metadata,
    _id("worker_id"),
    sa.Column("name", sa.Text, nullable=False),
    text("nik"),
    text("passport_no"),
    text("contact"),
    sa.Index("person_nik", "nik", postgresql_where=sa.text("nik <> ''")),
)

placement = sa.Table(
    "placement",
    metadata,
    _id("placement_id"),
    sa.Column("worker_id", sa.Text, nullable=False),
    text("p3mi_id"),
    sa.Column("country", sa.Text, nullable=False),
    instant("started_at"),
    sa.Column("status", Word(PlacementStatus), nullable=False),
    sa.Column("departed_on", sa.Date),
    sa.Column("returned_on", sa.Date),
    text("stopped_as"),
    # Nobody is in process twice, and whom a lock stops is found without a look at the others.
    sa.Index(
        "placement_one_process",
        "worker_id",
        unique=True,
        postgresql_where=sa.text("status = 'in_process'"),
    ),
    sa.Index("placement_in_process", "p3mi_id", postgresql_where=sa.text("status = 'in_process'")),
    sa.Index("placement_worker", "worker_id"),
)

recommendation = sa.Table(
    "recommendation",
    metadata,
    _id("matter_id"),
    text("p3mi_id"),
    text("violation"),
    text("article"),
    text("note_id"),
)

sanction_file = sa.Table(
    "sanction_file",
    metadata,
    _id("file_id"),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("p3mi_id", sa.Text, nullable=False),
    text("violation"),
    instant("taken_at"),
    sa.Column("status", Word(FileStatus), nullable=False),
    text("decision_id"),
    text("note_id"),
    sa.Index(
        "sanction_file_in_work",
        "taken_at",
        "file_id",
        postgresql_where=sa.text("status IN ('pending', 'open')"),
    ),
)

worker_matter = sa.Table(
    "worker_matter",
    metadata,
    _id("matter_id"),
    sa.Column("placement_id", sa.Text, nullable=False),
    sa.Column("decision_id", sa.Text, nullable=False),
)

wish = sa.Table(
    "wish",
    metadata,
    _id("plan_id"),
    text("worker_id"),
    text("country"),
    instant("wished_at"),
    sa.Index("wish_order", "wished_at", "plan_id"),
)

_mappers = registry()
_mappers.map_imperatively(Lock, p3mi_lock)
_mappers.map_imperatively(
    P3mi,
    p3mi,
    properties={"locks": relationship(Lock, order_by=p3mi_lock.c.decision_id)},
)
_mappers.map_imperatively(Worker, worker)
_mappers.map_imperatively(Person, person)
_mappers.map_imperatively(Placement, placement)
_mappers.map_imperatively(Recommendation, recommendation)
_mappers.map_imperatively(SanctionFile, sanction_file)
_mappers.map_imperatively(WorkerMatter, worker_matter)
_mappers.map_imperatively(Wish, wish)


_TAKE_TURN = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


def must_be_new_licence(session: Session, licence_no: str) -> None:
    """NotAllowed when an agency has this licence."""
    _must_be_free(session, p3mi.c.licence_no, licence_no, "LICENCE_TAKEN")


def must_be_new_decision(session: Session, decision_no: str) -> None:
    """NotAllowed when a decision bears this number."""
    _must_be_free(session, p3mi_lock.c.decision_no, decision_no, "DECISION_NO_TAKEN")


def _must_be_free(session: Session, column: sa.Column[str], value: str, reason: str) -> None:
    # Of two at once both would find it free: the second waits here for the end of the first.
    session.execute(_TAKE_TURN, {"what": f"{column} {value}"})
    taken = sa.select(sa.exists().where(column == value))
    if session.execute(taken).scalar_one():
        raise NotAllowed(f"{column.name} {value} was given already", reason=reason)


def is_nik_taken(session: Session, nik: str) -> bool:
    """Whether somebody was registered with this identity number."""
    taken = sa.select(sa.exists().where(person.c.nik == nik, person.c.nik != ""))
    return bool(session.execute(taken).scalar_one())


def must_not_be_in_process(session: Session, worker_id: str) -> None:
    """NotAllowed while a worker is in process; the worker's row is locked by the caller."""
    found = sa.select(placement.c.placement_id).where(
        placement.c.worker_id == worker_id, sa.text("status = 'in_process'")
    )
    other = session.execute(found).scalar_one_or_none()
    if other is not None:
        raise NotAllowed(
            f"worker {worker_id} is in process as placement {other}", reason="IN_PROCESS"
        )


def must_not_be_on_the_way(session: Session, worker_id: str) -> None:
    """NotAllowed while a worker is in process or abroad; the row is locked by the caller."""
    own = placement.c.worker_id == worker_id, placement.c.status.in_(ON_THE_WAY)
    row = session.execute(sa.select(placement).where(*own)).first()
    if row is not None:
        raise NotAllowed(
            f"worker {worker_id} is {row.status} by placement {row.placement_id}: stop it, or"
            " record the return, before",
            reason="PLACEMENT_OPEN",
        )


def must_have_no_matter(session: Session, worker_id: str) -> None:
    """NotAllowed while a worker has a matter that has not ended."""
    found = (
        sa.select(worker_matter.c.matter_id)
        .join(placement, placement.c.placement_id == worker_matter.c.placement_id)
        .outerjoin(matter, matter.c.matter_id == worker_matter.c.matter_id)
        .where(placement.c.worker_id == worker_id, matter.c.closed_at.is_(None))
    )
    matter_id = session.execute(found).scalars().first()
    if matter_id is not None:
        raise NotAllowed(
            f"worker {worker_id} has matter {matter_id}, which has not ended", reason="MATTER_OPEN"
        )


def erase(session: Session, worker_id: str) -> None:
    """Delete who a worker is, and what was written in matters of the worker's own."""
    session.execute(person.delete().where(person.c.worker_id == worker_id))
    own = (
        sa.select(worker_matter.c.matter_id)
        .join(placement, placement.c.placement_id == worker_matter.c.placement_id)
        .where(placement.c.worker_id == worker_id)
    )
    session.execute(note.delete().where(note.c.matter_id.in_(own)))


def in_process(session: Session, p3mi_id: str, countries: Sequence[str]) -> Sequence[str]:
    """The placements of an agency that are in process to these countries, or to any if none.

    Without those whose worker has a matter already that has not ended.
    """
    has_matter = (
        sa.exists()
        .select_from(
            worker_matter.outerjoin(matter, matter.c.matter_id == worker_matter.c.matter_id)
        )
        .where(worker_matter.c.placement_id == placement.c.placement_id)
        .where(matter.c.closed_at.is_(None))
    )
    found = sa.select(placement.c.placement_id).where(
        placement.c.p3mi_id == p3mi_id, sa.text("status = 'in_process'"), ~has_matter
    )
    if countries:
        found = found.where(placement.c.country.in_(countries))
    return session.execute(found.order_by(placement.c.placement_id)).scalars().all()


def waiting_offers(
    session: Session, after: Place | None, size: int
) -> Sequence[tuple[Recommendation, Offer]]:
    """A page of the offers that wait for an answer of ours, the nearest clock first."""
    return waiting(session, SERVICE, Recommendation, recommendation.c.matter_id, (after, size))


def sanction_files(session: Session, after: Place | None, size: int) -> Sequence[SanctionFile]:
    """A page of the sanction files in work, the oldest first."""
    order = (sanction_file.c.taken_at, sanction_file.c.file_id)
    found = sa.select(SanctionFile).where(sa.text("status IN ('pending', 'open')"))
    return session.execute(page_of(found, order, after, size)).scalars().all()


def worker_matters(
    session: Session, after: Place | None, size: int
) -> Sequence[tuple[WorkerMatter, Custody, str]]:
    """A page of the workers' matters that wait for us, with worker_id, the longest held first."""
    order = (matter.c.held_since, matter.c.matter_id)
    found = (
        sa.select(WorkerMatter, Custody, placement.c.worker_id)
        .join(matter, matter.c.matter_id == worker_matter.c.matter_id)
        .join(placement, placement.c.placement_id == worker_matter.c.placement_id)
        .where(is_in_hand(SERVICE))
        .options(selectinload(Custody.offers))  # type: ignore[arg-type] # mapped imperatively
    )
    page = session.execute(page_of(found, order, after, size))
    return [(row.WorkerMatter, row.Custody, row.worker_id) for row in page]


def wishes(session: Session, after: Place | None, size: int) -> Sequence[Wish]:
    """A page of the wishes to go again, the oldest first."""
    order = (wish.c.wished_at, wish.c.plan_id)
    return session.execute(page_of(sa.select(Wish), order, after, size)).scalars().all()
