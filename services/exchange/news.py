"""What a ministry is told: rows, numbered for each of its topics, which the deliverer sends.

A row is written in the transaction of whatever it tells of. It holds the message as it came, which
has nothing personal; what the ministry may read of it is decided when it is sent.
"""

import sqlalchemy as sa
from estafet.exchange.v1.partner_pb2 import AnswerRefused, ReferralNews
from google.protobuf.message import Message

from services.chassis import telemetry
from services.chassis.unit_of_work import UnitOfWork
from services.exchange.agreements import AGREEMENTS, Agreement
from services.exchange.domain import Referral, Referred
from services.exchange.names import errors_of, stream_of
from services.handover.custody import Custody, Offer

# The number is taken and used in one statement: the topic's row is locked until the commit.
_WRITE = sa.text(
    """
    WITH stream AS (
        INSERT INTO partner_stream AS s (topic, last_no) VALUES (:topic, 1)
        ON CONFLICT (topic) DO UPDATE SET last_no = s.last_no + 1
        RETURNING s.last_no
    )
    INSERT INTO partner_news (topic, number, type, payload, happened_at, journey_id, traceparent)
    SELECT :topic, last_no, :type, :payload, :happened_at, :journey_id, :traceparent FROM stream
    """
)


def tell_everybody(uow: UnitOfWork, event: Message) -> None:
    """Tell an event of another service to every ministry that has an agreement on it."""
    for agreement in AGREEMENTS.on(event.DESCRIPTOR.full_name):
        _tell(uow, agreement, event)


def _tell(uow: UnitOfWork, agreement: Agreement, event: Message) -> None:
    """Only what happened while the agreement holds."""
    happened_at = uow.record.time if uow.record else uow.now
    if agreement.is_in_force(happened_at):
        _write(uow, stream_of(agreement.ministry), event)


def _write(uow: UnitOfWork, topic: str, told: Message) -> None:
    values = {
        "topic": topic,
        "type": told.DESCRIPTOR.full_name,
        "payload": told.SerializeToString(deterministic=True),
        "happened_at": uow.record.time if uow.record else uow.now,
        "journey_id": telemetry.current_journey(),
        "traceparent": telemetry.carried().get(telemetry.PARENT, ""),
    }
    uow.session.execute(_WRITE, values)


def tell_of_offer(uow: UnitOfWork, custody: Custody, offer: Offer, stage: str) -> None:
    """Tell the ministry how an offer to it stands."""
    news = _news(uow, custody.matter_id, offer.offer_no, stage)
    if stage in ("offered", "clarified", "extended"):
        news.due_at = offer.due_at.isoformat()
    if stage == "clarified":
        news.giver, news.note_id = offer.giver.service, offer.answer_note_id
    tell_news(uow, offer.receiver.organisation, news)


def tell_of_referral(uow: UnitOfWork, referral: Referral, stage: str) -> None:
    """Tell the ministry how what it has taken over stands."""
    news = _news(uow, referral.matter_id, referral.offer_no, stage)
    news.result = referral.result
    if referral.answer_by is not None and stage != "ended":
        news.due_at = referral.answer_by.isoformat()
    tell_news(uow, referral.ministry, news)


def _news(uow: UnitOfWork, matter_id: str, offer_no: int, stage: str) -> ReferralNews:
    known = uow.read(Referred, matter_id)
    return ReferralNews(
        matter_id=matter_id,
        offer_no=offer_no,
        stage=stage,
        request=known.request,
        category=known.category,
        severity=known.severity,
        country=known.country,
        worker_id=known.worker_id,
    )


def tell_news(uow: UnitOfWork, ministry: str, news: ReferralNews) -> None:
    """Tell it if its agreement names referrals."""
    agreement = AGREEMENTS.find(ministry, news.DESCRIPTOR.full_name)
    if agreement is not None:
        _tell(uow, agreement, news)


def takes_referrals(uow: UnitOfWork, ministry: str) -> bool:
    """Whether a ministry has an agreement on referrals today."""
    agreement = AGREEMENTS.find(ministry, ReferralNews.DESCRIPTOR.full_name)
    return agreement is not None and agreement.is_in_force(uow.now)


def tell_error(uow: UnitOfWork, ministry: str, refused: AnswerRefused) -> None:
    """Tell the ministry, on its errors topic, that an answer of it was not taken."""
    if uow.record is not None:
        refused.partition, refused.offset = uow.record.position
    _write(uow, errors_of(ministry), refused)
