"""RPCs called by real gRPC, past the door, with requests made from descriptors."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from infra.local.stack import Stack
from services.chassis import catalogue

# What a field needs to be valid, where its type alone does not tell.
VALID: Mapping[str, Any] = {
    "category": "unpaid_wages",
    "severity": 2,
    "offer_no": 1,
    "code": "not_ours",
    "result": "settled",
    "ground": "withdrawn",
    "outcome": "earning",
    "purpose": "a test",
    "page_size": 5,
    "name": "Contoh Fiktif",
    "licence_no": "fiktif",
    "country": "MYS",
    "departed_on": "2024-03-04",
    "returned_on": "2024-03-04",
    "decision_no": "contoh",
    "article": "contoh",
    "signatory": "contoh",
    "violation": "overcharging",
    "arrived_on": "2024-03-04",
    "programme": "mentoring",
    "first_month": "2024-03",
    "last_month": "2024-03",
    "filed_from": "2024-03-01",
    "filed_until": "2024-03-31",
    "ministry": "kemlu",
    "request": "consular_help",
    "reason": "papers_abroad",
    "digest": "0" * 64,
    "wished_on": "2024-03-04",
}
# The first of every enum that means something.
FIRST = 1
MATTERS = ("complaint_id", "matter_id")


@dataclass(frozen=True)
class Outcome:
    """How a call ended: the status and the reason for programs."""

    code: grpc.StatusCode
    reason: str = ""
    text: str = ""


def methods() -> Iterator[tuple[str, MethodDescriptor]]:
    """Every rpc with its service."""
    for service in catalogue.services():
        for method in catalogue.methods(service).values():
            yield service, method


def request_for(method: MethodDescriptor, matter_id: str) -> Message:
    """A request that passes validation, about a matter."""
    made = catalogue.class_of(method.input_type)()
    for field in method.input_type.fields:
        value = _value(field, matter_id)
        if value is not None:
            setattr(made, field.name, value)
    return made


def _value(field: FieldDescriptor, matter_id: str) -> Any:
    if field.type == FieldDescriptor.TYPE_ENUM:
        return FIRST
    if field.name in VALID:
        return VALID[field.name]
    if field.name in MATTERS:
        return matter_id
    if field.name == "request_id" or field.name.endswith("_id"):
        return str(uuid.uuid4())
    personal = field.type == FieldDescriptor.TYPE_STRING and catalogue.classification(field) >= 3
    return "a text" if personal else None


class Channels:
    """One channel to each service."""

    def __init__(self, stack: Stack, **ports: int) -> None:
        """`ports` stand for those of a service's first replica."""
        peers = {name: stack.ports.get(f"grpc_{name}") for name in catalogue.services()} | ports
        self._by_service = {
            name: grpc.insecure_channel(f"127.0.0.1:{port}") for name, port in peers.items()
        }

    def call(self, service: str, method: MethodDescriptor, request: Message, token: str) -> Outcome:
        """Call it and tell how that ended."""
        path = f"/{method.containing_service.full_name}/{method.name}"
        invoke = self._by_service[service].unary_unary(
            path,
            request_serializer=catalogue.class_of(method.input_type).SerializeToString,
            response_deserializer=catalogue.class_of(method.output_type).FromString,
        )
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        try:
            answer = invoke(request, timeout=10, metadata=metadata)
        except grpc.RpcError as error:
            return _refused(error)
        return Outcome(grpc.StatusCode.OK, text=str(answer))

    def close(self) -> None:
        for channel in self._by_service.values():
            channel.close()


def _refused(error: Any) -> Outcome:
    status: status_pb2.Status | None = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    for detail in status.details if status else ():
        detail.Unpack(info)
        if info.reason:
            break
    return Outcome(error.code(), info.reason, error.details() or "")
