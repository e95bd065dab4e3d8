"""Within the deputy one officer, or one unit's queue, is accountable for a complaint."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from estafet.handover.v1.custody_pb2 import HandoverReturned, HolderReassigned

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.errors import Invalid, NotAllowed, NotFound
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, a_caller, worker_factory
from services.complaint import api_custody, steps
from services.complaint.contact import staff
from services.complaint.domain import Complaint
from services.complaint.officers import Officer
from services.complaint.reactions import ComplaintCustody
from services.complaint.telling import digest_message
from services.complaint.workflow import HERE, LAW, OFFICES
from services.handover.custody import Custody
from services.messages import outbox
from services.messages.message import Message
from services.process.calendars import CALENDARS
from services.process.notices import Notice, note_for
from services.process.offices import Addressee
from tests.complaint.builders import (
    C1,
    C2,
    PROTECTION,
    WHEN_TOLD,
    a_complaint,
    a_custody,
    a_withdrawal,
    acts,
    an_office,
    api,
    notices,
)

UNIT = "layanan_pengaduan"
OTHER = "coordinator"


def a_desk(*officers: str, complaints: int = 1) -> FakeUnitOfWork:
    """Complaints in the queue of a unit for which some officers work; the first of them calls."""
    uow = FakeUnitOfWork(caller=a_caller(officers[0] if officers else "somebody"))
    for number in range(1, complaints + 1):
        name = f"c{number}"
        uow.add(a_complaint("unpaid_wages", 2, complaint_id=name))
        uow.add(a_custody(matter_id=name))
        uow.heads[CUSTODY_TOPIC, name] = Head(1)
    for name in officers:
        uow.add(Officer(name, UNIT, A_MORNING))
    return uow


def take(uow: FakeUnitOfWork, name: str = C1) -> pb.TakeComplaintResponse:
    return api(uow).TakeComplaint(pb.TakeComplaintRequest(complaint_id=name))


def assign(uow: FakeUnitOfWork, unit: str, officer: str = "") -> pb.AssignComplaintResponse:
    request = pb.AssignComplaintRequest(complaint_id=C1, unit=unit, officer_id=officer)
    return api(uow).AssignComplaint(request)


def appoint(uow: FakeUnitOfWork, officer: str, unit: str) -> None:
    api(uow).AppointOfficer(pb.AppointOfficerRequest(officer_id=officer, unit=unit))


def release(uow: FakeUnitOfWork, officer: str) -> pb.ReleaseOfficerResponse:
    return api(uow).ReleaseOfficer(pb.ReleaseOfficerRequest(officer_id=officer))


def holder(uow: FakeUnitOfWork, name: str = C1) -> tuple[str, str]:
    found = uow.read(Custody, name).holder
    return found.unit, found.officer_id


def test_whoever_takes_a_complaint_is_accountable_and_all_are_told() -> None:
    uow = a_desk("o1")
    assert take(uow).open == 1
    assert holder(uow) == (UNIT, "o1")
    assert isinstance(uow.emitted[-1], HolderReassigned)


def test_the_act_names_who_is_accountable_from_then_on() -> None:
    uow = a_desk("o1", "o2")
    uow.caller = a_caller("o1")
    take(uow)
    uow.caller = a_caller("boss", "coordinator")
    assign(uow, UNIT, "o2")
    release(uow, "o2")
    named = [(act.action, act.officer_id) for act in acts(uow) if act.matter_id == C1]
    assert named == [("TakeComplaint", "o1"), ("AssignComplaint", "o2"), ("AssignComplaint", "")]


def test_taking_again_what_is_ones_own_tells_nobody_anything() -> None:
    uow = a_desk("o1")
    take(uow)
    told = len(uow.emitted)
    assert take(uow).open == 1
    assert len(uow.emitted) == told


def test_the_second_who_takes_it_is_told_who_has_it() -> None:
    uow = a_desk("o1", "o2")
    take(uow)
    uow.caller = a_caller("o2")
    with pytest.raises(NotAllowed, match="last TakeComplaint by o1") as refused:
        take(uow)
    assert refused.value.reason == "TAKEN"


def test_who_works_for_no_unit_takes_nothing() -> None:
    with pytest.raises(NotAllowed) as refused:
        take(a_desk())
    assert refused.value.reason == "NOT_APPOINTED"


def test_who_works_for_another_unit_takes_nothing() -> None:
    uow = a_desk("o1")
    uow.read(Officer, "o1").unit = OTHER
    with pytest.raises(NotAllowed) as refused:
        take(uow)
    assert refused.value.reason == "OTHER_UNIT"


def test_a_complaint_is_assigned_to_an_officer_of_the_unit_or_to_its_queue() -> None:
    uow = a_desk("o1", "o2")
    assign(uow, UNIT, "o2")
    assert holder(uow) == (UNIT, "o2")
    assign(uow, OTHER)
    assert holder(uow) == (OTHER, "")


def test_a_complaint_is_assigned_to_nobody_elses_officer() -> None:
    uow = a_desk("o1")
    with pytest.raises(NotAllowed) as refused:
        assign(uow, OTHER, "o1")
    assert refused.value.reason == "OFFICER_NOT_OF_UNIT"


def test_there_are_only_the_units_of_the_deputy() -> None:
    with pytest.raises(Invalid, match="unit nowhere is not known"):
        assign(a_desk("o1"), "nowhere")


def test_who_leaves_gives_all_that_is_open_back_to_the_queue_of_its_unit() -> None:
    uow = a_desk("o1", "o2", complaints=3)
    for name in ("c1", "c2", "c3"):
        take(uow, name)
    assert release(uow, "o1") == pb.ReleaseOfficerResponse(moved=3)
    assert {holder(uow, name) for name in ("c1", "c2", "c3")} == {(UNIT, "")}
    assert {act.reason for act in acts(uow) if act.action == "AssignComplaint"} == {"officer_left"}


def test_who_has_more_than_one_transaction_holds_is_released_in_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api_custody, "MOST", 2)
    uow = a_desk("o1", complaints=3)
    for name in ("c1", "c2", "c3"):
        take(uow, name)
    assert release(uow, "o1") == pb.ReleaseOfficerResponse(moved=2, left=1)
    assert release(uow, "o1") == pb.ReleaseOfficerResponse(moved=1)


@pytest.mark.parametrize(
    "meanwhile",
    [{"closed_at": A_MORNING}, {"holder": PROTECTION}, {"holder": replace(HERE, officer_id="o2")}],
    ids=str,
)
def test_what_is_not_theirs_any_more_when_who_leaves_gives_it_up_stays_as_it_is(
    meanwhile: dict[str, Any],
) -> None:
    uow = a_desk("o1", "o2", complaints=2)
    take(uow, "c1")
    take(uow, "c2")
    made = api(uow)
    found = made.load.held_by(uow.session, "o1", 2)
    vars(uow.read(Custody, C1)).update(meanwhile)
    before = holder(uow)
    made.load.held_by = lambda *_: found  # type: ignore[method-assign]
    released = made.ReleaseOfficer(pb.ReleaseOfficerRequest(officer_id="o1"))
    assert (released.moved, holder(uow), holder(uow, "c2")) == (1, before, (UNIT, ""))


def test_who_has_left_is_not_told_of_what_still_bears_their_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api_custody, "MOST", 0)
    uow = a_desk("o1")
    take(uow)
    assert release(uow, "o1").left == 1
    complaint = uow.read(Complaint, C1)
    complaint.start_clock(LAW.base.clocks["distribution"], uow.now, CALENDARS.of())
    uow.now = complaint.clock_step_at or uow.now
    steps.take_steps_of(uow, complaint, uow.read(Custody, C1))
    assert [(each.unit, each.officer_id) for each in notices(uow)] == [(UNIT, "")]


def given_away(uow: FakeUnitOfWork) -> None:
    """Protection holds what the caller had taken."""
    take(uow)
    custody = uow.read(Custody, C1)
    custody.stack, custody.holder = (custody.holder,), PROTECTION


def come_back(uow: FakeUnitOfWork, result: str = "settled") -> None:
    """Protection gives it back to whoever gave it."""
    custody = uow.read(Custody, C1)
    (giver,) = custody.stack
    custody.stack, custody.holder = (), giver
    returned = HandoverReturned(matter_id=C1, result=result, receiver=PROTECTION.to_proto())
    worker_factory(ComplaintCustody, uow=uow).on_returned(custody, returned)


def test_what_comes_back_to_whoever_has_left_is_in_the_queue_of_their_unit() -> None:
    uow = a_desk("o1", "o2")
    given_away(uow)
    release(uow, "o1")
    come_back(uow)
    assert holder(uow) == (UNIT, "")
    last = acts(uow)[-1]
    assert (last.action, last.reason, last.state) == ("AssignComplaint", "officer_left", "returned")
    uow.caller = a_caller("o2")
    assert take(uow).open == 1


def test_what_comes_back_to_whoever_works_for_another_unit_by_now_stays_in_the_unit() -> None:
    uow = a_desk("o1")
    given_away(uow)
    appoint(uow, "o1", OTHER)
    come_back(uow)
    assert holder(uow) == (UNIT, "")


def test_what_comes_back_to_whoever_is_still_there_is_theirs() -> None:
    uow = a_desk("o1")
    given_away(uow)
    told = len(uow.emitted)
    come_back(uow)
    assert (holder(uow), len(uow.emitted)) == ((UNIT, "o1"), told)


def test_what_has_ended_meanwhile_stays_as_it_is_when_its_return_is_read_late() -> None:
    uow = a_desk("o1")
    given_away(uow)
    release(uow, "o1")
    uow.read(Custody, C1).closed_at = A_MORNING
    come_back(uow)
    assert holder(uow) == (UNIT, "o1")


@pytest.mark.parametrize("again", ["reopen", "separate"])
def test_what_is_taken_up_again_is_not_whose_who_has_left(again: str) -> None:
    uow = a_desk("o1", complaints=2)
    take(uow)
    if again == "reopen":
        close = a_withdrawal()
        api(uow).CloseComplaint(close)
    else:
        api(uow).MergeComplaint(pb.MergeComplaintRequest(complaint_id=C1, into_id=C2))
    release(uow, "o1")
    assert holder(uow) == (UNIT, "o1")
    if again == "reopen":
        api(uow).ReopenComplaint(pb.ReopenComplaintRequest(complaint_id=C1, code="not_agreed"))
    else:
        api(uow).SeparateComplaint(pb.SeparateComplaintRequest(complaint_id=C1))
    assert holder(uow) == (UNIT, "")


def test_what_whoever_leaves_was_still_to_be_told_is_told_to_their_unit() -> None:
    uow = a_desk("o1", "o2")
    for name, officer, told_at in (("n1", "o1", None), ("n2", "o1", A_MORNING), ("n3", "o2", None)):
        at = A_MORNING
        known = Notice(name, C1, UNIT, officer, "triage", 50, "remind", 2, at, at, at, told_at)
        uow.add(known)
    release(uow, "o1")
    told_to = [uow.read(Notice, name).officer_id for name in ("n1", "n2", "n3")]
    assert told_to == ["", "o1", "o2"]


@pytest.mark.parametrize(("leaves", "officer"), [(True, ""), (False, "o1")])
def test_what_is_asked_after_the_end_is_for_the_unit_if_its_officer_has_left(
    leaves: bool, officer: str
) -> None:
    uow = a_desk("o1")
    take(uow)
    api(uow).CloseComplaint(a_withdrawal())
    if leaves:
        release(uow, "o1")
    api(uow).AskWhy(pb.AskWhyRequest(complaint_id=C1, text="Mengapa?"))
    (notice,) = [each for each in uow._things.values() if isinstance(each, Notice)]
    assert (notice.unit, notice.officer_id) == (UNIT, officer)


def test_no_digest_goes_to_the_mailbox_of_whoever_has_left() -> None:
    uow = a_desk("o1")
    uow.caller = a_caller("boss", "coordinator")
    mailbox = pb.SetStaffContactRequest(unit=UNIT, officer_id="o1", email="o1@contoh.example")
    api(uow).SetStaffContact(mailbox)
    release(uow, "o1")
    assert outbox.plan_of(uow, staff(UNIT, "o1")) is None


@pytest.mark.parametrize(("sent", "told_to"), [(False, ""), (True, "o1")])
def test_what_was_in_a_digest_that_was_not_sent_is_told_to_the_unit(
    sent: bool, told_to: str
) -> None:
    uow = a_desk("o1")
    noted = note_for(uow, OFFICES, C1, Addressee(UNIT, "o1"), "message")
    noted.told_at, noted.digest_id = A_MORNING, "d1"
    told = Message(digest_message("d1"), "", staff(UNIT, "o1"), "digest", 2, A_MORNING, A_MORNING)
    uow.add(told)
    if sent:
        told.sent(A_MORNING)
    release(uow, "o1")
    (notice,) = notices(uow)
    assert (notice.officer_id, notice.told_at) == (told_to, A_MORNING if sent else None)


def test_who_has_left_takes_nothing_until_they_are_appointed_again() -> None:
    uow = a_desk("o1")
    release(uow, "o1")
    with pytest.raises(NotAllowed):
        take(uow)
    uow.now += timedelta(days=30)
    appoint(uow, "o1", UNIT)
    assert take(uow).open == 1


def test_nobody_is_released_who_was_never_appointed() -> None:
    with pytest.raises(NotFound):
        release(a_desk(), "nobody")


def test_nobody_moves_to_another_unit_with_open_complaints() -> None:
    uow = a_desk("o1")
    take(uow)
    with pytest.raises(NotAllowed) as refused:
        appoint(uow, "o1", OTHER)
    assert refused.value.reason == "HAS_OPEN_COMPLAINTS"


def test_who_has_more_than_the_ceiling_is_told_to_the_head_of_the_unit() -> None:
    ceiling = OFFICES.of(UNIT).ceiling
    uow = a_desk("o1", complaints=ceiling + 1)
    answers = [take(uow, f"c{number}") for number in range(1, ceiling + 2)]
    assert (answers[-1].open, answers[-1].ceiling) == (ceiling + 1, ceiling)
    (notice,) = [each for each in uow._things.values() if isinstance(each, Notice)]
    assert (notice.unit, notice.officer_id, notice.deed) == (UNIT, "", "ceiling")


@pytest.mark.parametrize(("severity", "at"), WHEN_TOLD)
def test_a_life_in_danger_with_an_officer_who_has_too_many_is_told_at_once(
    severity: int, at: datetime
) -> None:
    ceiling = OFFICES.of(UNIT).ceiling
    uow = a_desk("o1", complaints=ceiling + 1)
    last = f"c{ceiling + 1}"
    complaint = uow.read(Complaint, last)
    complaint.category, complaint.severity = "physical_abuse", severity
    for number in range(1, ceiling + 2):
        take(uow, f"c{number}")
    assert [each.tell_at for each in notices(uow)] == [at]


@pytest.mark.parametrize("version", [0, 1])
def test_a_command_on_the_complaint_as_it_is_is_done(version: int) -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    api(uow).LinkPerson(pb.LinkPersonRequest(complaint_id=C1, worker_id="w1"))
    answer = pb.AnswerComplaintRequest(complaint_id=C1, text="jawaban", version=version)
    api(uow).AnswerComplaint(answer)
    assert len(acts(uow)) == 2


def test_a_command_on_a_version_that_is_over_is_refused_and_says_who_did_what() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    for _ in range(2):
        answer = pb.AnswerComplaintRequest(complaint_id=C1, text="jawaban")
        api(uow).AnswerComplaint(answer)
    close = pb.CloseComplaintRequest(complaint_id=C1, ground="demand_met", version=1)
    with pytest.raises(NotAllowed, match="version 2, not 1 any more; last Answer") as refused:
        api(uow).CloseComplaint(close)
    assert (refused.value.reason, len(acts(uow))) == ("STALE", 2)


def test_a_unit_sees_who_works_for_it_and_how_much_waits() -> None:
    uow = a_desk("o1", complaints=2)
    take(uow)
    assert api(uow).load.open_of(uow.session, UNIT) == {"o1": 1, "": 1}
    assert replace(uow.read(Custody, "c2").holder) == HERE
