"""The one suite that holds the fake unit of work to the real one."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintAnswered, ComplaintClosed
from estafet.handover.v1.reply_pb2 import Acceptance, HandoverReply
from sqlalchemy.exc import IntegrityError

from services.chassis.errors import NotAllowed, NotFound
from services.chassis.testing import A_MORNING
from services.chassis.unit_of_work import UnitOfWork
from tests.chassis.desks import Desk, Parcel

CUSTODY = "estafet.custody.v1"
A_SECOND = timedelta(seconds=1)


def a_desk_with_parcel(desk: Desk) -> Desk:
    with desk.work() as uow:
        uow.add(Parcel("p1", "rice"))
    return desk


def fail(desk: Desk, act: Callable[[UnitOfWork], object]) -> None:
    """A unit of work that acts and then meets an error."""
    with suppress(NotAllowed), desk.work() as uow:
        act(uow)
        raise NotAllowed("no")


@pytest.mark.parametrize("how", ["get", "read", "guard", "find"])
def test_what_was_added_is_found(desk: Desk, how: str) -> None:
    with a_desk_with_parcel(desk).work() as uow:
        assert getattr(uow, how)(Parcel, "p1").content == "rice"


@pytest.mark.parametrize("how", ["get", "read", "guard"])
def test_what_does_not_exist_is_named(desk: Desk, how: str) -> None:
    with desk.work() as uow, pytest.raises(NotFound, match="Parcel p2 does not exist"):
        getattr(uow, how)(Parcel, "p2")


def test_find_may_find_nothing(desk: Desk) -> None:
    with desk.work() as uow:
        assert uow.find(Parcel, "p2") is None


@pytest.mark.parametrize("how", ["get", "read", "guard", "find"])
def test_what_was_added_is_found_in_the_same_unit_of_work(desk: Desk, how: str) -> None:
    with desk.work() as uow:
        uow.add(Parcel("p1", "rice"))
        assert getattr(uow, how)(Parcel, "p1").content == "rice"


def test_what_was_written_down_is_kept_as_it_has_become(desk: Desk) -> None:
    with desk.work() as uow:
        parcel = Parcel("p1", "rice")
        uow.write_down(parcel)
        parcel.content = "tea"
    with desk.work() as uow:
        assert uow.read(Parcel, "p1").content == "tea"


def test_all_that_was_written_down_is_kept(desk: Desk) -> None:
    with desk.work() as uow:
        for key in ("p1", "p2", "p3"):
            uow.write_down(Parcel(key, "rice"))
    with desk.work() as uow:
        assert set(uow.find_all(Parcel, ["p1", "p2", "p3"])) == {"p1", "p2", "p3"}


def test_what_was_written_down_before_an_error_is_gone(desk: Desk) -> None:
    fail(desk, lambda uow: uow.write_down(Parcel("p1", "rice")))
    with desk.work() as uow:
        assert uow.find(Parcel, "p1") is None


def test_what_is_there_cannot_be_written_down_again(desk: Desk) -> None:
    a_desk_with_parcel(desk)
    with pytest.raises(IntegrityError), desk.work() as uow:
        uow.write_down(Parcel("p1", "rice"))


def test_of_many_those_are_got_that_there_are_and_may_be_changed(desk: Desk) -> None:
    with a_desk_with_parcel(desk).work() as uow:
        found = uow.get_all(Parcel, ["p2", "p1"])
        assert list(found) == ["p1"]
        found["p1"].content = "salt"
        assert uow.get_all(Parcel, []) == {}
    with desk.work() as uow:
        assert uow.read(Parcel, "p1").content == "salt"


def test_what_is_gathered_is_written_before_the_commit(desk: Desk) -> None:
    gathered: list[list[str]] = []
    with desk.work() as uow:
        uow.gather("rice", lambda _rows, items: gathered.append(items))
    assert gathered == [["rice"]]


def test_a_change_is_there_for_the_next_unit_of_work(desk: Desk) -> None:
    with a_desk_with_parcel(desk).work() as uow:
        uow.get(Parcel, "p1").content = "salt"
    with desk.work() as uow:
        assert uow.read(Parcel, "p1").content == "salt"


@pytest.mark.parametrize("how", ["get", "read", "guard", "find"])
def test_looking_again_does_not_undo_a_change(desk: Desk, how: str) -> None:
    with a_desk_with_parcel(desk).work() as uow:
        uow.get(Parcel, "p1").content = "salt"
        assert getattr(uow, how)(Parcel, "p1").content == "salt"


def change_everything(uow: UnitOfWork) -> None:
    uow.get(Parcel, "p1").content = "salt"
    uow.add(Parcel("p2"))
    uow.set_timer("answer", "m1", 1, A_MORNING)
    uow.write_note("m1", "a reason")
    uow.log_read("p1", "triage")
    uow.emit(ComplaintClosed(complaint_id="c1"))


def test_an_error_undoes_every_change(desk: Desk) -> None:
    fail(a_desk_with_parcel(desk), change_everything)
    with desk.work() as uow:
        assert uow.read(Parcel, "p1").content == "rice"
        assert uow.find(Parcel, "p2") is None
    assert [desk.timers(), desk.notes(), desk.reads(), desk.outbox()] == [[], [], [], []]


def test_the_same_id_cannot_be_added_twice(desk: Desk) -> None:
    with pytest.raises(IntegrityError), a_desk_with_parcel(desk).work() as uow:
        uow.add(Parcel("p1", "salt"))


def test_emitting_none_says_nothing(desk: Desk) -> None:
    with desk.work() as uow:
        assert uow.emit_numbered(None) == 0
    assert desk.outbox() == []


def test_events_are_numbered_within_their_key(desk: Desk) -> None:
    answered = ComplaintAnswered(complaint_id="c1", note_id="n1")
    with desk.work() as uow:
        assert uow.emit_numbered(answered) == 1
        assert uow.emit_numbered(ComplaintClosed(complaint_id="c2")) == 1
    with desk.work() as uow:
        assert uow.emit_numbered(ComplaintClosed(complaint_id="c1")) == 2
    assert desk.outbox() == [
        ("estafet.complaint.v1", "c1", 1, answered),
        ("estafet.complaint.v1", "c2", 1, ComplaintClosed(complaint_id="c2")),
        ("estafet.complaint.v1", "c1", 2, ComplaintClosed(complaint_id="c1")),
    ]


def test_a_number_that_was_undone_is_taken_by_the_next_event(desk: Desk) -> None:
    fail(desk, lambda uow: uow.emit(ComplaintClosed(complaint_id="c1")))
    with desk.work() as uow:
        assert uow.emit_numbered(ComplaintClosed(complaint_id="c1")) == 1


def test_an_event_is_kept_as_it_was_when_it_was_emitted(desk: Desk) -> None:
    with desk.work() as uow:
        event = ComplaintClosed(complaint_id="c1", ground="settled")
        uow.emit(event)
        event.ground = "withdrawn"
    assert desk.outbox()[0][3] == ComplaintClosed(complaint_id="c1", ground="settled")


def test_a_topic_may_be_named_after_the_emitting_service(desk: Desk) -> None:
    with desk.work() as uow:
        uow.emit(HandoverReply(matter_id="m1", offer_no=2))
    assert desk.outbox()[0][0] == "estafet.complaint.handover.v1"


def test_a_message_without_a_route_is_no_event(desk: Desk) -> None:
    with desk.work() as uow, pytest.raises(ValueError, match="Acceptance is no event"):
        uow.emit(Acceptance())


def test_an_event_needs_its_key(desk: Desk) -> None:
    with desk.work() as uow, pytest.raises(ValueError, match="ComplaintClosed has no complaint_id"):
        uow.emit(ComplaintClosed())


def test_an_event_over_256_kib_is_refused(desk: Desk) -> None:
    with desk.work() as uow, pytest.raises(NotAllowed) as refused:
        uow.emit(ComplaintClosed(complaint_id="c1", ground="x" * 256 * 1024))
    assert refused.value.reason == "EVENT_TOO_LARGE"


def test_clocks_of_a_matter_stand_side_by_side(desk: Desk) -> None:
    later = A_MORNING + timedelta(days=3)
    with desk.work() as uow:
        uow.set_timer("answer", "m1", 2, later)
        uow.set_timer("answer", "m1", 1, A_MORNING)
    assert desk.timers() == [("m1", "answer", 1, A_MORNING), ("m1", "answer", 2, later)]


def test_a_clock_that_nobody_needs_is_dropped_alone(desk: Desk) -> None:
    with desk.work() as uow:
        uow.set_timer("answer", "m1", 1, A_MORNING)
        uow.set_timer("answer", "m1", 2, A_MORNING)
    with desk.work() as uow:
        uow.drop_timer("answer", "m1", 1)
        uow.drop_timer("answer", "m1", 7)  # it ran a moment ago
    assert desk.timers() == [("m1", "answer", 2, A_MORNING)]


def test_the_same_clock_is_not_set_twice(desk: Desk) -> None:
    with desk.work() as uow:
        uow.set_timer("answer", "m1", 1, A_MORNING)
    with pytest.raises(IntegrityError), desk.work() as uow:
        uow.set_timer("answer", "m1", 1, A_MORNING)


def test_a_note_keeps_its_text_and_instant(desk: Desk) -> None:
    with desk.work() as uow:
        assert uow.write_note("m1", "why it is not ours")
        written_at = uow.now
    assert desk.notes() == [("m1", "why it is not ours", written_at)]


def test_an_empty_text_is_no_note(desk: Desk) -> None:
    with desk.work() as uow:
        assert uow.write_note("m1", "") == ""
    assert desk.notes() == []


def test_reads_of_personal_data_are_recorded(desk: Desk) -> None:
    with desk.work() as uow:
        uow.log_read("c1", "triage")
        uow.log_read("c2", "answer")
    assert desk.reads() == [("c1", "triage"), ("c2", "answer")]


def test_a_topic_that_was_never_read_to_its_end_is_not_heard(desk: Desk) -> None:
    with desk.work() as uow:
        assert not uow.has_heard("protection.reactions", CUSTODY, "m1", A_MORNING)


def test_a_topic_read_to_its_end_is_heard_until_then(desk: Desk) -> None:
    desk.has_heard("protection.reactions", CUSTODY, A_MORNING)
    with desk.work() as uow:
        assert uow.has_heard("protection.reactions", CUSTODY, "m1", A_MORNING)
        assert not uow.has_heard("protection.reactions", CUSTODY, "m1", A_MORNING + A_SECOND)
        assert not uow.has_heard("complaint.reactions", CUSTODY, "m1", A_MORNING)


def test_a_parked_record_of_the_key_is_not_heard(desk: Desk) -> None:
    desk.has_heard("protection.reactions", CUSTODY, A_MORNING)
    desk.has_parked("protection.reactions", CUSTODY, "m1")
    with desk.work() as uow:
        assert not uow.has_heard("protection.reactions", CUSTODY, "m1", A_MORNING)
        assert uow.has_heard("protection.reactions", CUSTODY, "m2", A_MORNING)
        assert not uow.has_heard("protection.reactions", CUSTODY, None, A_MORNING)


def test_a_topic_of_which_nothing_is_parked_is_heard_whole(desk: Desk) -> None:
    desk.has_heard("protection.reactions", CUSTODY, A_MORNING)
    desk.has_parked("complaint.reactions", CUSTODY, "m1")
    with desk.work() as uow:
        assert uow.has_heard("protection.reactions", CUSTODY, None, A_MORNING)


def test_new_ids_differ_and_sort_by_age(desk: Desk) -> None:
    with desk.work() as uow:
        made = [uow.new_id() for _ in range(100)]
    assert made == sorted(set(made))


def test_the_instant_of_a_unit_of_work_stands_still_and_knows_its_zone(desk: Desk) -> None:
    with desk.work() as uow:
        assert uow.now.utcoffset() == timedelta(0)
        assert uow.now is uow.now
