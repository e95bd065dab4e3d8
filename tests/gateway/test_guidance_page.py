"""The pages that anybody may read: without script, with their sources, and the common questions."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from http.client import HTTPConnection
from time import monotonic
from typing import Any

import grpc
import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.message import Message

from services.chassis.errors import Invalid, NotFound, TooMany, Unavailable
from services.complaint.api import ComplaintApi
from services.gateway.languages import TEXTS
from services.gateway.questions import PATIENCE_SECONDS
from tests.complaint.test_knowledge import RPCS, knowing
from tests.gateway.deputies import Deputy, refusing
from tests.gateway.doors import NOBODY, a_door
from tests.support.waiting import until

MARKUP = "<script>alert('halo')</script>"


def rpc_of(api: ComplaintApi, name: str) -> Callable[[Any, grpc.ServicerContext], Message]:
    """An rpc of complaint itself, whose own rules on requests the chassis has checked."""

    def answer(request: Any, _context: grpc.ServicerContext) -> Message:
        if name == "SearchPages" and not 0 < len(request.query) <= 200:
            raise Invalid("bad", fields=(("query", "string.max_len", "at most 200"),))
        found: Message = getattr(api, name)(request)
        return found

    return answer


@pytest.fixture
def library(deputy: Deputy) -> Deputy:
    """Complaint with the pages that it has."""
    api = knowing()
    deputy.answers.update({name: rpc_of(api, name) for name in RPCS})
    return deputy


def a_page(**fields: Any) -> pb.GetPageResponse:
    page = pb.PageSummary(slug="contoh", title="Contoh", version=1, valid_from="2024-01-01")
    page.MergeFrom(pb.PageSummary(confidence=pb.PAGE_CONFIDENCE_PARTLY))
    return pb.GetPageResponse(page=page, current_version=1, **fields)


def status_of_raw(door: httpx.Client, path: str) -> int:
    """The status of an address that httpx itself would not send; 400 if the door hangs up on it."""
    connection = HTTPConnection(door.base_url.host, door.base_url.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except ConnectionError:
        return 400
    finally:
        connection.close()


def words(language: str) -> Any:
    return TEXTS[language]["guidance"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_is_on_the_list_and_can_be_opened(
    door: httpx.Client, library: Deputy, language: str
) -> None:
    text = door.get(f"/panduan?lang={language}").text
    links = set(re.findall(r'href="(/panduan/[^"]+)"', text))
    assert len(links) == 10
    for link in links:
        shown = door.get(unescape(link))
        assert shown.status_code == 200, link
        assert words(language)["sources"] in shown.text


def test_a_page_shows_its_version_its_day_and_its_sources(
    door: httpx.Client, library: Deputy
) -> None:
    text = door.get("/panduan/hak-pekerja-migran").text
    assert "Versi 1, berlaku sejak 29 November 2026." in text
    assert "Yang belum diverifikasi ditandai di tempatnya." in text
    assert "UU 18/2017 (id.wikisource)" in text
    assert "dibaca 29 November 2026" in text


def test_a_page_is_read_as_headings_and_lists(door: httpx.Client, library: Deputy) -> None:
    text = door.get("/panduan/bpjs?lang=en").text
    assert "<h2>Benefits</h2>" in text
    assert "<li>21 risks are covered; formerly 14.</li>" in text


def test_a_source_with_an_address_can_be_opened(door: httpx.Client, library: Deputy) -> None:
    text = door.get("/panduan/perwakilan").text
    assert '<a href="https://antaranews.com/berita/655885/' in text


def test_an_older_version_says_that_it_does_not_hold_today(
    door: httpx.Client, library: Deputy
) -> None:
    text = door.get("/panduan/bpjs?version=1").text
    assert "14 risiko" in text
    assert words("id")["older"] in text
    assert words("id")["older"] not in door.get("/panduan/bpjs?version=2").text


def test_a_misspelt_search_shows_the_page_first(door: httpx.Client, library: Deputy) -> None:
    text = door.get("/panduan", params={"query": "di sikssa majikan"}).text
    first = re.search(r'href="/panduan/([a-z-]+)\?', text.partition('class="pages"')[2])
    assert first
    assert first[1] == "tanda-perdagangan-orang"


@pytest.mark.parametrize(
    "query", ["🙂", "'; DROP TABLE complaint; --", MARKUP, "مرحبا", "\u202exqzwv", "%00", "\0"]
)
def test_whatever_is_searched_is_answered_and_shown_as_text(
    door: httpx.Client, library: Deputy, query: str
) -> None:
    answer = door.get("/panduan", params={"query": query})
    assert answer.status_code == 200
    assert "<script" not in answer.text


def test_a_search_that_finds_nothing_says_so_and_offers_all(
    door: httpx.Client, library: Deputy
) -> None:
    text = door.get("/panduan", params={"query": "🙂🙂🙂"}).text
    assert words("id")["none"] in text
    assert words("id")["all"] in text


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_search_that_is_too_long_is_refused_at_its_field(
    door: httpx.Client, library: Deputy, language: str
) -> None:
    answer = door.get("/panduan", params={"query": "x" * 5000, "lang": language})
    errors: Any = TEXTS[language]["errors"]
    assert answer.status_code == 400
    assert f'<p class="error" id="query-error">{errors["query"]}</p>' in answer.text
    assert "x" * 201 not in answer.text


@pytest.mark.parametrize("path", ["/panduan", "/v1/pages:search"])
def test_a_search_of_a_megabyte_never_reaches_complaint(
    door: httpx.Client, library: Deputy, path: str
) -> None:
    assert status_of_raw(door, f"{path}?query={'x' * 1_000_000}") in {400, 414, 431}
    assert library.calls == []


@pytest.mark.parametrize(
    "path",
    [
        "/panduan/tidak-ada",
        "/panduan/bpjs?version=9",
        "/panduan/bpjs?version=0",
        "/panduan/bpjs?version=-1",
        "/panduan/bpjs?version=dua",
        "/panduan/bpjs?version=99999999999999999999",
        "/panduan/%3Cscript%3E",
        "/panduan/" + "x" * 5000,
    ],
)
def test_a_page_or_version_that_is_not_there_is_told_with_what_there_is(
    door: httpx.Client, library: Deputy, path: str
) -> None:
    answer = door.get(path)
    assert answer.status_code == 404
    assert words("id")["missing"] in answer.text
    assert "/panduan/bpjs?lang=id" in answer.text
    assert "<script" not in answer.text


def test_a_language_that_we_do_not_speak_is_indonesian(door: httpx.Client, library: Deputy) -> None:
    assert '<html lang="id">' in door.get("/panduan/bpjs?lang=jv").text


def test_the_other_language_leads_to_the_same_page(door: httpx.Client, library: Deputy) -> None:
    assert 'href="/panduan/bpjs?lang=en"' in door.get("/panduan/bpjs").text


def test_html_in_a_page_is_shown_as_text_and_a_script_is_no_link(
    door: httpx.Client, deputy: Deputy
) -> None:
    bad = a_page(text=f"{MARKUP}\n\n[klik](javascript:alert(1))")
    deputy.answers["GetPage"] = lambda *_: bad
    text = door.get("/panduan/contoh").text
    assert "<script" not in text
    assert 'href="javascript' not in text


def test_when_complaint_is_down_the_page_says_so_and_keeps_the_query() -> None:
    with a_door(NOBODY) as client:
        answer = client.get("/panduan", params={"query": "gaji & upah"})
    problems: Any = TEXTS["id"]["problems"]
    assert answer.status_code == 503
    assert problems["down"] in answer.text
    assert 'value="gaji &amp; upah"' in answer.text


def test_too_many_readers_are_told_to_wait(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["GetPage"] = refusing(TooMany("wait"))
    answer = door.get("/panduan/bpjs")
    problems: Any = TEXTS["id"]["problems"]
    assert (answer.status_code, problems["busy"] in answer.text) == (429, True)


def test_no_page_needs_a_script_or_loads_anything_from_elsewhere(
    door: httpx.Client, library: Deputy
) -> None:
    for path in ("/panduan", "/panduan/perwakilan", "/panduan?query=gaji"):
        text = door.get(path).text
        assert "<script" not in text
        assert re.findall(r'(?:src|action)="(?!/)', text) == []


def test_the_common_questions_are_answered_above_the_form(library: Deputy) -> None:
    with a_door(library.address) as client:
        until(lambda: 'class="questions"' in client.get("/").text)
        text = client.get("/").text
    above, _, _ = text.partition('<form method="post"')
    assert "<summary>Saya tidak punya dokumen. Bolehkah saya mengadu?</summary>" in above
    assert "Boleh. Yang wajib hanya cerita tentang apa yang terjadi." in above
    assert 'href="/panduan/cara-mengadu?lang=id"' in above


def test_the_questions_are_asked_for_once_a_minute_and_not_by_every_visitor(
    library: Deputy,
) -> None:
    with a_door(library.address) as client:
        for language in ("id", "en", "id", "en", "id"):
            client.get(f"/?lang={language}")
    assert [call.method for call in library.calls] == ["ListPages", "ListPages"]


@pytest.mark.parametrize("error", [Unavailable("down"), NotFound("no"), TooMany("wait")])
def test_the_form_is_there_without_its_questions(deputy: Deputy, error: Exception) -> None:
    deputy.answers["ListPages"] = refusing(error)
    with a_door(deputy.address) as client:
        answer = client.get("/")
    assert answer.status_code == 200
    assert 'name="narrative"' in answer.text
    assert 'class="questions"' not in answer.text


def test_the_form_does_not_wait_for_a_complaint_that_hangs(deputy: Deputy) -> None:
    def hang(_request: Any, context: grpc.ServicerContext) -> Message:
        while context.is_active():
            pass
        return pb.ListPagesResponse()

    deputy.answers["ListPages"] = hang
    with a_door(deputy.address) as client:
        began = monotonic()
        assert 'name="narrative"' in client.get("/").text
    assert monotonic() - began < PATIENCE_SECONDS + 5


def test_the_json_routes_answer_as_others_do(door: httpx.Client, library: Deputy) -> None:
    assert door.get("/v1/pages").json()["pages"][0]["slug"] == "biaya-penempatan"
    assert door.get("/v1/pages/bpjs?version=1").json()["current_version"] == 2
    found = door.get("/v1/pages:search", params={"query": "perdaganan orang"}).json()
    assert found["pages"][0]["slug"] == "tanda-perdagangan-orang"
    mission = door.get("/v1/missions/MYS", params={"region": "Penang"}).json()
    assert (mission["mission"], mission["basis"]) == ("KJRI Penang", "MISSION_BASIS_REGION")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/v1/pages/tidak-ada", "UNKNOWN_PAGE"),
        ("/v1/pages/bpjs?version=9", "UNKNOWN_VERSION"),
        ("/v1/missions/XXX", "MISSION_UNKNOWN"),
    ],
)
def test_the_json_routes_say_what_is_not_there(
    door: httpx.Client, library: Deputy, path: str, reason: str
) -> None:
    answer = door.get(path)
    assert (answer.status_code, answer.json()["reason"]) == (404, reason)
