"""The gRPC server of a service: its rpcs, health and reflection, on native threads."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
import sqlalchemy as sa
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from nameko.extensions import SharedExtension

from services.chassis import catalogue
from services.chassis.clock import monotonic
from services.chassis.errors import Unavailable
from services.chassis.health import WHOLE_PROCESS, Health
from services.chassis.outbox import BACKLOG, BACKLOG_ROWS
from services.chassis.runtime import Runtime

if TYPE_CHECKING:
    from services.chassis.rpc import Rpc

log = logging.getLogger(__name__)
STOP_SECONDS = 5.0
# So many calls for each thread are taken in, the rest told to come back.
WAITING = 5
BACKLOG_SECONDS = 15 * 60
BACKLOG_LOOK_SECONDS = 5.0

_BACKLOG = sa.text(BACKLOG)


class GrpcServer(SharedExtension):
    """Serves every `@rpc` of one service class, and refuses to start when one is missing."""

    def __init__(self) -> None:
        super().__init__()
        self._rpcs: dict[str, Rpc] = {}
        self._server: grpc.Server | None = None
        self._health = Health()
        self._full = False
        self._looked = 0.0
        self._look = threading.Lock()
        self.port = 0

    def add(self, rpc: "Rpc") -> None:
        """Serve one more rpc."""
        self._rpcs[rpc.method_name] = rpc

    @property
    def runtime(self) -> Runtime:
        """The process's runtime."""
        runtime: Runtime = self.container.runtime
        return runtime

    def start(self) -> None:
        service = self.container.service_name
        missing = set(catalogue.methods(service)) - set(self._rpcs)
        if missing:
            raise NotImplementedError(f"{service} does not serve {', '.join(sorted(missing))}")
        threads = self.runtime.settings.rpc_threads
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="rpc"),
            handlers=[self._handlers()],
            maximum_concurrent_rpcs=WAITING * threads,
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", 4 * 1024 * 1024),
                ("grpc.max_connection_age_ms", 10 * 60 * 1000),
            ],
        )
        self._serve_health_and_reflection(self._server)
        address = self.runtime.settings.grpc_address
        self.port = self._server.add_insecure_port(address)
        self._server.start()
        self._health.tell(WHOLE_PROCESS, turns=True)
        self.runtime.beats.listen(self._health.tell)
        log.info("serving", extra={"address": f"{address.rpartition(':')[0]}:{self.port}"})

    def _handlers(self) -> grpc.GenericRpcHandler:
        by_path = {rpc.path: rpc for rpc in self._rpcs.values()}

        class Handlers(grpc.GenericRpcHandler):
            def service(self, details: grpc.HandlerCallDetails) -> Any:
                rpc = by_path.get(str(details.method))
                return None if rpc is None else grpc.unary_unary_rpc_method_handler(rpc.serve)

        return Handlers()

    def _serve_health_and_reflection(self, server: grpc.Server) -> None:
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = {rpc.method.containing_service.full_name for rpc in self._rpcs.values()}
        reflection.enable_server_reflection(
            (*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server
        )

    def stop(self) -> None:
        if self._server is None:
            return
        self._health.enter_graceful_shutdown()
        self._server.stop(STOP_SECONDS).wait()
        self._server = None

    def admit(self, rpc: "Rpc", request: Message) -> None:
        """Refuse a command while the outbox cannot drain; the urgent lane is never shut."""
        if not rpc.is_command:
            return
        urgent_field = rpc.permission.urgent_field
        if urgent_field and getattr(request, urgent_field):
            return
        if self._backlog_full():
            raise Unavailable(
                "events wait too long for the broker; try again", reason="OUTBOX_FULL"
            )

    def _backlog_full(self) -> bool:
        if monotonic() - self._looked > BACKLOG_LOOK_SECONDS and self._look.acquire(blocking=False):
            try:
                with self.runtime.engine.begin() as connection:
                    found = connection.execute(_BACKLOG, {"most": BACKLOG_ROWS}).one()
                self._full = found.rows > BACKLOG_ROWS or found.oldest > BACKLOG_SECONDS
                self._looked = monotonic()
            finally:
                self._look.release()
        return self._full
