"""Passwords and keys of one copy: random, in files that only their owner reads, made once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.layout import write_whole


def a_password() -> str:
    return secrets.token_urlsafe(24)


def a_key() -> str:
    """32 random bytes in hex, for HMAC."""
    return secrets.token_hex(32)


def a_signing_key() -> str:
    """A P-256 private key as PEM, for ES256 tokens."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


SERVICE_SECRETS: dict[str, Callable[[], str]] = {
    "database_app": a_password,
    "database_migrator": a_password,
    "database_auditor": a_password,
    "kafka": a_password,
    "client_secret": a_password,
    "service_key": a_key,
    "token_key.pem": a_signing_key,
}
# By service, what it and the gateways of SMS and WhatsApp sign with, and its key for web push. The
# password of a mail server is not ours to make.
CHANNEL_SECRETS: dict[str, dict[str, Callable[[], str]]] = {
    "complaint": {"sms_key": a_key, "whatsapp_key": a_key, "push_key.pem": a_signing_key}
}


def secrets_of(service: str) -> set[str]:
    """The names of all secrets that a service has."""
    return {*SERVICE_SECRETS, *CHANNEL_SECRETS.get(service, {})}


@dataclass(frozen=True)
class SecretFiles:
    """One folder per owner, one file per secret."""

    folder: Path

    def of(self, owner: str) -> Path:
        return self.folder / owner

    def get(self, owner: str, name: str, make: Callable[[], str] = a_password) -> str:
        """Read a secret; the first call makes it."""
        path = self.of(owner) / name
        if not path.exists():
            self._folder(owner)
            write_whole(path, make(), mode=0o600)
        return path.read_text()

    def make_for_service(self, service: str) -> None:
        for name, make in (*SERVICE_SECRETS.items(), *CHANNEL_SECRETS.get(service, {}).items()):
            self.get(service, name, make)

    def _folder(self, owner: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.of(owner).mkdir(exist_ok=True)
        self.of(owner).chmod(0o700)
