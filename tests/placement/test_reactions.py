"""What placement does when protection acts, and when time passes."""

from datetime import UTC, date, timedelta

import pytest
from estafet.empowerment.v1.events_pb2 import WishedToGoAgain
from estafet.handover.v1 import custody_pb2 as custody
from estafet.placement.v1.events_pb2 import P3miReleased
from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief, WorkerInProcessBrief

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, a_record, worker_factory
from services.chassis.unit_of_work import UnitOfWork
from services.handover.custody import Custody, OfferState
from services.placement import offering
from services.placement.acting import WAITING
from services.placement.domain.sanction import (
    FileStatus,
    Recommendation,
    SanctionFile,
    WorkerMatter,
)
from services.placement.domain.worker import PlacementStatus, Wish
from services.placement.offering import HERE, PROTECTION
from services.placement.reactions import PlacementCustody, PlacementReactions
from services.process.acts import BY_CLOCK
from services.process.calendar import end_of
from tests.placement.builders import (
    A1,
    F1,
    M1,
    P1,
    W1,
    a_brief,
    a_custody,
    a_file,
    a_lock,
    a_placement,
    an_agency,
    an_offer,
    an_office,
)
from tests.support.tables import acts


def custody_of(uow: UnitOfWork) -> PlacementCustody:
    return worker_factory(PlacementCustody, uow=uow)


def test_a_recommendation_is_queued_once_however_often_it_is_offered() -> None:
    uow = an_office()
    matter = uow.read(Custody, M1)
    for _ in range(2):
        custody_of(uow).on_offered(matter, matter.offers[0], a_brief())
    assert uow.read(Recommendation, M1).violation == "overcharging"


def test_a_brief_of_another_deputy_is_a_bug() -> None:
    uow = an_office()
    matter = uow.read(Custody, M1)
    with pytest.raises(TypeError):
        custody_of(uow).on_offered(matter, matter.offers[0], ProtectionCaseBrief())


def test_a_confirmed_acceptance_opens_the_file() -> None:
    uow = an_office(a_file(FileStatus.PENDING), state=OfferState.ACCEPTED)
    matter = uow.read(Custody, M1)
    custody_of(uow).on_confirmed(matter, matter.offers[0])
    custody_of(uow).on_confirmed(matter, matter.offers[0])
    assert uow.read(SanctionFile, F1).status is FileStatus.OPEN
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.state) == ("confirmed", F1, "pending")


def test_an_acceptance_that_came_too_late_leaves_a_void_file() -> None:
    uow = an_office(a_file(FileStatus.PENDING), state=OfferState.LAPSED)
    matter = uow.read(Custody, M1)
    matter.offers[0].pending_id = F1
    custody_of(uow).on_offer_over(matter, matter.offers[0])
    custody_of(uow).on_offer_over(matter, matter.offers[0])
    assert uow.read(SanctionFile, F1).status is FileStatus.VOID
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.reason) == ("voided", F1, "lapsed")


def test_a_worker_in_process_gets_a_matter_that_protection_is_offered() -> None:
    uow = FakeUnitOfWork(WorkerMatter("m9", P1, "d1"), a_placement(), service="placement")
    custody_of(uow).begin_worker_matter("m9", 1)
    opened, offered = uow.emitted
    assert isinstance(opened, custody.MatterOpened)
    assert isinstance(offered, custody.HandoverOffered)
    brief = WorkerInProcessBrief()
    assert offered.brief.Unpack(brief)
    assert (opened.journey_id, opened.parent_id) == ("m9", "")
    assert brief == WorkerInProcessBrief(
        worker_id=W1, placement_id=P1, p3mi_id=A1, decision_id="d1", country="MYS"
    )
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.state) == ("begin_worker_matter", "m9", "")
    assert (act.clock, act.due_at) == ("worker_offer", offered.due_at.ToDatetime(UTC))


@pytest.mark.parametrize("status", [PlacementStatus.STOPPED, PlacementStatus.DEPARTED])
def test_who_is_no_longer_in_process_gets_no_matter(status: PlacementStatus) -> None:
    uow = FakeUnitOfWork(WorkerMatter("m9", P1, "d1"), a_placement(status), service="placement")
    custody_of(uow).begin_worker_matter("m9", 1)
    assert uow.emitted == []


def a_returned_matter(kind: str = "worker_in_process", *children: Custody) -> FakeUnitOfWork:
    """A matter that protection took over and returned."""
    offer = an_offer(OfferState.ACCEPTED, giver=HERE, receiver=PROTECTION)
    matter = a_custody(offer, kind, parent_id="")
    matter.holder, matter.stack, matter.told_no = HERE, (), 3
    matter.children = tuple(child.matter_id for child in children)
    uow = FakeUnitOfWork(matter, *children, service="placement")
    uow.heads[CUSTODY_TOPIC, M1] = Head(3)
    return uow


def a_child(*, closed: bool) -> Custody:
    child = a_custody(an_offer(OfferState.DECLINED, "c1"), "repatriation", parent_id=M1)
    child.closed_at = A_MORNING if closed else None
    child.told_no = 2
    return child


def hear_return(uow: FakeUnitOfWork) -> None:
    told = custody.HandoverReturned(matter_id=M1, result="settled")
    custody_of(uow).on_returned(uow.read(Custody, M1), told)


def run_clocks(uow: FakeUnitOfWork) -> None:
    """Each clock that ends a worker's matter, as often as it was set."""
    for matter_id, kind, number in list(uow.timers):
        assert kind == offering.END
        custody_of(uow).end_worker_matter(matter_id, number)


HANDLED = custody.MatterClosed(matter_id=M1, ground="handled")


def test_what_protection_returns_of_a_worker_in_process_ends() -> None:
    uow = a_returned_matter()
    hear_return(uow)
    run_clocks(uow)
    assert uow.emitted == [HANDLED]
    (act,) = acts(uow)
    assert (act.action, act.state, act.clock) == ("end_worker_matter", WAITING, "handled")


def test_it_ends_once_however_often_its_clock_runs() -> None:
    uow = a_returned_matter()
    hear_return(uow)
    run_clocks(uow)
    run_clocks(uow)
    assert uow.emitted == [HANDLED]


def test_another_matter_that_comes_back_is_for_an_officer() -> None:
    uow = a_returned_matter("something")
    hear_return(uow)
    assert uow.timers == {}


def test_a_returned_matter_waits_for_its_child_whichever_is_heard_first() -> None:
    uow = a_returned_matter("worker_in_process", a_child(closed=False))
    hear_return(uow)
    run_clocks(uow)
    assert uow.emitted == []
    child = uow.read(Custody, "c1")
    child.closed_at = A_MORNING
    custody_of(uow).on_closed(child)
    run_clocks(uow)
    assert uow.emitted == [HANDLED]


def test_the_end_of_a_child_ends_nothing_that_protection_still_works_on() -> None:
    uow = a_returned_matter("worker_in_process", a_child(closed=True))
    uow.read(Custody, M1).holder = PROTECTION
    custody_of(uow).on_closed(uow.read(Custody, "c1"))
    run_clocks(uow)
    assert uow.emitted == []


def test_what_came_back_without_having_been_taken_over_is_for_an_officer() -> None:
    uow = a_returned_matter()
    uow.read(Custody, M1).offers[0].state = OfferState.DECLINED
    custody_of(uow).end_worker_matter(M1, 3)
    assert uow.emitted == []


def test_a_lock_ends_with_its_last_day() -> None:
    lock = a_lock(expires_on=date(2024, 3, 4))
    uow = FakeUnitOfWork(lock, an_agency(lock), service="placement")
    custody_of(uow).release_p3mi("d1", 1)
    assert uow.emitted == []
    uow.now = end_of(date(2024, 3, 4))
    custody_of(uow).release_p3mi("d1", 1)
    custody_of(uow).release_p3mi("d1", 1)
    assert uow.emitted == [P3miReleased(p3mi_id=A1, decision_id="d1", code="expired")]
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.state) == ("release_p3mi", A1, "locked")
    assert (act.reason, act.actor) == ("d1", BY_CLOCK)


def hear_wish(uow: FakeUnitOfWork, country: str, days: int) -> Wish:
    event = WishedToGoAgain(plan_id="plan", worker_id=W1, country=country)
    at = A_MORNING + timedelta(days=days)
    uow.record = a_record(event, service="empowerment", time=at)
    worker_factory(PlacementReactions, uow=uow).note_wish(event)
    return uow.read(Wish, "plan")


def test_the_newest_wish_of_a_plan_counts_from_when_it_was_told() -> None:
    uow = FakeUnitOfWork(service="placement")
    hear_wish(uow, "", 1)
    wish = hear_wish(uow, "TWN", 2)
    assert (wish.country, wish.wished_at) == ("TWN", A_MORNING + timedelta(days=2))
