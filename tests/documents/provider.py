"""A certified provider as one could be plugged in: P-256, and its word that it is certified."""

import base64
import hashlib
from datetime import datetime
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from services.chassis.errors import NotAllowed
from services.documents.content import Document
from services.documents.signing import Signature

ECDSA = ec.ECDSA(hashes.SHA256())


class CertifiedProvider:
    name = "provider"
    certified = True

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @classmethod
    def of(cls, secret: str) -> Self:
        number = int.from_bytes(hashlib.sha256(secret.encode()).digest()) >> 1
        return cls(ec.derive_private_key(number, ec.SECP256R1()))

    def sign(self, digest: str, document: Document, at: datetime) -> Signature:
        unsigned = Signature(
            digest=digest,
            signer=self.name,
            certified=self.certified,
            at=at,
            algorithm="ES256",
            key_id=hashlib.sha256(self.public_key()).hexdigest()[:32],
            value="0",
        )
        value = base64.b64encode(self._key.sign(unsigned.signed, ECDSA)).decode()
        return unsigned.model_copy(update={"value": value})

    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @classmethod
    def fits(cls, signature: Signature, public_key: bytes) -> bool:
        try:
            key = load_pem_public_key(public_key)
        except ValueError:
            raise NotAllowed("the key is no public key as PEM") from None
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise NotAllowed("the key is no P-256 key")
        try:
            value = base64.b64decode(signature.value, validate=True)
            key.verify(value, signature.signed, ECDSA)
        except (InvalidSignature, ValueError):
            return False
        return True
