"""Who signs a document's hash: any `Signer`, chosen by name in a setting.

The local one proves that this system made the document. No authority vouches for its key, so it is
no certified signature in the sense of the law (docs/decisions/0018), and its documents say so.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Self, cast

import rfc8785
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from services.chassis.errors import NotAllowed
from services.documents.content import Document
from services.documents.texts import Line

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTEXT = "estafet.document.signature/1"
SHORTEST_SECRET = 32
PARTS = ("name", "certified", "of", "sign", "public_key", "fits")
HEX_DIGEST = r"^[0-9a-f]{64}$"


class Signature(BaseModel):
    """A signature over a document's hash and over what is said of the signature itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: Annotated[str, Field(pattern=HEX_DIGEST)]
    signer: Line
    certified: bool
    at: AwareDatetime
    algorithm: Line
    key_id: Line
    value: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+=*$", max_length=100_000)]

    @field_validator("at", mode="after")
    @classmethod
    def _to_the_second(cls, at: datetime) -> datetime:
        return at.astimezone(UTC).replace(microsecond=0)

    @property
    def signed(self) -> bytes:
        """What the value is a signature of: everything else, so that none of it can be changed."""
        told = self.model_dump(mode="json", exclude={"value"})
        return rfc8785.dumps({**told, "context": CONTEXT})


class Signer(Protocol):
    """Signs documents. Every signer passes `tests/documents/test_signers.py`."""

    name: str
    certified: bool

    @classmethod
    def of(cls, secret: str) -> Self:
        """The signer whose key, or whose access to the provider, this secret gives."""

    def sign(self, digest: str, document: Document, at: datetime) -> Signature:
        """Sign a document whose hash this is; a provider may give a time of its own."""

    def public_key(self) -> bytes:
        """What others check its signatures with, as PEM."""

    @classmethod
    def fits(cls, signature: Signature, public_key: bytes) -> bool:
        """Whether the signature is this key's; NotAllowed for what is no key of its kind."""


class LocalSigner:
    """Ed25519, with a key that is derived from a secret: nothing but the secret is kept."""

    name = "local"
    certified = False
    algorithm = "Ed25519"

    def __init__(self, secret: str) -> None:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        if len(secret) < SHORTEST_SECRET:
            raise NotAllowed(
                f"the secret that documents are signed with has {len(secret)} characters;"
                f" it needs {SHORTEST_SECRET}"
            )
        derived = HKDF(hashes.SHA256(), 32, None, CONTEXT.encode()).derive(secret.encode())
        self._key = Ed25519PrivateKey.from_private_bytes(derived)

    @classmethod
    def of(cls, secret: str) -> Self:
        """The signer of a secret, such as a service's own key."""
        return cls(secret)

    def sign(self, digest: str, document: Document, at: datetime) -> Signature:  # noqa: ARG002
        """Sign a hash. The document is for signers that show what they sign."""
        unsigned = Signature(
            digest=digest,
            signer=self.name,
            certified=self.certified,
            at=at,
            algorithm=self.algorithm,
            key_id=_key_id(self._key.public_key()),
            value="0",
        )
        value = base64.b64encode(self._key.sign(unsigned.signed)).decode()
        return unsigned.model_copy(update={"value": value})

    def public_key(self) -> bytes:
        """The public key as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @classmethod
    def fits(cls, signature: Signature, public_key: bytes) -> bool:
        """Whether this key made the signature, and it claims no more than it is."""
        from cryptography.exceptions import InvalidSignature

        key = _ed25519(public_key)
        told = (signature.signer, signature.certified, signature.algorithm, signature.key_id)
        if told != (cls.name, cls.certified, cls.algorithm, _key_id(key)):
            return False
        try:
            key.verify(base64.b64decode(signature.value, validate=True), signature.signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def _key_id(key: "Ed25519PublicKey") -> str:
    """By what people compare keys: the first half of the key's SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:32]


def _ed25519(public_key: bytes) -> "Ed25519PublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm):
        raise NotAllowed("the key is no public key as PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise NotAllowed("the key is not an Ed25519 key, which the local signer has")
    return key


# By the name that the setting and each signature have; another signer is `module:Class`.
SIGNERS: Mapping[str, type[Signer]] = {"local": LocalSigner}


def signer_named(name: str) -> type[Signer]:
    """The kind of signer that a setting names: `local`, or `module:Class` of a provider."""
    if name in SIGNERS:
        return SIGNERS[name]
    module, colon, kind = name.partition(":")
    if not colon:
        raise NotAllowed(f"there is no signer {name}: say {', '.join(SIGNERS)} or module:Class")
    try:
        found: Any = getattr(import_module(module), kind)
    except (ImportError, AttributeError) as error:
        raise NotAllowed(f"the signer {name} cannot be loaded: {error}") from None
    if missing := [each for each in PARTS if not hasattr(found, each)]:
        raise NotAllowed(f"{name} is no signer: it has no {', '.join(missing)}")
    if found.name in SIGNERS:
        raise NotAllowed(f"{name} calls itself {found.name}, which is another signer's name")
    return cast("type[Signer]", found)
