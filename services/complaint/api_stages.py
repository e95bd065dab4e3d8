"""The rpcs by which a complaint goes through complaint's own stages: get, act, emit, answer."""

from collections.abc import Collection

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotAllowed
from services.chassis.instants import timestamp
from services.chassis.rpc import rpc
from services.complaint import steps
from services.complaint.acting import Acting
from services.complaint.custodians import give_to_queue
from services.complaint.domain import Complaint, Work
from services.complaint.telling import tell, tell_status
from services.handover import holding
from services.process.calendar import local_day

MERGED = "merged"
SEPARATED = "separated"
# The service of the regulation that a proto value asks for; each has a clock of its name.
WORKS = {pb.SERVICE_CONSULTATION: Work.CONSULTATION, pb.SERVICE_CLAIM: Work.CLAIM}


class Stages(Acting):
    """Validation, distribution, and twins."""

    @rpc
    def RequestDocuments(self, request: pb.RequestDocumentsRequest) -> pb.RequestDocumentsResponse:
        complaint, custody = self._held(request)
        allowed = self._act("RequestDocuments", complaint, custody)
        due_at = self._start(allowed, "documents", complaint)
        complaint.request_documents(request.documents)
        note_id = self._answer(complaint, request.text)
        until = local_day(due_at)
        tell(self.uow, complaint, "question", note_id, question=request.text, until=until)
        return pb.RequestDocumentsResponse(due_at=timestamp(due_at))

    @rpc
    def ReceiveDocuments(self, request: pb.ReceiveDocumentsRequest) -> pb.ReceiveDocumentsResponse:
        complaint, custody = self._held(request)
        asked = {"requested_documents": lambda: _has_come(complaint, request.documents)}
        allowed = self._act("ReceiveDocuments", complaint, custody, asked=asked)
        complaint.receive_documents()
        self._start(allowed, complaint.first_clock, complaint)
        return pb.ReceiveDocumentsResponse()

    @rpc
    def DistributeComplaint(
        self, request: pb.DistributeComplaintRequest
    ) -> pb.DistributeComplaintResponse:
        complaint, custody = self._held(request)
        work = WORKS[request.service]
        allowed = self._act("DistributeComplaint", complaint, custody, work)
        complaint.take_up(work)
        due_at = self._start(allowed, work, complaint)
        return pb.DistributeComplaintResponse(due_at=timestamp(due_at))

    @rpc
    def ExtendClock(self, request: pb.ExtendClockRequest) -> pb.ExtendClockResponse:
        complaint, custody = self._held(request)
        allowed = self._act("ExtendClock", complaint, custody, request.reason)
        extension = allowed.law.extension(request.reason)
        extension.must_be_for(complaint.clock, complaint.extended(extension.code))
        clock, ended_at = allowed.law.clocks[complaint.clock], complaint.clock_due_at
        if ended_at is None or self.uow.now > ended_at:
            raise NotAllowed(
                f"the clock {clock.name} has run out ({clock.regulation}): what is late stays late",
                reason="CLOCK_OVER",
            )
        due_at = allowed.extends(extension, ended_at)
        complaint.extend_clock(clock, extension, due_at, self.uow.now)
        steps.tell_agency(self.uow, complaint, due_at)
        return pb.ExtendClockResponse(due_at=timestamp(due_at))

    @rpc
    def MergeComplaint(self, request: pb.MergeComplaintRequest) -> pb.MergeComplaintResponse:
        complaint_id, into_id = request.complaint_id, request.into_id
        if complaint_id == into_id:
            raise Invalid(f"complaint {complaint_id} is no twin of itself", reason="SAME_COMPLAINT")
        complaint, custody = self._held(request)
        asked = {"other_is_open": lambda: self._is_open(into_id)}
        allowed = self._act("MergeComplaint", complaint, custody, MERGED, asked)
        ground = allowed.law.ground(MERGED, by="MergeComplaint")
        allowed.ends_on(ground, complaint.filed_at, complaint.answered_at)
        self._end(allowed, complaint)
        holding.close(self.uow, complaint_id, ground.code, ground.article)
        self.uow.emit(complaint.merge(into_id, ground, self.uow.now))
        tell_status(self.uow, complaint, custody, allowed.act.act_id)
        return pb.MergeComplaintResponse()

    @rpc
    def SeparateComplaint(
        self, request: pb.SeparateComplaintRequest
    ) -> pb.SeparateComplaintResponse:
        complaint, custody = self._held_even_closed(request)
        allowed = self._act("SeparateComplaint", complaint, custody, SEPARATED)
        self._reopen(complaint, SEPARATED)
        complaint.reopen()
        self._start(allowed, complaint.first_clock, complaint)
        give_to_queue(self.uow, complaint, custody)
        return pb.SeparateComplaintResponse()


def _has_come(complaint: Complaint, received: Collection[str]) -> bool:
    """Whether all that was asked for is among what came; nothing named: all came."""
    return not received or set(complaint.documents.split()) <= set(received)
