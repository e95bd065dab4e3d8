"""How a giver decides replies and clocks, and what a receiver makes of the custody log."""

import inspect
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from estafet.empowerment.v1.events_pb2 import WishedToGoAgain
from estafet.handover.v1 import custody_pb2 as pb
from estafet.handover.v1.reply_pb2 import HandoverReply
from google.protobuf.message import Message
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from services.chassis.consumer import Consumer
from services.chassis.errors import TryAgain
from services.chassis.handlers import Handlers
from services.chassis.progress import Delivery
from services.chassis.reaction import OnAnyRecord, OnEvent, Reaction
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, a_record, worker_factory
from services.handover import holding, receiving
from services.handover.baton import HandoverReactions, UnknownKind, UnknownRecord
from services.handover.custody import Custody, Limits, Offer, Party
from tests.handover.builders import (
    CASE_OFFICER,
    CASES,
    DAY,
    DUE,
    INTAKE,
    ComplaintCustody,
    ProtectionCustody,
    a_brief,
    a_holder,
    a_question,
    a_receiver,
    a_refusal,
    accepted,
    an_acceptance,
    complaint_hears,
    complaints_clock,
    fire,
    offered,
    opened,
    protection_reads,
    stamp,
)

CUSTODY_OF_M1 = ("estafet.custody.v1", "m1")
LAPSE = "handover.lapse"


def names(events: list[Message]) -> list[str]:
    return [event.DESCRIPTOR.name for event in events]


# The giver.


def test_an_acceptance_in_time_makes_the_officer_holder_who_answered() -> None:
    uow = a_holder(with_offer=True)
    assert complaint_hears(uow, an_acceptance()) == [accepted(holder=CASE_OFFICER)]


def test_the_giver_cannot_write_after_the_acceptance() -> None:
    uow = a_holder(with_offer=True)
    complaint_hears(uow, an_acceptance())
    assert uow.heads[CUSTODY_OF_M1] == Head(3, open=False)


def test_a_reply_sent_at_the_last_instant_counts_though_it_is_read_later() -> None:
    uow = a_holder(with_offer=True)
    uow.now = DUE + DAY
    assert names(complaint_hears(uow, an_acceptance(), at=DUE)) == ["HandoverAccepted"]


def test_a_reply_sent_after_the_clock_changes_nothing() -> None:
    uow = a_holder(with_offer=True)
    uow.now = DUE + DAY
    late = DUE + timedelta(microseconds=1)
    assert complaint_hears(uow, an_acceptance(), at=late) == []


def test_a_reply_to_a_paused_clock_counts_whenever_it_was_sent() -> None:
    uow = a_holder(with_offer=True)
    complaint_hears(uow, a_question())
    assert names(complaint_hears(uow, an_acceptance(), at=DUE + DAY)) == ["HandoverAccepted"]


def test_a_second_reply_gets_nothing_but_the_record_that_exists() -> None:
    uow = a_holder(with_offer=True)
    complaint_hears(uow, a_refusal())
    assert complaint_hears(uow, an_acceptance()) == []


def test_a_reply_to_an_earlier_offer_does_not_answer_the_new_one() -> None:
    uow = a_holder(with_offer=True)
    holding.withdraw(uow, "m1")
    holding.offer(uow, "m1", CASES, a_brief(), DUE)
    assert complaint_hears(uow, an_acceptance(offer_no=2)) == []


def test_somebody_to_whom_it_was_not_offered_cannot_accept() -> None:
    uow = a_holder(with_offer=True)
    stranger = Party("protection", "bp3mi")
    assert complaint_hears(uow, an_acceptance(party=stranger)) == []


def test_a_reply_to_another_services_offer_is_nothing_here() -> None:
    assert complaint_hears(FakeUnitOfWork(service="placement"), an_acceptance()) == []


def test_a_reply_that_names_another_giver_is_nothing_here() -> None:
    uow = a_holder(with_offer=True)
    assert complaint_hears(uow, an_acceptance(giver=Party("placement", "kp2mi"))) == []


def test_a_reply_of_an_earlier_release_which_names_no_giver_is_decided_by_the_holder() -> None:
    uow, nameless = a_holder(with_offer=True), an_acceptance()
    nameless.ClearField("giver")
    assert names(complaint_hears(uow, nameless)) == ["HandoverAccepted"]
    assert complaint_hears(FakeUnitOfWork(service="placement"), nameless) == []


def test_a_question_pauses_the_clock_and_sets_one_for_the_answer() -> None:
    uow = a_holder(with_offer=True)
    complaint_hears(uow, a_question())
    assert uow.timers["m1", "handover.answer", 3] == A_MORNING + DAY


def test_the_clock_that_a_question_paused_does_nothing_when_it_runs_out() -> None:
    uow = a_holder(with_offer=True)
    complaint_hears(uow, a_question())
    uow.now = DUE
    assert fire(uow, LAPSE, 2) == []


def test_a_question_that_is_not_answered_by_its_date_withdraws_the_offer() -> None:
    uow = a_holder(with_offer=True)
    complaint_hears(uow, a_question())
    withdrawn = pb.HandoverWithdrawn(matter_id="m1", offer_no=2, code="not_clarified")
    assert complaints_clock(uow, "handover.answer") == [withdrawn]
    assert uow.read(Custody, "m1").setbacks == 1


def test_one_question_too_many_brings_the_matter_back() -> None:
    uow = a_holder(with_offer=True)
    uow.read(Custody, "m1").offers[0].asks = ComplaintCustody.limits.asks
    withdrawn = pb.HandoverWithdrawn(matter_id="m1", offer_no=2, code="asked_too_often")
    assert complaint_hears(uow, a_question()) == [withdrawn]


def test_an_offer_lapses_when_its_clock_has_run_out_and_all_was_heard() -> None:
    uow = a_holder(with_offer=True)
    assert names(complaints_clock(uow, LAPSE)) == ["HandoverLapsed"]


def test_a_lapse_waits_until_the_receivers_topic_was_read_to_its_end() -> None:
    uow = a_holder(with_offer=True)
    uow.now = DUE + DAY
    uow.heard["complaint.custody", "estafet.protection.handover.v1"] = DUE - timedelta(seconds=1)
    with pytest.raises(TryAgain):
        fire(uow, LAPSE, 2)


def test_a_lapse_waits_while_a_reply_is_parked() -> None:
    uow = a_holder(with_offer=True)
    uow.parked.add(("complaint.custody", "estafet.protection.handover.v1", "m1"))
    with pytest.raises(TryAgain):
        complaints_clock(uow, LAPSE)


def test_after_enough_lapses_a_coordinator_is_named() -> None:
    uow = a_holder(with_offer=True)
    complaints_clock(uow, LAPSE)
    holding.offer(uow, "m1", CASES, a_brief(), uow.now + DAY)
    coordinator = Party("complaint", "kp2mi", "coordinator")
    assert complaints_clock(uow, LAPSE)[1:] == [
        pb.HolderReassigned(matter_id="m1", holder=coordinator.to_proto(), code="silent")
    ]


def test_a_lapse_of_the_coordinators_own_offer_names_nobody_again() -> None:
    uow = a_holder(with_offer=True)
    for _ in range(2):
        complaints_clock(uow, LAPSE)
        holding.offer(uow, "m1", CASES, a_brief(), uow.now + DAY)
    assert names(complaints_clock(uow, LAPSE)) == ["HandoverLapsed"]


def test_two_parties_of_one_service_hand_over_without_closing_the_head() -> None:
    cases_abroad = Party("protection", "kp2mi", "abroad")
    uow = FakeUnitOfWork(service="protection")
    holding.open_matter(uow, "m1", "case", CASES)
    holding.offer(uow, "m1", cases_abroad, a_brief(), DUE)
    reply = receiving.accept(uow, "m1", 2, "case-2")
    assert reply.reply == "accepted"
    complaint_hears(uow, an_acceptance(party=cases_abroad, giver=CASES))
    assert (uow.heads[CUSTODY_OF_M1], uow.read(Custody, "m1").holder) == (Head(3), cases_abroad)


def test_a_service_whose_row_is_behind_its_log_writes_nothing() -> None:
    uow = a_holder(with_offer=True)
    uow.heads[CUSTODY_OF_M1] = Head(5)
    with pytest.raises(TryAgain), uow.transaction():
        complaint_hears(uow, an_acceptance())
    assert len(uow.emitted) == 2


def test_our_own_record_read_back_changes_nothing() -> None:
    uow = a_holder(with_offer=True)
    reactions = worker_factory(ComplaintCustody, uow=uow)
    for seq, event in enumerate(list(uow.emitted), start=1):
        uow.record = a_record(event, service="complaint", seq=seq)
        reactions.follow_custody(event)
    custody = uow.read(Custody, "m1")
    assert (custody.custody_no, len(custody.offers), len(uow.emitted)) == (2, 1, 2)


@pytest.mark.parametrize(
    ("reply", "clocks"),
    [
        (an_acceptance(), []),
        (a_refusal(), []),
        (a_question(), [("m1", "handover.answer", 3)]),
    ],
)
def test_the_clock_of_an_offer_ends_with_its_answer(
    reply: HandoverReply, clocks: list[tuple[str, str, int]]
) -> None:
    uow = a_holder(with_offer=True)
    assert list(uow.timers) == [("m1", "handover.lapse", 2)]
    complaint_hears(uow, reply)
    assert list(uow.timers) == clocks


def test_the_clock_of_a_question_ends_with_its_answer() -> None:
    uow = a_holder(with_offer=True)
    complaint_hears(uow, a_question())
    holding.clarify(uow, "m1", "the passport is with the agency", DUE + DAY)
    assert list(uow.timers) == [("m1", "handover.lapse", 4)]


# The receiver.


def test_an_offer_arrives_with_its_brief() -> None:
    uow = FakeUnitOfWork(service="protection")
    assert protection_reads(uow, opened(), offered()) == ["offered m1 2: 3"]


def test_the_confirmed_receiver_takes_the_baton() -> None:
    uow = a_receiver()
    told = protection_reads(uow, accepted(), first=3)
    assert (told, uow.heads[CUSTODY_OF_M1]) == (["confirmed m1 case-1"], Head(3))


def test_what_was_pending_ends_when_the_offer_lapsed_after_all() -> None:
    uow = a_receiver()
    receiving.accept(uow, "m1", 2, "case-1")
    lapsed = pb.HandoverLapsed(matter_id="m1", offer_no=2, lapses=1)
    assert protection_reads(uow, lapsed, first=3) == ["over m1 lapsed case-1"]


def test_a_record_that_was_told_is_not_told_again_to_a_new_class() -> None:
    uow = a_receiver()
    assert protection_reads(uow, opened(), offered()) == []


def test_a_record_read_again_does_not_take_the_baton_back() -> None:
    uow = a_receiver()
    protection_reads(uow, accepted(), first=3)
    holding.give_back(uow, "m1", "settled")
    protection_reads(uow, accepted(), first=3)
    assert uow.heads[CUSTODY_OF_M1] == Head(4, open=False)


def test_an_unknown_kind_waits_for_an_upgrade_of_its_addressee() -> None:
    unknown = offered()
    unknown.kind = "protection.evacuation"
    with pytest.raises(UnknownKind, match=r"protection\.evacuation.*upgrade me"):
        protection_reads(FakeUnitOfWork(service="protection"), opened(), unknown)


def test_a_brief_of_another_message_waits_for_an_upgrade() -> None:
    strange = offered()
    strange.brief.Pack(stamp(DUE))
    with pytest.raises(UnknownKind):
        protection_reads(FakeUnitOfWork(service="protection"), opened(), strange)


def test_a_record_of_a_later_release_stops_its_matter_and_not_others() -> None:
    known = a_record(opened(), service="complaint")
    later = replace(known, type="estafet.handover.v1.HandoverSplit")
    handlers = Handlers()
    for _, method in inspect.getmembers(ProtectionCustody, inspect.isfunction):
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, Reaction):
                handlers.add(entrypoint)
    assert isinstance(handlers.of(later), OnAnyRecord)
    assert isinstance(handlers.of(known), OnEvent)
    reactions = worker_factory(ProtectionCustody, uow=FakeUnitOfWork(service="protection"))
    with pytest.raises(UnknownRecord, match=r"HandoverSplit of matter m1: upgrade me"):
        reactions.refuse_unknown(later)


def test_an_unknown_kind_is_followed_by_everybody_else() -> None:
    unknown = offered()
    unknown.kind = "protection.evacuation"
    uow = FakeUnitOfWork(service="placement")
    protection_reads(uow, opened(), unknown)
    offer = uow.read(Custody, "m1").open_offer
    assert offer is not None
    assert offer.kind == "protection.evacuation"


def test_limits_are_configuration() -> None:
    class Patient(ComplaintCustody):
        limits = Limits(asks=1, lapses=9)

    uow = a_holder(with_offer=True)
    uow.now = DUE
    uow.heard["complaint.custody", "estafet.protection.handover.v1"] = DUE
    worker_factory(Patient, uow=uow).lapse_offer("m1", 2)
    assert uow.read(Custody, "m1").holder == INTAKE


# Who is in a hurry.


def test_what_is_no_record_of_custody_is_urgent() -> None:
    event = WishedToGoAgain(plan_id="p1")
    assert not ComplaintCustody.can_wait("complaint", a_record(event, service="empowerment"), event)


class ToldOfRefusals(HandoverReactions):
    name = "complaint.custody"

    def on_refused(self, custody: Custody, offer: Offer) -> None:
        """Overridden."""


class ToldOfEnds(HandoverReactions):
    name = "placement.custody"

    def on_closed(self, custody: Custody) -> None:
        """Overridden."""


def a_withdrawal() -> pb.HandoverWithdrawn:
    return pb.HandoverWithdrawn(matter_id="m1", offer_no=2)


@pytest.mark.parametrize(
    ("reactions", "service", "event", "waits"),
    [
        (ProtectionCustody, "protection", offered(), False),
        (HandoverReactions, "protection", offered(), False),  # it may be of an unknown kind
        (ProtectionCustody, "placement", offered(), True),
        (ProtectionCustody, "protection", accepted(), False),
        (HandoverReactions, "protection", accepted(), False),  # it brings the baton
        (ProtectionCustody, "placement", accepted(), True),
        (ProtectionCustody, "protection", opened(), True),
        (ProtectionCustody, "protection", a_withdrawal(), False),  # it does not say from whom
        (HandoverReactions, "protection", a_withdrawal(), True),
        # Its own record comes back.
        (ComplaintCustody, "complaint", offered(), True),
        (ComplaintCustody, "complaint", a_withdrawal(), True),
        (ToldOfRefusals, "complaint", a_withdrawal(), False),
        (ToldOfRefusals, "protection", a_withdrawal(), True),
        # What may concern anybody.
        (HandoverReactions, "placement", pb.MatterClosed(matter_id="m1"), True),
        (ToldOfEnds, "placement", pb.MatterClosed(matter_id="m1"), False),
        (ToldOfEnds, "complaint", pb.MatterClosed(matter_id="m1"), False),
    ],
)
def test_only_whom_a_record_may_concern_is_in_a_hurry(
    reactions: type[HandoverReactions], service: str, event: Message, waits: bool
) -> None:
    record = a_record(event, service="complaint")
    assert reactions.can_wait(service, record, event) == waits


@pytest.mark.parametrize(
    ("giver", "waits"),
    [(INTAKE, False), (CASES, True), (None, False)],  # an earlier release names nobody
)
def test_only_the_giver_is_in_a_hurry_for_a_reply(giver: Party | None, waits: bool) -> None:
    reply = an_acceptance()
    reply.ClearField("giver")
    if giver is not None:
        reply.giver.CopyFrom(giver.to_proto())
    record = a_record(reply, service="protection")
    assert ComplaintCustody.can_wait("complaint", record, reply) == waits


def a_handler(service: str) -> OnEvent:
    """The entrypoint of a service for offers, set up without a process."""
    handler = OnEvent(pb.HandoverOffered)
    handler.method_name = "follow_custody"
    handler.consumer = Consumer()
    runtime = SimpleNamespace(service=service)
    handler.container = SimpleNamespace(service_cls=ProtectionCustody, runtime=runtime)
    handler.setup()
    return handler


def test_what_cannot_be_read_is_not_kept() -> None:
    record = a_record(offered(), service="complaint")
    readable = Delivery(record, offered().SerializeToString())
    assert a_handler("placement").can_wait(readable)
    assert not a_handler("placement").can_wait(Delivery(record, b"\xff\xff"))
