"""Offers and cases as the proto shows them, and a request as the domain takes it."""

from estafet.common.v1 import party_pb2
from estafet.protection.v1 import service_pb2 as pb

from services.chassis.instants import day_of, timestamp
from services.handover.custody import Custody, Offer
from services.handover.views import offered
from services.protection.begun import MINISTRIES
from services.protection.domain.case import Case, CaseStatus, Commitment, KnownMatter, Outcome
from services.protection.domain.repatriation import Repatriation
from services.protection.domain.sanction import RecommendedSanction


def offer_view(known: KnownMatter, offer: Offer) -> pb.Offer:
    """An offer that waits for an answer."""
    return pb.Offer(
        **offered(offer),
        category=known.category,
        severity=known.severity,
        country=known.country,
        worker_id=known.worker_id,
    )


def case_view(case: Case, promised: Commitment | None = None) -> pb.Case:
    """A case, with its mediation if it had one."""
    shown = pb.Case(
        case_id=case.case_id,
        matter_id=case.matter_id,
        status=pb.CaseStatus.Value(f"CASE_STATUS_{case.status.name}"),
        category=case.category,
        severity=case.severity,
        country=case.country,
        opened_at=timestamp(case.opened_at),
        result=case.result,
        worker_id=case.worker_id,
        consents=case.consents,
    )
    if case.mediated_on is not None:
        shown.mediation.held_on = case.mediated_on.isoformat()
        shown.mediation.note_id = case.mediation_note_id
        shown.mediation.outcome = pb.MediationOutcome.Value(
            f"MEDIATION_OUTCOME_{case.outcome.upper()}"
        )
    if promised is not None:
        shown.mediation.commitment.CopyFrom(_commitment_view(promised))
    return shown


def show_referral(shown: pb.Case, case: Case, custody: Custody) -> None:
    """Add where the newest referral to a ministry stands, if there was one."""
    offers = (each for each in reversed(custody.offers) if each.receiver.service == MINISTRIES)
    offer = next(offers, None)
    if offer is not None:
        shown.referral.ministry = offer.receiver.organisation
        shown.referral.offer_state = offer.state
        shown.referral.question_note_id = offer.question_note_id
        shown.referral.holder.CopyFrom(custody.holder.to_proto())
        shown.referral.result = case.referral_result


def _commitment_view(promised: Commitment) -> pb.Commitment:
    shown = pb.Commitment(commitment_id=promised.commitment_id, due_on=promised.due_on.isoformat())
    if promised.amount is not None:
        money = party_pb2.Money(amount=promised.amount, currency=promised.currency)
        shown.amount.CopyFrom(money)
    return shown


def sanction_view(recommended: RecommendedSanction, custody: Custody) -> pb.Sanction:
    """A recommended sanction, and who holds it."""
    offer = custody.last_offer
    return pb.Sanction(
        matter_id=recommended.matter_id,
        case_id=recommended.case_id,
        p3mi_id=recommended.p3mi_id,
        violation=recommended.violation,
        article=recommended.article,
        note_id=recommended.note_id,
        dropped_note_id=recommended.dropped_note_id,
        holder=custody.holder.to_proto(),
        offer_state=offer.state if offer else "",
        question_note_id=offer.question_note_id if offer else "",
        ground=custody.ground,
    )


def own_matter_view(custody: Custody) -> pb.OwnMatter:
    """A matter that a case has begun and that waits for protection."""
    question = custody.open_offer
    return pb.OwnMatter(
        matter_id=custody.matter_id,
        parent_id=custody.parent_id,
        kind=custody.kind,
        held_since=timestamp(custody.held_since),
        setbacks=custody.setbacks,
        question_note_id=question.question_note_id if question else "",
    )


def repatriation_view(home: Repatriation, custody: Custody) -> pb.Repatriation:
    """A way home, and who looks after it."""
    offer = custody.last_offer
    return pb.Repatriation(
        matter_id=home.matter_id,
        case_id=home.case_id,
        worker_id=home.worker_id,
        country=home.country,
        arrived_on=home.arrived_on.isoformat() if home.arrived_on else "",
        needs=home.needs,
        closing_note_id=home.closing_note_id,
        holder=custody.holder.to_proto(),
        offer_state=offer.state if offer else "",
        question_note_id=offer.question_note_id if offer else "",
        ground=custody.ground,
    )


def status_filter(value: pb.CaseStatus.ValueType) -> CaseStatus | None:
    """The status that a list is asked for; None for the cases in work."""
    return CaseStatus[pb.CaseStatus.Name(value).removeprefix("CASE_STATUS_")] if value else None


def outcome_of(value: pb.MediationOutcome.ValueType) -> Outcome:
    """The outcome that a request names."""
    return Outcome[pb.MediationOutcome.Name(value).removeprefix("MEDIATION_OUTCOME_")]


def promised_in(request: pb.HoldMediationRequest, commitment_id: str) -> Commitment | None:
    """What a request says was promised; Invalid for a day that no calendar has."""
    if not request.HasField("commitment"):
        return None
    told = request.commitment
    money = told.amount if told.HasField("amount") else None
    return Commitment(
        commitment_id=commitment_id,
        case_id=request.case_id,
        due_on=day_of("commitment.due_on", told.due_on),
        amount=money.amount if money else None,
        currency=money.currency if money else "",
    )
