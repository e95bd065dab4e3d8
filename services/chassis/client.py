"""A neighbour service as a dependency: gRPC with what is left of the caller's deadline.

For a person who waits: an rpc that only reads may ask a neighbour before it reads here. It is never
asked inside a transaction, whose locks would then last as long as the neighbour likes: so not in a
command, a reaction or a clock. A neighbour that is down or slow is Unavailable, a refusal of its is
raised as the error that it was there.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from nameko.extensions import DependencyProvider

from services.chassis import catalogue, channel, telemetry
from services.chassis.clock import monotonic
from services.chassis.errors import EstafetError, NotAllowed, NotFound, TooMany, Unavailable
from services.chassis.runtime import Runtime, Work
from services.chassis.service_token import ServiceToken, fetch_with

# What this service needs to tell its own caller, once the neighbour has used up its time.
MARGIN_SECONDS = 0.1
LONGEST_SECONDS = 5.0

# What a neighbour may say of the thing asked for. Anything else is a fault of ours.
_ERRORS: dict[grpc.StatusCode, type[EstafetError]] = {
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.FAILED_PRECONDITION: NotAllowed,
    grpc.StatusCode.RESOURCE_EXHAUSTED: TooMany,
}
_AWAY = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.CANCELLED,
)
# Every rpc of ours is safe to repeat; the deadline covers all tries together.
_CONFIG = {
    **channel.SERVICE_CONFIG,
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.05s",
                "maxBackoff": "0.5s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
_OPTIONS = tuple({**dict(channel.OPTIONS), "grpc.service_config": json.dumps(_CONFIG)}.items())

A = TypeVar("A", bound=Message)


class NeighbourRefused(Exception):
    """A neighbour would not take our call: a permission, a token or a request is wrong."""


class Calls(Protocol):
    """What a handler has of a neighbour. Real and fake pass one suite (tests/chassis)."""

    def call(self, request: Message, answer: type[A]) -> A:
        """The answer of the rpc that takes this request; TypeError if there is none.

        NotFound, NotAllowed, TooMany: the neighbour's refusal, with its reason.
        Unavailable: PEER_DOWN, PEER_SLOW; IDENTITY_DOWN. NeighbourRefused: our mistake.
        """


class Neighbour(DependencyProvider):
    """Gives each worker its Calls: `complaint = Neighbour("complaint")`."""

    def __init__(self, peer: str) -> None:
        super().__init__()
        self.peer = peer

    if TYPE_CHECKING:
        # nameko puts the worker's calls in this provider's place.
        def __get__(self, worker: object, cls: type) -> Calls: ...

    def setup(self) -> None:
        runtime: Runtime = self.container.config["runtime"]
        if self.peer not in runtime.settings.peers or not catalogue.methods(self.peer):
            raise ValueError(f"{runtime.service}: {self.peer} is no peer; see ESTAFET_PEERS")
        self._token = ServiceToken(fetch_with(runtime.settings, runtime.service))
        address = runtime.settings.peers[self.peer]
        self._channel = grpc.insecure_channel(address, options=_OPTIONS)

    def stop(self) -> None:
        self._channel.close()

    def get_dependency(self, worker_ctx: Any) -> Calls:
        return GrpcCalls(self.peer, self._channel, self._token, worker_ctx.data["work"])


class Neighbours(DependencyProvider):
    """Gives each worker the Calls of every peer by name, for what each of them answers."""

    if TYPE_CHECKING:
        # nameko puts the worker's calls in this provider's place.
        def __get__(self, worker: object, cls: type) -> Mapping[str, Calls]: ...

    def setup(self) -> None:
        runtime: Runtime = self.container.config["runtime"]
        self._token = ServiceToken(fetch_with(runtime.settings, runtime.service))
        self._channels = {
            peer: grpc.insecure_channel(address, options=_OPTIONS)
            for peer, address in sorted(runtime.settings.peers.items())
        }

    def stop(self) -> None:
        for opened in self._channels.values():
            opened.close()

    def get_dependency(self, worker_ctx: Any) -> Mapping[str, Calls]:
        work: Work = worker_ctx.data["work"]
        return {
            peer: GrpcCalls(peer, opened, self._token, work)
            for peer, opened in self._channels.items()
        }


class GrpcCalls:
    """One worker's calls to a neighbour."""

    def __init__(self, peer: str, to: grpc.Channel, token: ServiceToken, work: Work) -> None:
        self._peer = peer
        self._channel = to
        self._token = token
        self._work = work

    def call(self, request: Message, answer: type[A]) -> A:
        method = method_of(self._peer, request, answer)
        self._must_be_outside_a_transaction()
        ends_at = min(self._work.ends_at - MARGIN_SECONDS, monotonic() + LONGEST_SECONDS)
        metadata = {"authorization": f"Bearer {self._token.get(self._left(ends_at))}"}
        service = method.containing_service.full_name
        with channel.calling(f"{service}/{method.name}", metadata) as (span, headers):
            invoke: Any = self._channel.unary_unary(
                f"/{service}/{method.name}",
                request_serializer=type(request).SerializeToString,
                response_deserializer=answer.FromString,
            )
            try:
                told: A = invoke(request, timeout=self._left(ends_at), metadata=headers)
            except grpc.RpcError as error:
                raised = self._refusal(error)
                telemetry.failed(span, getattr(raised, "reason", "REFUSED"))
                raise raised from None
            return told

    def _left(self, ends_at: float) -> float:
        left = ends_at - monotonic()
        if left <= 0:
            raise self._slow()
        return left

    def _slow(self) -> Unavailable:
        return Unavailable(f"{self._peer} did not answer in time; try again", reason="PEER_SLOW")

    def _must_be_outside_a_transaction(self) -> None:
        uow = self._work.unit_of_work
        if self._work.connection is not None or (uow is not None and uow.session.in_transaction()):
            raise RuntimeError(f"{self._work.name} asks {self._peer} inside a transaction")

    def _refusal(self, error: Any) -> Exception:
        """A refusal as what it was at the neighbour; gRPC's own texts, which name addresses, go."""
        code: grpc.StatusCode = error.code()
        reason = channel.own_reason(channel.rich_status(error))
        if reason and code in _ERRORS:
            return _ERRORS[code](str(error.details()), reason=reason)
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return self._slow()
        if code in _AWAY:
            return Unavailable(f"{self._peer} is down; try again", reason="PEER_DOWN")
        return NeighbourRefused(f"{self._peer} answered {code.name} {reason}".strip())


def method_of(peer: str, request: Message, answer: type[Message]) -> MethodDescriptor:
    """The rpc of a peer that takes a request and gives this answer; TypeError."""
    for method in (*catalogue.methods(peer).values(), *catalogue.operations().values()):
        if method.input_type is request.DESCRIPTOR and method.output_type is answer.DESCRIPTOR:
            return method
    raise TypeError(f"{peer} has no rpc from {request.DESCRIPTOR.name} to {answer.__name__}")
