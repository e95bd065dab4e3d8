"""What placement does when protection acts, and when time passes."""

from datetime import date

import pytest
from estafet.handover.v1 import custody_pb2 as custody
from estafet.placement.v1.events_pb2 import P3miReleased
from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief, WorkerInProcessBrief

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.testing import FakeUnitOfWork, Head, worker_factory
from services.chassis.unit_of_work import UnitOfWork
from services.handover.custody import Custody, OfferState
from services.placement.domain.sanction import (
    FileStatus,
    Recommendation,
    SanctionFile,
    WorkerMatter,
)
from services.placement.offering import HERE, PROTECTION
from services.placement.reactions import PlacementCustody
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
    assert uow.read(SanctionFile, F1).status is FileStatus.OPEN


def test_an_acceptance_that_came_too_late_leaves_a_void_file() -> None:
    uow = an_office(a_file(FileStatus.PENDING), state=OfferState.LAPSED)
    matter = uow.read(Custody, M1)
    matter.offers[0].pending_id = F1
    custody_of(uow).on_offer_over(matter, matter.offers[0])
    assert uow.read(SanctionFile, F1).status is FileStatus.VOID


def test_a_worker_in_process_gets_a_matter_that_protection_is_offered() -> None:
    uow = FakeUnitOfWork(WorkerMatter("m9", P1, "d1"), a_placement(), service="placement")
    custody_of(uow).offer_worker("m9", 1)
    opened, offered = uow.emitted
    assert isinstance(opened, custody.MatterOpened)
    assert isinstance(offered, custody.HandoverOffered)
    brief = WorkerInProcessBrief()
    assert offered.brief.Unpack(brief)
    assert (opened.journey_id, opened.parent_id) == ("m9", "")
    assert brief == WorkerInProcessBrief(
        worker_id=W1, placement_id=P1, p3mi_id=A1, decision_id="d1", country="MYS"
    )


def returned(kind: str) -> FakeUnitOfWork:
    offer = an_offer(OfferState.ACCEPTED, giver=HERE, receiver=PROTECTION)
    matter = a_custody(offer, kind)
    matter.holder, matter.stack = HERE, ()
    uow = FakeUnitOfWork(matter, service="placement")
    uow.heads[CUSTODY_TOPIC, M1] = Head(3)
    custody_of(uow).on_returned(matter, custody.HandoverReturned(matter_id=M1, result="settled"))
    return uow


def test_what_protection_returns_of_a_worker_in_process_ends() -> None:
    assert returned("worker_in_process").emitted == [
        custody.MatterClosed(matter_id=M1, ground="handled")
    ]


def test_another_matter_that_comes_back_is_for_an_officer() -> None:
    assert returned("something").emitted == []


def test_a_lock_ends_with_its_last_day() -> None:
    lock = a_lock(expires_on=date(2024, 3, 4))
    uow = FakeUnitOfWork(lock, an_agency(lock), service="placement")
    custody_of(uow).release_p3mi("d1", 1)
    custody_of(uow).release_p3mi("d1", 1)
    assert uow.emitted == [P3miReleased(p3mi_id=A1, decision_id="d1", code="expired")]
