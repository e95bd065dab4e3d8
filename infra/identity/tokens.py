"""Tokens of the development issuer; tests make them directly: `mint(secrets, issuer, client)`."""

from __future__ import annotations

import time
import uuid

import jwt

from infra.identity.clients import Client
from infra.identity.keys import ALGORITHM, SigningKeys
from infra.local.secret_files import SecretFiles

AUDIENCE = "estafet"
LIFETIME_SECONDS = 600


def mint(
    secrets: SecretFiles,
    issuer: str,
    client: Client,
    *,
    audience: str = AUDIENCE,
    lifetime_seconds: int = LIFETIME_SECONDS,
) -> str:
    """A signed token for a client. A negative lifetime makes one that has expired."""
    key = SigningKeys(secrets).newest()
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": client.subject,
        "aud": audience,
        "iat": now,
        "exp": now + lifetime_seconds,
        "jti": uuid.uuid4().hex,
        "roles": list(client.roles),
        "service": client.service,
        "organisation": client.organisation,
        "unit": client.unit,
    }
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.key_id})
