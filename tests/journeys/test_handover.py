"""What becomes of an offer: declined, asked about, withdrawn, answered twice, triaged anew."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.journeys.people import Refused
from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.complaint]


def test_a_declined_complaint_comes_back_escalated_and_can_be_offered_again(relay: Relay) -> None:
    story = Story(relay).file().triage().offer()
    first = story.offer_no
    story.offer_act("decline", code="not_ours", text="another unit does this")
    story.wait_for_stage("TRIAGED")
    assert story.seen()["setbacks"] == 1
    assert "Protection Service has not taken your complaint over" in story.status()["summary"]
    story.offer()
    assert story.offer_no > first
    story.accept()
    assert story.wait_for_stage("HANDED_OVER")["holder"]["service"] == "protection"


def test_a_question_stops_the_clock_until_it_is_answered_and_both_texts_can_be_read(
    relay: Relay,
) -> None:
    story = Story(relay).file().triage().offer()
    story.offer_act("ask", text="which months were unpaid?")
    note_id = until(lambda: story.seen()["question_note_id"])
    asked = f"/v1/protection/matters/{story.complaint_id}/notes/{note_id}"
    told = story.complaint_officer.get(asked, purpose="to answer it")
    assert told["text"] == "which months were unpaid?"
    assert "has a question" in story.status()["summary"]
    story.complaint_act("clarify", text="March to May")
    answer_id = until(lambda: (story.queued() or {}).get("answer_note_id"))
    answered = f"/v1/complaints/{story.complaint_id}/notes/{answer_id}"
    assert story.case_officer.get(answered, purpose="to decide")["text"] == "March to May"
    assert story.accept().case()["status"] == "CASE_STATUS_OPEN"


def test_an_acceptance_that_crosses_a_withdrawal_makes_a_case_that_never_begins(
    relay: Relay,
) -> None:
    story = Story(relay).file().triage().offer()
    with relay.deaf("protection"):
        story.complaint_act("withdraw")
        story.case_id = story.offer_act("accept")["case_id"]
        assert story.case()["status"] == "CASE_STATUS_PENDING"
    assert story.wait_for_case("CASE_STATUS_VOID")
    assert story.status()["holder"]["service"] == "complaint"


def test_of_a_withdrawal_and_an_acceptance_at_the_same_moment_exactly_one_stands(
    relay: Relay,
) -> None:
    story = Story(relay).file().triage().offer()
    with ThreadPoolExecutor() as threads:
        withdrawn = threads.submit(allowed, story.complaint_act, "withdraw")
        accepted = threads.submit(allowed, story.offer_act, "accept")
    answer = accepted.result()
    if answer is not None:
        story.case_id = answer["case_id"]
        until(lambda: story.case()["status"] != "CASE_STATUS_PENDING")
    stands = story.case_id != "" and story.case()["status"] == "CASE_STATUS_OPEN"
    assert stands != (withdrawn.result() is not None)
    assert story.status()["holder"]["service"] == ("protection" if stands else "complaint")


def allowed(act: Callable[[str], Any], name: str) -> Any:
    """What an act was answered, or None if the matter's state did not allow it."""
    try:
        return act(name)
    except Refused as refused:
        if refused.status != 409:
            raise
        return None


def test_an_offer_answered_twice_keeps_its_first_answer(relay: Relay) -> None:
    story = Story(relay).file().triage().offer()
    story.case_id = story.offer_act("accept")["case_id"]
    with pytest.raises(Refused) as second:
        story.offer_act("decline", code="not_ours")
    assert (second.value.status, second.value.reason) in (
        (409, "OFFER_ANSWERED"),
        (409, "OFFER_ACCEPTED"),
    )
    assert story.wait_for_case("CASE_STATUS_OPEN")
    with pytest.raises(Refused, match="409 OFFER_ACCEPTED"):
        story.offer_act("accept")


def test_danger_to_life_is_first_in_both_queues(relay: Relay) -> None:
    earlier = Story(relay).file().triage().offer()
    danger = Story(relay).file().triage("confinement", severity=4)
    own = danger.complaint_officer.get("/v1/complaints", page_size="200")["complaints"]
    assert position(own, "complaint_id", danger) < position(own, "complaint_id", earlier)
    danger.offer()
    queue = danger.case_officer.get("/v1/protection/offers", page_size="200")["offers"]
    assert position(queue, "matter_id", danger) < position(queue, "matter_id", earlier)
    assert [offer["severity"] for offer in queue[:1]] == [4]


def position(queue: list[dict[str, str]], name: str, story: Story) -> int:
    return [row[name] for row in queue].index(story.complaint_id)


def test_a_complaint_triaged_anew_while_it_is_offered_jumps_protections_queue(
    relay: Relay,
) -> None:
    Story(relay).file().triage().offer()
    story = Story(relay).file().triage().offer()
    story.triage("physical_abuse", severity=4)
    until(lambda: (story.queued() or {}).get("severity") == 4)
    queue = story.case_officer.get("/v1/protection/offers", page_size="200")["offers"]
    assert position(queue, "matter_id", story) <= sum(row["severity"] == 4 for row in queue)
    story.accept()
    assert (story.case()["category"], story.case()["severity"]) == ("physical_abuse", 4)
