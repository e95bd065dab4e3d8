"""The complaint process whole: a journey to every stage, and to every closure ground of the law,
each with the traces of all that was done in it.

A stage or a ground without its journey is a KeyError here. Domain time only moves forward, so each
test starts from where the one before has left it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from infra.local.spans import Span
from services.complaint.status import Stage
from services.complaint.workflow import LAW
from tests.journeys.clarification import a_story as about_an_agency
from tests.journeys.referral import ReferralStory
from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.journeys.traces import LOST, PERSON, Edge, edges
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.complaint]

A_MINUTE = timedelta(minutes=1)
GROUNDS = LAW.base.grounds
Journey = Callable[[Relay], Story]


def filed(relay: Relay) -> Story:
    return Story(relay).file(country="MYS")


def triaged(relay: Relay) -> Story:
    return filed(relay).triage()


def offered(relay: Relay) -> Story:
    return triaged(relay).offer()


def handed_over(relay: Relay) -> Story:
    return offered(relay).accept()


def returned(relay: Relay) -> Story:
    story = handed_over(relay)
    story.case_act("return", result="settled", text="(contoh)")
    return story


def watched(relay: Relay) -> Story:
    story = ReferralStory(relay)
    story.file(country="MYS").triage()
    return story.refer_complaint().write(story.kemlu, "accept")


def in_validation(relay: Relay) -> Story:
    story = filed(relay)
    story.complaint_act("request_documents", documents=["contract"], text="(contoh)")
    return story


def served(service: str) -> Journey:
    def journey(relay: Relay) -> Story:
        story = triaged(relay)
        story.complaint_act("distribute", service=service)
        return story

    return journey


def invited(relay: Relay) -> Story:
    return about_an_agency(relay).invite()


def invited_again(relay: Relay) -> Story:
    story = about_an_agency(relay).invite()
    story.hold("SECOND", absent=True)
    return story.invite()


def merged(relay: Relay) -> Story:
    first, twin = triaged(relay), filed(relay)
    twin.complaint_act("merge", into_id=first.complaint_id)
    return twin


def closed(relay: Relay) -> Story:
    return withdrawn(relay)


STAGES: Mapping[Stage, Journey] = {
    Stage.RECEIVED: filed,
    Stage.TRIAGED: triaged,
    Stage.OFFERED: offered,
    Stage.HANDED_OVER: handed_over,
    Stage.RETURNED: returned,
    Stage.WATCHED: watched,
    Stage.VALIDATION: in_validation,
    Stage.CONSULTATION: served("SERVICE_CONSULTATION"),
    Stage.CLAIM: served("SERVICE_CLAIM"),
    Stage.CLARIFICATION_1: invited,
    Stage.CLARIFICATION_2: invited_again,
    Stage.MERGED: merged,
    Stage.CLOSED: closed,
}


def at_once(ground: str, category: str = "unpaid_wages", severity: int = 2) -> Journey:
    """It ends on a ground that waits for nothing but, where the law wants one, an answer."""

    def journey(relay: Relay) -> Story:
        story = filed(relay).triage(category, severity)
        if GROUNDS[ground].evidence:
            assert story.why_not_closed(ground) == "NOT_ANSWERED"
            story.complaint_act("answer", text="jawaban (contoh)")
        story.complaint_act("close", ground=ground)
        return story

    return journey


def withdrawn(relay: Relay) -> Story:
    """It ends by the complainant's own word, which an officer writes down."""
    story = triaged(relay)
    assert story.why_not_closed("withdrawn") == "NO_WITHDRAWAL"
    story.complaint_act("close", ground="withdrawn", text="Saya cabut (contoh).")
    query = "SELECT 1 FROM note WHERE matter_id = %s AND text = 'Saya cabut (contoh).'"
    assert relay.rows("complaint", query, story.complaint_id)
    return story


def in_time(ground: str) -> Journey:
    """It ends on a ground of the article, and not a minute before its time has passed."""

    def journey(relay: Relay) -> Story:
        story = triaged(relay)
        if ground == "documents_incomplete":
            story.complaint_act("request_documents", documents=["contract"], text="(contoh)")
        elif GROUNDS[ground].evidence:
            story.complaint_act("answer", text="pertanyaan (contoh)")
        now = relay.clock.now()
        earliest = GROUNDS[ground].earliest(now, now)
        assert story.why_not_closed(ground) == "TOO_EARLY"
        relay.clock.advance_to(earliest - A_MINUTE)
        assert story.why_not_closed(ground) == "TOO_EARLY"
        relay.clock.advance_to(earliest + A_MINUTE)
        story.complaint_act("close", ground=ground)
        assert the_end(story)["regulation"] == GROUNDS[ground].article
        return story

    return journey


def not_pursued(relay: Relay) -> Story:
    """The matter of a sanction that placement has declined ends; the complaint goes on."""
    story = about_an_agency(relay).broken().recommend()
    story.reply("decline", code="incomplete", text="(contoh)")
    story.wait_for_sanction("declined")
    story.complaint_act("drop_sanction", text="(contoh)")
    return story


ENDS: Mapping[str, Journey] = {
    "demand_met": at_once("demand_met"),
    "invalid": at_once("invalid"),
    "withdrawn": withdrawn,
    "information_given": at_once("information_given", "information", 0),
    "merged": merged,
    "not_pursued": not_pursued,
    **{code: in_time(code) for code, ground in GROUNDS.items() if ground.wait},
}
# Who is told of an end that another act than closing brings, and on what ground.
ELSEWHERE = {"merged": "MERGED", "not_pursued": "CLARIFICATION_2"}


def the_end(story: Story) -> dict[str, Any]:
    """The act that ended it; clocks may run out at the same time."""
    return next(act for act in story.acts() if act["action"] == "CloseComplaint")


def traces_of(story: Story) -> list[set[Edge]]:
    """Every act's hops, once each has come from a person through the door and none is missing."""

    def whole() -> list[set[Edge]] | None:
        found = [edges(spans_of(story, step.trace_id)) for step in story.steps]
        return found if all(map(is_whole, found)) else None

    return until(whole)


def spans_of(story: Story, trace_id: str) -> list[Span]:
    return list(story.relay.stack.spans.find(trace_id=trace_id))


def is_whole(hops: set[Edge]) -> bool:
    """A person at the door, a call to a deputy, and no hop without the one before it."""
    ways = {how for _, _, how in hops}
    begun = any(parent == PERSON for parent, _, _ in hops)
    return begun and {"http", "grpc"} <= ways and all(parent != LOST for parent, _, _ in hops)


@pytest.mark.parametrize("stage", Stage)
def test_a_complaint_gets_to_every_stage_and_its_traces_are_whole(
    relay: Relay, stage: Stage
) -> None:
    story = STAGES[stage](relay)
    story.wait_for_stage(stage.name)
    assert len(traces_of(story)) == len(story.steps) > 0


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_complaint_ends_on_every_ground_and_its_traces_are_whole(
    relay: Relay, ground: str
) -> None:
    story = ENDS[ground](relay)
    told = story.wait_for_stage(ELSEWHERE.get(ground, "CLOSED"))
    if ground not in ELSEWHERE:
        assert GROUNDS[ground].name_en in told["summary"]
        assert the_end(story)["reason"] == ground
    ended = "SELECT ground FROM matter WHERE journey_id = %s AND ground = %s"
    until(lambda: relay.rows("complaint", ended, story.complaint_id, ground))
    assert len(traces_of(story)) == len(story.steps) > 0
