"""gRPC's health service: of the api role, or alone where a process has no api.

`python -m services.chassis.health` asks the process beside it, in the same container.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from services.chassis.heartbeat import Heartbeats
from services.chassis.settings import Settings

ASK_SECONDS = 2.0
STOP_SECONDS = 1.0
WHOLE_PROCESS = ""


class Health(health.HealthServicer):
    """Health on a thread of its own: a service whose threads are all at work is well."""

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - the rpc's
        return super().Check(request, context)

    # grpc's own way to say so; it is named experimental since 2019 (test_server.py would tell).
    Check.experimental_thread_pool = ThreadPoolExecutor(1, thread_name_prefix="health")  # type: ignore[attr-defined] # idem

    def tell(self, part: str, turns: bool) -> None:
        """Say from now on whether a part turns; the part without a name is the whole process."""
        response = health_pb2.HealthCheckResponse
        self.set(part, response.SERVING if turns else response.NOT_SERVING)


class HealthServer:
    """The health of a process that serves no rpcs, at an address of its own."""

    def __init__(self, address: str, beats: Heartbeats) -> None:
        self._address = address
        self._beats = beats
        self._health = Health()
        self._server = grpc.server(
            ThreadPoolExecutor(1, thread_name_prefix="health-server"),
            options=[("grpc.so_reuseport", 0)],
        )
        self.port = 0

    def start(self) -> None:
        """Serve; called when everything else runs."""
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.port = self._server.add_insecure_port(self._address)
        self._server.start()
        self._health.tell(WHOLE_PROCESS, turns=True)
        self._beats.listen(self._health.tell)

    def stop(self) -> None:
        """Say that the process ends, and end."""
        self._health.enter_graceful_shutdown()
        self._server.stop(STOP_SECONDS).wait()


def is_serving(address: str) -> bool:
    """What the health service at an address says about its whole process."""
    with grpc.insecure_channel(address) as channel:
        ask: Any = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = ask(health_pb2.HealthCheckRequest(), timeout=ASK_SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def main() -> int:
    """Exit code 0 if the process beside this one serves."""
    _, _, port = Settings().grpc_address.rpartition(":")
    return 0 if is_serving(f"127.0.0.1:{port}") else 1


if __name__ == "__main__":
    sys.exit(main())
