"""What a receiver may answer, and the reason when it may not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message

from services.chassis.errors import NotAllowed, NotFound
from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.handover import receiving
from services.handover.custody import Custody, Limits, Party
from tests.handover.builders import (
    CASE_OFFICER,
    DAY,
    DUE,
    a_holder,
    a_receiver,
    accepted,
    an_acceptance,
    protection_reads,
    stamp,
)


def accept(uow: FakeUnitOfWork) -> object:
    return receiving.accept(uow, "m1", 2, "case-1", CASE_OFFICER)


def ask(uow: FakeUnitOfWork) -> object:
    return receiving.ask(uow, "m1", 2, "which agency?", A_MORNING + DAY)


def asked() -> pb.HandoverAsked:
    return pb.HandoverAsked(matter_id="m1", offer_no=2, answer_by=stamp(A_MORNING + DAY))


def test_an_acceptance_is_a_reply_and_makes_nobody_holder_yet() -> None:
    uow = a_receiver()
    accept(uow)
    holder = uow.read(Custody, "m1").holder
    assert (uow.emitted, holder.service) == ([an_acceptance()], "complaint")


def test_a_refusal_keeps_its_text_as_a_note_of_the_receiver() -> None:
    uow = a_receiver()
    receiving.decline(uow, "m1", 2, "not_ours", "belongs to the ministry of labour")
    assert [note.text for note in uow.notes.values()] == ["belongs to the ministry of labour"]


def test_a_receiver_may_still_accept_while_its_question_waits() -> None:
    uow = a_receiver()
    ask(uow)
    protection_reads(uow, asked(), first=3)
    accept(uow)
    assert len(uow.emitted) == 2


def after_a_question() -> FakeUnitOfWork:
    return after(asked())


def after_its_lapse() -> FakeUnitOfWork:
    return after(pb.HandoverLapsed(matter_id="m1", offer_no=2, lapses=1))


def after_its_withdrawal() -> FakeUnitOfWork:
    return after(pb.HandoverWithdrawn(matter_id="m1", offer_no=2))


def after(event: Message) -> FakeUnitOfWork:
    uow = a_receiver()
    protection_reads(uow, event, first=3)
    return uow


def an_offerer() -> FakeUnitOfWork:
    return a_holder(with_offer=True)


def with_reply() -> FakeUnitOfWork:
    uow = a_receiver()
    accept(uow)
    return uow


def after_its_acceptance() -> FakeUnitOfWork:
    return after(accepted())


def after_the_clock() -> FakeUnitOfWork:
    uow = a_receiver()
    uow.now = DUE + timedelta(seconds=1)
    return uow


REFUSALS: list[tuple[str, Callable[[], FakeUnitOfWork], Callable[[FakeUnitOfWork], object]]] = [
    ("NOT_RECEIVER", an_offerer, accept),
    (
        "NOT_RECEIVER",
        a_receiver,
        lambda uow: receiving.accept(uow, "m1", 2, "x", Party("protection", "bp3mi")),
    ),
    ("OFFER_ANSWERED", with_reply, accept),
    ("OFFER_ANSWERED", with_reply, lambda uow: receiving.decline(uow, "m1", 2, "not_ours")),
    ("OFFER_ACCEPTED", after_its_acceptance, accept),
    ("OFFER_LAPSED", after_its_lapse, accept),
    ("OFFER_LAPSED", after_the_clock, accept),
    ("OFFER_WITHDRAWN", after_its_withdrawal, accept),
    ("QUESTION_OPEN", after_a_question, ask),
    ("DUE_IN_PAST", a_receiver, lambda uow: receiving.ask(uow, "m1", 2, "who?", A_MORNING)),
    (
        "ASKED_TOO_OFTEN",
        a_receiver,
        lambda uow: receiving.ask(uow, "m1", 2, "who?", DUE, limits=Limits(asks=0)),
    ),
]


@pytest.mark.parametrize(
    ("expected", "before", "deed"),
    REFUSALS,
    ids=[row[0] for row in REFUSALS],
)
def test_a_refusal_has_a_stable_reason(
    expected: str,
    before: Callable[[], FakeUnitOfWork],
    deed: Callable[[FakeUnitOfWork], object],
) -> None:
    uow = before()
    with pytest.raises(NotAllowed) as refusal, uow.transaction():
        deed(uow)
    assert refusal.value.reason == expected


@pytest.mark.parametrize(("matter_id", "offer_no"), [("m9", 2), ("m1", 9)])
def test_an_offer_that_is_not_known_here_is_not_found(matter_id: str, offer_no: int) -> None:
    with pytest.raises(NotFound):
        receiving.accept(a_receiver(), matter_id, offer_no, "case-1")
