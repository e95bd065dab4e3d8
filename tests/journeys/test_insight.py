"""The read side on the whole stack: what it tells through the door, and its rebuilding."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest

from infra.local.databases import prepare_database
from services.chassis import catalogue
from services.cli.morning import ask
from services.process.calendar import local_day
from tests.faults.snapshot import of_one
from tests.journeys.people import Person
from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.support.waiting import until

pytestmark = pytest.mark.stack
DOOR = "/v1/insight"


@pytest.fixture(scope="module")
def offered(relay: Relay) -> Story:
    """A complaint that waits for protection's answer."""
    story = Story(relay).file(country="MYS").triage().offer()
    until(lambda: relay.has_read_all("insight"))
    return story


@pytest.fixture(scope="module")
def coordinator(relay: Relay) -> Person:
    return relay.officer("coordinator-complaint")


def due_day(story: Story) -> str:
    return local_day(datetime.fromisoformat(story.status()["due_at"])).isoformat()


def test_a_journey_is_told_at_the_door(offered: Story, coordinator: Person) -> None:
    told = coordinator.get(f"{DOOR}/journeys/{offered.complaint_id}")
    assert [step["event"] for step in told["steps"]] == [
        "MatterOpened",
        "ComplaintFiled",
        "ComplaintTriaged",
        "HandoverOffered",
    ]
    acts = {step.act: step.trace_id for step in offered.steps}
    assert [step["trace_id"] for step in told["steps"]] == [
        acts[act] for act in ("file", "file", "triage", "offer")
    ]
    [matter] = told["matters"]
    assert (matter["holder"]["service"], matter["offer"]["receiver"]["service"]) == (
        "complaint",
        "protection",
    )


def test_the_ledger_is_told_at_the_door(offered: Story, coordinator: Person) -> None:
    found, token = list[str](), ""
    while True:
        page = coordinator.get(
            f"{DOOR}/holdings", service="complaint", page_size="200", page_token=token
        )
        found += [each["matter_id"] for each in page["holdings"]]
        token = page["next_page_token"]
        if not token:
            break
    assert found.count(offered.complaint_id) == 1


def test_the_morning_of_its_last_day_names_it_to_command_and_page(
    offered: Story, coordinator: Person, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in relay.stack.environment("admin").items():
        monkeypatch.setenv(name, value)
    day = due_day(offered)
    told = ask("coordinator-complaint", day)
    assert offered.complaint_id in {offer.matter_id for offer in told.offers}
    owed = {owed.party.service: owed.to_answer for owed in told.parties}
    assert owed["protection"] >= 1
    page = coordinator.client.get("/morning", params={"date": day})
    assert (page.status_code, offered.complaint_id in page.text) == (200, True)
    assert relay.person().client.get("/morning").status_code == 401


def test_every_service_tells_what_is_parked_in_it(coordinator: Person, offered: Story) -> None:
    told = coordinator.get(f"{DOOR}/parked")["services"]
    assert {each["service"]: each["silent"] for each in told} == dict.fromkeys(
        catalogue.services(), ""
    )


def test_rebuilt_from_the_topics_it_keeps_the_same(offered: Story, relay: Relay) -> None:
    """All that people did on this stack before, into an empty database."""
    stack = relay.stack
    until(lambda: relay.has_read_all("insight"))
    before = of_one(stack, "insight")
    assert before["seen"][0] > 0
    insight = stack.process("insight")
    insight.stop()
    with psycopg.connect(stack.admin_dsn, autocommit=True) as admin:
        admin.execute("DROP DATABASE estafet_insight WITH (FORCE)")
        prepare_database(admin, stack.postgres, "insight")
    stack.estafet("migrate", "insight")
    insight.start()
    insight.wait()
    until(lambda: relay.has_read_all("insight"))
    assert of_one(stack, "insight") == before
