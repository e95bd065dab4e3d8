"""Exchange's tables, their mapping, and what is asked of them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry

from services.chassis.columns import Word, instant, page_of, text
from services.chassis.tables import metadata
from services.exchange.domain import Referral, ReferralStatus, Referred
from services.handover.custody import Offer
from services.handover.store import waiting

SERVICE = "exchange"
# How long what a ministry is told is kept: on its topics, and here to be sent again.
STREAM_DAYS = 30

# Where a page of a list begins: an instant, then the id.
Place = tuple[datetime, str]


referred = sa.Table(
    "referred",
    metadata,
    sa.Column("matter_id", sa.Text, primary_key=True),
    text("request"),
    text("category"),
    sa.Column("severity", sa.SmallInteger, nullable=False, server_default="0"),
    text("country"),
    text("worker_id"),
)

referral = sa.Table(
    "referral",
    metadata,
    sa.Column("referral_id", sa.Text, primary_key=True),
    sa.Column("matter_id", sa.Text, nullable=False),
    sa.Column("offer_no", sa.BigInteger, nullable=False),
    sa.Column("ministry", sa.Text, nullable=False),
    text("request"),
    instant("opened_at"),
    sa.Column("status", Word(ReferralStatus), nullable=False),
    instant("answer_by", nullable=True),
    sa.Column("reminders", sa.SmallInteger, nullable=False, server_default="0"),
    text("result"),
    sa.Index(
        "referral_in_work",
        "opened_at",
        "referral_id",
        postgresql_where=sa.text("status IN ('pending', 'open')"),
    ),
)

# One row for each topic of a ministry: the last number given. Its lock makes the numbers' order
# that of the commits.
partner_stream = sa.Table(
    "partner_stream",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("last_no", sa.BigInteger, nullable=False),
)

# What a ministry is told, without anything personal: that is fetched whenever it is sent.
partner_news = sa.Table(
    "partner_news",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    instant("happened_at"),
    text("journey_id"),
    text("traceparent"),
    sa.Column("replayed", sa.Boolean, nullable=False, server_default=sa.false()),
    instant("sent_at", nullable=True),
    sa.Index("partner_news_unsent", "topic", "number", postgresql_where=sa.text("sent_at IS NULL")),
    sa.Index("partner_news_sent", "sent_at"),
)

# Each message that a ministry has sent, by its own id: one that comes again changes nothing.
partner_letter = sa.Table(
    "partner_letter",
    metadata,
    sa.Column("ministry", sa.Text, primary_key=True),
    sa.Column("letter_id", sa.Text, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

_mappers = registry()
_mappers.map_imperatively(Referred, referred)
_mappers.map_imperatively(Referral, referral)


def waiting_offers(
    session: Session, after: Place | None, size: int
) -> Sequence[tuple[Referred, Offer]]:
    """A page of the offers that wait for a ministry's answer, the nearest clock first."""
    return waiting(session, SERVICE, Referred, referred.c.matter_id, (after, size))


def awaited(session: Session, now: datetime) -> Sequence[Referral]:
    """The referrals whose ministry still has time to answer."""
    found = sa.select(Referral).where(
        referral.c.status == ReferralStatus.OPEN, referral.c.answer_by > now
    )
    return session.execute(found.order_by(referral.c.referral_id)).scalars().all()


def referrals(session: Session, after: Place | None, size: int) -> Sequence[Referral]:
    """A page of the referrals in work, the oldest first."""
    order = (referral.c.opened_at, referral.c.referral_id)
    found = sa.select(Referral).where(sa.text("status IN ('pending', 'open')"))
    return session.execute(page_of(found, order, after, size)).scalars().all()


_FORGET_LETTERS = sa.text("DELETE FROM partner_letter WHERE taken_at < now() - interval '30 days'")
_FORGET_NEWS = sa.text(
    "DELETE FROM partner_news WHERE sent_at < now() - make_interval(days => :days)"
)


def forget_letters(session: Session) -> None:
    """Forget messages older than any inbox keeps them."""
    session.execute(_FORGET_LETTERS)


def forget_news(session: Session) -> None:
    """Forget what no ministry's topic keeps any more; what is not sent yet stays."""
    session.execute(_FORGET_NEWS, {"days": STREAM_DAYS})
