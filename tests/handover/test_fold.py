"""The fold of a custody log: what each record changes, and which records no log may have."""

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintFiled
from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message

from services.chassis.testing import A_MORNING
from services.handover.custody import Custody, OfferState, Party
from services.handover.fold import CUSTODY_EVENTS, BrokenLog, Entry, fold
from tests.handover.builders import (
    CASE_OFFICER,
    CASES,
    DAY,
    DUE,
    INTAKE,
    accepted,
    folded,
    offered,
    opened,
    returned,
    stamp,
)

OPENED = (opened(), "complaint")
OFFERED = (offered(), "complaint")
ACCEPTED = (accepted(), "complaint")
RETURNED = (returned(), "protection")
ASKED = (pb.HandoverAsked(matter_id="m1", offer_no=2, answer_by=stamp(DUE)), "complaint")
CLOSED = (pb.MatterClosed(matter_id="m1", ground="settled", article="Art 30"), "complaint")
CHILD = (pb.ChildOpened(matter_id="m1", child_id="c1", kind="claim"), "complaint")


def next_after(custody: Custody, event: Message, writer: str = "complaint") -> Custody:
    return fold(custody, Entry(custody.custody_no + 1, event, A_MORNING, writer))


def test_an_opened_matter_is_held_by_whom_it_names() -> None:
    assert folded(OPENED).holder == INTAKE


def test_an_offer_changes_no_holder() -> None:
    custody = folded(OPENED, OFFERED)
    assert (custody.holder, custody.open_offer and custody.open_offer.offer_no) == (INTAKE, 2)


def test_an_accepted_offer_makes_the_receiver_holder_above_the_giver() -> None:
    custody = folded(OPENED, OFFERED, (accepted(holder=CASE_OFFICER), "complaint"))
    assert (custody.holder, custody.stack) == (CASE_OFFICER, (INTAKE,))


def test_a_returned_matter_is_held_by_the_giver_again() -> None:
    custody = folded(OPENED, OFFERED, ACCEPTED, RETURNED)
    assert (custody.holder, custody.stack) == (INTAKE, ())


def test_a_question_pauses_the_offer_until_it_is_clarified() -> None:
    custody = folded(OPENED, OFFERED, ASKED)
    states = [custody.offers[0].state]
    clarified = pb.HandoverClarified(matter_id="m1", offer_no=2, due_at=stamp(DUE))
    states.append(next_after(custody, clarified).offers[0].state)
    assert states == [OfferState.ASKED, OfferState.OFFERED]


def test_more_time_moves_the_clock_and_is_counted() -> None:
    more = pb.HandoverExtended(matter_id="m1", offer_no=2, due_at=stamp(DUE + DAY), code="papers")
    offer = folded(OPENED, OFFERED, (more, "complaint")).offers[0]
    assert (offer.due_at, offer.clock_no, offer.extensions) == (DUE + DAY, 3, ("papers",))
    assert offer.state is OfferState.OFFERED


@pytest.mark.parametrize("code", ["calendar_moved", "in_danger"])
def test_days_off_that_move_and_danger_to_life_may_shorten_a_clock(code: str) -> None:
    sooner = pb.HandoverExtended(matter_id="m1", offer_no=2, due_at=stamp(DUE - DAY), code=code)
    assert folded(OPENED, OFFERED, (sooner, "complaint")).offers[0].due_at == DUE - DAY


def test_a_reopened_matter_has_its_last_holder() -> None:
    custody = folded(OPENED, CLOSED, (pb.MatterReopened(matter_id="m1"), "complaint"))
    assert (custody.holder, custody.closed) == (INTAKE, False)


def test_declined_and_lapsed_offers_are_setbacks_and_withdrawn_ones_are_not() -> None:
    ends = (
        pb.HandoverDeclined(matter_id="m1", offer_no=2, code="not_ours"),
        pb.HandoverLapsed(matter_id="m1", offer_no=2, lapses=1),
        pb.HandoverWithdrawn(matter_id="m1", offer_no=2, code="withdrawn"),
        pb.HandoverWithdrawn(matter_id="m1", offer_no=2, code="not_clarified"),
    )
    setbacks = [folded(OPENED, OFFERED, (end, "complaint")).setbacks for end in ends]
    assert setbacks == [1, 1, 0, 1]


def test_every_custody_event_of_the_contract_has_a_rule() -> None:
    declared = set(pb.DESCRIPTOR.message_types_by_name)
    assert {event.DESCRIPTOR.name for event in CUSTODY_EVENTS} == declared


OTHER_DESK = Party("complaint", "kp2mi", "archive")
BROKEN = {
    "a log that does not begin with its opening": ((), OFFERED),
    "a matter opened for another service": ((), (opened(holder=CASES), "complaint")),
    "a matter opened twice": ((OPENED,), OPENED),
    "a record by a service that does not hold": ((OPENED,), (offered(), "protection")),
    "a second open offer": ((OPENED, OFFERED), OFFERED),
    "an offer by another desk than the holder's": (
        (OPENED, (pb.HolderReassigned(matter_id="m1", holder=OTHER_DESK.to_proto()), "complaint")),
        OFFERED,
    ),
    "an acceptance of an offer that was never made": ((OPENED,), ACCEPTED),
    "an acceptance of another number": ((OPENED, OFFERED), (accepted(offer_no=1), "complaint")),
    "an acceptance by somebody else": (
        (OPENED, OFFERED),
        (accepted(holder=Party("placement", "kp2mi")), "complaint"),
    ),
    "the giver writing after the hand-over": ((OPENED, OFFERED, ACCEPTED), CLOSED),
    "a question while one waits": ((OPENED, OFFERED, ASKED), ASKED),
    "more time that is none": (
        (OPENED, OFFERED),
        (pb.HandoverExtended(matter_id="m1", offer_no=2, due_at=stamp(DUE)), "complaint"),
    ),
    "more time while the clock is paused": (
        (OPENED, OFFERED, ASKED),
        (pb.HandoverExtended(matter_id="m1", offer_no=2, due_at=stamp(DUE + DAY)), "complaint"),
    ),
    "a lapse while the clock is paused": (
        (OPENED, OFFERED, ASKED),
        (pb.HandoverLapsed(matter_id="m1", offer_no=2, lapses=1), "complaint"),
    ),
    "a lapse miscounted": (
        (OPENED, OFFERED),
        (pb.HandoverLapsed(matter_id="m1", offer_no=2, lapses=2), "complaint"),
    ),
    "an answer to no question": (
        (OPENED, OFFERED),
        (pb.HandoverClarified(matter_id="m1", offer_no=2, due_at=stamp(DUE)), "complaint"),
    ),
    "a return with an empty stack": (
        (OPENED,),
        (pb.HandoverReturned(matter_id="m1", holder=INTAKE.to_proto()), "complaint"),
    ),
    "a return to somebody who did not give it": (
        (OPENED, OFFERED, ACCEPTED),
        (pb.HandoverReturned(matter_id="m1", holder=OTHER_DESK.to_proto()), "protection"),
    ),
    "a new holder of another service without an offer": (
        (OPENED,),
        (pb.HolderReassigned(matter_id="m1", holder=CASES.to_proto()), "complaint"),
    ),
    "a child opened twice": ((OPENED, CHILD), CHILD),
    "a close while an offer is open": ((OPENED, OFFERED), CLOSED),
    "a matter closed twice": ((OPENED, CLOSED), CLOSED),
    "an offer of a closed matter": ((OPENED, CLOSED), OFFERED),
    "a reopening of an open matter": ((OPENED,), (pb.MatterReopened(matter_id="m1"), "complaint")),
    "an event of another topic": ((OPENED,), (ComplaintFiled(), "complaint")),
}


@pytest.mark.parametrize(("before", "broken"), BROKEN.values(), ids=BROKEN)
def test_a_log_may_not_have(
    before: tuple[tuple[Message, str], ...], broken: tuple[Message, str]
) -> None:
    with pytest.raises(BrokenLog):
        folded(*before, broken)


def test_a_gap_breaks_a_log() -> None:
    with pytest.raises(BrokenLog, match="matter m1: HandoverOffered 3 follows 1"):
        fold(folded(OPENED), Entry(3, offered(), A_MORNING, "complaint"))


def test_a_broken_record_changes_nothing() -> None:
    custody = folded(OPENED, OFFERED)
    with pytest.raises(BrokenLog):
        next_after(custody, CLOSED[0])
    assert (custody.custody_no, custody.closed) == (2, False)
