"""People at work, by real gRPC: they file, triage, offer and accept, and retry when refused."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import grpc
from estafet.complaint.v1 import service_pb2 as complaint
from estafet.protection.v1 import service_pb2 as protection
from google.protobuf.message import Message

from infra.identity.clients import Client
from infra.identity.tokens import mint
from infra.local.stack import Stack
from services.chassis import catalogue
from tests.support.waiting import until

# After a restart a channel would wait for up to two minutes before it tries again.
SOON = (("grpc.max_reconnect_backoff_ms", 300), ("grpc.initial_reconnect_backoff_ms", 100))
AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


@dataclass
class Desk:
    """One officer's calls to the services of a stack."""

    stack: Stack
    channels: dict[str, grpc.Channel] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def call(self, service: str, rpc: str, request: Message, role: str = "") -> Any:
        """Call until answered, with the same request_id every time."""
        method = catalogue.methods(service)[rpc]
        answer_type = catalogue.class_of(method.output_type)
        if service not in self.channels:
            address = self.stack.environment(service)["ESTAFET_GRPC_ADDRESS"]
            self.channels[service] = grpc.insecure_channel(address, SOON)
        ask = self.channels[service].unary_unary(
            f"/{method.containing_service.full_name}/{rpc}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer_type.FromString,
        )
        metadata = (("authorization", f"Bearer {self._token(role)}"),) if role else ()

        def answered() -> Any:
            try:
                return (ask(request, timeout=5, metadata=metadata, wait_for_ready=True),)
            except grpc.RpcError as error:
                if error.code() not in AGAIN:
                    raise
                return None

        return until(answered)[0]

    def _token(self, role: str) -> str:
        if role not in self.tokens:
            client = Client(role, f"officer:{role}", (role,))
            issuer = self.stack.url("identity")
            self.tokens[role] = mint(self.stack.secrets, issuer, client)
        return self.tokens[role]

    def file(self) -> str:
        """A new complaint's id."""
        request = complaint.FileComplaintRequest(request_id=an_id(), narrative="Gaji (contoh).")
        return str(self.call("complaint", "FileComplaint", request).complaint_id)

    def offer(self, complaint_id: str) -> int:
        """Triage a complaint and offer it to protection; the offer's number."""
        triage = complaint.TriageComplaintRequest(
            request_id=an_id(), complaint_id=complaint_id, category="unpaid_wages", severity=2
        )
        self.call("complaint", "TriageComplaint", triage, "complaint_officer")
        offer = complaint.OfferComplaintRequest(request_id=an_id(), complaint_id=complaint_id)
        return int(self.call("complaint", "OfferComplaint", offer, "complaint_officer").offer_no)

    def accept(self, complaint_id: str, offer_no: int) -> str:
        """Accept an offer as soon as protection has it in its queue; the case's id."""
        request = protection.AcceptOfferRequest(
            request_id=an_id(), matter_id=complaint_id, offer_no=offer_no
        )

        def accepted() -> Any:
            try:
                return self.call("protection", "AcceptOffer", request, "case_officer").case_id
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
                return None

        return str(until(accepted))

    def hand_over(self) -> str:
        """A complaint that was filed, triaged, offered and accepted; its id."""
        complaint_id = self.file()
        self.accept(complaint_id, self.offer(complaint_id))
        return complaint_id


def an_id() -> str:
    """A fresh request_id."""
    return str(uuid.uuid4())
