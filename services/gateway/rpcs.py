"""The RPCs that the door opens, read from the descriptors of the peers' protos."""

import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from estafet.options.v1 import options_pb2
from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, eq=False)
class Rpc:
    """One way by HTTP to one method of one peer."""

    peer: str
    verb: str
    path: str
    takes_body: bool
    method: MethodDescriptor
    request: type[Message]
    response: type[Message]
    permission: options_pb2.Permission

    @property
    def input(self) -> Descriptor:
        """What describes the request."""
        return self.method.input_type

    @property
    def name(self) -> str:
        """As gRPC puts it on the wire: package.Service/Method."""
        return f"{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def variables(self) -> tuple[str, ...]:
        """The request's fields that the path holds."""
        return tuple(VARIABLE.findall(self.path))

    @property
    def takes_file(self) -> bool:
        """Whether the request holds a file."""
        return any(field.type == FieldDescriptor.TYPE_BYTES for field in self.input.fields)

    @property
    def needs_request_id(self) -> bool:
        """Whether the request names itself, so that it is safe to repeat."""
        return "request_id" in self.input.fields_by_name

    def is_urgent(self, request: Message) -> bool:
        """Whether the caller declares danger to life: such a call is never shed."""
        field = self.permission.urgent_field
        return bool(field) and bool(getattr(request, field))


def rpcs_of(peers: Iterable[str]) -> list[Rpc]:
    """Every annotated RPC of these services; a peer without protos is a mistake and raises."""
    return [rpc for peer in sorted(peers) for rpc in _rpcs_of_peer(peer)]


def _rpcs_of_peer(peer: str) -> Iterator[Rpc]:
    module = importlib.import_module(f"estafet.{peer}.v1.service_pb2")
    for service in module.DESCRIPTOR.services_by_name.values():
        for method in service.methods:
            options = method.GetOptions()
            if options.HasExtension(annotations_pb2.http):
                rule = options.Extensions[annotations_pb2.http]
                for binding in (rule, *rule.additional_bindings):
                    yield _rpc(peer, method, binding)


def _rpc(peer: str, method: MethodDescriptor, rule: http_pb2.HttpRule) -> Rpc:
    verb = rule.WhichOneof("pattern") or ""
    path: str = getattr(rule, verb, "")
    plain = rule.body in {"", "*"} and not rule.response_body
    if verb in {"", "custom"} or not plain or "{" in VARIABLE.sub("", path):
        raise ValueError(f"{method.full_name}: this google.api.http rule is not supported")
    return Rpc(
        peer=peer,
        verb=verb.upper(),
        path=path,
        takes_body=rule.body == "*",
        method=method,
        request=GetMessageClass(method.input_type),
        response=GetMessageClass(method.output_type),
        permission=method.GetOptions().Extensions[options_pb2.permission],
    )
