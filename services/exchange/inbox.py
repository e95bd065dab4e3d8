"""A ministry's message becomes the command of the domain that it asks for, or an error record.

Both, and that it was taken, are one transaction with the position in the inbox. A message that
comes again under its id changes nothing; another one under that id is refused.
"""

import hashlib

import sqlalchemy as sa
from estafet.exchange.v1.partner_pb2 import AnswerRefused

from services.chassis.errors import NotAllowed, NotFound, TryAgain
from services.chassis.outside import Letter
from services.chassis.unit_of_work import UnitOfWork
from services.exchange import news, referring
from services.exchange.answers import About, Accept, Answer, Ask, Decline, Malformed, Return, read
from services.exchange.domain import Referral, ReferralStatus
from services.exchange.store import SERVICE
from services.handover.custody import Custody, Offer, OfferState, Party

_TAKE = sa.text(
    """
    INSERT INTO partner_letter (ministry, letter_id, hash) VALUES (:ministry, :letter_id, :hash)
    ON CONFLICT DO NOTHING RETURNING letter_id
    """
)
_HASH = sa.text(
    "SELECT hash FROM partner_letter WHERE ministry = :ministry AND letter_id = :letter_id"
)

# Each message stands under a key of its own, so one that waits is not waited for by itself.
_EARLIER_WAITS = sa.text(
    """
    SELECT EXISTS (
        SELECT 1 FROM parked
        WHERE consumer = :consumer AND topic = :topic
            AND CAST(split_part(key, ':', 3) AS bigint) < CAST(split_part(:key, ':', 3) AS bigint)
            AND position(CAST(:matter_id AS bytea) IN payload) > 0
    )
    """
)


def take(uow: UnitOfWork, letter: Letter) -> None:
    """Do what a message says, or tell the ministry why not. TryAgain: not yet."""
    try:
        answer = read(letter.content)
    except Malformed as wrong:
        refused = AnswerRefused(reason=wrong.reason, detail=str(wrong))
        news.tell_error(uow, letter.partner, refused)
        return
    try:
        if _is_new(uow, letter, answer):
            _act(uow, letter.partner, answer)
    except (NotAllowed, NotFound) as error:
        refused = AnswerRefused(message_id=answer.id, reason=error.reason, detail=str(error))
        news.tell_error(uow, letter.partner, refused)


def _is_new(uow: UnitOfWork, letter: Letter, answer: Answer) -> bool:
    named = {"ministry": letter.partner, "letter_id": answer.id}
    digest = hashlib.sha256(letter.content).digest()
    if uow.session.execute(_TAKE, {**named, "hash": digest}).one_or_none() is not None:
        return True
    if bytes(uow.session.execute(_HASH, named).scalar_one()) != digest:
        raise NotAllowed(f"id {answer.id} was used for another message", reason="ID_REUSED")
    return False


def _act(uow: UnitOfWork, ministry: str, answer: Answer) -> None:
    offer = _offer_to(uow, ministry, answer.data)
    _must_be_next(uow, offer.matter_id)
    about = offer.matter_id, offer.offer_no
    match answer:
        case Accept():
            referring.accept(uow, *about)
        case Decline(data=data):
            referring.decline(uow, *about, data.code, data.text)
        case Ask(data=data):
            referring.ask(uow, *about, data.text)
        case Return(data=data):
            referring.give_back(uow, _referral_of(uow, offer), data.result, data.text)


def _offer_to(uow: UnitOfWork, ministry: str, about: About) -> Offer:
    """The ministry's own offer; of another's it is not told that there is one."""
    custody = uow.find(Custody, about.matter_id)
    offer = custody.offer(about.offer_no) if custody else None
    if offer is None or not Party(SERVICE, ministry).answers_for(offer.receiver):
        raise NotFound(f"offer {about.offer_no} of matter {about.matter_id} does not exist")
    return offer


def _must_be_next(uow: UnitOfWork, matter_id: str) -> None:
    """TryAgain while an earlier message of the ministry about the matter waits."""
    if uow.record is None:
        return
    values = {
        "consumer": referring.INBOX,
        "topic": uow.record.topic,
        "key": uow.record.key,
        "matter_id": matter_id.encode(),
    }
    if uow.session.execute(_EARLIER_WAITS, values).scalar_one():
        raise TryAgain(f"an earlier answer about {matter_id} waits", reason="EARLIER_WAITS")


def _referral_of(uow: UnitOfWork, offer: Offer) -> str:
    """The referral that an accepted offer began; TryAgain while that is under way."""
    referral_id = offer.resource_id or offer.pending_id
    referral = uow.find(Referral, referral_id) if referral_id else None
    if referral is None or offer.state in (OfferState.LAPSED, OfferState.WITHDRAWN):
        raise NotAllowed(
            f"offer {offer.offer_no} of {offer.matter_id} was not taken over",
            reason="REFERRAL_NOT_OPEN",
        )
    if referral.status is ReferralStatus.PENDING:
        raise TryAgain(f"referral {referral_id} is not confirmed yet", reason="REFERRAL_PENDING")
    return referral_id
