"""The custody part of the suite that holds the fake unit of work to the real one."""

import pytest
from estafet.handover.v1.custody_pb2 import (
    HandoverAccepted,
    HandoverLapsed,
    MatterClosed,
    MatterOpened,
)

from services.chassis.errors import NotAllowed, NotHolder, TryAgain
from tests.chassis.desks import Desk


def received(desk: Desk, matter_id: str, seq: int) -> None:
    with desk.work() as uow:
        uow.receive_baton(matter_id, seq)


def opened(desk: Desk) -> Desk:
    with desk.work() as uow:
        uow.emit(MatterOpened(matter_id="m1"))
    return desk


def test_a_custody_log_is_opened_once(desk: Desk) -> None:
    with opened(desk).work() as uow, pytest.raises(NotAllowed) as refused:
        uow.emit(MatterOpened(matter_id="m1"))
    assert refused.value.reason == "MATTER_EXISTS"


def test_the_holder_writes_on_in_its_log(desk: Desk) -> None:
    with opened(desk).work() as uow:
        assert uow.emit_numbered(HandoverLapsed(matter_id="m1")) == 2
        assert uow.emit_numbered(MatterClosed(matter_id="m1")) == 3


def test_a_log_that_was_never_opened_here_is_not_written(desk: Desk) -> None:
    with desk.work() as uow, pytest.raises(NotHolder, match="m1 is not held"):
        uow.emit(MatterClosed(matter_id="m1"))


def test_who_passes_the_baton_on_writes_no_more(desk: Desk) -> None:
    with opened(desk).work() as uow:
        assert uow.emit_numbered(HandoverAccepted(matter_id="m1")) == 2
    with desk.work() as uow, pytest.raises(NotHolder):
        uow.emit(MatterClosed(matter_id="m1"))


def test_who_passes_the_baton_to_its_own_party_writes_on(desk: Desk) -> None:
    with opened(desk).work() as uow:
        uow.emit_next(HandoverAccepted(matter_id="m1"), 2, keep_open=True)
        uow.emit_next(MatterClosed(matter_id="m1"), 3)


def test_a_record_whose_number_is_another_s_is_not_written(desk: Desk) -> None:
    with opened(desk).work() as uow, pytest.raises(TryAgain) as refused:
        uow.emit_next(MatterClosed(matter_id="m1"), 3)
    assert refused.value.reason == "CUSTODY_BEHIND"


def test_who_receives_the_baton_writes_the_next_number(desk: Desk) -> None:
    received(desk, "m1", 4)
    with desk.work() as uow:
        assert uow.emit_numbered(MatterClosed(matter_id="m1")) == 5


def test_the_baton_may_come_back(desk: Desk) -> None:
    with opened(desk).work() as uow:
        uow.emit(HandoverAccepted(matter_id="m1"))
    received(desk, "m1", 5)
    with desk.work() as uow:
        assert uow.emit_numbered(MatterClosed(matter_id="m1")) == 6


def test_an_old_record_does_not_give_the_baton_back(desk: Desk) -> None:
    with opened(desk).work() as uow:
        uow.emit(HandoverAccepted(matter_id="m1"))
    received(desk, "m1", 2)
    with desk.work() as uow, pytest.raises(NotHolder):
        uow.emit(MatterClosed(matter_id="m1"))


def test_a_holder_that_receives_again_goes_on_where_it_is(desk: Desk) -> None:
    received(desk, "m1", 4)
    received(desk, "m1", 9)
    with desk.work() as uow:
        assert uow.emit_numbered(MatterClosed(matter_id="m1")) == 5
