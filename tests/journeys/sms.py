"""A gateway of SMS: what it brings, and what it was given."""

from __future__ import annotations

import json

import httpx

from services.chassis.clock import real_now
from services.messages.signing import signed
from tests.journeys.people import Person
from tests.journeys.relay import Relay


def sent(relay: Relay, address: str) -> list[str]:
    """What has come to a telephone, in order."""
    folder = relay.stack.layout.home / "data" / "messages" / "complaint" / "sms"
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    told = [json.loads(path.read_text()) for path in files]
    return [each["text"] for each in told if each["address"] == address]


def bring(
    relay: Relay, sender: str, text: str, message_id: str, person: Person | None = None
) -> httpx.Response:
    """Bring a message from a telephone, signed as agreed."""
    key = (relay.stack.layout.home / "secrets" / "complaint" / "sms_key").read_text()
    told = {"from": sender, "text": text, "received_at": real_now().isoformat()}
    body = json.dumps(told).encode()
    headers = signed(key, message_id, real_now(), body) | {"Content-Type": "application/json"}
    client = (person or relay.person()).client
    return client.post("/hooks/sms", content=body, headers=headers)
