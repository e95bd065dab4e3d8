"""What a file is: every change of it is found, and named in plain words."""

import json
import re
import zlib
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.errors import Invalid, NotAllowed
from services.documents import pdf as pdf_module
from services.documents.content import Document, canonical, digest_of
from services.documents.pdf import render
from services.documents.signing import LocalSigner
from services.documents.verify import Verdict, document_in, verify
from tests.documents.provider import CertifiedProvider
from tests.documents.said import SECRET, SIGNED_AT, a_statement, key, signed, some_minutes
from tests.support.examples import examples

GENUINE = signed(a_statement())
OTHER_KEY = LocalSigner("another secret, that is just as long").public_key()
REPLACED = re.compile(
    rb"(/Length )(\d+)(/Type/EmbeddedFile.*?stream\n)(.*?)(\nendstream)", re.DOTALL
)


def with_content(pdf: bytes, content: bytes) -> bytes:
    """A file in whose attachment somebody has written something else."""
    packed = zlib.compress(content)
    return REPLACED.sub(
        lambda found: b"%s%d%s%s%s" % (found[1], len(packed), found[3], packed, found[5]), pdf, 1
    )


def forged(**changes: object) -> bytes:
    said = json.loads(canonical(a_statement())) | changes
    return with_content(GENUINE, json.dumps(said).encode())


@pytest.mark.parametrize("document", [a_statement(), some_minutes()], ids=lambda each: each.kind)
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_file_as_it_was_made_is_genuine(document: Document, language: str) -> None:
    found = verify(signed(document, language), key())
    assert (found.verdict, found.language) == (Verdict.GENUINE, language)


def test_findings_tell_what_the_document_says() -> None:
    found = verify(GENUINE, key())
    assert (found.document, found.digest) == (a_statement(), digest_of(a_statement()))


def test_findings_tell_who_has_signed_and_when() -> None:
    told = "signed by local (not certified) at 2026-11-29 04:00:00 UTC"
    assert verify(GENUINE, key()).said == f"every byte is as it was made; {told}"


def test_findings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        verify(GENUINE).verdict = Verdict.GENUINE  # type: ignore[misc]


def test_without_a_key_nothing_is_proven() -> None:
    assert verify(GENUINE).verdict is Verdict.UNPROVEN


def test_what_nobody_has_signed_is_not_proven() -> None:
    assert verify(render(a_statement()), key()).verdict is Verdict.UNPROVEN


def test_a_file_that_another_key_has_signed_is_found() -> None:
    assert verify(GENUINE, OTHER_KEY).verdict is Verdict.SIGNATURE_DOES_NOT_FIT


def test_a_key_that_is_none_is_told() -> None:
    with pytest.raises(NotAllowed, match="the key is no public key as PEM"):
        verify(GENUINE, b"no key")


def by_the_provider() -> bytes:
    signer = CertifiedProvider.of(SECRET)
    signature = signer.sign(digest_of(a_statement()), a_statement(), SIGNED_AT)
    return render(a_statement(), signature)


def test_a_signer_who_is_not_known_here_is_named() -> None:
    found = verify(by_the_provider(), CertifiedProvider.of(SECRET).public_key())
    assert (found.verdict, found.said) == (
        Verdict.SIGNATURE_DOES_NOT_FIT,
        "the signer provider is not known here: local is",
    )


def test_a_provider_that_is_plugged_in_is_known() -> None:
    public_key = CertifiedProvider.of(SECRET).public_key()
    found = verify(by_the_provider(), public_key, [LocalSigner, CertifiedProvider])
    assert "signed by provider (certified)" in found.said


@pytest.mark.parametrize(
    "changes",
    [{"place": "Kota Lain"}, {"session": 2}, {"explanation": ""}, {"kind": "letter"}],
    ids=str,
)
def test_a_changed_content_is_found(changes: dict[str, object]) -> None:
    assert verify(forged(**changes), key()).verdict is Verdict.CONTENT_CHANGED


def test_a_content_that_is_only_written_otherwise_is_found() -> None:
    assert verify(forged(), key()).verdict is Verdict.CONTENT_CHANGED


def test_a_changed_page_is_found() -> None:
    changed = GENUINE.replace(b"/Title", b"/Titel", 1)
    assert verify(changed, key()).verdict is Verdict.RENDERING_CHANGED


def test_pages_of_another_document_are_found() -> None:
    mixed = with_content(signed(some_minutes()), canonical(a_statement()))
    assert verify(mixed, key()).verdict is Verdict.CONTENT_CHANGED


@pytest.mark.parametrize(
    "pdf", [b"", b"PK\x03\x04", b"%PDF-1.7\n%%EOF", b"%PDF-1.7" + b"x" * 10**5]
)
def test_a_file_of_somebody_else_is_told(pdf: bytes) -> None:
    assert verify(pdf, key()).verdict is Verdict.NOT_OURS


def test_a_file_with_attachments_of_somebody_else_is_not_ours() -> None:
    attached = b"<</Length 9/Type/EmbeddedFile/Subtype/application#2Fjson>>\nstream\n"
    invoice = attached + zlib.compress(b'{"invoice": 1}') + b"\nendstream\n"
    assert verify(b"%PDF-1.7\n" + invoice * 2, key()).verdict is Verdict.NOT_OURS


def test_an_attachment_that_swells_is_not_unpacked() -> None:
    bomb = with_content(GENUINE, b"0" * 50_000_000)
    assert verify(bomb, key()).verdict is Verdict.CONTENT_CHANGED


def test_a_file_of_another_release_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "release", lambda: "layout=0")
    older = signed(a_statement(place="Kota Lama"))
    monkeypatch.undo()
    found = verify(older, key())
    assert (found.verdict, found.document) == (
        Verdict.OTHER_RELEASE,
        a_statement(place="Kota Lama"),
    )


def test_what_a_document_says_is_read_out_of_its_file() -> None:
    assert document_in(GENUINE) == (a_statement(), digest_of(a_statement()))


def test_nothing_is_read_out_of_another_file() -> None:
    with pytest.raises(Invalid, match="not one of ours: it is no PDF file"):
        document_in(b"hello")


@pytest.mark.property
@settings(max_examples=examples(10, 500), deadline=None)
@given(st.integers(0, len(GENUINE) - 1), st.integers(1, 255))
def test_every_byte_that_is_changed_is_found(place: int, change: int) -> None:
    changed = bytearray(GENUINE)
    changed[place] ^= change
    assert not verify(bytes(changed), key()).genuine


@pytest.mark.property
@settings(max_examples=examples(10, 300), deadline=None)
@given(st.integers(0, len(GENUINE) - 1))
def test_a_file_that_was_cut_off_is_found(length: int) -> None:
    assert not verify(GENUINE[:length], key()).genuine


@pytest.mark.property
@settings(max_examples=examples(5, 100), deadline=None)
@given(st.binary(min_size=1, max_size=2000))
def test_whatever_is_added_at_the_end_is_found(added: bytes) -> None:
    found = verify(GENUINE + added, key())
    assert (found.verdict, f"({len(added):,})" in found.said) == (Verdict.RENDERING_CHANGED, True)


@pytest.mark.property
@settings(max_examples=examples(5, 300), deadline=None)
@given(st.integers(0, len(GENUINE)), st.binary(min_size=1, max_size=500))
def test_whatever_is_put_in_between_is_found(place: int, added: bytes) -> None:
    assert not verify(GENUINE[:place] + added + GENUINE[place:], key()).genuine


def test_an_incremental_update_is_found() -> None:
    """As a PDF program appends one: a new page object, its table, a new trailer."""
    page = re.search(rb"(\d+) 0 obj\n<</Type/Page\b.*?\nendobj", GENUINE, re.DOTALL)
    assert page
    at = len(GENUINE) + 1
    update = b"\n" + page[0] + b"\n"
    table = f"xref\n{page[1].decode()} 1\n{at:010} 00000 n\r\n".encode()
    trailer = f"trailer\n<</Size 112/Prev 1>>\nstartxref\n{at + len(update)}\n%%EOF".encode()
    found = verify(GENUINE + update + table + trailer, key())
    assert (found.verdict, "bytes were added at its end" in found.said) == (
        Verdict.RENDERING_CHANGED,
        True,
    )
