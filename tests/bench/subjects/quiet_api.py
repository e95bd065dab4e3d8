"""`python -m tests.bench.subjects.quiet_api`: complaint's api with one rpc that does nothing, so
that what is measured is all that is around it."""

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.rpc import rpc
from services.complaint.api import ComplaintApi
from tests.bench.subjects.serving import serve


class QuietApi(ComplaintApi):
    """Answers GetStatus without a look at the database."""

    @rpc
    def GetStatus(self, request: pb.GetStatusRequest) -> pb.GetStatusResponse:  # noqa: N802 - the rpc's
        return pb.GetStatusResponse(complaint_id=request.complaint_id)


if __name__ == "__main__":
    serve(QuietApi)
