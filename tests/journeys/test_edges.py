"""Journeys that go through every hop there is, seen from their traces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from infra.local.spans import Span
from services.chassis.telemetry import CAUSED_BY
from services.cli.consumers import reactions_classes
from services.gateway.rpcs import rpcs_of
from services.process.calendar import end_of, local_day
from tests.journeys.clarification import A_PNG, ClarificationStory
from tests.journeys.clarification import a_story as an_invited_story
from tests.journeys.edges import ACCEPTING, ASKED, DEPUTIES, EDGES, READERS
from tests.journeys.homecoming import Homecoming
from tests.journeys.people import refusal
from tests.journeys.referral import ReferralStory, through_ministries
from tests.journeys.relay import Relay
from tests.journeys.sanction import SanctionStory, a_story
from tests.journeys.sms import bring
from tests.journeys.story import Step, Story
from tests.journeys.traces import LOST, PERSON, Edge, chains, edges, how
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.complaint]

SERVICES = (*READERS, "gateway")
SECOND = timedelta(seconds=1)
SURVEY_SENT = "SELECT 1 FROM message WHERE matter_id = %s AND code = 'survey' AND state = 'sent'"
# What begins a trace and is no act of a person at the door: clocks, and ministries' messages.
BY_NOBODY = ("clock", "kafka")
# They run in no journey, or before there is one.
OTHER_ACTS = {"OpenAccess", "OpenClarification", "OpenFile"}


@dataclass(frozen=True)
class Told:
    """A journey, and the spans of what people and clocks did in it."""

    story: Story
    spans: list[Span]

    def of(self, act: str) -> list[Span]:
        """The spans of the trace that an act began."""
        (trace_id,) = [step.trace_id for step in self.story.steps if step.act == act]
        return [span for span in self.spans if span.trace_id == trace_id]


@pytest.fixture(scope="module")
def journeys(relay: Relay) -> list[Told]:
    """Both, once every hop of the table has been exported; a service exports in order."""
    print("\nfile → triage → offer → ask → clarify → accept → mediate → return → answer → close")
    stories = [without_setback(Story(relay))]
    print("file → triage → decline → withdraw → lapse → no clarification → answer → reopen")
    stories.append(through_every_setback(Story(relay)))
    print("register → recommend → ask → clarify → decline → drop → … → lock → in process → lapse")
    stories.append(an_agency_is_locked(a_story(relay)))
    print("link → bring home → ask → clarify → decline → lapse → take on → enrol → … → close")
    stories.append(somebody_comes_home(Homecoming(relay)))
    print("file → documents → triage → merge → separate → consultation → claim → close → survey")
    stories.append(within_complaint(Story(relay)))
    print("invite → ask_date → object → answer → hold → … → recommend → clarify → drop")
    stories.append(an_agency_is_heard(an_invited_story(relay)))
    print("refer → decline → ask → clarify → accept → return → … → remind → recall → close")
    stories.append(through_ministries(ReferralStory(relay)))
    told = until(lambda: exported(stories))
    for story in stories:
        print(f"  outcome    {story.status()['summary']}")
    return told


@pytest.fixture(scope="module")
def full(journeys: list[Told]) -> Told:
    """The one from filing to closing without a setback."""
    return journeys[0]


@pytest.fixture(scope="module")
def hard(journeys: list[Told]) -> Told:
    """The one that is offered again and again, answered in the end and opened again."""
    return journeys[1]


def without_setback(story: Story) -> Story:
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


def through_every_setback(story: Story) -> Story:
    story.file(country="MYS").triage().offer()
    story.offer_act("decline", code="not_ours", text="another unit does this")
    story.wait_for_stage("TRIAGED")
    story.offer().complaint_act("withdraw")
    story.offer().complaint_act("extend", reason="receiver_asks")
    let_it_pass(story)
    story.offer().offer_act("ask", text="which months?")
    until(lambda: story.seen()["question_note_id"])
    let_it_pass(story)
    story.complaint_act("answer", text="you are paid")
    story.complaint_act("close", ground="demand_met")
    story.complaint_act("reopen", code="not_satisfied")
    return story


def within_complaint(story: Story) -> Story:
    other = Story(story.relay).file(country="MYS")
    story.file(country="MYS")
    story.complaint_act("request_documents", documents=["contract"], text="kontrak kerja")
    story.complaint_act("receive_documents")
    story.triage()
    story.complaint_act("merge", into_id=other.complaint_id)
    story.complaint_act("separate")
    officer, head = "contoh-officer-complaint", story.relay.officer("coordinator-complaint")
    subject = story.relay.subject("officer-complaint")
    for name in (subject, officer):
        story.act(head, "/v1/officers", officer_id=name, unit="layanan_pengaduan")
    story.complaint_act("consent", ministry="kemlu", given=True, how="spoken")
    story.complaint_act("ask_why", text="mengapa lama?")
    phone = "+6281100000031"
    way = {"channel": "sms", "address": phone, "safe": True}
    story.complaint_act("contact_plan", plan={"ways": [way], "zone": "Asia/Jakarta"})
    story.complaint_act("doubt_contact_plan", why="no_answer")
    story.complaint_act("doubt_contact_plan", why="")
    brought = bring(story.relay, phone, "saya aman", f"e-{story.number}")
    story.steps.append(Step("message", brought.headers["X-Trace-Id"]))
    story.complaint_act("take")
    story.complaint_act("assign", unit="layanan_pengaduan", officer_id=officer)
    story.act(head, "/v1/officers:release", officer_id=officer)
    unit = "/v1/units/layanan_pengaduan:contact"
    story.act(head, unit, email="kepala@contoh.example")
    story.complaint_act("distribute", service="SERVICE_CONSULTATION")
    story.complaint_act("distribute", service="SERVICE_CLAIM")
    story.complaint_act("extend_clock", reason="papers_abroad")
    story.complaint_act("answer", text="klaim Anda dibayar")
    story.complaint_act("close", ground="demand_met")
    story.complaint_act("survey", score=5, solved=True, text="terima kasih")
    until(lambda: story.relay.rows("complaint", SURVEY_SENT, story.complaint_id))
    scored = bring(story.relay, phone, "4", f"v-{story.number}")
    story.steps.append(Step("score", scored.headers["X-Trace-Id"]))
    return story


def an_agency_is_heard(story: ClarificationStory) -> ClarificationStory:
    story.invite().renew().open()
    story.agency_act("ask_date", wished_on=story.in_days(7)[:10], text="libur (contoh)")
    story.agency_act("object", objection="OBJECTION_OTHER", text="bukan kami (contoh)")
    story.agency_act("add_file", media_type="image/png", content=A_PNG)
    story.answer()
    story.broken().recommend()
    story.reply("ask", text="bukti?")
    story.wait_for_sanction("asked")
    story.complaint_act("clarify_sanction", text="terlampir")
    until(lambda: story.sanction_offer().get("answer_note_id"))
    story.reply("decline", code="incomplete", text="tidak cukup")
    story.wait_for_sanction("declined")
    story.recommend().reply("decline", code="incomplete", text="tidak cukup")
    story.wait_for_sanction("declined")
    story.complaint_act("drop_sanction", text="sudah dibayar")
    return story


def an_agency_is_locked(story: SanctionStory) -> SanctionStory:
    left, stays = story.placements
    today = local_day(story.relay.clock.now()).isoformat()
    story.place(f"/v1/placements/{left}:depart", departed_on=today)
    story.place(f"/v1/placements/{left}:return", returned_on=today)
    story.place(f"/v1/placements/{story.start()}:stop", code="withdrew")
    not_pursued(story)
    story.recommend().take_up()
    story.place(f"/v1/placement/sanctions/{story.file_id}:close", text="tidak terbukti")
    story.recommend().take_up().lock(expires_on=today)
    departing = {"path": f"/v1/placements/{stays}:depart", "departed_on": today}
    assert refusal(story.placement_officer, **departing) == "P3MI_LOCKED"
    (matter_id,) = story.journeys
    story.worker_reply(matter_id, "decline", code="not_ours", text="(contoh)")
    until(lambda: story.waits_here(matter_id))
    offer_worker(story, matter_id)
    let_offer_pass(story, "placement", matter_id)
    offer_worker(story, matter_id)
    story.worker_reply(matter_id, "ask", text="siapa?")
    until(lambda: story.waits_here(matter_id))
    let_offer_pass(story, "placement", matter_id)
    offer_worker(story, matter_id)
    story.worker_reply(matter_id, "ask", text="siapa?")
    until(lambda: story.waits_here(matter_id))
    story.place(f"/v1/placement/matters/{matter_id}:clarify", text="pekerja contoh")
    until(lambda: story.offer_of(matter_id).get("answer_note_id"))
    story.look_after(matter_id)
    story.relay.clock.advance_to(end_of(local_day(story.relay.clock.now())))
    until(lambda: not locks(story))
    story.place(f"/v1/placements/{stays}:depart", departed_on=today)
    locked_and_lifted(story)
    return story


def offer_worker(story: SanctionStory, matter_id: str) -> None:
    """Placement offers the matter of a worker in process to protection again."""
    offered = story.place(f"/v1/placement/matters/{matter_id}:offer")
    # The offer before may still lie there.
    until(lambda: story.offer_of(matter_id).get("offer_no") == offered["offer_no"])


def not_pursued(story: SanctionStory) -> None:
    """A recommendation over which placement asks, and which it then declines."""
    story.recommend().settle_question().decline()
    story.offer_again().decline()
    story.sanction_act("drop", text="tidak dilanjutkan")


def locked_and_lifted(story: SanctionStory) -> None:
    """A lock without an end, for a country to which nobody is in process."""
    story.recommend().take_up().lock(countries=["SAU"])
    story.place(
        f"/v1/p3mi/{story.p3mi_id}:lift", decision_id=story.decision_id, decision_no="contoh 2"
    )
    assert not locks(story)


def somebody_comes_home(story: Homecoming) -> Homecoming:
    story.file(country="SAU").triage()
    leave = taken_by_somebody_who_leaves(story)
    story.offer().accept()
    leave()
    story.link()
    story.repatriate().arrive()
    story.repatriate().arrive("income", "trauma").settle_question().decline()
    story.home_act("close", text="tidak dilanjutkan")
    story.repatriate().arrive("income").decline().offer_again()
    let_offer_pass(story, "protection", story.home_id)
    story.offer_again().reply("ask", text="apa?")
    until(lambda: story.home()["offer_state"] == "asked")
    let_offer_pass(story, "protection", story.home_id)
    story.offer_again().take_on()
    story.plan_act("enrol", programme="mentoring")
    story.plan_act("wish", country="TWN")
    until(lambda: story.plan_id in story.wishes())
    story.case_act("return", result="settled", text="sudah pulang")
    story.wait_for_stage("RETURNED")
    # Whoever gave it away has left: it came back to them, and went on to their unit's queue.
    until(lambda: not story.status()["holder"].get("officer_id"))
    path = f"/v1/complaints/{story.complaint_id}:close"
    closing = {"ground": "withdrawn", "text": "(contoh)"}
    assert refusal(story.complaint_officer, path, **closing) == "CHILD_OPEN"
    story.plan_act("outcome", outcome="own_business", text="warung")
    query = "SELECT 1 FROM matter WHERE matter_id = %s AND closed_at IS NOT NULL"
    until(lambda: story.relay.rows("complaint", query, story.home_id))
    story.complaint_act("close", **closing)
    return story


def taken_by_somebody_who_leaves(story: Story) -> Callable[[], object]:
    """An officer is accountable; the function has them leave."""
    officer, head = "contoh-who-leaves", story.relay.officer("coordinator-complaint")
    story.act(head, "/v1/officers", officer_id=officer, unit="layanan_pengaduan")
    story.complaint_act("assign", unit="layanan_pengaduan", officer_id=officer)
    return lambda: story.act(head, "/v1/officers:release", officer_id=officer)


def locks(story: SanctionStory) -> list[str]:
    """The decisions by which anyone sees that the agency is locked."""
    shown = story.stranger.get(f"/v1/p3mi/{story.p3mi_id}")["p3mi"]["locks"]
    return [lock["decision_id"] for lock in shown]


def let_it_pass(story: Story) -> None:
    """Nobody acts until the clock that runs has ended the offer."""
    due_at = datetime.fromisoformat(story.status()["due_at"])
    story.relay.clock.advance_to(due_at + SECOND)
    story.wait_for_stage("TRIAGED")


def let_offer_pass(story: Story, giver: str, matter_id: str) -> None:
    """Nobody acts until the clock of a giver's open offer, or of a question about it, has run."""
    clock = "SELECT due_at FROM timer WHERE matter_id = %s AND kind LIKE 'handover.%%'"
    [row] = story.relay.rows(giver, clock, matter_id)
    story.relay.clock.advance_to(row["due_at"] + SECOND)
    is_open = "SELECT 1 FROM offer WHERE matter_id = %s AND state IN ('offered', 'asked')"
    until(lambda: not story.relay.rows(giver, is_open, matter_id))


def exported(stories: list[Story]) -> list[Told] | None:
    """The stories with their spans, once every hop of the table is among them, and every parent.

    Both stories have some hops: that one of them has arrived says nothing of the other.
    """
    told = [Told(story, spans_of(story)) for story in stories]
    found = edges_of(told)
    is_whole = found >= EDGES and all(parent != LOST for parent, _, _ in found)
    return told if is_whole else None


def spans_of(story: Story) -> list[Span]:
    """The spans of what people, ministries and clocks have set off in a story."""
    spans = story.relay.stack.spans
    journeys = (story.complaint_id, *getattr(story, "journeys", ()))
    own = [span for journey_id in journeys for span in spans.find(journey_id=journey_id)]
    begun = {span.trace_id for span in own if span.parent_id is None and how(span) in BY_NOBODY}
    traces = {step.trace_id for step in story.steps} | begun
    return [span for trace_id in traces for span in spans.find(trace_id=trace_id)]


def edges_of(journeys: list[Told]) -> set[Edge]:
    return edges(span for told in journeys for span in told.spans)


def test_every_hop_of_the_table_is_seen_and_no_other(journeys: list[Told]) -> None:
    assert edges_of(journeys) == EDGES


def test_every_act_and_every_reaction_is_in_the_table() -> None:
    acts = {
        f"{rpc.peer} {rpc.method.name}"
        for rpc in rpcs_of(DEPUTIES)
        if rpc.verb == "POST" and rpc.method.name not in OTHER_ACTS
    }
    reactions = {
        f"{cls.service} {method}"
        for cls in reactions_classes()
        for method in (*dict(cls.handles).values(), *filter(None, [cls.rest]))
    }
    assert acts | reactions <= {child for _, child, _ in EDGES}


def test_the_read_side_asks_every_service_there_and_then(relay: Relay) -> None:
    coordinator = relay.officer("coordinator-complaint")
    coordinator.get("/v1/insight/parked")
    spans = relay.stack.spans
    until(lambda: edges(spans.find(trace_id=coordinator.trace_id)) == ASKED)


def test_an_unbroken_automatic_chain_is_one_trace(full: Told) -> None:
    assert (PERSON, *ACCEPTING) in chains(full.of("accept"))


def test_every_human_act_begins_a_trace_that_links_back_to_the_one_before(full: Told) -> None:
    assert len({step.trace_id for step in full.story.steps}) == len(full.story.steps)
    causes = {act: cause_of(full.of(act)) for act in ("triage", "offer", "accept", "return")}
    acts = {step.act: step.trace_id for step in full.story.steps}
    assert causes == {
        "triage": acts["file"],
        "offer": acts["file"],
        "accept": acts["clarify"],
        "return": acts["accept"],
    }


def test_what_a_clock_sets_off_links_back_to_the_act_that_set_it(hard: Told) -> None:
    causes = {span.name: cause_of([span]) for span in hard.spans if how(span) == "clock"}
    acts = {step.trace_id: step.act for step in hard.story.steps}
    assert {name: acts[cause] for name, cause in causes.items()} == {
        "complaint lapse_offer": "extend",
        "complaint end_question": "ask",
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


def test_the_first_act_links_to_nothing(full: Told) -> None:
    assert [span for span in full.of("file") if CAUSED_BY in span.attributes or span.links] == []


def test_every_span_of_a_service_names_the_journey(full: Told) -> None:
    named = {(span.service, span.name): span.journey_id for span in full.spans}
    assert {service for service, _ in named} == set(SERVICES)
    assert {
        what: journey for what, journey in named.items() if journey != full.story.complaint_id
    } == {}


def test_what_a_ministry_reads_carries_the_trace_of_the_act_that_it_tells_of(
    journeys: list[Told],
) -> None:
    story = journeys[-1].story
    assert isinstance(story, ReferralStory)
    carried = {
        dict(record.headers)["traceparent"].decode().split("-")[1]
        for record in story.kemlu.records()
    }
    referred = {step.trace_id for step in story.steps if step.act == "refer"}
    assert len(referred & carried) == 3


def test_the_relays_spans_link_to_what_they_carry(full: Told, relay: Relay) -> None:
    acts = {step.trace_id for step in full.story.steps}
    carried = {
        trace_id
        for service in DEPUTIES
        for span in relay.stack.spans.find(service=service, name=f"{service} relay")
        for trace_id in links(span)
    }
    assert acts <= carried


def test_the_pages_of_the_traces_are_there(full: Told, relay: Relay) -> None:
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
