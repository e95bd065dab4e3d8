"""Whatever people, receivers and clocks do, in whatever order: one holder, a way on, a clock that
runs for whoever has to act, and every act from where the complaint stood."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.handover.v1.reply_pb2 import Acceptance, HandoverReply, Question, Refusal
from google.protobuf.message import Message
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.errors import EstafetError
from services.chassis.testing import FakeUnitOfWork, a_record, worker_factory
from services.complaint import steps
from services.complaint.clarification import Clarification
from services.complaint.domain import Complaint
from services.complaint.officers import Officer
from services.complaint.reactions import ComplaintCustody
from services.complaint.status import MINISTRIES, SERVICE, Stage, stage_of
from services.complaint.workflow import HERE, LAW
from services.handover.custody import SILENT, Custody, OfferState
from services.process.acts import Act
from tests.complaint.agency import at, the_parties
from tests.complaint.builders import a_filing, a_plan, acts, api
from tests.support.examples import examples

PROCESS = LAW.base.process["complaint"]
FOREVER = timedelta(days=36_500)

HELD = {"place": "online", "parties": the_parties()}
PROMISED = {"outcome": pb.CLARIFICATION_OUTCOME_SETTLED, "admitted": pb.ADMISSION_ADMITTED}
Command = tuple[str, dict[str, Any]]
COMMANDS: tuple[Command, ...] = (
    ("TriageComplaint", {"category": "unpaid_wages", "severity": 2}),
    ("TriageComplaint", {"category": "physical_abuse", "severity": 4}),
    ("RequestDocuments", {"documents": ["contract"], "text": "kontrak?"}),
    ("ReceiveDocuments", {}),
    ("DistributeComplaint", {"service": pb.SERVICE_CONSULTATION}),
    ("DistributeComplaint", {"service": pb.SERVICE_CLAIM}),
    ("OfferComplaint", {}),
    ("RecordConsent", {"ministry": "kemlu", "given": True, "how": "spoken"}),
    ("ReferComplaint", {"ministry": "kemlu", "request": "help"}),
    ("WithdrawOffer", {}),
    ("ClarifyOffer", {"text": "di Penang (contoh)"}),
    ("ExtendOffer", {"reason": "receiver_asks"}),
    ("ExtendClock", {"reason": "papers_abroad"}),
    ("ExtendClock", {"reason": "agency_asks"}),
    ("AnswerComplaint", {"text": "jawaban"}),
    ("CloseComplaint", {"ground": "demand_met"}),
    ("CloseComplaint", {"ground": "withdrawn", "text": "dicabut"}),
    ("CloseComplaint", {"ground": "documents_incomplete"}),
    ("ReopenComplaint", {"code": "not_agreed"}),
    ("MergeComplaint", {"into_id": "twin"}),
    ("SeparateComplaint", {}),
    ("AnswerSurvey", {"score": 3, "solved": False}),
    ("AssignComplaint", {"unit": "coordinator"}),
    ("AskWhy", {"text": "mengapa?"}),
    ("TakeComplaint", {}),
    ("LinkPerson", {"worker_id": "w1"}),
    ("UnlinkPerson", {}),
    ("SetContactPlan", {"plan": a_plan()}),
    ("DoubtContactPlan", {"why": "no_answer"}),
    ("InviteP3mi", {"place": "online", "asked": "mengapa?", "p3mi_name": "PT Contoh"}),
    ("RenewInvitation", {}),
    ("HoldClarification", {**HELD, "outcome": pb.CLARIFICATION_OUTCOME_SECOND}),
    ("HoldClarification", {**HELD, **PROMISED}),
    ("ConfirmCommitment", {"state": pb.COMMITMENT_STATE_KEPT, "text": "dibayar"}),
    ("ConfirmCommitment", {"state": pb.COMMITMENT_STATE_BROKEN, "text": "belum dibayar"}),
    ("RecommendSanction", {"violation": "broken_commitment", "text": "belum dibayar"}),
    ("DropSanction", {"text": "sudah dibayar"}),
)
ENDS = ("CloseComplaint", "MergeComplaint", "AskWhy", "AnswerComplaint", "TriageComplaint")


@cache
def ways_on(stage: Stage) -> frozenset[str]:
    """Every state that the table's actions lead to from here, by walking."""
    seen, ahead = set[str](), [str(stage)]
    while ahead:
        here = ahead.pop()
        seen.add(here)
        steps_on = [to for each in PROCESS.actions.values() for to in each.moves.get(here, ())]
        ahead += [to for to in steps_on if to not in seen]
    return frozenset(seen)


class TheProcess(RuleBasedStateMachine):
    """One complaint, from its filing on."""

    def __init__(self) -> None:
        super().__init__()
        self.uow = FakeUnitOfWork()
        self.heard, self.chain = 0, 0
        self.complaint_id = api(self.uow).FileComplaint(a_filing()).complaint_id
        self.twin_id = api(self.uow).FileComplaint(a_filing()).complaint_id
        for service in ("protection", "exchange"):
            topic = f"estafet.{service}.handover.v1"
            self.uow.heard["complaint.custody", topic] = self.uow.now + FOREVER
        self.uow.add(Officer(self.uow.caller.subject, HERE.unit, self.uow.now))
        self.was = self.stage
        self.hear()

    @property
    def complaint(self) -> Complaint:
        return self.uow.read(Complaint, self.complaint_id)

    @property
    def custody(self) -> Custody:
        return self.uow.read(Custody, self.complaint_id)

    @property
    def stage(self) -> Stage:
        return stage_of(self.complaint, self.custody)

    def custody_reactions(self) -> ComplaintCustody:
        return worker_factory(ComplaintCustody, uow=self.uow)

    def hear(self) -> None:
        """Complaint reads its own custody records, as it does by the topic."""
        while self.heard < len(self.uow.outbox):
            row = self.uow.outbox[self.heard]
            self.heard += 1
            if row.topic == CUSTODY_TOPIC:
                self.read(row.event, SERVICE, row.seq)

    def read(self, event: Message, service: str, seq: int) -> None:
        self.uow.record = a_record(event, service=service, seq=seq, time=self.uow.now)
        self.custody_reactions().follow_custody(event)
        self.uow.record = None

    def attempt(self, deed: Callable[[], object]) -> None:
        """Done, or refused and nothing of it left."""
        self.was, before = self.stage, (self.stage, self.complaint.version, len(self.mine()))
        try:
            with self.uow.transaction():
                deed()
        except EstafetError:
            assert (self.stage, self.complaint.version, len(self.mine())) == before
        self.hear()

    def mine(self) -> list[Act]:
        return [act for act in acts(self.uow) if act.matter_id == self.complaint_id]

    @rule(command=st.sampled_from(COMMANDS))
    def somebody_tries_anything(self, command: Command) -> None:
        self.act(command)

    @rule(number=st.sampled_from(range(997)))
    def somebody_does_what_may_be_done(self, number: int) -> None:
        """Seldom an end, so that much is seen before it."""
        chosen = self.possible(with_ends=number % 8 == 0)
        self.act(COMMANDS[chosen[number % len(chosen)]])

    def possible(self, *, with_ends: bool) -> list[int]:
        """The commands that the table has for where it stands, with those that end it if asked."""
        names = [name for name, _ in COMMANDS]
        here = [at for at, name in enumerate(names) if self.stage in PROCESS.actions[name].moves]
        onward = [at for at in here if names[at] not in ENDS]
        return here if with_ends else onward or here

    def act(self, command: Command) -> None:
        name, fields = command
        fields = fields | self.told_now(name, fields)
        request = getattr(pb, f"{name}Request")(complaint_id=self.complaint_id, **fields)
        self.attempt(lambda: getattr(api(self.uow), name)(request))

    def told_now(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        """What a command says that depends on the day or on what was done before."""
        if name == "MergeComplaint":
            return {"into_id": self.twin_id}
        if name == "InviteP3mi":
            return {"meets_at": at(self.uow.now + timedelta(days=3))}
        if name == "HoldClarification":
            due_on = (self.uow.now + timedelta(days=2)).date().isoformat()
            promises = [pb.Promise(what="Membayar gaji", amount_rupiah=9, due_on=due_on)]
            told = {"commitments": promises} if "admitted" in fields else {}
            return {"held_at": at(self.uow.now), **told}
        if name == "ConfirmCommitment":
            found = self.uow.find(Clarification, self.complaint.clarification_id)
            lines = found.commitments if found else []
            return {"commitment_id": lines[-1].commitment_id if lines else "none"}
        return {}

    @precondition(lambda self: self.custody.open_offer is not None)
    @rule(
        answer=st.sampled_from(
            [
                {"acceptance": Acceptance(resource_id="k1")},
                {"refusal": Refusal(code="not_ours")},
                {"question": Question(note_id="n1")},
            ]
        )
    )
    def the_receiver_answers(self, answer: dict[str, Any]) -> None:
        offer = self.custody.offers[-1]
        reply = HandoverReply(
            matter_id=self.complaint_id,
            offer_no=offer.offer_no,
            party=offer.receiver.to_proto(),
            giver=offer.giver.to_proto(),
            **answer,
        )
        if "question" in answer:
            reply.question.answer_by.FromDatetime(self.uow.now + timedelta(days=2))
        self.uow.record = a_record(
            reply, service=offer.receiver.service, time=self.uow.now - timedelta(seconds=1)
        )
        self.attempt(lambda: self.custody_reactions().decide_reply(reply))
        self.uow.record = None

    @precondition(lambda self: self.custody.holder.service != SERVICE)
    @rule(result=st.sampled_from(["settled", "not_settled", SILENT]))
    def the_holder_gives_back(self, result: str) -> None:
        custody = self.custody
        # Only a ministry is silent: exchange says so for it.
        if result == SILENT and custody.holder.service != MINISTRIES:
            result = "not_settled"
        event = HandoverReturned(
            matter_id=self.complaint_id,
            receiver=custody.holder.to_proto(),
            holder=custody.stack[-1].to_proto(),
            result=result,
        )
        self.was = self.stage
        self.read(event, custody.holder.service, custody.custody_no + 1)

    @rule(hours=st.sampled_from([1, 9, 26, 80, 400]))
    def time_passes(self, hours: int) -> None:
        self.was = self.stage
        self.uow.now += timedelta(hours=hours)
        for (matter_id, kind, number), due_at in sorted(self.uow.timers.items()):
            if due_at <= self.uow.now and matter_id == self.complaint_id:
                run = kind.rpartition(".")[2]
                name = "lapse_offer" if run == "lapse" else "end_question"
                getattr(self.custody_reactions(), name)(matter_id, number)
                self.uow.timers.pop((matter_id, kind, number), None)
                self.hear()
        if self.complaint.clock_step_at and self.complaint.clock_step_at <= self.uow.now:
            steps.take_steps_of(self.uow, self.complaint, self.custody)

    @invariant()
    def it_stands_in_a_state_of_the_table_that_has_a_way_to_an_end(self) -> None:
        assert any(PROCESS.states[name].final for name in ways_on(self.stage))

    @invariant()
    def it_has_one_holder_who_alone_may_have_offered_it(self) -> None:
        assert self.custody.holder.service
        if self.custody.open_offer is not None:
            assert self.custody.holder.service == SERVICE

    @invariant()
    def whoever_has_to_act_in_complaint_has_a_clock(self) -> None:
        offer = self.custody.open_offer
        is_asked = offer is not None and offer.state is OfferState.ASKED
        is_here = self.custody.holder.service == SERVICE and not self.custody.closed
        if is_here and not is_asked:
            assert self.complaint.clock, self.stage
            assert self.complaint.clock_due_at is not None
            assert self.stage in LAW.base.clocks[self.complaint.clock].runs_in

    @invariant()
    def a_clock_ends_after_its_beginning_and_its_steps_are_ahead(self) -> None:
        complaint = self.complaint
        if complaint.clock_from is not None and complaint.clock_due_at is not None:
            assert complaint.clock_due_at > complaint.clock_from
        if complaint.clock_step_at is not None:
            assert complaint.clock_step_at > self.uow.now

    @invariant()
    def what_has_ended_has_ended_in_both(self) -> None:
        assert (self.complaint.closed_at is None) == (self.custody.closed_at is None)

    @invariant()
    def every_new_act_comes_from_where_it_stood_and_leads_where_the_table_says(self) -> None:
        done = self.mine()
        for act in done[self.chain :]:
            action = PROCESS.actions.get(act.action)
            if action is not None and self.chain:
                assert act.state == self.was
                assert self.stage in action.moves[act.state]
            if action is not None:
                self.was = self.stage
        self.chain = len(done)


TheProcess.TestCase.settings = settings(
    max_examples=examples(30, in_depth=400), stateful_step_count=40, deadline=None
)
TestTheProcess = pytest.mark.property(TheProcess.TestCase)


ACCEPTED = {"acceptance": Acceptance(resource_id="k1")}


# What moves a complaint on from where it stands; a session with an agency, and the consent that a
# ministry may be asked, do so afterwards.
ONWARD = {
    stage: {
        name for name, each in PROCESS.actions.items() if {*each.moves.get(stage, ())} - {stage}
    }
    for stage in Stage
}
ONWARD[Stage.CLARIFICATION_1] = {"HoldClarification", "InviteP3mi"}
ONWARD[Stage.TRIAGED] = {"RecordConsent", *ONWARD[Stage.TRIAGED]}


def walked(seed: int) -> set[Stage]:
    """The stages of one complaint that is mostly moved on."""
    chance, process, seen = Random(seed), TheProcess(), set[Stage]()  # noqa: S311 - no secret
    for _ in range(40):
        seen.add(process.stage)
        if process.custody.holder.service != SERVICE and chance.random() < 0.5:
            process.the_holder_gives_back("settled")
        elif process.custody.open_offer is not None and chance.random() < 0.5:
            process.the_receiver_answers(ACCEPTED)
        else:
            possible = process.possible(with_ends=chance.random() < 0.05)
            onward = [at for at in possible if COMMANDS[at][0] in ONWARD[process.stage]]
            process.act(COMMANDS[chance.choice(onward or possible)])
    return seen


def test_every_stage_is_come_to_by_what_is_tried_here() -> None:
    assert set[Stage]().union(*map(walked, range(40))) == set(Stage)
