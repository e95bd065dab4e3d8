"""Whether a PDF is one of our documents, as it was made: every byte of it is compared."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from services.chassis.errors import Invalid
from services.documents.content import Document, canonical, document_of
from services.documents.pdf import release, render
from services.documents.proof import CONTENT, PROOF, Proof, attachments, proof_in
from services.documents.signing import SIGNERS, Signature, Signer
from services.documents.wording import LANGUAGES

LARGEST_PDF = 20 * 1024 * 1024
# More attachments than a document has: those that somebody added are only counted.
LOOKED_AT = 8


class Verdict(StrEnum):
    """What a file is. Only GENUINE is proven; UNPROVEN fits together, but anybody could make it."""

    GENUINE = "genuine"
    UNPROVEN = "unproven"
    OTHER_RELEASE = "made by another release"
    CONTENT_CHANGED = "content changed"
    RENDERING_CHANGED = "rendering changed"
    SIGNATURE_DOES_NOT_FIT = "signature does not fit"
    NOT_OURS = "not one of ours"


@dataclass(frozen=True)
class Findings:
    """What was found, in plain words; the document is what its attachment says, true or not."""

    verdict: Verdict
    said: str
    digest: str = ""
    document: Document | None = None
    signature: Signature | None = None
    language: str = ""

    @property
    def genuine(self) -> bool:
        """Whether it is proven to be as it was made and signed."""
        return self.verdict is Verdict.GENUINE


class _Wrong(Exception):
    def __init__(self, verdict: Verdict, said: str) -> None:
        super().__init__(said)
        self.verdict, self.said = verdict, said


@dataclass(frozen=True)
class _Read:
    document: Document
    digest: str
    proof: Proof


def verify(
    pdf: bytes, key: bytes | None = None, signers: Iterable[type[Signer]] = tuple(SIGNERS.values())
) -> Findings:
    """What a PDF is. `key`: the signer's public key as PEM; NotAllowed for what is no such key."""
    try:
        read = _read(pdf)
    except _Wrong as wrong:
        return Findings(wrong.verdict, wrong.said)
    language = ""
    try:
        verdict, said = _check_signature(read.proof, key, {each.name: each for each in signers})
        language = _check_pages(pdf, read)
    except _Wrong as wrong:
        verdict, said = wrong.verdict, wrong.said
    return Findings(verdict, said, read.digest, read.document, read.proof.signature, language)


def document_in(pdf: bytes) -> tuple[Document, str]:
    """What a PDF's attachment says, and its hash, unproven; Invalid for what is not one of ours."""
    try:
        read = _read(pdf)
    except _Wrong as wrong:
        raise Invalid(f"{wrong.verdict}: {wrong.said}") from None
    return read.document, read.digest


def _read(pdf: bytes) -> _Read:
    if not pdf.startswith(b"%PDF-"):
        raise _Wrong(Verdict.NOT_OURS, "it is no PDF file")
    if len(pdf) > LARGEST_PDF:
        raise _Wrong(Verdict.NOT_OURS, f"it has {len(pdf):,} bytes; no document is that large")
    found = list(islice(attachments(pdf), LOOKED_AT))
    if len(found) < 2:
        missing = f"it does not have {CONTENT} and {PROOF} attached, or they were cut off"
        raise _Wrong(Verdict.NOT_OURS, missing)
    content, attached = _told_apart(found)
    if content is None:
        raise _Wrong(Verdict.CONTENT_CHANGED, f"the attachment {CONTENT} cannot be read")
    proof = proof_in(attached) if attached else None
    document = _document(content, ours=proof is not None)
    if proof is None:
        raise _Wrong(Verdict.SIGNATURE_DOES_NOT_FIT, f"the attachment {PROOF} cannot be read")
    digest = hashlib.sha256(content).hexdigest()
    signed = proof.signature.digest if proof.signature else digest
    if not digest == proof.digest == signed:
        raise _Wrong(
            Verdict.CONTENT_CHANGED,
            f"the content's hash is {digest}; {proof.digest} was made and {signed} was signed",
        )
    return _Read(document, digest, proof)


def _told_apart(found: list[bytes | None]) -> tuple[bytes | None, bytes | None]:
    """The content and the proof: in the order in which they were attached, whatever they say."""
    first, second = found[:2]
    return (second, first) if first is not None and proof_in(first) else (first, second)


def _document(content: bytes, *, ours: bool) -> Document:
    try:
        document = document_of(content)
    except Invalid as error:
        verdict = Verdict.CONTENT_CHANGED if ours else Verdict.NOT_OURS
        raise _Wrong(verdict, f"what is attached is no document: {error}") from None
    if canonical(document) != content:
        raise _Wrong(
            Verdict.CONTENT_CHANGED, f"{CONTENT} is not written as documents write it down"
        )
    return document


def _check_signature(
    proof: Proof, key: bytes | None, signers: Mapping[str, type[Signer]]
) -> tuple[Verdict, str]:
    """What the file is if its pages are right, too."""
    signature = proof.signature
    if signature is None:
        return Verdict.UNPROVEN, "it fits together, but nobody has signed it: anybody can make that"
    signer = signature.signer
    if key is None:
        return Verdict.UNPROVEN, (
            f"it fits together, but whether {signer} has signed it was not checked:"
            " give the signer's public key"
        )
    if signer not in signers:
        known = ", ".join(signers)
        raise _Wrong(
            Verdict.SIGNATURE_DOES_NOT_FIT, f"the signer {signer} is not known here: {known} is"
        )
    if not signers[signer].fits(signature, key):
        raise _Wrong(
            Verdict.SIGNATURE_DOES_NOT_FIT, "its signature was not made with the key that was given"
        )
    certified = "certified" if signature.certified else "not certified"
    return Verdict.GENUINE, (
        f"every byte is as it was made; signed by {signer} ({certified}) at"
        f" {signature.at:%Y-%m-%d %H:%M:%S} UTC"
    )


def _check_pages(pdf: bytes, read: _Read) -> str:
    """The language in which laying the document out again gives the same bytes."""
    made = []
    for language in LANGUAGES:
        made.append(_made_again(read, language))
        if made[-1] == pdf:
            return language
    if read.proof.release != release():
        raise _Wrong(
            Verdict.OTHER_RELEASE,
            f"content and hash are right, but its pages were laid out by another release"
            f" ({read.proof.release}) and cannot be compared here ({release()}):"
            " what counts is the attached content",
        )
    raise _Wrong(Verdict.RENDERING_CHANGED, _difference(pdf, made))


def _made_again(read: _Read, language: str) -> bytes:
    try:
        return render(read.document, read.proof.signature, language)
    except Invalid as error:
        raise _Wrong(Verdict.RENDERING_CHANGED, str(error)) from None


def _difference(pdf: bytes, made: Iterable[bytes]) -> str:
    """Where a file leaves the one of those that it is most like."""
    at, again = max((_alike(pdf, each), each) for each in made)
    what = "content and hash are right, but the file is not as it was made:"
    if at == len(again):
        return f"{what} bytes were added at its end ({len(pdf) - at:,})"
    if at == len(pdf):
        return f"{what} its last bytes are missing ({len(again) - at:,})"
    return f"{what} it differs from byte {at:,} on"


def _alike(one: bytes, other: bytes) -> int:
    """How many bytes two files have in common from their beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (ours, its) in pairs if ours != its), min(len(one), len(other)))
