"""Who leaves and who is given a complaint at the same moment wait for each other on PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from threading import Thread

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import NotAllowed
from services.chassis.runtime import Work
from services.chassis.sql_unit_of_work import SqlUnitOfWork
from services.chassis.testing import A_MORNING, a_caller
from services.complaint import api_custody, steps
from services.complaint.domain import Complaint
from services.complaint.officers import Officer
from services.complaint.workflow import HERE, LAW
from services.handover.custody import Custody
from services.process.calendars import CALENDARS
from services.process.store import notice
from tests.complaint.builders import C1, a_complaint, a_custody, api
from tests.complaint.keeping import keep
from tests.databases import a_runtime, wait_for_a_lock, working

pytestmark = pytest.mark.database("complaint")
Deed = Callable[[SqlUnitOfWork], object]


def take(uow: SqlUnitOfWork) -> None:
    api(uow).TakeComplaint(pb.TakeComplaintRequest(complaint_id=C1))


def assign(uow: SqlUnitOfWork) -> None:
    request = pb.AssignComplaintRequest(complaint_id=C1, unit=HERE.unit, officer_id="o1")
    api(uow).AssignComplaint(request)


def reopen(uow: SqlUnitOfWork) -> None:
    api(uow).ReopenComplaint(pb.ReopenComplaintRequest(complaint_id=C1, code="not_agreed"))


def leave(uow: SqlUnitOfWork) -> None:
    api(uow).ReleaseOfficer(pb.ReleaseOfficerRequest(officer_id="o1"))


def move(uow: SqlUnitOfWork) -> None:
    api(uow).AppointOfficer(pb.AppointOfficerRequest(officer_id="o1", unit="coordinator"))


def keep_a_desk(database: sa.Engine, *, closed: bool = False) -> None:
    """An officer, and a complaint in the queue of their unit; one that has ended was theirs."""
    with working(a_runtime(database), Work("test")) as uow:
        custody = a_custody(holder=replace(HERE, officer_id="o1" if closed else ""))
        complaint = a_complaint("unpaid_wages", 2)
        complaint.closed_at = custody.closed_at = uow.now if closed else None
        keep(uow.session, complaint, custody)
        uow.receive_baton(C1, 1)
        uow.add(Officer("o1", HERE.unit, A_MORNING))


def refused_at_once(database: sa.Engine, first: Deed, second: Deed) -> str:
    """Why the second is refused that begins when the first is about to commit; empty: it is not."""
    runtime, told = a_runtime(database), list[str]()

    def act() -> None:
        try:
            with working(runtime, Work("second", a_caller("o1"))) as uow:
                second(uow)
        except NotAllowed as refusal:
            told.append(refusal.reason)

    thread = Thread(target=act)
    with working(runtime, Work("first", a_caller("o1"))) as uow:
        first(uow)
        uow.session.flush()
        thread.start()
        wait_for_a_lock(database)
    thread.join(10)
    return ", ".join(told)


def accountable(database: sa.Engine) -> str:
    with working(a_runtime(database), Work("test")) as uow:
        return uow.read(Custody, C1).holder.officer_id


@pytest.mark.parametrize("given", [take, assign, reopen])
def test_who_leaves_when_a_complaint_becomes_theirs_gives_it_back_to_the_queue(
    database: sa.Engine, given: Deed
) -> None:
    keep_a_desk(database, closed=given is reopen)
    assert refused_at_once(database, given, leave) == ""
    assert accountable(database) == ""


@pytest.mark.parametrize(
    ("given", "reason"), [(take, "NOT_APPOINTED"), (assign, "OFFICER_NOT_OF_UNIT")]
)
def test_who_is_leaving_is_given_nothing(database: sa.Engine, given: Deed, reason: str) -> None:
    keep_a_desk(database)
    assert refused_at_once(database, leave, given) == reason
    assert accountable(database) == ""


@pytest.mark.parametrize("given", [take, assign])
def test_nobody_moves_to_another_unit_when_a_complaint_becomes_theirs(
    database: sa.Engine, given: Deed
) -> None:
    keep_a_desk(database)
    assert refused_at_once(database, given, move) == "HAS_OPEN_COMPLAINTS"


@pytest.mark.parametrize(
    ("given", "reason"), [(take, "OTHER_UNIT"), (assign, "OFFICER_NOT_OF_UNIT")]
)
def test_who_is_moving_is_given_nothing_of_the_unit_they_leave(
    database: sa.Engine, given: Deed, reason: str
) -> None:
    keep_a_desk(database)
    assert refused_at_once(database, move, given) == reason


def test_what_is_taken_up_again_is_not_whose_who_is_leaving(database: sa.Engine) -> None:
    keep_a_desk(database, closed=True)
    assert refused_at_once(database, leave, reopen) == ""
    assert accountable(database) == ""


@pytest.mark.parametrize(("leaves", "told"), [(True, ""), (False, "o1")])
def test_a_step_is_told_to_whoever_is_accountable_and_still_there(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch, leaves: bool, told: str
) -> None:
    monkeypatch.setattr(api_custody, "MOST", 0)
    keep_a_desk(database)
    with working(a_runtime(database), Work("test", a_caller("o1"))) as uow:
        take(uow)
        complaint = uow.get(Complaint, C1)
        complaint.start_clock(LAW.base.clocks["distribution"], uow.now, CALENDARS.of())
        half = complaint.clock_step_at or uow.now
    if leaves:
        with working(a_runtime(database), Work("test")) as uow:
            leave(uow)
    with working(a_runtime(database), Work("take_steps")) as uow:
        uow.now = half
        steps.take_due_steps(uow)
    with working(a_runtime(database), Work("test")) as uow:
        assert uow.session.scalars(sa.select(notice.c.officer_id)).all() == [told]
