"""`python -m tests.bench.peers.bare_rpc`: grpcio alone, with the messages of GetStatus."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from estafet.complaint.v1 import service_pb2 as pb

METHOD = "/estafet.complaint.v1.ComplaintService/GetStatus"
THREADS = 16


def get_status(request: pb.GetStatusRequest, _context: grpc.ServicerContext) -> Any:
    return pb.GetStatusResponse(complaint_id=request.complaint_id)


class Route(grpc.GenericRpcHandler):
    """Serves the one method."""

    _method: Any = grpc.unary_unary_rpc_method_handler(
        get_status,
        request_deserializer=pb.GetStatusRequest.FromString,
        response_serializer=pb.GetStatusResponse.SerializeToString,
    )

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        return self._method if details.method == METHOD else None


def main() -> None:
    """Run until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    server = grpc.server(ThreadPoolExecutor(THREADS), handlers=[Route()])
    server.add_insecure_port(os.environ["ESTAFET_GRPC_ADDRESS"])
    server.start()
    stopping.wait()
    server.stop(1).wait()


if __name__ == "__main__":
    main()
