"""A deputy played for the door: real gRPC over loopback that answers as a test tells it.

Refusals are made by the chassis itself, so that the door reads what deputies really send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2_grpc
from grpc_status import rpc_status

from services.chassis.statuses import status_of
from services.gateway.rpcs import Rpc, rpcs_of

Answer = Callable[[Any, grpc.ServicerContext], Message]


@dataclass
class Call:
    """What a deputy was asked."""

    method: str
    request: Any
    metadata: dict[str, str]
    seconds: float


@dataclass
class Deputy(grpc.GenericRpcHandler):
    """Answers by method name; a method without one answers an empty message."""

    peers: tuple[str, ...] = ("complaint", "protection")
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        self._rpcs = {f"/{rpc.name}": rpc for rpc in rpcs_of(self.peers)}

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        rpc = self._rpcs.get(handler_call_details.method)
        if rpc is None:
            return None
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._answer(rpc, request, context),
            request_deserializer=rpc.request.FromString,
            response_serializer=rpc.response.SerializeToString,
        )

    def _answer(self, rpc: Rpc, request: Message, context: grpc.ServicerContext) -> Message:
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        self.calls.append(Call(rpc.method.name, request, metadata, context.time_remaining() or 0))
        answer = self.answers.get(rpc.method.name)
        try:
            return rpc.response() if answer is None else answer(request, context)
        except Exception as error:  # as the chassis: every error is a status
            context.abort_with_status(rpc_status.to_status(status_of(error)))
            raise

    @contextmanager
    def serving(self) -> Iterator[Deputy]:
        """Serve on a free port of loopback."""
        server = grpc.server(ThreadPoolExecutor(8))
        server.add_generic_rpc_handlers((self,))
        health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), server)
        self.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield self
        finally:
            server.stop(0).wait()


def refusing(error: Exception) -> Answer:
    """An answer that is always this error."""

    def answer(_request: Any, _context: grpc.ServicerContext) -> Message:
        raise error

    return answer
