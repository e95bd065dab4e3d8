"""The pages of a document, and that they are the same everywhere."""

import hashlib
import re
import subprocess
import sys

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.errors import Invalid
from services.documents.content import Document, canonical, digest_of
from services.documents.glyphs import FAMILIES, folders, printable
from services.documents.pdf import render
from services.documents.proof import attachments
from services.documents.signing import LocalSigner
from services.documents.wording import pages_of
from tests.documents.said import (
    COMPLAINANT,
    OFFICER,
    P3MI,
    SECRET,
    SIGNED_AT,
    a_statement,
    signed,
    some_minutes,
)
from tests.run import ROOT
from tests.support.examples import examples

# One of the five that the file has; all have the same letters.
CJK = "Noto Sans CJK SC"
# What this release makes of these documents. Other bytes are another release: raise LAYOUT, and
# know that documents of before can then no longer be compared (docs/decisions/0018).
MADE = {
    "statement": "bc1d0457a58bb064cc2272e7bb6e57a4a1a4a88b10b7ad116ebb914eb5942ec7",
    "minutes": "733a228f6f85449b55c7486be047ec128b3ee4a02b628ce5fc0af0f9f99b1eca",
}


def words_of(pages: object) -> str:
    """All that stands on the pages."""
    if isinstance(pages, dict):
        return "\n".join(map(words_of, pages.values()))
    return "\n".join(map(words_of, pages)) if isinstance(pages, list) else str(pages)


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type/Page\b", pdf))


@pytest.mark.parametrize("document", [a_statement(), some_minutes()], ids=lambda each: each.kind)
def test_this_release_makes_these_bytes(document: Document) -> None:
    assert hashlib.sha256(signed(document)).hexdigest() == MADE[document.kind]


@pytest.mark.process
def test_another_process_makes_the_same_bytes() -> None:
    code = (
        "import sys; from tests.documents.said import a_statement, signed;"
        " sys.stdout.buffer.write(signed(a_statement()))"
    )
    environment = {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert made.stdout == signed(a_statement())


def test_the_content_is_attached_as_its_hash_was_taken() -> None:
    first, _ = attachments(signed(a_statement()))
    assert first == canonical(a_statement())


def test_a_document_without_a_signature_says_so() -> None:
    said = words_of(pages_of(a_statement(), None, "id"))
    assert "Dokumen ini tidak ditandatangani secara elektronik." in said


def test_the_local_signature_says_that_it_is_not_certified() -> None:
    signature = LocalSigner(SECRET).sign(digest_of(a_statement()), a_statement(), SIGNED_AT)
    said = words_of(pages_of(a_statement(), signature, "id"))
    assert "Tanda tangan elektronik lokal: tidak bersertifikat" in said


def test_money_is_told_in_figures_and_words() -> None:
    said = words_of(pages_of(a_statement(), None, "id"))
    assert "Rp18.500.000 (delapan belas juta lima ratus ribu rupiah)" in said


def test_the_day_is_told_as_minutes_tell_it() -> None:
    said = words_of(pages_of(some_minutes(), None, "id"))
    day = "Minggu, tanggal dua puluh sembilan November dua ribu dua puluh enam (29-11-2026)"
    assert f"{day}, pukul 10.00 WIB" in said


def test_an_hour_abroad_is_that_of_the_place() -> None:
    abroad = a_statement(held_at="2026-11-29T11:00:00+08:00", zone="Asia/Taipei")
    said = words_of(pages_of(abroad, None, "id"))
    assert "pukul 11.00 waktu setempat (Asia/Taipei, UTC+08.00)" in said


def test_a_law_that_was_not_read_is_not_cited() -> None:
    said = words_of(pages_of(some_minutes(stage="mediation"), None, "id"))
    assert "dasar hukum: belum diverifikasi" in said


def test_who_refuses_to_sign_stands_there_with_the_reason() -> None:
    refusing = {**COMPLAINANT, "refused_because": "Jumlahnya terlalu kecil"}
    said = words_of(pages_of(some_minutes(parties=[OFFICER, P3MI, refusing]), None, "id"))
    assert "Wati Contoh menolak menandatangani:\nJumlahnya terlalu kecil" in said


def test_an_english_copy_says_that_the_indonesian_text_counts() -> None:
    said = words_of(pages_of(a_statement(), None, "en"))
    assert "The Indonesian text is the legal one" in said


def test_a_copy_in_a_language_that_there_is_not_is_refused() -> None:
    with pytest.raises(Invalid, match="there is no copy in nl: there are id, en"):
        render(a_statement(), language="nl")


def test_the_signature_of_another_document_is_not_put_in() -> None:
    signature = LocalSigner(SECRET).sign(digest_of(some_minutes()), some_minutes(), SIGNED_AT)
    with pytest.raises(Invalid, match="the signature is of another document"):
        render(a_statement(), signature)


def test_a_long_text_flows_over_pages() -> None:
    long = ("Kami menjelaskan duduk perkara ini. " * 600)[:20_000]
    assert pages_in(signed(a_statement(explanation=long))) > 4


def test_a_word_without_an_end_is_broken() -> None:
    assert pages_in(signed(a_statement(explanation="x" * 20_000))) > 4


@pytest.mark.process
def test_the_largest_document_is_made() -> None:
    said = [{"by": "Budi Contoh", "said": "kata " * 3900}] * 25
    assert pages_in(signed(some_minutes(said=said))) > 100


@pytest.mark.parametrize(
    "name",
    ["محمد بن عبد الله", "張偉", "홍길동", "ねこ", "สมชาย", "မောင်", "ស្រី", "राम", "தமிழ்", "😀"],
)
def test_letters_of_the_countries_where_people_work_are_shown(name: str) -> None:
    assert printable(name) == (name, False)


def test_letters_that_no_font_has_are_told_in_latin_ones_and_marked() -> None:
    assert printable("Ibu ꦱꦶꦠꦶ") == ("Ibu \u2039siti\u203a", True)


def test_a_letter_that_nobody_knows_is_told_by_its_number() -> None:
    assert printable("\ue000") == ("\u2039U+E000\u203a", True)


def test_pages_with_other_letters_say_where_the_original_is() -> None:
    plain, other = (signed(a_statement(place=place)) for place in ("Solo", "ꦱꦭ"))
    assert (has_the_note(plain), has_the_note(other)) == (False, True)


def has_the_note(pdf: bytes) -> bool:
    """Whether the note about other letters is there: nothing else in these is in italics."""
    return b"NotoSans-Italic" in pdf


def test_pages_may_use_every_font_that_was_asked_what_it_shows() -> None:
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=folders()
    )
    used = {name for name in fonts.families() if "CJK" not in name or name == CJK}
    assert used == set(FAMILIES)


@pytest.mark.property
@settings(max_examples=examples(10, 600), deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100))
def test_every_text_that_a_document_takes_is_printed(text: str) -> None:
    document = a_statement(explanation=f"Isi {text}", place=f"Kota {text}")
    assert signed(document).endswith(b"%%EOF")
