"""The officers' rpcs of a clarification with a placement agency: get, act, emit, answer."""

from datetime import UTC, datetime
from typing import TypeVar

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotFound
from services.chassis.evidence import EvidenceFiles
from services.chassis.instants import day_of, timestamp
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import read_note
from services.complaint import clarification_store, link
from services.complaint.access import ComplainantAccess
from services.complaint.acting import Acting
from services.complaint.clarification import (
    FIRST,
    SECOND,
    Clarification,
    Commitment,
    Document,
    Kept,
    evidence_of,
    guards_of,
)
from services.complaint.clarification_views import (
    clarification_view,
    commitment_view,
    document_view,
    file_view,
    kept_of,
    linked,
    outcome_of,
    sanction_view,
)
from services.complaint.domain import Complaint, Particulars
from services.complaint.papers import (
    PDF,
    DocumentSigner,
    Paper,
    admitted_of,
    minutes,
    paper_of,
    role_of,
)
from services.complaint.status import stage_of
from services.complaint.telling import tell
from services.complaint.workflow import FOLLOW_UP
from services.handover.custody import Custody
from services.process.acts import Allowed, Guards
from services.process.calendar import local_day

T = TypeVar("T")


class Clarifying(Acting):
    """Invitations, sessions, and the ledger of what was promised."""

    access = ComplainantAccess()
    files = EvidenceFiles()
    signer = DocumentSigner()
    read_note = staticmethod(read_note)
    find_document = staticmethod(clarification_store.document_by_digest)

    def _going_on(self, complaint: Complaint, custody: Custody) -> Clarification | None:
        """The clarification that a complaint is in, locked."""
        found = self._last(complaint)
        return found if found and found.is_at(stage_of(complaint, custody)) else None

    def _asked_of(
        self, found: Clarification | None, p3mi_id: str = "", outcome: str = ""
    ) -> Guards:
        """What the officer's actions need of the clarification that a complaint is in."""
        minutes = {"minutes": lambda: self._has_minutes(found)}
        return {**guards_of(found, outcome), **evidence_of(found, p3mi_id), **minutes}

    @rpc(derived="secret")
    def InviteP3mi(self, request: pb.InviteP3miRequest) -> pb.InviteP3miResponse:
        meets_at = request.meets_at.ToDatetime(UTC)
        if meets_at <= self.uow.now:
            raise _wrong("meets_at", "lies in the past", "MEETING_PAST")
        complaint, custody = self._held(request)
        found = self._going_on(complaint, custody)
        asked = self._asked_of(found)
        session = SECOND if found and found.held_at else found.session if found else FIRST
        allowed = self._act("InviteP3mi", complaint, custody, str(session), asked)
        self._name_agency(complaint.complaint_id, request.p3mi_name)
        if found is None or found.held_at is not None:
            found = self._begin(self._last(complaint), complaint.complaint_id, session, meets_at)
        complaint.clarify(found.work, found.clarification_id)
        note_id = self.uow.write_note(complaint.complaint_id, request.asked)
        # Another date of a session gives the agency no more time to answer.
        if complaint.clock != found.work:
            found.answer_by = self._start(allowed, found.work, complaint)
        found.invite(meets_at, request.place, note_id)
        found.p3mi_id = request.p3mi_id or found.p3mi_id
        self._renew_link(found, allowed)
        invited = self.uow.read(Particulars, complaint.complaint_id).p3mi_name
        key, day = allowed.act.act_id, local_day(meets_at)
        tell(self.uow, complaint, "clarification", key, invited=invited, day=day)
        return pb.InviteP3miResponse(**linked(found))

    def _begin(
        self, before: Clarification | None, complaint_id: str, session: int, meets_at: datetime
    ) -> Clarification:
        """A session that nobody was invited to yet; it knows what the one before knew."""
        now = self.uow.now
        made = Clarification(self.uow.new_id(), complaint_id, session, now, meets_at, now)
        if before is not None:
            made.p3mi_id, made.before_id = before.p3mi_id, before.clarification_id
        self.uow.add(made)
        return made

    def _name_agency(self, complaint_id: str, name: str) -> None:
        """What the agency is called, as the officer knows or the complainant has said; Invalid."""
        particulars = self.uow.get(Particulars, complaint_id)
        particulars.p3mi_name = " ".join(name.split()) or particulars.p3mi_name
        if not particulars.p3mi_name:
            raise _wrong("p3mi_name", "must be given: the complaint does not say", "P3MI_UNNAMED")

    def _renew_link(self, found: Clarification, allowed: Allowed) -> None:
        ends_at = allowed.law.clocks["link"].due_at(self.uow.now, calendar=allowed.calendar)
        kept = link.hash_of(self.access, found.clarification_id, self.uow.secret)
        found.renew_link(kept, ends_at)

    @rpc(derived="secret")
    def RenewInvitation(self, request: pb.RenewInvitationRequest) -> pb.RenewInvitationResponse:
        complaint, custody = self._held(request)
        found = self._going_on(complaint, custody)
        allowed = self._act("RenewInvitation", complaint, custody, asked=guards_of(found))
        found = _there(found)
        self._renew_link(found, allowed)
        return pb.RenewInvitationResponse(**linked(found))

    @rpc
    def HoldClarification(
        self, request: pb.HoldClarificationRequest
    ) -> pb.HoldClarificationResponse:
        held_at, outcome = request.held_at.ToDatetime(UTC), outcome_of(request)
        if held_at > self.uow.now:
            raise _wrong("held_at", "lies in the future", "NOT_HELD_YET")
        of, paper = self._minutes(request)
        kept = self.files.keep(request.complaint_id, PDF, paper.pdf) if paper else None
        complaint, custody = self._held(request)
        found = self._going_on(complaint, custody)
        made_now = {"minutes": lambda: found is not None and of == found.clarification_id}
        asked = {**self._asked_of(found, outcome=outcome), **made_now}
        allowed = self._act("HoldClarification", complaint, custody, outcome, asked)
        found, paper, kept = _there(found), _there(paper), _there(kept)
        found.hold(held_at, outcome, admitted=admitted_of(request.admitted))
        made = [self._promised(found, each) for each in request.commitments]
        found.promise(made, allowed)
        document = self._document(found, paper, kept.evidence_id)
        due_at = self._start(allowed, found.commitment_clock if made else FOLLOW_UP, complaint)
        told = zip(made, request.commitments, strict=True)
        return pb.HoldClarificationResponse(
            document_id=document.document_id,
            digest=document.digest,
            commitments=[commitment_view(each, promise.what) for each, promise in told],
            due_at=timestamp(due_at),
        )

    def _minutes(self, request: pb.HoldClarificationRequest) -> tuple[str, Paper | None]:
        """The minutes, made before anything is locked, and of which clarification; None where
        there is no session to hold."""
        complaint = self.uow.read(Complaint, request.complaint_id)
        found = self.uow.find(Clarification, complaint.clarification_id)
        if found is None or found.held_at is not None:
            return "", None
        unit = self.uow.read(Custody, request.complaint_id).holder.unit
        asked = request.asked or self._text(found.complaint_id, found.asked_note_id)
        agency = self.uow.read(Particulars, request.complaint_id).p3mi_name
        said = minutes(found, agency, unit, request, asked)
        return found.clarification_id, paper_of(said, self.signer, self.uow.now)

    def _promised(self, found: Clarification, told: pb.Promise) -> Commitment:
        return Commitment(
            commitment_id=self.uow.new_id(),
            clarification_id=found.clarification_id,
            what_note_id=self.uow.write_note(found.complaint_id, told.what),
            by_role=role_of(told.by),
            due_on=day_of("commitments", told.due_on),
            amount_rupiah=told.amount_rupiah,
        )

    def _document(self, found: Clarification, paper: Paper, evidence_id: str) -> Document:
        """A paper that was kept, in the register of documents."""
        document = Document(
            document_id=self.uow.new_id(),
            matter_id=found.complaint_id,
            clarification_id=found.clarification_id,
            kind=paper.kind,
            digest=paper.digest,
            evidence_id=evidence_id,
            signature=paper.signature,
            made_at=self.uow.now,
        )
        self.uow.add(document)
        return document

    @rpc
    def ConfirmCommitment(
        self, request: pb.ConfirmCommitmentRequest
    ) -> pb.ConfirmCommitmentResponse:
        complaint, custody = self._held(request)
        found, kept = self._going_on(complaint, custody), kept_of(request.state)
        asked = self._asked_of(found)
        allowed = self._act("ConfirmCommitment", complaint, custody, kept, asked)
        found = _there(found)
        commitment = found.commitment(request.commitment_id)
        commitment.confirm(kept, local_day(self.uow.now), self.uow.now)
        commitment.note_id = self.uow.write_note(found.complaint_id, request.text)
        if not found.count(Kept.OPEN):
            self._start(allowed, FOLLOW_UP, complaint)
        counts = found.count(Kept.OPEN), found.count(Kept.BROKEN)
        return pb.ConfirmCommitmentResponse(open=counts[0], broken=counts[1])

    @rpc
    def GetClarification(self, request: pb.GetClarificationRequest) -> pb.GetClarificationResponse:
        complaint = self.uow.read(Complaint, request.complaint_id)
        wanted = request.clarification_id or complaint.clarification_id
        found = self.uow.find(Clarification, wanted)
        if found is None or found.complaint_id != request.complaint_id:
            raise NotFound(f"complaint {request.complaint_id} has no clarification {wanted}")
        self.uow.log_read(request.complaint_id, request.purpose)
        told = clarification_view(found)
        for name, note_id in (
            ("asked", found.asked_note_id),
            ("wish", found.wish_note_id),
            ("objection_text", found.objection_note_id),
        ):
            setattr(told, name, self._text(found.complaint_id, note_id))
        for each in found.commitments:
            what = self._text(found.complaint_id, each.what_note_id)
            told.commitments.append(commitment_view(each, what))
        made = self.documents_of(self.uow.session, found.clarification_id)
        told.documents.extend(document_view(each) for each in made)
        items = {each.evidence_id: each for each in self.files.items(found.complaint_id)}
        told.documents.extend(file_view(items[each]) for each in found.files if each in items)
        sanction = self.uow.find(Custody, complaint.sanction_id) if complaint.sanction_id else None
        sanction_view(told, complaint.sanction_id, sanction)
        return told

    def _text(self, matter_id: str, note_id: str) -> str:
        return self.read_note(self.uow.session, matter_id, note_id)[0] if note_id else ""

    @rpc
    def GetDocument(self, request: pb.GetDocumentRequest) -> pb.GetDocumentResponse:
        document = self.uow.find(Document, request.document_id)
        evidence_id = document.evidence_id if document else request.document_id
        given = self.files.reference(request.complaint_id, evidence_id, request.purpose)
        return pb.GetDocumentResponse(reference=given.text, expires_at=timestamp(given.expires_at))

    @rpc
    def OpenFile(self, request: pb.OpenFileRequest) -> pb.OpenFileResponse:
        item, content = self.files.open(request.reference)
        return pb.OpenFileResponse(media_type=item.media_type, content=content)

    @rpc
    def VerifyDocument(self, request: pb.VerifyDocumentRequest) -> pb.VerifyDocumentResponse:
        document = self.find_document(self.uow.session, request.digest)
        if document is None:
            return pb.VerifyDocumentResponse()
        return pb.VerifyDocumentResponse(
            known=True,
            kind=document.kind,
            made_at=timestamp(document.made_at),
            signer=str(document.signature["signer"]),
            certified=bool(document.signature["certified"]),
        )


def _there(found: T | None) -> T:
    """What the table has made sure of."""
    if found is None:
        raise ValueError("an action was allowed without what it needs")
    return found


def _wrong(field: str, rule: str, reason: str) -> Invalid:
    return Invalid(f"{field}: {rule}", reason=reason, fields=((field, reason.lower(), rule),))
