"""What a holder may do, and the reason when it may not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintFiled
from estafet.empowerment.v1.briefs_pb2 import ReturneeBrief
from estafet.handover.v1 import custody_pb2 as pb

from services.chassis.errors import NotAllowed
from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.handover import holding
from services.handover.custody import Party
from tests.handover.builders import (
    CASES,
    DAY,
    DUE,
    INTAKE,
    a_brief,
    a_holder,
    a_question,
    a_receiver,
    accepted,
    complaint_hears,
    offered,
    opened,
    protection_reads,
)

Deed = Callable[[FakeUnitOfWork], object]


def test_an_offer_has_a_clock_of_its_own_number() -> None:
    uow = a_holder(with_offer=True)
    assert uow.timers == {("m1", "handover.lapse", 2): DUE}


def test_an_offer_carries_its_brief_and_the_article_of_its_clock() -> None:
    event = a_holder(with_offer=True).emitted[-1]
    assert isinstance(event, pb.HandoverOffered)
    brief = a_brief(severity=0)
    event.brief.Unpack(brief)
    assert (event.kind, event.regulation, brief) == ("protection.case", "Art 18", a_brief())


def test_a_child_opens_on_both_logs_in_the_journey_of_its_root() -> None:
    uow = a_holder()
    holding.open_child(uow, "m1", "c1", "claim", INTAKE)
    child = pb.MatterOpened(
        matter_id="c1", journey_id="m1", parent_id="m1", kind="claim", holder=INTAKE.to_proto()
    )
    assert uow.emitted[1:] == [pb.ChildOpened(matter_id="m1", child_id="c1", kind="claim"), child]


def test_a_parent_closes_after_its_last_child() -> None:
    uow = a_holder()
    holding.open_child(uow, "m1", "c1", "claim", INTAKE)
    holding.close(uow, "c1", "paid")
    assert holding.close(uow, "m1", "settled").closed


def test_a_child_that_was_not_read_yet_counts_as_open() -> None:
    uow = FakeUnitOfWork(service="protection")
    child = pb.ChildOpened(matter_id="m1", child_id="c1", kind="claim")
    protection_reads(uow, opened(), child, offered(), accepted(offer_no=3))
    assert reason(uow, lambda uow: holding.close(uow, "m1", "settled")) == "CHILD_OPEN"


def test_clarifying_writes_a_note_and_sets_the_new_clock() -> None:
    uow = a_holder(with_offer=True)
    complaint_hears(uow, a_question())
    holding.clarify(uow, "m1", "she works in Taipei", DUE + DAY)
    assert (uow.timers["m1", "handover.lapse", 4], len(uow.notes)) == (DUE + DAY, 1)


def test_more_time_is_told_with_its_rule_and_sets_the_clock_anew() -> None:
    uow = a_holder(with_offer=True)
    holding.extend(uow, "m1", DUE + DAY, "papers_abroad", "Art 1 (contoh)")
    event = uow.emitted[-1]
    assert isinstance(event, pb.HandoverExtended)
    assert (event.code, event.regulation) == ("papers_abroad", "Art 1 (contoh)")
    assert uow.timers == {("m1", "handover.lapse", 3): DUE + DAY}


def test_danger_to_life_ends_the_clock_earlier_with_its_rule() -> None:
    uow = a_holder(with_offer=True)
    holding.hasten(uow, "m1", DUE - timedelta(hours=1), "Art 1 (contoh)")
    event = uow.emitted[-1]
    assert isinstance(event, pb.HandoverExtended)
    assert (event.code, event.regulation) == ("in_danger", "Art 1 (contoh)")
    assert uow.timers == {("m1", "handover.lapse", 3): DUE - timedelta(hours=1)}


def test_danger_to_life_gives_nobody_more_time() -> None:
    uow = a_holder(with_offer=True)
    assert reason(uow, lambda uow: holding.hasten(uow, "m1", DUE, "Art 1")) == "NOT_EARLIER"
    complaint_hears(uow, a_question())
    assert reason(uow, lambda uow: holding.hasten(uow, "m1", DUE, "Art 1")) == "OFFER_ASKED"


def test_a_matter_goes_back_to_its_giver_with_a_result() -> None:
    uow = a_receiver()
    protection_reads(uow, accepted(), first=3)
    holding.give_back(uow, "m1", "settled", "paid in full", "case-1")
    event = uow.emitted[-1]
    assert isinstance(event, pb.HandoverReturned)
    assert (Party.of(event.holder), event.result) == (INTAKE, "settled")


def test_after_returning_it_the_matter_is_not_held_here() -> None:
    uow = a_receiver()
    protection_reads(uow, accepted(), first=3)
    holding.give_back(uow, "m1", "settled")
    assert reason(uow, lambda uow: holding.close(uow, "m1", "x")) == "NOT_HOLDER"


def test_naming_the_same_holder_again_says_nothing() -> None:
    uow = a_holder()
    holding.reassign(uow, "m1", INTAKE, "shift")
    assert len(uow.emitted) == 1


def reason(uow: FakeUnitOfWork, deed: Deed) -> str:
    with pytest.raises(NotAllowed) as refusal, uow.transaction():
        deed(uow)
    return refusal.value.reason


def closed() -> FakeUnitOfWork:
    uow = a_holder()
    holding.close(uow, "m1", "settled")
    return uow


def with_child() -> FakeUnitOfWork:
    uow = a_holder()
    holding.open_child(uow, "m1", "c1", "claim", INTAKE)
    return uow


def closed_with_child() -> FakeUnitOfWork:
    uow = with_child()
    holding.close(uow, "c1", "paid")
    holding.close(uow, "m1", "settled")
    return uow


def an_offer(uow: FakeUnitOfWork) -> object:
    return holding.offer(uow, "m1", CASES, a_brief(), DUE)


def an_offerer() -> FakeUnitOfWork:
    return a_holder(with_offer=True)


def asked() -> FakeUnitOfWork:
    uow = an_offerer()
    complaint_hears(uow, a_question())
    return uow


def overdue() -> FakeUnitOfWork:
    uow = an_offerer()
    uow.now = DUE + timedelta(seconds=1)
    return uow


REFUSALS: list[tuple[str, Callable[[], FakeUnitOfWork], Deed]] = [
    ("NOT_HOLDER", a_receiver, an_offer),
    ("OFFER_OPEN", an_offerer, an_offer),
    ("MATTER_CLOSED", closed, an_offer),
    ("SAME_PARTY", a_holder, lambda uow: holding.offer(uow, "m1", INTAKE, a_brief(), DUE)),
    (
        "WRONG_RECEIVER",
        a_holder,
        lambda uow: holding.offer(uow, "m1", Party("placement", "x"), a_brief(), DUE),
    ),
    (
        "WRONG_RECEIVER",
        a_holder,
        lambda uow: holding.offer(uow, "m1", CASES, ComplaintFiled(), DUE),
    ),
    (
        "WRONG_GIVER",
        a_holder,
        lambda uow: holding.offer(uow, "m1", Party("empowerment", "x"), ReturneeBrief(), DUE),
    ),
    (
        "DUE_IN_PAST",
        a_holder,
        lambda uow: holding.offer(uow, "m1", CASES, a_brief(), A_MORNING),
    ),
    ("OFFER_NOT_OPEN", a_holder, lambda uow: holding.withdraw(uow, "m1")),
    ("OFFER_NOT_OPEN", a_holder, lambda uow: holding.clarify(uow, "m1", "so", DUE)),
    (
        "OFFER_NOT_ASKED",
        an_offerer,
        lambda uow: holding.clarify(uow, "m1", "so", DUE),
    ),
    ("OFFER_NOT_OPEN", a_holder, lambda uow: holding.extend(uow, "m1", DUE, "why", "Art 1")),
    ("NOT_LATER", an_offerer, lambda uow: holding.extend(uow, "m1", DUE, "why", "Art 1")),
    ("OFFER_LAPSED", overdue, lambda uow: holding.extend(uow, "m1", DUE + DAY, "why", "Art 1")),
    ("OFFER_ASKED", asked, lambda uow: holding.extend(uow, "m1", DUE + DAY, "why", "Art 1")),
    ("EMPTY_STACK", a_holder, lambda uow: holding.give_back(uow, "m1", "settled")),
    ("OFFER_OPEN", an_offerer, lambda uow: holding.give_back(uow, "m1", "x")),
    ("OTHER_SERVICE", a_holder, lambda uow: holding.reassign(uow, "m1", CASES, "x")),
    ("OTHER_SERVICE", a_holder, lambda uow: holding.open_matter(uow, "m2", "claim", CASES)),
    ("MATTER_EXISTS", a_holder, lambda uow: holding.open_matter(uow, "m1", "claim", INTAKE)),
    (
        "MATTER_EXISTS",
        with_child,
        lambda uow: holding.open_child(uow, "m1", "c1", "claim", INTAKE),
    ),
    ("CHILD_OPEN", with_child, lambda uow: holding.close(uow, "m1", "settled")),
    ("OFFER_OPEN", an_offerer, lambda uow: holding.close(uow, "m1", "settled")),
    ("MATTER_CLOSED", closed, lambda uow: holding.close(uow, "m1", "settled")),
    ("MATTER_OPEN", a_holder, lambda uow: holding.reopen(uow, "m1", "facts", DAY)),
    (
        "WINDOW_PASSED",
        closed,
        lambda uow: holding.reopen(uow, "m1", "facts", timedelta(seconds=-1)),
    ),
    ("PARENT_CLOSED", closed_with_child, lambda uow: holding.reopen(uow, "c1", "facts", DAY)),
]


@pytest.mark.parametrize(
    ("expected", "before", "deed"),
    REFUSALS,
    ids=[row[0] for row in REFUSALS],
)
def test_a_refusal_has_a_stable_reason_and_says_nothing(
    expected: str, before: Callable[[], FakeUnitOfWork], deed: Deed
) -> None:
    uow = before()
    emitted = len(uow.emitted)
    assert (reason(uow, deed), len(uow.emitted)) == (expected, emitted)
