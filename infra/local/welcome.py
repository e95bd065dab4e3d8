"""What `make up` prints at its end: where things are, and what to try first."""

from __future__ import annotations

import json
import uuid

from infra.local.discovery import GATEWAY
from infra.local.stack import Stack
from infra.local.trace import StartTrace


def welcome(stack: Stack, trace: StartTrace) -> str:
    running = {process.name for process in stack.processes}
    lines = ["", "Everything runs."]
    if GATEWAY in running:
        lines += [
            f"  the page      {stack.url(GATEWAY)}/",
            f"  OpenAPI       {stack.url(GATEWAY)}/docs",
        ]
    lines += [
        f"  traces        {stack.url('zipkin')}/zipkin/",
        f"  one trace     {stack.url('zipkin')}{trace.path}",
        f"  tokens        {stack.url('identity')}/.well-known/openid-configuration",
        "",
        "Try:",
        *(sample_filing(stack) if GATEWAY in running else []),
        *sample_token(stack),
        "",
        "make status · make logs service=kafka · make down",
    ]
    return "\n".join(lines)


def sample_filing(stack: Stack) -> list[str]:
    """One complaint; the number and the secret of the answer open it on the page."""
    body = {"request_id": str(uuid.uuid4()), "narrative": "Gaji saya tidak dibayar (contoh)."}
    return [
        "  curl -s -H 'Content-Type: application/json' \\",
        f"       -d '{json.dumps(body)}' {stack.url(GATEWAY)}/v1/complaints",
    ]


def sample_token(stack: Stack) -> list[str]:
    secret = stack.layout.secrets / "identity" / "officer-complaint"
    return [
        "  curl -s -d client_id=officer-complaint \\",
        f"       --data-urlencode client_secret@'{secret}' {stack.url('identity')}/token",
    ]
