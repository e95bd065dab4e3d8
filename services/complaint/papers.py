"""The papers of a clarification: the agency's statement, and the minutes of the session."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from estafet.complaint.v1 import service_pb2 as pb
from nameko.extensions import DependencyProvider

from services.chassis.runtime import Runtime
from services.complaint.clarification import Clarification
from services.complaint.workflow import OFFICES
from services.documents.content import digest_of as content_digest
from services.documents.content import document_of
from services.documents.pdf import render
from services.documents.signing import Signer, signer_named

PDF = "application/pdf"
MINUTES = "minutes"
MINISTRY = "Kementerian Pelindungan Pekerja Migran Indonesia"
ONLINE = "online"
AGENCY = "p3mi"
_ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


@dataclass(frozen=True)
class Paper:
    """A document as PDF, its hash, and its signature."""

    kind: str
    pdf: bytes
    digest: str
    signature: dict[str, object]


def paper_of(values: dict[str, Any], signer: Signer, now: datetime) -> Paper:
    """A signed document; Invalid names each field and its fault."""
    document = document_of(values)
    digest = content_digest(document)
    signature = signer.sign(digest, document, now)
    pdf = render(document, signature)
    return Paper(document.kind, pdf, digest, signature.model_dump(mode="json"))


def statement(
    found: Clarification, agency: str, unit: str, told: pb.AnswerInvitationRequest, now: datetime
) -> dict[str, Any]:
    """What the agency declares."""
    office = ", ".join(part for part in (told.office, agency) if part)
    return {
        **_session(found, unit, now, found.place),
        "kind": "statement",
        "letterhead": [agency],
        "declarant": {"role": AGENCY, "name": told.name, "office": office},
        "explanation": told.explanation,
        "follow_up": told.follow_up,
        "obstacle": told.obstacle,
        "commitments": [_promise(each, "") for each in told.commitments],
    }


def minutes(
    found: Clarification, agency: str, unit: str, told: pb.HoldClarificationRequest, asked: str
) -> dict[str, Any]:
    """What happened in a session."""
    at = told.held_at.ToDatetime(UTC)
    office = OFFICES.offices.get(unit)
    return {
        **_session(found, unit, at, told.place),
        "kind": MINUTES,
        "letterhead": [MINISTRY, *([office.name_id] if office else [])],
        "parties": [_party(each, agency) for each in told.parties],
        "asked": asked,
        "said": [{"by": each.by, "said": each.said} for each in told.said],
        "violation_admitted": admitted_of(told.admitted),
        "commitments": [
            _promise(each, _name_of(told.parties, role_of(each.by))) for each in told.commitments
        ],
    }


def _session(found: Clarification, unit: str, at: datetime, place: str) -> dict[str, Any]:
    zone = OFFICES.calendar(unit).zone
    return {
        "matter_number": found.number,
        "session": found.session,
        "place": "ruang pertemuan daring" if place == ONLINE else place,
        "held_at": at.astimezone(zone),
        "zone": _ZONES.get(zone.key, zone.key),
    }


def _party(told: pb.Attendee, agency: str) -> dict[str, Any]:
    role = role_of(told.role)
    own = agency if role == AGENCY else ""
    return {
        "role": role,
        "name": told.name,
        "office": ", ".join(part for part in (told.office, own) if part),
        "absent": told.absent,
        "refused_because": told.refused_because,
    }


def _promise(told: pb.Promise, by: str) -> dict[str, Any]:
    amount = told.amount_rupiah or None
    return {"what": told.what, "due_on": told.due_on, "amount_rupiah": amount, "by": by}


def _name_of(parties: Iterable[pb.Attendee], role: str) -> str:
    return next((each.name for each in parties if role_of(each.role) == role), "")


def role_of(value: pb.PartyRole.ValueType) -> str:
    """As whom somebody takes part; the agency where nothing is said."""
    return pb.PartyRole.Name(value).removeprefix("PARTY_ROLE_").lower() if value else AGENCY


def admitted_of(value: pb.Admission.ValueType) -> bool | None:
    """Whether the violation is admitted; None where nothing was said of it."""
    return {pb.ADMISSION_ADMITTED: True, pb.ADMISSION_DENIED: False}.get(value)


class DocumentSigner(DependencyProvider):
    """Gives a worker who signs documents (ESTAFET_DOCUMENT_SIGNER), with the service's own key."""

    if TYPE_CHECKING:
        # nameko puts the worker's signer in this provider's place.
        def __get__(self, worker: object, cls: type) -> Signer: ...

    def setup(self) -> None:
        runtime: Runtime = self.container.config["runtime"]
        self._signer = signer_named(runtime.settings.document_signer).of(runtime.service_key)

    def get_dependency(self, worker_ctx: Any) -> Signer:  # noqa: ARG002 - one for all workers
        return self._signer
