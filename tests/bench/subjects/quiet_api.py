"""`python -m tests.bench.subjects.quiet_api`: complaint's api with one rpc that does nothing, so
that what is measured is all that is around it."""

import gc
import signal
import threading

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis import logs, telemetry
from services.chassis.container import Container
from services.chassis.rpc import rpc
from services.chassis.runtime import make_runtime
from services.chassis.settings import Settings
from services.complaint.api import ComplaintApi


class QuietApi(ComplaintApi):
    """Answers GetStatus without a look at the database."""

    @rpc
    def GetStatus(self, request: pb.GetStatusRequest) -> pb.GetStatusResponse:  # noqa: N802 - the rpc's
        return pb.GetStatusResponse(complaint_id=request.complaint_id)


def main() -> None:
    """Run until SIGTERM."""
    settings = Settings()
    logs.setup("complaint")
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    runtime = make_runtime("complaint", settings)
    telemetry.setup("complaint", settings.otlp_endpoint, runtime.replica)
    container = Container(QuietApi, runtime)
    container.start()
    gc.freeze()
    stopping.wait()
    container.stop()
    telemetry.flush()


if __name__ == "__main__":
    main()
