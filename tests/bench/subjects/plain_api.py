"""`python -m tests.bench.subjects.plain_api`: complaint's api with a triage that is a command and
nothing more: one row of state, the command log, the stream's head and the outbox.

The real one has custody besides: whose matter it is, and what is on offer.
"""

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.rpc import rpc
from services.complaint.api import ComplaintApi
from services.complaint.categories import category
from services.complaint.domain import Complaint
from tests.bench.subjects.serving import serve


class PlainApi(ComplaintApi):
    """Triage without a look at custody."""

    @rpc
    def TriageComplaint(self, request: pb.TriageComplaintRequest) -> pb.TriageComplaintResponse:  # noqa: N802 - the rpc's
        complaint = self.uow.get(Complaint, request.complaint_id)
        event = complaint.triage(category(request.category), request.severity)
        complaint.triage_no = self.uow.emit_numbered(event) or complaint.triage_no
        return pb.TriageComplaintResponse()


if __name__ == "__main__":
    serve(PlainApi)
