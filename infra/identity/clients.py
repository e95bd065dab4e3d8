"""Clients of the development issuer: officers of clients.toml, and every service."""

from __future__ import annotations

import hmac
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.secret_files import SecretFiles

CLIENTS = Path(__file__).with_name("clients.toml")


@dataclass(frozen=True)
class Client:
    client_id: str
    subject: str
    roles: tuple[str, ...] = ()
    service: str = ""
    organisation: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Clients:
    """Who may get a token. Officers' secrets lie in secrets/identity/, services' in their own."""

    secrets: SecretFiles
    officers: Sequence[Client]

    @classmethod
    def known(cls, secrets: SecretFiles) -> Clients:
        listed = tomllib.loads(CLIENTS.read_text()).items()
        officers = [
            Client(name, **{**each, "roles": tuple(each["roles"])}) for name, each in listed
        ]
        return cls(secrets, officers)

    def make_secrets(self) -> None:
        for officer in self.officers:
            self.secrets.get("identity", officer.client_id)

    def signed_in(self, client_id: str, secret: str) -> Client | None:
        """The client, or None: an unknown one and a wrong secret look the same."""
        client, wanted = self._find(client_id)
        right = hmac.compare_digest(wanted.encode(), secret.encode())
        return client if right and wanted else None

    def _find(self, client_id: str) -> tuple[Client | None, str]:
        for officer in self.officers:
            if officer.client_id == client_id:
                return officer, self.secrets.get("identity", client_id)
        for owner in self._services():
            if owner == client_id:
                service = Client(owner, f"service:{owner}", ("service",), owner, "kp2mi")
                return service, self.secrets.get(owner, "client_secret")
        return None, ""

    def _services(self) -> list[str]:
        return [path.parent.name for path in self.secrets.folder.glob("*/client_secret")]
