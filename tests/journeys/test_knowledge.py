"""What anybody may know, read without a token from the real complaint through the real door."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.people import Refused
from tests.journeys.relay import Relay
from tests.journeys.traces import PERSON, edges
from tests.support.plain_http import NO_TLS
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.complaint]


def test_nobody_finds_a_page_by_a_misspelt_word_and_reads_it(relay: Relay) -> None:
    nobody = relay.person()
    found = nobody.get("/v1/pages:search", query="di sikssa majikan")["pages"]
    assert found[0]["slug"] == "tanda-perdagangan-orang"
    page = nobody.get(f"/v1/pages/{found[0]['slug']}")
    assert page["sources"][0]["read_on"]


def test_nobody_finds_the_mission_of_a_state_by_its_other_name(relay: Relay) -> None:
    found = relay.person().get("/v1/missions/MYS", region="Penang")
    assert (found["mission"], found["region"]) == ("KJRI Penang", "Pulau Pinang")


def test_a_page_that_is_not_there_is_said_with_its_reason(relay: Relay) -> None:
    with pytest.raises(Refused, match="UNKNOWN_PAGE"):
        relay.person().get("/v1/pages/tidak-ada")


def test_the_form_stands_below_the_answers_of_complaint(relay: Relay) -> None:
    url = relay.stack.url("gateway")

    def form_page() -> str:
        return httpx.get(f"{url}/?lang=id", verify=NO_TLS, timeout=10).text

    until(lambda: 'class="questions"' in form_page())
    above, form, _ = form_page().partition('<form method="post"')
    assert "Saya tidak punya dokumen. Bolehkah saya mengadu?" in above
    assert form


def test_reading_is_one_hop_to_complaint_and_no_other(relay: Relay) -> None:
    nobody = relay.person()
    nobody.get("/v1/pages/bpjs")
    door = "GET /v1/pages/{slug}"
    hops = {(PERSON, door, "http"), (door, "complaint GetPage", "grpc")}
    until(lambda: edges(relay.stack.spans.find(trace_id=nobody.trace_id)) == hops)
