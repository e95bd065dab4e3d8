"""What a gateway of SMS or WhatsApp brings is handed on as it was signed; each fault is told it."""

from __future__ import annotations

import json
from typing import Any

import grpc
import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.clock import real_now
from services.gateway.hooks import LONGEST
from services.messages.inbound import read_webhook
from services.messages.notice import Channel
from services.messages.signing import signed
from tests.gateway.deputies import Deputy
from tests.gateway.doors import NOBODY, a_door

KEY = "not a secret"
TOLD = {"from": "+628120000001", "text": "Halo", "received_at": "2024-03-04T17:00:00Z"}


def complaint(request: Any, _context: grpc.ServicerContext) -> pb.ReceiveMessageResponse:
    """Reads a message as the service does."""
    headers = {
        "webhook-id": request.webhook_id,
        "webhook-timestamp": request.webhook_timestamp,
        "webhook-signature": request.webhook_signature,
    }
    read_webhook(Channel(request.channel), KEY, headers, request.payload, real_now())
    return pb.ReceiveMessageResponse()


def bring(
    door: httpx.Client, hook: str = "sms", key: str = KEY, more: str = "", **told: object
) -> httpx.Response:
    """A message, signed; `more` is added once it is."""
    body = json.dumps({**TOLD, **told}).encode()
    headers = {"content-type": "application/json", **signed(key, "p1", real_now(), body)}
    return door.post(f"/hooks/{hook}", content=body + more.encode(), headers=headers)


@pytest.fixture
def reading(deputy: Deputy) -> Deputy:
    deputy.answers["ReceiveMessage"] = complaint
    return deputy


@pytest.mark.parametrize("hook", ["sms", "whatsapp"])
def test_a_message_is_handed_on_with_the_channel_of_its_hook(
    door: httpx.Client, reading: Deputy, hook: str
) -> None:
    assert bring(door, hook).status_code == 200
    assert [call.request.channel for call in reading.calls] == [hook]


@pytest.mark.usefixtures("reading")
def test_what_a_gateway_tells_beyond_what_was_agreed_does_no_harm(door: httpx.Client) -> None:
    assert bring(door, operator="Contoh Seluler").status_code == 200


@pytest.mark.usefixtures("reading")
@pytest.mark.parametrize(
    "changes",
    [{"key": "guessed"}, {"more": " "}],
    ids=["with another key", "changed on its way"],
)
def test_a_message_that_is_not_genuine_is_refused(
    door: httpx.Client, changes: dict[str, str]
) -> None:
    refused = bring(door, **changes)
    assert (refused.status_code, refused.json()["reason"]) == (401, "FORGED")


def test_a_message_without_a_signature_is_refused_at_the_door(
    door: httpx.Client, deputy: Deputy
) -> None:
    refused = door.post("/hooks/sms", json=TOLD, headers={"webhook-id": "p1"})
    assert refused.json()["detail"] == "webhook without webhook-timestamp, webhook-signature"
    assert (refused.status_code, deputy.calls) == (401, [])


@pytest.mark.usefixtures("reading")
def test_a_message_that_is_not_as_agreed_is_refused_by_field(door: httpx.Client) -> None:
    refused = bring(door, received_at="soon")
    named = [each["field"] for each in refused.json()["errors"]]
    assert (refused.status_code, named) == (400, ["received_at"])


def test_a_message_that_is_too_large_is_refused_with_how_large_it_may_be(
    door: httpx.Client, deputy: Deputy
) -> None:
    refused = bring(door, text="x" * LONGEST)
    assert (refused.status_code, deputy.calls) == (413, [])
    assert refused.json()["detail"] == f"a message may have {LONGEST} bytes"


def test_too_many_messages_are_told_when_to_come_again(reading: Deputy) -> None:
    rate = {"per_second": 0.1, "burst": 1}
    with a_door(reading.address, door_address_rate=rate) as door:
        bring(door)
        refused = bring(door)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")


def test_while_complaint_is_down_a_message_is_to_be_brought_again() -> None:
    with a_door(NOBODY) as door:
        refused = bring(door)
    assert (refused.status_code, refused.json()["service"]) == (503, "complaint")
    assert "retry-after" in refused.headers


def test_there_is_no_hook_for_another_channel(door: httpx.Client) -> None:
    refused = bring(door, "telegram")
    assert (refused.status_code, refused.json()["reason"]) == (404, "NO_SUCH_HOOK")
