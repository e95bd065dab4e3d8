"""What a document may say, and how it is written down."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import Invalid
from services.documents.content import canonical, digest_of, document_of
from services.documents.texts import clean
from tests.documents.said import (
    COMPLAINANT,
    MINUTES,
    MONEY,
    OFFICER,
    P3MI,
    STATEMENT,
    a_statement,
    some_minutes,
)


def test_a_document_is_written_down_in_one_way() -> None:
    turned = json.dumps(dict(reversed(STATEMENT.items()))).encode()
    assert canonical(document_of(turned)) == canonical(a_statement())


def test_the_hash_is_that_of_the_written_form() -> None:
    document = a_statement()
    assert digest_of(document) == hashlib.sha256(canonical(document)).hexdigest()


@pytest.mark.parametrize(
    "changes",
    [
        {"explanation": "Gaji tiga bulan belum dibayar."},
        {"place": "Kota Lain"},
        {"session": 2},
        {"held_at": "2026-11-29T10:01:00+07:00"},
        {"commitments": [{**MONEY, "amount_rupiah": 18_500_001}]},
        {"declarant": {**P3MI, "name": "Badu Contoh"}},
    ],
)
def test_another_content_has_another_hash(changes: dict[str, Any]) -> None:
    assert digest_of(a_statement(**changes)) != digest_of(a_statement())


def test_what_is_written_down_is_read_as_the_same_document() -> None:
    assert document_of(canonical(some_minutes())) == some_minutes()


@given(st.text())
def test_a_cleaned_text_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean(text)
    except ValueError:
        return
    assert clean(cleaned) == cleaned


def test_a_letter_typed_in_two_ways_is_one_document() -> None:
    assert digest_of(a_statement(place="Café")) == digest_of(a_statement(place="Café"))


def test_a_mark_that_turns_the_direction_of_text_is_left_out() -> None:
    assert a_statement(place="Kota \u202eContoh\u2069").place == "Kota Contoh"


def test_a_clarification_cites_its_article() -> None:
    assert a_statement().legal_basis == "Pasal 18 Permen P2MI/Perban 23/2025"


def test_a_mediation_cites_nothing_that_was_not_read() -> None:
    assert some_minutes(stage="mediation").legal_basis == "belum diverifikasi"


def test_who_was_absent_does_not_sign() -> None:
    parties = [OFFICER, {**P3MI, "absent": True}, COMPLAINANT]
    made = some_minutes(parties=parties, said=[], commitments=[])
    assert [party.name for party in made.signatories] == ["Siti Contoh", "Wati Contoh"]


REFUSED = [
    (STATEMENT, {"session": 3}, "there is no clarification 3"),
    (STATEMENT, {"session": "1"}, "session: Input should be a valid integer"),
    (STATEMENT, {"held_at": "2026-11-29T10:00:00"}, "held_at: Input should have timezone info"),
    (STATEMENT, {"zone": "WITA"}, r"held_at is not in WITA: give it with \+08:00"),
    (STATEMENT, {"zone": "Jakarta"}, "zone: String should match"),
    (STATEMENT, {"explanation": " \n "}, "explanation: String should have at least 1 character"),
    (STATEMENT, {"explanation": "x" * 20_001}, "explanation: String should have at most 20000"),
    (STATEMENT, {"explanation": "a\x07"}, r"explanation: has the control character U\+0007"),
    (STATEMENT, {"explanation": "a\ud800"}, "explanation: "),
    (STATEMENT, {"obstacles": "none"}, "obstacles: Extra inputs are not permitted"),
    (STATEMENT, {"declarant": OFFICER}, "declarant is an officer"),
    (STATEMENT, {"received_by": COMPLAINANT}, "received_by is not an officer"),
    (STATEMENT, {"declarant": {**P3MI, "absent": True}}, "who is absent or refuses gives no"),
    (STATEMENT, {"commitments": [{**MONEY, "due_on": "2026-11-28"}]}, "before the session"),
    (STATEMENT, {"commitments": [{**MONEY, "due_on": "2026-13-01"}]}, "commitments.0.due_on: "),
    (STATEMENT, {"commitments": [{**MONEY, "amount_rupiah": 0}]}, "commitments.0.amount_rupiah: "),
    (STATEMENT, {"commitments": [{**MONEY, "amount_rupiah": 1.5}]}, "commitments.0.amount_rup"),
    (STATEMENT, {"commitments": [{**MONEY, "by": "Nobody"}]}, "commitments.0.by is not the name"),
    (STATEMENT, {"letterhead": []}, "letterhead: "),
    (MINUTES, {"parties": [P3MI, COMPLAINANT]}, "no officer was present"),
    (MINUTES, {"parties": [OFFICER, P3MI, P3MI]}, "two parties have one name"),
    (MINUTES, {"said": [{"by": "Nobody", "said": "x"}]}, "said.0.by is not the name of a party"),
    (MINUTES, {"parties": [OFFICER, {**P3MI, "absent": True}]}, "said.0.by is not the name"),
    (MINUTES, {"kind": "letter"}, "document: "),
]


@pytest.mark.parametrize(("values", "changes", "told"), REFUSED)
def test_what_no_document_says_is_refused_and_named(
    values: dict[str, Any], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(Invalid, match=told):
        document_of({**values, **changes})


def test_who_was_absent_cannot_have_refused_to_sign() -> None:
    gone = {**P3MI, "absent": True, "refused_because": "Tidak setuju"}
    with pytest.raises(Invalid, match=r"parties.1: somebody who was absent cannot have refused"):
        some_minutes(parties=[OFFICER, gone])


def test_a_refusal_does_not_repeat_what_people_wrote() -> None:
    with pytest.raises(Invalid) as refused:
        a_statement(declarant={**P3MI, "name": "Rahasia " * 100})
    assert "Rahasia" not in f"{refused.value} {refused.value.fields}"


def test_a_document_has_a_greatest_size() -> None:
    said = [{"by": "Budi Contoh", "said": "x" * 20_000}] * 30
    with pytest.raises(Invalid, match=r"the document has \d+ bytes; at most 524288 are taken"):
        some_minutes(said=said)
