"""The complaint process: what people see of it, step by step.

Domain time only moves forward, so each test starts from where the one before has left it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.complaint.status import Stage
from services.complaint.workflow import LAW
from tests.journeys.people import refusal
from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.complaint]

SECOND = timedelta(seconds=1)
GROUNDS = LAW.base.grounds


def close(story: Story, ground: str) -> dict[str, Any]:
    """End it on a ground, and read what the complainant is told."""
    story.complaint_act("close", ground=ground)
    told = story.status()
    assert told["stage"] == "STAGE_CLOSED"
    assert GROUNDS[ground].name_en in told["summary"]
    return [act for act in story.acts() if act["action"] == "CloseComplaint"][-1]


def test_missing_documents_have_their_thirty_days_however_late_they_were_asked_for(
    relay: Relay,
) -> None:
    story = Story(relay).file()
    relay.clock.advance_to(relay.clock.now() + timedelta(days=20))
    asked = story.complaint_act("request_documents", documents=["contract"], text="kontrak kerja")
    assert story.status()["stage"] == "STAGE_VALIDATION"
    relay.clock.advance_to(relay.clock.now() + timedelta(days=20))
    assert story.why_not_closed("documents_incomplete") == "TOO_EARLY"
    relay.clock.advance_to(datetime.fromisoformat(asked["due_at"]) + SECOND)
    assert close(story, "documents_incomplete")["regulation"].endswith("Art 30(1)a")


def test_who_brings_the_documents_goes_on_where_they_were(relay: Relay) -> None:
    story = Story(relay).file().triage()
    story.complaint_act("request_documents", documents=["contract"], text="kontrak kerja")
    path = f"/v1/complaints/{story.complaint_id}:triage"
    again = {"category": "unpaid_wages", "severity": 3}
    assert refusal(story.complaint_officer, path, **again) == "NOT_TRIAGED"
    story.complaint_act("receive_documents")
    assert story.status()["stage"] == "STAGE_TRIAGED"


@pytest.mark.parametrize(
    ("service", "stage"),
    [("SERVICE_CONSULTATION", Stage.CONSULTATION), ("SERVICE_CLAIM", Stage.CLAIM)],
)
def test_what_complaint_does_itself_is_told_with_its_date(
    relay: Relay, service: str, stage: Stage
) -> None:
    story = Story(relay).file().triage()
    due_at = story.complaint_act("distribute", service=service)["due_at"]
    told = story.status()
    assert (told["stage"], told["due_at"]) == (f"STAGE_{stage.name}", due_at)
    assert "This is due by" in told["summary"]


def test_two_complaints_about_one_matter_go_on_as_one_and_can_be_parted_again(
    relay: Relay,
) -> None:
    first, twin = Story(relay).file().triage(), Story(relay).file()
    twin.complaint_act("merge", into_id=first.complaint_id)
    assert "handled together with another one" in twin.status()["summary"]
    assert twin.seen()["merged_into"] == first.complaint_id
    path = f"/v1/complaints/{twin.complaint_id}:answer"
    assert refusal(twin.complaint_officer, path, text="terlambat") == "MATTER_MERGED"
    twin.complaint_act("separate")
    assert twin.status()["stage"] == "STAGE_RECEIVED"


def test_whoever_was_merged_is_told_when_the_other_one_ends(relay: Relay) -> None:
    first, twin = Story(relay).file().triage(), Story(relay).file()
    twin.complaint_act("merge", into_id=first.complaint_id)
    path = f"/v1/complaints/{twin.complaint_id}:survey"
    assert refusal(twin.complaint_officer, path, score=4, solved=True) == "MATTER_OPEN"
    first.complaint_act("close", ground="withdrawn", text="dicabut (contoh)")
    assert "The other one was closed on" in twin.status()["summary"]
    twin.complaint_act("survey", score=4, solved=True)


def test_nothing_is_merged_into_what_has_ended(relay: Relay) -> None:
    ended, twin = Story(relay).file().triage(), Story(relay).file()
    ended.complaint_act("close", ground="withdrawn", text="dicabut (contoh)")
    path = f"/v1/complaints/{twin.complaint_id}:merge"
    into = {"into_id": ended.complaint_id}
    assert refusal(twin.complaint_officer, path, **into) == "OTHER_NOT_OPEN"


def test_whoever_does_nothing_is_written_down_as_late_and_is_told_of(relay: Relay) -> None:
    story = Story(relay).file()
    relay.clock.advance_to(datetime.fromisoformat(story.status()["due_at"]) + SECOND)
    until(lambda: story.history() == ["FileComplaint", "miss"])
    query = "SELECT deed, unit FROM notice WHERE matter_id = %s ORDER BY percent"
    told = relay.rows("complaint", query, story.complaint_id)
    assert [(row["deed"], row["unit"]) for row in told] == [
        ("remind", "layanan_pengaduan"),
        ("warn", "layanan_pengaduan"),
        ("miss", "ditjen_pelindungan"),
    ]


def test_a_digest_of_what_is_late_is_made_once_in_the_morning(relay: Relay) -> None:
    story, filed_at = Story(relay).file(), relay.clock.now()
    due_at = datetime.fromisoformat(story.status()["due_at"])
    # Until the last step, at twice the time.
    relay.clock.advance_to(due_at + (due_at - filed_at) + timedelta(days=1))
    query = "SELECT count(*) AS untold FROM notice WHERE matter_id = %s AND told_at IS NULL"
    until(lambda: story.history()[-1] == "miss")
    relay.clock.advance_to(relay.clock.now() + timedelta(days=12))
    until(lambda: relay.rows("complaint", query, story.complaint_id)[0]["untold"] == 0)
    twice = (
        "SELECT unit, officer_id, told_on FROM digest WHERE told_on <> ''"
        " GROUP BY unit, officer_id, told_on HAVING count(*) > 1"
    )
    assert not relay.rows("complaint", twice)
