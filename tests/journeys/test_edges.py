"""One full journey, seen from its traces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from infra.local.spans import Span
from services.chassis.telemetry import CAUSED_BY
from services.process.calendar import local_day
from tests.journeys.edges import ACCEPTING, EDGES
from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.journeys.traces import PERSON, chains, edges
from tests.journeys.waiting import until

pytestmark = pytest.mark.stack

SERVICES = ("complaint", "protection", "gateway")


@dataclass(frozen=True)
class Full:
    """A journey from filing to closing, and the spans of what people did in it."""

    story: Story
    spans: list[Span]

    def of(self, act: str) -> list[Span]:
        """The spans of the trace that an act began."""
        (trace_id,) = [step.trace_id for step in self.story.steps if step.act == act]
        return [span for span in self.spans if span.trace_id == trace_id]


@pytest.fixture(scope="module")
def full(relay: Relay) -> Full:
    print("\nfile → triage → offer → ask → clarify → accept → mediate → return → answer → close")
    story = told(Story(relay))
    found = until(lambda: exported(story))
    print(f"  outcome    {story.status()['summary']}")
    return Full(story, found)


def told(story: Story) -> Story:
    story.file(country="MYS").triage().offer()
    story.offer_act("ask", text="which months?")
    until(lambda: story.seen()["question_note_id"])
    story.complaint_act("clarify", text="three months")
    until(lambda: not (story.queued() or {"waiting_for_answer": True})["waiting_for_answer"])
    story.accept()
    due_on = (local_day(story.relay.clock.now()) + timedelta(days=30)).isoformat()
    promised = {"amount": {"amount": "1000000", "currency": "IDR"}, "due_on": due_on}
    story.case_act("mediate", outcome="MEDIATION_OUTCOME_AGREED", text="said", commitment=promised)
    story.case_act("return", result="settled", text="paid")
    story.wait_for_stage("RETURNED")
    story.complaint_act("answer", text="you are paid")
    story.complaint_act("close", ground="demand_met")
    return story


def exported(story: Story) -> list[Span] | None:
    """The spans of the acts of a story, once each of the last act's hops has arrived."""
    found = [
        span
        for step in story.steps
        for span in story.relay.stack.spans.find(trace_id=step.trace_id)
    ]
    return None if EDGES - edges(found) else found


def test_every_hop_of_the_table_is_seen_and_no_other(full: Full) -> None:
    assert edges(full.spans) == EDGES


def test_an_unbroken_automatic_chain_is_one_trace(full: Full) -> None:
    assert (PERSON, *ACCEPTING) in chains(full.of("accept"))


def test_every_human_act_begins_a_trace_that_links_back_to_the_one_before(full: Full) -> None:
    assert len({step.trace_id for step in full.story.steps}) == len(full.story.steps)
    causes = {act: cause_of(full.of(act)) for act in ("triage", "offer", "accept", "return")}
    acts = {step.act: step.trace_id for step in full.story.steps}
    assert causes == {
        "triage": acts["file"],
        "offer": acts["file"],
        "accept": acts["clarify"],
        "return": acts["accept"],
    }


def cause_of(spans: list[Span]) -> str:
    """The trace that a trace says it was caused by, in a link as well as in the tag."""
    told = {
        (span.attributes[CAUSED_BY], *links(span)) for span in spans if CAUSED_BY in span.attributes
    }
    (pair,) = told
    assert len(set(pair)) == 1
    return str(pair[0])


def links(span: Span) -> Iterator[str]:
    return (link["trace_id"] for link in span.links)


def test_the_first_act_links_to_nothing(full: Full) -> None:
    assert [span for span in full.of("file") if CAUSED_BY in span.attributes or span.links] == []


def test_every_span_of_a_service_names_the_journey(full: Full) -> None:
    named = {(span.service, span.name): span.journey_id for span in full.spans}
    assert {service for service, _ in named} == set(SERVICES)
    assert {
        what: journey for what, journey in named.items() if journey != full.story.complaint_id
    } == {}


def test_the_relays_spans_link_to_what_they_carry(full: Full, relay: Relay) -> None:
    acts = {step.trace_id for step in full.story.steps}
    carried = {
        trace_id
        for service in ("complaint", "protection")
        for span in relay.stack.spans.find(service=service, name=f"{service} relay")
        for trace_id in links(span)
    }
    assert acts <= carried


def test_the_pages_of_the_traces_are_there(full: Full, relay: Relay) -> None:
    last = full.story.steps[-1].trace_id
    url = f"{relay.stack.url('zipkin')}/api/v2/trace/{last}"
    shown = until(lambda: full.story.stranger.client.get(url))
    assert {span["traceId"] for span in shown.json()} == {last}


def test_a_hop_that_nobody_listed_is_found() -> None:
    stray = Span("t", "2", "1", "placement", "placement freeze", "consumer", 1, 2)
    root = Span("t", "1", None, "complaint", "complaint FileComplaint", "server", 1, 2)
    assert edges([root, stray]) - EDGES == {
        (PERSON, "complaint FileComplaint", "grpc"),
        ("complaint FileComplaint", "placement freeze", "kafka"),
    }
