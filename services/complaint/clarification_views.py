"""A clarification as the proto shows it, and what its requests say as the domain takes it."""

from typing import Any

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.evidence import Item
from services.chassis.instants import timestamp
from services.complaint.clarification import (
    Clarification,
    Commitment,
    Document,
    Kept,
    Outcome,
    State,
)
from services.complaint.link import PATH
from services.handover.custody import Custody, OfferState

FILE = "file"
STATEMENT = "statement"


def outcome_of(request: pb.HoldClarificationRequest) -> Outcome:
    """What came of a session."""
    return Outcome[pb.ClarificationOutcome.Name(request.outcome).removeprefix(_OUTCOME)]


def kept_of(value: pb.CommitmentState.ValueType) -> Kept:
    """Whether a commitment was kept."""
    return Kept[pb.CommitmentState.Name(value).removeprefix(_KEPT)]


def objection_of(value: pb.Objection.ValueType) -> str:
    """Why an agency objects, as a code."""
    return pb.Objection.Name(value).removeprefix(_OBJECTION).lower()


def state_value(state: State) -> pb.InvitationState.ValueType:
    """A state as the proto has it."""
    return pb.InvitationState.Value(f"INVITATION_STATE_{state.name}")


def objection_value(code: str) -> pb.Objection.ValueType:
    """An objection as the proto has it."""
    return pb.Objection.Value(f"{_OBJECTION}{code.upper()}") if code else pb.OBJECTION_UNSPECIFIED


def linked(found: Clarification) -> dict[str, Any]:
    """What an invitation gives, but for the secret."""
    return {
        "clarification_id": found.clarification_id,
        "session": found.session,
        "path": PATH,
        "answer_by": timestamp(found.answer_by),
        "link_ends_at": timestamp(found.link_ends_at),
    }


def commitment_view(commitment: Commitment, what: str) -> pb.Commitment:
    """One line of the ledger."""
    return pb.Commitment(
        commitment_id=commitment.commitment_id,
        what=what,
        amount_rupiah=commitment.amount_rupiah,
        by=pb.PartyRole.Value(f"PARTY_ROLE_{commitment.by_role.upper()}"),
        due_on=commitment.due_on.isoformat(),
        state=pb.CommitmentState.Value(f"{_KEPT}{commitment.state.name}"),
        confirmed_at=timestamp(commitment.confirmed_at),
    )


def document_view(document: Document) -> pb.Document:
    """A document that was made."""
    return pb.Document(
        document_id=document.document_id,
        kind=document.kind,
        digest=document.digest,
        made_at=timestamp(document.made_at),
        media_type="application/pdf",
    )


def file_view(item: Item) -> pb.Document:
    """A file that the agency handed in."""
    return pb.Document(
        document_id=item.evidence_id,
        kind=FILE,
        digest=item.sha256.hex(),
        made_at=timestamp(item.kept_at),
        media_type=item.media_type,
        size=item.size,
    )


def clarification_view(found: Clarification) -> pb.GetClarificationResponse:
    """A clarification without its texts."""
    said = {None: pb.ADMISSION_UNSPECIFIED, True: pb.ADMISSION_ADMITTED, False: pb.ADMISSION_DENIED}
    outcome = pb.CLARIFICATION_OUTCOME_UNSPECIFIED
    if found.outcome:
        outcome = pb.ClarificationOutcome.Value(f"{_OUTCOME}{found.outcome.name}")
    return pb.GetClarificationResponse(
        clarification_id=found.clarification_id,
        session=found.session,
        number=found.number,
        p3mi_id=found.p3mi_id,
        meets_at=timestamp(found.meets_at),
        place=found.place,
        answer_by=timestamp(found.answer_by),
        link_ends_at=timestamp(found.link_ends_at),
        opened_at=timestamp(found.link_used_at),
        answered_at=timestamp(found.answered_at),
        wished_on=found.wished_on.isoformat() if found.wished_on else "",
        objection=objection_value(found.objection),
        held_at=timestamp(found.held_at),
        outcome=outcome,
        admitted=said[found.admitted],
        before_id=found.before_id,
    )


def sanction_view(told: pb.GetClarificationResponse, matter_id: str, at: Custody | None) -> None:
    """Where the recommended sanction stands, if there is one."""
    told.sanction_matter_id = matter_id
    if at is None:
        return
    last = at.last_offer
    told.sanction_state = "closed" if at.closed else str(last.state) if last else ""
    if last is not None and last.state is OfferState.ASKED:
        told.sanction_question_note_id = last.question_note_id


def invitation_view(found: Clarification, state: State) -> pb.GetInvitationResponse:
    """What the agency is shown, without texts and names."""
    return pb.GetInvitationResponse(
        number=found.number,
        session=found.session,
        meets_at=timestamp(found.meets_at),
        place=found.place,
        answer_by=timestamp(found.answer_by),
        state=state_value(state),
        answered_at=timestamp(found.answered_at),
        wished_on=found.wished_on.isoformat() if found.wished_on else "",
        objection=objection_value(found.objection),
        files=len(found.files),
    )


_OUTCOME = "CLARIFICATION_OUTCOME_"
_KEPT = "COMMITMENT_STATE_"
_OBJECTION = "OBJECTION_"
