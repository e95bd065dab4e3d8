"""Figures over all matters, by SQL: counts, hops, lapses, and what each party owes today."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.handover.custody import Custody, Offer, OfferState
from services.handover.store import OPEN, matter, offer
from services.insight.domain import Awaited
from services.insight.store import awaited

LATELY = timedelta(days=30)
Span = tuple[datetime, datetime]

_COUNTS = sa.text(
    r"""
    SELECT to_char(s.at AT TIME ZONE 'Asia/Jakarta', 'YYYY-MM') AS month, s.service,
           regexp_replace(s.type, '^.*\.', '') AS event, coalesce(m.kind, '') AS kind,
           count(*) AS number
    FROM seen s LEFT JOIN matter m
        ON s.type = 'estafet.handover.v1.MatterOpened' AND m.matter_id = s.key
    WHERE s.at >= :begins AND s.at < :ends
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """
)
_HOPS = sa.text(
    """
    SELECT giver_service, giver_organisation, receiver_service, receiver_organisation, kind,
           state, count(*) AS number,
           coalesce(percentile_cont(0.50) WITHIN GROUP (ORDER BY took), 0) AS p50,
           coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY took), 0) AS p95
    FROM (SELECT *, extract(epoch FROM ended_at - offered_at) AS took FROM offer) o
    WHERE offered_at >= :begins AND offered_at < :ends
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    """
)
_LAPSES = sa.text(
    """
    SELECT receiver_service AS service, receiver_organisation AS organisation,
           count(*) AS offered, count(*) FILTER (WHERE state = 'lapsed') AS lapsed
    FROM offer WHERE offered_at >= :begins AND offered_at < :ends
    GROUP BY 1, 2 ORDER BY 1, 2
    """
)
# One row for everything that somebody owes, by whom; each party's are then counted.
_OWED = sa.text(
    f"""
    SELECT service, organisation, min(held_since) AS held_since,
           count(held_since) AS held,
           count(*) FILTER (WHERE owes = 'answer') AS to_answer,
           count(*) FILTER (WHERE owes = 'clarify') AS to_clarify,
           count(*) FILTER (WHERE owes = 'result') AS to_return,
           count(*) FILTER (WHERE clock < :ends) AS due,
           count(*) FILTER (WHERE owes = 'nothing') AS lapsed
    FROM (
        SELECT holder_service, holder_organisation, held_since, '', CAST(NULL AS timestamptz)
        FROM matter WHERE closed_at IS NULL
        UNION ALL
        SELECT receiver_service, receiver_organisation, NULL, 'answer', due_at
        FROM offer WHERE state = 'offered' AND {OPEN}
        UNION ALL
        SELECT giver_service, giver_organisation, NULL, 'clarify', answer_by
        FROM offer WHERE state = 'asked' AND {OPEN}
        UNION ALL
        SELECT service, ministry, NULL, 'result', answer_by FROM awaited WHERE NOT ended
        UNION ALL
        SELECT receiver_service, receiver_organisation, NULL, 'nothing', NULL
        FROM offer WHERE state = 'lapsed' AND ended_at >= :lately
    ) owed (service, organisation, held_since, owes, clock)
    GROUP BY 1, 2 ORDER BY 1, 2
    """
)
# The clock that runs: the giver's while it is asked, else the receiver's.
_CLOCK = sa.case((offer.c.state == OfferState.ASKED, offer.c.answer_by), else_=offer.c.due_at)


def counts(session: Session, span: Span) -> Sequence[Any]:
    """How often each event was told, by month, service and kind of matter."""
    return session.execute(_COUNTS, _between(span)).all()


def hops(session: Session, span: Span) -> Sequence[Any]:
    """How the hand-overs went that were offered then, and how many seconds they took."""
    return session.execute(_HOPS, _between(span)).all()


def lapses(session: Session, span: Span) -> Sequence[Any]:
    """What became of the offers to each party."""
    return session.execute(_LAPSES, _between(span)).all()


def owed(session: Session, ends: datetime) -> Sequence[Any]:
    """What each party owes on the day that ends then."""
    return session.execute(_OWED, {"ends": ends, "lately": ends - LATELY}).all()


def lapsing(session: Session, ends: datetime, most: int) -> Sequence[tuple[Custody, Offer, int]]:
    """The open offers whose clock ends before an instant, the nearest first, and how many."""
    before_end = _CLOCK < ends  # noqa: SIM300 - a column on the left
    found = (
        sa.select(Custody, Offer, sa.func.count().over())
        .select_from(matter.join(offer, offer.c.matter_id == matter.c.matter_id))
        .where(sa.text(f"offer.{OPEN}"), before_end)
        .order_by(_CLOCK, offer.c.matter_id)
        .limit(most)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(found)]


def results(session: Session, ends: datetime, most: int) -> Sequence[Awaited]:
    """The results that ministries owe before an instant, the nearest first."""
    found = (
        sa.select(Awaited)
        .where(~awaited.c.ended, awaited.c.answer_by < ends)
        .order_by(awaited.c.answer_by, awaited.c.referral_id)
        .limit(most)
    )
    return session.execute(found).scalars().all()


def _between(span: Span) -> dict[str, datetime]:
    begins, ends = span
    return {"begins": begins, "ends": ends}
