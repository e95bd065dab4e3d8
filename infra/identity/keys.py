"""The issuer's signing keys. Two overlap: the new one signs, the one before still verifies."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm

from infra.local.layout import write_whole
from infra.local.secret_files import SecretFiles, a_signing_key

ALGORITHM = "ES256"
OVERLAP = 2


@dataclass(frozen=True)
class SigningKey:
    key_id: str
    private: EllipticCurvePrivateKey

    def published(self) -> dict[str, Any]:
        """Its public half as a JWK."""
        public: dict[str, Any] = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.key_id, "alg": ALGORITHM, "use": "sig"}


@dataclass(frozen=True)
class SigningKeys:
    """The keys in secrets/identity/signing_keys.json, newest first; the first use makes one."""

    secrets: SecretFiles

    @property
    def path(self) -> Path:
        return self.secrets.of("identity") / "signing_keys.json"

    def all(self) -> list[SigningKey]:
        return [a_key(pem) for pem in self._pems()]

    def newest(self) -> SigningKey:
        return self.all()[0]

    def rotate(self) -> SigningKey:
        """Sign with a new key from now on. Tokens of the last one stay good until they expire."""
        pems = [a_signing_key(), *self._pems()][:OVERLAP]
        write_whole(self.path, json.dumps(pems), mode=0o600)
        return a_key(pems[0])

    def published(self) -> dict[str, Any]:
        """The JWKS document."""
        return {"keys": [key.published() for key in self.all()]}

    def _pems(self) -> list[str]:
        text = self.secrets.get("identity", self.path.name, lambda: json.dumps([a_signing_key()]))
        pems: list[str] = json.loads(text)
        return pems


def a_key(pem: str) -> SigningKey:
    """A key of a PEM text; its id is derived from it."""
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, EllipticCurvePrivateKey):
        raise TypeError("a signing key is a P-256 key")
    numbers = private.public_key().public_numbers()
    key_id = hashlib.sha256(f"{numbers.x}:{numbers.y}".encode()).hexdigest()[:16]
    return SigningKey(key_id, private)
