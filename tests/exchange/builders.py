"""What the exchange tests are about. Ministries are real, what they say is fictional."""

import json
import uuid
from typing import Any

from estafet.exchange.v1.briefs_pb2 import ReferralBrief

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head
from services.exchange.domain import Referral, ReferralStatus, Referred
from services.handover.custody import Custody, Offer, OfferState, Party

KEMLU = Party("exchange", "kemlu")
GIVER = Party("protection", "kp2mi", "pelindungan")
R1 = "00000000-0000-7000-8000-00000000000r"


def an_id() -> str:
    """A fresh id."""
    return str(uuid.uuid4())


def a_brief(worker_id: str = "w1") -> ReferralBrief:
    """Somebody in Malaysia needs a consul."""
    return ReferralBrief(
        request="consular_help", category="sick", severity=3, country="MYS", worker_id=worker_id
    )


def a_referred(matter_id: str) -> Referred:
    """The same as exchange keeps it."""
    return Referred.of(matter_id, a_brief())


def a_referral(
    matter_id: str, status: ReferralStatus = ReferralStatus.OPEN, referral_id: str = R1
) -> Referral:
    """Kemlu's, by the offer that `an_offer` is."""
    return Referral(referral_id, matter_id, 2, "kemlu", "consular_help", A_MORNING, status)


def an_offer(
    matter_id: str, state: OfferState = OfferState.OFFERED, receiver: Party = KEMLU
) -> Offer:
    """Protection's offer to a ministry, number 2, open for years as a test may take."""
    return Offer(
        matter_id=matter_id,
        offer_no=2,
        giver=GIVER,
        receiver=receiver,
        kind="exchange.referral",
        regulation="",
        offered_at=A_MORNING,
        due_at=A_MORNING.replace(year=2099),
        clock_no=2,
        state=state,
        resource_id=R1 if state is OfferState.ACCEPTED else "",
    )


def a_custody(offer: Offer) -> Custody:
    """The matter's custody: the ministry holds it if the offer was accepted."""
    accepted = offer.state is OfferState.ACCEPTED
    return Custody(
        matter_id=offer.matter_id,
        journey_id=offer.matter_id,
        parent_id="",
        kind="complaint",
        holder=offer.receiver if accepted else GIVER,
        stack=(GIVER,) if accepted else (),
        opened_at=A_MORNING,
        held_since=A_MORNING,
        custody_no=3 if accepted else 2,
        offers=[offer],
    )


def an_office(
    *things: object, matter_id: str, state: OfferState = OfferState.OFFERED
) -> FakeUnitOfWork:
    """A unit of work in which a matter is referred to kemlu, offered or accepted."""
    custody = a_custody(an_offer(matter_id, state))
    uow = FakeUnitOfWork(custody, a_referred(matter_id), *things, service="exchange")
    if state is OfferState.ACCEPTED:
        uow.heads[CUSTODY_TOPIC, matter_id] = Head(custody.custody_no)
    return uow


def an_answer(kind: str, matter_id: str, offer_no: int = 2, **told: Any) -> dict[str, Any]:
    """A message as a ministry writes it."""
    return {
        "specversion": "1.0",
        "id": an_id(),
        "source": "kemlu",
        "type": f"referral.{kind}",
        "data": {"matter_id": matter_id, "offer_no": offer_no, **told},
    }


def written(answer: dict[str, Any]) -> bytes:
    """Its bytes."""
    return json.dumps(answer).encode()
