"""The rpcs of what anybody may know."""

import protovalidate
import pytest
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.message import Message

from services.chassis import catalogue
from services.chassis.errors import Invalid, NotFound
from services.chassis.identity import PUBLIC
from services.chassis.permission import by_role
from services.chassis.statuses import invalid
from services.chassis.testing import FakeUnitOfWork
from services.complaint.api import ComplaintApi
from tests.complaint.builders import api

RPCS = ("ListPages", "SearchPages", "GetPage", "FindMission")


def knowing() -> ComplaintApi:
    return api(FakeUnitOfWork())


@pytest.mark.parametrize("name", RPCS)
def test_anybody_may_ask_without_a_token(name: str) -> None:
    method = catalogue.methods("complaint")[name]
    permission = catalogue.permission(method)
    assert permission is not None
    request = getattr(pb, f"{name}Request")()
    assert by_role(permission, name, PUBLIC, request)


def test_every_page_is_listed_in_indonesian_if_no_language_is_asked_for() -> None:
    pages = knowing().ListPages(pb.ListPagesRequest()).pages
    assert {page.slug: page.title for page in pages}["bpjs"].endswith("untuk pekerja migran")
    assert [page.slug for page in pages] == sorted(page.slug for page in pages)


def test_the_list_comes_in_pages_each_slug_once() -> None:
    found, token = list[str](), ""
    while True:
        asked = pb.ListPagesRequest(page_size=3, page_token=token)
        answer = knowing().ListPages(asked)
        found += [page.slug for page in answer.pages]
        token = answer.next_page_token
        if not token:
            break
    whole = [page.slug for page in knowing().ListPages(pb.ListPagesRequest()).pages]
    assert found == whole


def test_a_token_that_is_none_of_ours_is_refused() -> None:
    with pytest.raises(Invalid, match="page_token"):
        knowing().ListPages(pb.ListPagesRequest(page_token="<b>"))  # noqa: S106 - a page's


def test_a_common_question_is_listed_with_its_answer() -> None:
    pages = knowing().ListPages(pb.ListPagesRequest(language="en")).pages
    assert {page.slug: page.answer for page in pages}["cara-mengadu"].startswith("Yes.")


def test_a_page_is_shown_with_its_sources_and_the_day_that_they_were_read() -> None:
    shown = knowing().GetPage(pb.GetPageRequest(slug="hak-pekerja-migran"))
    assert "Pasal 21 UU 18/2017" in shown.text
    assert all(source.name and source.read_on for source in shown.sources)
    assert shown.page.confidence == pb.PAGE_CONFIDENCE_PARTLY


def test_an_older_version_says_which_one_holds() -> None:
    shown = knowing().GetPage(pb.GetPageRequest(slug="bpjs", version=1))
    assert (shown.page.version, shown.current_version) == (1, 2)
    assert [version.version for version in shown.versions] == [1, 2]


def test_an_unknown_page_is_not_found() -> None:
    with pytest.raises(NotFound, match="no such page"):
        knowing().GetPage(pb.GetPageRequest(slug="tidak-ada"))


def test_a_search_finds_a_misspelt_word() -> None:
    pages = knowing().SearchPages(pb.SearchPagesRequest(query="perdaganan orang")).pages
    assert pages[0].slug == "tanda-perdagangan-orang"


def test_a_search_shows_at_most_ten_pages() -> None:
    asked = pb.SearchPagesRequest(query="pekerja migran majikan pengaduan biaya pulang kbri bpjs")
    assert len(knowing().SearchPages(asked).pages) <= 10


def test_a_mission_is_found_by_the_states_other_name() -> None:
    found = knowing().FindMission(pb.FindMissionRequest(country="MYS", region="Penang"))
    assert (found.mission, found.region) == ("KJRI Penang", "Pulau Pinang")
    assert found.kind == pb.MISSION_KIND_CONSULATE_GENERAL
    assert found.basis == pb.MISSION_BASIS_REGION
    assert found.verified
    assert found.sources[0].url.startswith("https://")


def test_a_mission_from_general_knowledge_is_not_verified_and_names_no_source() -> None:
    found = knowing().FindMission(pb.FindMissionRequest(country="SGP"))
    assert (found.verified, len(found.sources)) == (False, 0)


def test_a_mission_of_the_past_says_until_when() -> None:
    asked = pb.FindMissionRequest(country="JPN", region="Osaka", on="1990-01-01")
    assert knowing().FindMission(asked).valid_until == "1995-04-30"


def test_a_telephone_is_shown_with_the_day_and_the_source_of_it() -> None:
    found = knowing().FindMission(pb.FindMissionRequest(country="HKG"))
    assert all(each.told_on and each.source for each in found.telephones)
    assert len(found.telephones) == 3


def test_a_country_of_which_nothing_is_known_is_not_found() -> None:
    with pytest.raises(NotFound) as refused:
        knowing().FindMission(pb.FindMissionRequest(country="XXX"))
    assert refused.value.reason == "MISSION_UNKNOWN"


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(Invalid, match="on is no day"):
        knowing().FindMission(pb.FindMissionRequest(country="MYS", on="2026-02-30"))


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.SearchPagesRequest(query=""), "query"),
        (pb.SearchPagesRequest(query="x" * 1_000_000), "query"),
        (pb.SearchPagesRequest(query="gaji", language="jv"), "language"),
        (pb.ListPagesRequest(language="<b>"), "language"),
        (pb.GetPageRequest(slug=""), "slug"),
        (pb.GetPageRequest(slug="x" * 61), "slug"),
        (pb.GetPageRequest(slug="bpjs", version=-1), "version"),
        (pb.GetPageRequest(slug="bpjs", language="xx"), "language"),
        (pb.FindMissionRequest(country="Malaysia"), "country"),
        (pb.FindMissionRequest(country="MYS", region="x" * 101), "region"),
        (pb.FindMissionRequest(country="MYS", on="besok"), "on"),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused_by_its_field(
    request_: Message, field: str
) -> None:
    violations = protovalidate.Validator().collect_violations(request_)
    assert [path for path, _, _ in invalid(violations).fields] == [field]
