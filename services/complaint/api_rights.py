"""The rpcs of what whoever complained has a right to: to be asked, and to ask why."""

from estafet.complaint.v1 import service_pb2 as pb
from estafet.complaint.v1.events_pb2 import ConsentRecorded

from services.chassis.instants import timestamp
from services.chassis.rpc import rpc
from services.complaint import steps, store
from services.complaint.acting import Acting
from services.complaint.consent import Consent
from services.complaint.domain import Complaint
from services.complaint.reasons import reason_of


class Rights(Acting):
    """Consent for each referral; reasons for what was done."""

    @rpc
    def RecordConsent(self, request: pb.RecordConsentRequest) -> pb.RecordConsentResponse:
        complaint, custody = self._with_custody(request)
        said = "given" if request.given else "refused"
        self._act("RecordConsent", complaint, custody, f"{said}:{request.ministry}")
        event = ConsentRecorded(
            complaint_id=request.complaint_id, ministry=request.ministry, given=request.given
        )
        self.uow.emit(event)
        self.uow.add(
            Consent(
                consent_id=self.uow.new_id(),
                complaint_id=request.complaint_id,
                ministry=request.ministry,
                given=request.given,
                how=request.how,
                said_at=self.uow.now,
            )
        )
        return pb.RecordConsentResponse()

    @rpc
    def GetConsents(self, request: pb.GetConsentsRequest) -> pb.GetConsentsResponse:
        self.uow.read(Complaint, request.complaint_id)
        shown = pb.GetConsentsResponse()
        for each in reversed(self.consents(self.uow.session, request.complaint_id)):
            shown.consents.add(
                ministry=each.ministry,
                given=each.given,
                how=each.how,
                said_at=timestamp(each.said_at),
            )
        return shown

    @rpc
    def AskWhy(self, request: pb.AskWhyRequest) -> pb.AskWhyResponse:
        complaint, custody = self._with_custody(request)
        self._act("AskWhy", complaint, custody)
        self.uow.write_note(request.complaint_id, request.text)
        told = steps.note(self.uow, complaint, custody, "question")
        return pb.AskWhyResponse(unit=told.unit)

    @rpc
    def GetReasons(self, request: pb.GetReasonsRequest) -> pb.GetReasonsResponse:
        self.uow.read(Complaint, request.complaint_id)
        acts = store.acts(self.uow.session, request.complaint_id)
        shown = [reason_of(act, request.language) for act in acts]
        return pb.GetReasonsResponse(reasons=shown)
