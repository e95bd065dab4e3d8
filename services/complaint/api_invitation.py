"""What an invited placement agency does, by its link: get, act, answer."""

from functools import partial

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.instants import day_of, timestamp
from services.chassis.rpc import rpc
from services.complaint import link
from services.complaint.api_clarification import Clarifying
from services.complaint.clarification import Clarification
from services.complaint.clarification_views import STATEMENT, invitation_view, objection_of
from services.complaint.domain import Complaint, Particulars
from services.complaint.papers import PDF, paper_of, statement
from services.complaint.status import law_of, stage_of
from services.complaint.workflow import LAW
from services.handover.custody import Custody
from services.process.acts import act, permitted


class Invited(Clarifying):
    """The agency's side: all but the link by its own token."""

    def _may(self, action: str, clarification_id: str) -> Clarification:
        """Refuse, before anything is made or kept of it, what the table does not allow; it is asked
        once more when all is locked."""
        found = self.uow.read(Clarification, clarification_id)
        found.must_be_opened_by(self.uow.caller.subject)
        complaint = self.uow.read(Complaint, found.complaint_id)
        stage = stage_of(complaint, self.uow.read(Custody, found.complaint_id))
        where = found.standing(complaint, stage, self.uow.now)
        on_file = self._on_file(complaint, lambda: found)
        permitted(where.version(LAW).workflow, where, action, on_file)
        return found

    def _invited(self, clarification_id: str) -> tuple[Complaint, Clarification, str]:
        """The clarification of whoever came in by the link that counts, locked, and the stage."""
        known = self.uow.read(Clarification, clarification_id)
        complaint = self.uow.get(Complaint, known.complaint_id)
        custody = self.uow.read(Custody, known.complaint_id)
        found = self.uow.get(Clarification, clarification_id)
        found.must_be_opened_by(self.uow.caller.subject)
        return complaint, found, stage_of(complaint, custody)

    def _done(
        self, action: str, invited: tuple[Complaint, Clarification, str], reason: str = ""
    ) -> Clarification:
        """What the table allows the agency is written down in the complaint's history."""
        complaint, found, stage = invited
        where = found.standing(complaint, stage, self.uow.now)
        last = partial(self.last_act, self.uow.session, complaint.complaint_id)
        act(self.uow, LAW, where, action, self._on_file(complaint, lambda: found), reason, last)
        complaint.version += 1
        return found

    @rpc
    def OpenClarification(
        self, request: pb.OpenClarificationRequest
    ) -> pb.OpenClarificationResponse:
        link.must_fit(self.access, self.uow, request.clarification_id, request.secret)
        known = self.uow.read(Clarification, request.clarification_id)
        complaint = self.uow.read(Complaint, known.complaint_id)
        custody = self.uow.read(Custody, known.complaint_id)
        found = self.uow.get(Clarification, request.clarification_id)
        rule = law_of(complaint, self.uow.now).clocks["link"]
        found.use_link(found.state(stage_of(complaint, custody)), self.uow.now, rule)
        token, ends_at = link.token_for(self.access, found)
        return pb.OpenClarificationResponse(
            clarification_id=found.clarification_id, token=token, expires_at=timestamp(ends_at)
        )

    @rpc
    def GetInvitation(self, request: pb.GetInvitationRequest) -> pb.GetInvitationResponse:
        found = self.uow.read(Clarification, request.clarification_id)
        found.must_be_opened_by(self.uow.caller.subject)
        complaint = self.uow.read(Complaint, found.complaint_id)
        custody = self.uow.read(Custody, found.complaint_id)
        told = invitation_view(found, found.state(stage_of(complaint, custody)))
        made = self.documents_of(self.uow.session, found.clarification_id)
        told.digest = next((each.digest for each in made if each.kind == STATEMENT), "")
        told.p3mi_name = self.uow.read(Particulars, found.complaint_id).p3mi_name
        told.asked = self._text(found.complaint_id, found.asked_note_id)
        return told

    @rpc
    def AnswerInvitation(self, request: pb.AnswerInvitationRequest) -> pb.AnswerInvitationResponse:
        known = self._may("AnswerInvitation", request.clarification_id)
        agency = self.uow.read(Particulars, known.complaint_id).p3mi_name
        unit = self.uow.read(Custody, known.complaint_id).holder.unit
        said = statement(known, agency, unit, request, self.uow.now)
        paper = paper_of(said, self.signer, self.uow.now)
        kept = self.files.keep(known.complaint_id, PDF, paper.pdf)
        found = self._done("AnswerInvitation", self._invited(request.clarification_id))
        found.answered_at = self.uow.now
        document = self._document(found, paper, kept.evidence_id)
        return pb.AnswerInvitationResponse(document_id=document.document_id, digest=document.digest)

    @rpc
    def AskAnotherDate(self, request: pb.AskAnotherDateRequest) -> pb.AskAnotherDateResponse:
        wished_on = day_of("wished_on", request.wished_on)
        found = self._done("AskAnotherDate", self._invited(request.clarification_id))
        found.wished_on = wished_on
        found.wish_note_id = self.uow.write_note(found.complaint_id, request.text)
        return pb.AskAnotherDateResponse()

    @rpc
    def ObjectToInvitation(
        self, request: pb.ObjectToInvitationRequest
    ) -> pb.ObjectToInvitationResponse:
        code = objection_of(request.objection)
        found = self._done("ObjectToInvitation", self._invited(request.clarification_id), code)
        found.objection = code
        found.objection_note_id = self.uow.write_note(found.complaint_id, request.text)
        return pb.ObjectToInvitationResponse()

    @rpc
    def AddFile(self, request: pb.AddFileRequest) -> pb.AddFileResponse:
        known = self._may("AddFile", request.clarification_id)
        known.must_take_files()
        kept = self.files.keep(known.complaint_id, request.media_type, request.content)
        found = self._done("AddFile", self._invited(request.clarification_id))
        found.must_take_files()
        found.file_ids = " ".join([*found.files, kept.evidence_id])
        return pb.AddFileResponse(document_id=kept.evidence_id, digest=kept.sha256.hex())
