"""Pages that anybody may read: they say what the law and the tables say; faults are refused."""

import re
from datetime import date
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from services.chassis.errors import NotFound
from services.complaint.missions import missions
from services.complaint.missions_told import told_of_missions
from services.complaint.page_words import words_of
from services.complaint.pages import Confidence, Library, Page, PagesError, library
from services.complaint.pages_made import can_be_made, made
from services.complaint.workflow import LAW
from services.process.workflow import Clock

TODAY = date(2026, 11, 29)
PAGES = [page for versions in library().pages.values() for page in versions]
HEAD = """+++
slug = "contoh"
language = "id"
version = 1
valid_from = 2024-01-01
title = "Contoh"
summary = "Sebuah contoh."
asked = ["contoh"]
confidence = "read"

[[sources]]
name = "UU 18/2017"
read_on = 2026-11-29
+++
"""
TEXT = "Sebuah halaman.\n"


def a_folder(folder: Path, head: str = HEAD, text: str = TEXT, name: str = "") -> Library:
    """A folder with one page, in both languages."""
    for language in ("id", "en"):
        spoken = head.replace('language = "id"', f'language = "{language}"')
        path = folder / (name or f"contoh.{language}.1.md")
        path.write_text(spoken + text, encoding="utf-8")
    return Library.load(folder)


def a_page(slug: str, language: str = "id") -> str:
    return library().get(slug, language, TODAY).shown(TODAY)[0]


def named(page: Page) -> str:
    return f"{page.head.slug}.{page.head.language}.{page.head.version}"


@pytest.mark.parametrize(
    "slug",
    [
        *("biaya-penempatan", "hak-pekerja-migran", "memeriksa-p3mi", "perwakilan"),
        *("setelah-mengadu", "bpjs"),
    ],
)
def test_what_many_ask_is_answered_in_both_languages(slug: str) -> None:
    heads = [library().get(slug, language, TODAY).head for language in ("id", "en")]
    assert all(head.question and head.answer for head in heads)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_page_names_what_it_was_read_in_and_when(page: Page) -> None:
    _, sources = page.shown(TODAY)
    assert sources
    assert all(source.read_on for source in page.head.sources)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_is_not_verified_says_so_where_it_stands(page: Page) -> None:
    text, _ = page.shown(TODAY)
    marked = words_of(page.head.language)["unverified"] in text
    assert marked == (page.head.confidence is Confidence.PARTLY)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_place_in_a_page_is_filled(page: Page) -> None:
    text, _ = page.shown(TODAY)
    assert "{" not in text
    assert "}" not in text


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_is_plain_commonmark_without_a_tag(page: Page) -> None:
    rendered = MarkdownIt("commonmark", {"html": False}).render(page.shown(TODAY)[0])
    assert "&lt;" not in rendered


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_link_in_a_page_leads_to_a_page_of_this_site(page: Page) -> None:
    targets = re.findall(r"\]\(([^)]*)\)", page.shown(TODAY)[0])
    known = {"/", "/?lang=en", "/follow", "/follow?lang=en"}
    assert set(targets) <= known


def test_every_clock_of_the_law_is_told_in_the_page_about_what_happens() -> None:
    pages = [library().get("setelah-mengadu", language, TODAY) for language in ("id", "en")]
    for page in pages:
        untold = [name for name in LAW.base.clocks if f"{{{{ clock.{name} }}}}" not in page.text]
        assert untold == []


@pytest.mark.parametrize("clock", LAW.base.clocks.values(), ids=lambda clock: clock.name)
def test_a_clock_is_told_as_the_law_counts_it(clock: Clock) -> None:
    told, sources = made(f"clock.{clock.name}", "id", TODAY)
    unit = {"working_days": "hari kerja", "calendar_days": "hari kalender", "months": "bulan"}
    assert told.startswith(f"{clock.value} {unit[clock.span]}")
    assert ("belum diverifikasi" in told) == (not clock.verified)
    assert [source.name for source in sources] == [clock.regulation]


def test_one_day_is_one_day_in_english() -> None:
    assert made("clock.offer_in_danger", "en", TODAY)[0].startswith("1 working day (")


def test_every_end_of_a_complaint_is_told_with_its_article() -> None:
    text = a_page("setelah-mengadu")
    for ground in LAW.base.grounds.values():
        line = next(each for each in text.splitlines() if ground.name_id[1:] in each)
        assert line.endswith(f"({ground.article or 'belum diverifikasi'})")


def test_a_page_that_is_made_cites_the_articles_of_the_law() -> None:
    _, sources = library().get("setelah-mengadu", "id", TODAY).shown(TODAY)
    assert "Perban BP2MI 6/2024 Art 30(1)a" in {source.name for source in sources}


def test_what_the_law_does_not_have_cannot_be_made() -> None:
    assert not any(map(can_be_made, ("clock.tea", "tea", "clock.", "")))


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_mission_and_every_region_is_on_the_page_of_missions(language: str) -> None:
    text, _ = told_of_missions(language, TODAY)
    rows = [row for rows in missions().rows.values() for row in rows if row.holds(TODAY)]
    assert [row for row in rows if row.mission not in text or row.region not in text] == []


def test_a_mission_that_is_no_more_is_not_on_the_page() -> None:
    assert "KJRI Kobe" not in told_of_missions("id", TODAY)[0]


def test_a_region_that_was_not_read_is_marked_on_the_page() -> None:
    text, _ = told_of_missions("id", TODAY)
    osaka = next(line for line in text.splitlines() if "KJRI Osaka" in line)
    assert "Mie (belum diverifikasi)" in osaka
    assert "Hyogo (" not in osaka


def test_an_old_telephone_number_is_shown_with_its_year() -> None:
    text, _ = told_of_missions("id", TODAY)
    assert "ditulis 2020-03-06; belum diverifikasi apakah masih dipakai" in text


@pytest.mark.parametrize(
    ("on", "version"),
    [(date(2017, 1, 1), 1), (date(2022, 12, 31), 1), (date(2023, 1, 1), 2), (TODAY, 2)],
)
def test_a_page_is_the_version_of_the_day(on: date, version: int) -> None:
    assert library().get("bpjs", "id", on).head.version == version


def test_an_older_version_can_be_read() -> None:
    assert "14 risiko" in library().get("bpjs", "id", TODAY, 1).text


@pytest.mark.parametrize(
    ("slug", "language", "version", "reason"),
    [
        ("tidak-ada", "id", 0, "UNKNOWN_PAGE"),
        ("bpjs", "jv", 0, "UNKNOWN_PAGE"),
        ("../bpjs", "id", 0, "UNKNOWN_PAGE"),
        ("<script>", "id", 0, "UNKNOWN_PAGE"),
        ("'; DROP TABLE complaint; --", "id", 0, "UNKNOWN_PAGE"),
        ("🙂", "id", 0, "UNKNOWN_PAGE"),
        ("bpjs", "id", 3, "UNKNOWN_VERSION"),
        ("bpjs", "id", 2**31 - 1, "UNKNOWN_VERSION"),
    ],
)
def test_what_is_not_there_is_said_with_a_reason(
    slug: str, language: str, version: int, reason: str
) -> None:
    with pytest.raises(NotFound) as refused:
        library().get(slug, language, TODAY, version)
    assert refused.value.reason == reason


def test_a_whole_page_is_taken(tmp_path: Path) -> None:
    assert a_folder(tmp_path).get("contoh", "id", TODAY).text == TEXT


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('slug = "contoh"', 'slug = "Contoh!"', "slug"),
        ('language = "id"', 'language = "jv"', "language"),
        ("version = 1", "version = 0", "version"),
        ("version = 1", "version = 2", "its name is not slug.language.version.md"),
        ("valid_from = 2024-01-01", 'valid_from = "soon"', "valid_from"),
        ('title = "Contoh"', 'title = ""', "title"),
        ('title = "Contoh"', 'titel = "Contoh"', "titel"),
        ('title = "Contoh"', 'title = "Contoh"\nquestion = "Apa?"', "a question has its answer"),
        ('confidence = "read"', 'confidence = "surely"', "confidence"),
        ('confidence = "read"', 'confidence = "partly"', "not verified is marked"),
        ('[[sources]]\nname = "UU 18/2017"\nread_on = 2026-11-29\n', "", "it names no source"),
        ('name = "UU 18/2017"', 'name = "UU"\nurl = "javascript:alert(1)"', "url"),
        (TEXT, "", "it has no text"),
        (TEXT, "Ini belum diverifikasi.\n", "not verified is marked"),
        (TEXT, "Dalam {{ clock.tea }}.\n", "nothing is made for clock.tea"),
        ('title = "Contoh"', "title = ", "contoh.id.1.md"),
        ("+++\nslug", "slug", "between two lines of"),
    ],
)
def test_a_page_with_a_fault_is_refused_by_name(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    whole = HEAD + TEXT
    assert old in whole
    head, _, text = whole.replace(old, new, 1).rpartition("+++\n")
    with pytest.raises(PagesError, match=re.escape(said)):
        a_folder(tmp_path, f"{head}+++\n", text)


def a_version(folder: Path, language: str, version: int, since: str) -> None:
    head = HEAD.replace('"id"', f'"{language}"').replace("2024-01-01", since)
    head = head.replace("version = 1", f"version = {version}")
    (folder / f"contoh.{language}.{version}.md").write_text(head + TEXT)


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ([("id", 1, "2024-01-01")], "en has not the same versions"),
        ([("id", 2, "2024-01-01"), ("en", 2, "2024-01-01")], "numbered from 1 on"),
        (
            [
                *(("id", 1, "2024-01-01"), ("id", 2, "2024-01-01")),
                *(("en", 1, "2024-01-01"), ("en", 2, "2025-01-01")),
            ],
            "contoh (id): each version begins after the one before it",
        ),
    ],
)
def test_versions_follow_each_other_in_both_languages(
    tmp_path: Path, versions: list[tuple[str, int, str]], said: str
) -> None:
    for language, version, since in versions:
        a_version(tmp_path, language, version, since)
    with pytest.raises(PagesError, match=re.escape(said)):
        Library.load(tmp_path)
