"""Search in the pages: misspelt, with affixes, in slang; and what is no query at all."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.complaint.pages_search import index_of
from tests.support.examples import examples

TODAY = date(2026, 11, 29)
MISSPELT = [
    ("biyaya penempaten hongkong", "biaya-penempatan"),
    ("ongkos brangkat kerja taiwan", "biaya-penempatan"),
    ("di mintai uang calo", "biaya-penempatan"),
    ("iuran bepejees brp", "bpjs"),
    ("jaminan sosal kecelakaan", "bpjs"),
    ("santunan meningal dunia", "bpjs"),
    ("hak pekrja migran", "hak-pekerja-migran"),
    ("pasport di tahan majikan", "hak-pekerja-migran"),
    ("gaji gak di bayar 3 bln", "hak-pekerja-migran"),
    ("perusahan penempatan ilegal", "memeriksa-p3mi"),
    ("penipuan lowonggan krja", "memeriksa-p3mi"),
    ("nomer telpon kbri", "perwakilan"),
    ("konsulat johor baru", "perwakilan"),
    ("kedutaan arab saudy", "perwakilan"),
    ("stelah mengadu apa yg terjadi", "setelah-mengadu"),
    ("setatus pengaduan saya sampe mana", "setelah-mengadu"),
    ("cara lapor pengaduwan", "cara-mengadu"),
    ("surat kwasa keluarga", "cara-mengadu"),
    ("perdaganan orang", "tanda-perdagangan-orang"),
    ("di sikssa majikan", "tanda-perdagangan-orang"),
    ("kerja paksa skam kamboja", "tanda-perdagangan-orang"),
    ("pemulangn jenasah", "pulang-dan-setelahnya"),
    ("modal usaha kur stelah pulang", "pulang-dan-setelahnya"),
    ("orentasi pra pemberangkatan", "tahap-penempatan"),
]
WITH_AFFIXES = [
    ("menyekap", "tanda-perdagangan-orang"),
    ("penyekapan", "tanda-perdagangan-orang"),
    ("mengancam", "tanda-perdagangan-orang"),
    ("pemotongan", "hak-pekerja-migran"),
    ("menutup", "setelah-mengadu"),
    ("melaporkan", "cara-mengadu"),
    ("mewakili", "cara-mengadu"),
    ("menipu", "memeriksa-p3mi"),
    ("memulangkan", "pulang-dan-setelahnya"),
    ("mengecek perusahaan", "memeriksa-p3mi"),
]


def found(query: str, language: str = "id") -> list[str]:
    return [hit.page.head.slug for hit in index_of(language, TODAY).search(query, 10)]


@pytest.mark.parametrize(("query", "slug"), MISSPELT)
def test_a_misspelt_query_has_its_page_among_the_first_three(query: str, slug: str) -> None:
    assert slug in found(query)[:3]


@pytest.mark.parametrize(("query", "slug"), WITH_AFFIXES)
def test_a_word_with_other_affixes_has_its_page_among_the_first_three(
    query: str, slug: str
) -> None:
    assert slug in found(query)[:3]


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("how much does it cost", "biaya-penempatan"),
        ("my employer keeps my pasport", "hak-pekerja-migran"),
        ("embasy in Malaysia", "perwakilan"),
        ("human trafiking", "tanda-perdagangan-orang"),
    ],
)
def test_english_pages_are_searched_in_english(query: str, slug: str) -> None:
    assert slug in found(query, "en")[:3]


@pytest.mark.parametrize(
    "query", ["", " ", "🙂🙂", "!!!", "-- ' \"", "yang di ke dari", "مرحبا", "你好", "xqzwv wwqxq"]
)
def test_what_no_page_has_anything_like_finds_nothing(query: str) -> None:
    assert found(query) == []


@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE complaint; -- gaji",
        "<script>alert('gaji')</script>",
        "\u202egaji majikan",
        "gaji 🙂 majikan",
        "GAJI MAJIKAN",
        "gájì majikan",
    ],
)
def test_what_is_around_the_words_does_not_matter(query: str) -> None:
    assert "hak-pekerja-migran" in found(query)[:3]


def test_a_megabyte_is_read_no_further_than_twenty_words() -> None:
    assert found("gaji " * 200_000) == found("gaji " * 20)


def test_one_word_of_a_megabyte_finds_nothing() -> None:
    assert found("x" * 1_000_000) == []


@pytest.mark.property
@given(some.text(max_size=200))
@settings(max_examples=examples(100, 3000), deadline=None)
def test_whatever_is_typed_gives_pages_each_once_and_the_best_first(query: str) -> None:
    hits = index_of("id", TODAY).search(query, 10)
    assert len({hit.page.head.slug for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
