"""Documents to try things on. All people and companies are made up."""

from datetime import UTC, datetime
from typing import Any

from services.documents.content import Document, Minutes, Statement, digest_of, document_of
from services.documents.pdf import render
from services.documents.signing import LocalSigner

SECRET = "only for tests, and long enough for it"  # noqa: S105
SIGNED_AT = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
OFFICER = {"role": "officer", "name": "Siti Contoh", "office": "BP3MI Contoh"}
P3MI = {"role": "p3mi", "name": "Budi Contoh", "office": "Direktur PT Contoh Penempatan"}
COMPLAINANT = {"role": "complainant", "name": "Wati Contoh"}
MONEY = {"what": "Membayar gaji", "amount_rupiah": 18_500_000, "due_on": "2026-12-06"}
_SESSION = {
    "letterhead": ["KEMENTERIAN CONTOH", "BALAI CONTOH"],
    "matter_number": "ADU-2026-000123",
    "session": 1,
    "place": "Kota Contoh",
    "held_at": "2026-11-29T10:00:00+07:00",
}
STATEMENT: dict[str, Any] = {
    **_SESSION,
    "kind": "statement",
    "declarant": P3MI,
    "received_by": OFFICER,
    "explanation": "Gaji dua bulan belum dibayar.",
    "commitments": [MONEY],
}
MINUTES: dict[str, Any] = {
    **_SESSION,
    "kind": "minutes",
    "parties": [OFFICER, P3MI, COMPLAINANT],
    "asked": "Mengapa gaji belum dibayar?",
    "said": [{"by": "Budi Contoh", "said": "Pemberi kerja terlambat."}],
    "violation_admitted": True,
    "commitments": [{**MONEY, "by": "Budi Contoh"}],
}


def a_statement(**changes: object) -> Statement:
    made = document_of({**STATEMENT, **changes})
    assert isinstance(made, Statement)
    return made


def some_minutes(**changes: object) -> Minutes:
    made = document_of({**MINUTES, **changes})
    assert isinstance(made, Minutes)
    return made


def signed(document: Document, language: str = "id") -> bytes:
    signer = LocalSigner(SECRET)
    return render(document, signer.sign(digest_of(document), document, SIGNED_AT), language)


def key() -> bytes:
    return LocalSigner(SECRET).public_key()
