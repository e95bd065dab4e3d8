"""How a person's act reaches a service: by gRPC, or by HTTP at the gateway. Each asks once."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
import httpx
from google.api import annotations_pb2
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from infra.identity.clients import Client
from infra.identity.tokens import mint
from infra.local.stack import Stack
from services.chassis import catalogue
from services.chassis.channel import SERVICE_CONFIG
from tests.support.desk import AGAIN
from tests.support.plain_http import NO_TLS

# After a restart a channel would wait for up to two minutes before it tries again.
SOON = (
    ("grpc.max_reconnect_backoff_ms", 300),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
)
AGAIN_BY_HTTP = (429, 502, 503, 504)
PATIENCE_SECONDS = 5.0
TOKEN_SECONDS = 400.0


@dataclass(frozen=True)
class Act:
    """One command or question of one person; the same again when it is repeated."""

    service: str
    rpc: str
    request: Message
    role: str = ""

    @property
    def method(self) -> MethodDescriptor:
        """What the proto says of it."""
        return catalogue.methods(self.service)[self.rpc]

    @property
    def subject(self) -> str:
        """Under what name the service knows its caller."""
        permission = catalogue.permission(self.method)
        return "public" if permission and permission.public else f"officer:{self.role}"

    def __str__(self) -> str:
        return f"{self.service} {self.rpc} {getattr(self.request, 'request_id', '')}"


class Unanswered(Exception):
    """Nobody knows whether it was done: to be asked again."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason
        # When the try began, in seconds since the epoch.
        self.asked_at = 0.0


class Refused(Exception):
    """It was not done, and will not be by asking again."""

    def __init__(self, code: str, reason: str, text: str) -> None:
        super().__init__(f"{code} {reason}: {text}")
        self.code = code
        self.reason = reason


class Line(Protocol):
    """A way to ask."""

    def ask(self, act: Act) -> Message:
        """The answer; Unanswered, Refused."""


@dataclass
class Tokens:
    """Good tokens for officers of any role, as the development issuer makes them."""

    stack: Stack
    _made: dict[str, tuple[str, float]] = field(default_factory=dict)

    def of(self, role: str) -> str:
        """A token that is good for minutes yet."""
        token, until = self._made.get(role, ("", 0.0))
        if time.monotonic() > until:
            client = Client(role, f"officer:{role}", (role,))
            token = mint(self.stack.secrets, self.stack.url("identity"), client)
            self._made[role] = token, time.monotonic() + TOKEN_SECONDS
        return token


class GrpcLine:
    """Straight to the services, to each replica in turn."""

    def __init__(self, stack: Stack, tokens: Tokens, replicas: int = 1) -> None:
        self._stack = stack
        self._tokens = tokens
        self._replicas = replicas
        self._channels: dict[str, grpc.Channel] = {}

    def ask(self, act: Act) -> Message:
        answer_type = catalogue.class_of(act.method.output_type)
        invoke: Any = self._channel(act.service).unary_unary(
            f"/{act.method.containing_service.full_name}/{act.rpc}",
            request_serializer=type(act.request).SerializeToString,
            response_deserializer=answer_type.FromString,
        )
        metadata = (("authorization", f"Bearer {self._tokens.of(act.role)}"),) if act.role else ()
        try:
            answer: Message = invoke(act.request, timeout=PATIENCE_SECONDS, metadata=metadata)
        except grpc.RpcError as error:
            raise _not_answered(error) from None
        return answer

    def _channel(self, service: str) -> grpc.Channel:
        if service not in self._channels:
            target = target_of(self._stack, service, self._replicas)
            self._channels[service] = grpc.insecure_channel(target, SOON)
        return self._channels[service]


def target_of(stack: Stack, service: str, replicas: int) -> str:
    """The first so many replicas of a service, for a channel."""
    addresses = [
        stack.environment(service, replica)["ESTAFET_GRPC_ADDRESS"] for replica in range(replicas)
    ]
    return f"ipv4:{','.join(addresses)}"


def _not_answered(error: Any) -> Exception:
    status, info = rpc_status.from_call(error), error_details_pb2.ErrorInfo()
    for detail in status.details if status else ():
        if detail.Unpack(info):
            break
    if error.code() in AGAIN:
        return Unanswered(error.code().name, info.reason)
    return Refused(error.code().name, info.reason, str(error.details()))


class HttpLine:
    """Through the gateway."""

    def __init__(self, stack: Stack, tokens: Tokens, address: str) -> None:
        """`address`: the own loopback address, by which the door's limits tell people apart."""
        self._tokens = tokens
        transport = httpx.HTTPTransport(local_address=address, verify=NO_TLS)
        self._client = httpx.Client(
            base_url=stack.url("gateway"), transport=transport, timeout=2 * PATIENCE_SECONDS
        )

    def ask(self, act: Act) -> Message:
        verb, path, fields = _as_http(act)
        sent: dict[str, Any] = {"params": fields} if verb == "get" else {"json": fields}
        headers = {"Authorization": f"Bearer {self._tokens.of(act.role)}"} if act.role else {}
        try:
            answer = self._client.request(verb, path, headers=headers, **sent)
        except httpx.TransportError as error:
            raise Unanswered(type(error).__name__) from None
        if answer.is_success:
            made = catalogue.class_of(act.method.output_type)()
            return json_format.ParseDict(answer.json(), made)
        told: Mapping[str, Any] = answer.json()
        if answer.status_code in AGAIN_BY_HTTP:
            raise Unanswered(str(answer.status_code), str(told["reason"]))
        raise Refused(str(answer.status_code), str(told["reason"]), str(told["detail"]))


def _as_http(act: Act) -> tuple[str, str, dict[str, Any]]:
    """How a command is sent or a question asked, as its proto says: verb, path, and the rest."""
    rule = act.method.GetOptions().Extensions[annotations_pb2.http]
    fields = json_format.MessageToDict(act.request, preserving_proto_field_name=True)
    path = str(rule.get or rule.post)
    for name in [name for name in fields if f"{{{name}}}" in path]:
        path = path.replace(f"{{{name}}}", str(fields.pop(name)))
    return "get" if rule.get else "post", path, fields
