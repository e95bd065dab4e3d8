"""What is attached to a document's PDF: its content, and the proof beside it."""

import zlib
from collections.abc import Iterator
from typing import Annotated

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.documents.content import LARGEST_BYTES
from services.documents.signing import HEX_DIGEST, Signature

CONTENT, PROOF = "isi.json", "bukti.json"
ATTACHED = b"/Type/EmbeddedFile"
JSON_TYPE = b"/Subtype/application#2Fjson"
STREAM = b"stream\n"
# How long the head of an attachment is at most, in bytes.
HEAD = 400


class Proof(BaseModel):
    """The hash, what laid the pages out, and the signature if there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: Annotated[str, Field(pattern=HEX_DIGEST)]
    release: Annotated[str, Field(max_length=1000)]
    signature: Signature | None

    @property
    def written(self) -> bytes:
        """As it is attached."""
        return rfc8785.dumps(self.model_dump(mode="json"))


def proof_in(attached: bytes) -> Proof | None:
    """The proof that an attachment is, or None."""
    try:
        found = Proof.model_validate_json(attached)
    except ValidationError:
        return None
    return found if found.written == attached else None


def attachments(pdf: bytes) -> Iterator[bytes | None]:
    """Each JSON attachment in order, None for one that is damaged.

    They are looked for by how they are written, not by the file's own tables: whether the file is
    as it was made is asked of all its bytes, later.
    """
    at = pdf.find(ATTACHED)
    while at >= 0:
        begins = pdf.find(STREAM, at, at + HEAD)
        if begins >= 0 and JSON_TYPE in pdf[at:begins]:
            yield _inflated(pdf[begins + len(STREAM) :])
        at = pdf.find(ATTACHED, at + 1)


def _inflated(stream: bytes) -> bytes | None:
    inflating = zlib.decompressobj()
    try:
        found = inflating.decompress(stream, LARGEST_BYTES + 1)
    except zlib.error:
        return None
    return found if inflating.eof else None
