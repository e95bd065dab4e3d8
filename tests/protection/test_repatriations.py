"""People whom protection brings home and hands over to empowerment, and who they are."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from estafet.complaint.v1.events_pb2 import PersonLinked, PersonUnlinked
from estafet.empowerment.v1.briefs_pb2 import ReturneeBrief
from estafet.handover.v1 import custody_pb2 as custody
from estafet.protection.v1 import service_pb2 as pb
from estafet.protection.v1.events_pb2 import RepatriationOpened, WorkerRepatriated

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.errors import Invalid, NotAllowed, NotFound
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, a_caller, worker_factory
from services.handover.custody import Custody, OfferState
from services.protection import begun
from services.protection.acting import REPATRIATION
from services.protection.begun import EMPOWERMENT, HERE
from services.protection.domain.case import Case, CaseStatus
from services.protection.domain.repatriation import Repatriation
from services.protection.reactions import ProtectionReactions
from tests.databases import a_runtime, working
from tests.protection.builders import (
    K1,
    M1,
    a_case,
    a_custody,
    a_known_matter,
    an_offer,
    an_office,
    api,
)

R1 = "r1"


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def test_a_repatriation_is_a_child_of_the_cases_matter() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    request = pb.OpenRepatriationRequest(case_id=K1, country="SAU")
    matter_id = api(uow).OpenRepatriation(request).matter_id
    child, opened, told = uow.emitted
    assert child == custody.ChildOpened(matter_id=M1, child_id=matter_id, kind=REPATRIATION)
    assert isinstance(opened, custody.MatterOpened)
    assert told == RepatriationOpened(matter_id=matter_id, case_id=K1, country="SAU")


def test_a_case_that_is_not_open_brings_nobody_home() -> None:
    uow = an_office(a_case(CaseStatus.RETURNED), state=OfferState.ACCEPTED)
    with refused("CASE_NOT_OPEN"):
        api(uow).OpenRepatriation(pb.OpenRepatriationRequest(case_id=K1, country="SAU"))


def a_way_home(arrived_on: date | None = None, *needs: str) -> FakeUnitOfWork:
    """A repatriation whose matter protection holds."""
    matter = a_custody(an_offer(OfferState.DECLINED, matter_id=R1))
    matter.offers[0].giver, matter.offers[0].receiver = HERE, EMPOWERMENT
    matter.holder, matter.kind = HERE, REPATRIATION
    home = Repatriation(R1, K1, "", "SAU", arrived_on, needs)
    case = a_case()
    case.worker_id = "w1"  # confirmed after the way home had begun
    uow = FakeUnitOfWork(matter, home, case, service="protection")
    uow.heads[CUSTODY_TOPIC, R1] = Head(matter.custody_no)
    return uow


def arrive(uow: FakeUnitOfWork, *needs: str, day: str = "2024-03-04") -> int:
    request = pb.RecordArrivalRequest(matter_id=R1, arrived_on=day, needs=needs)
    return api(uow).RecordArrival(request).offer_no


def test_whoever_needs_something_is_offered_to_empowerment_for_a_month() -> None:
    uow = a_way_home()
    number = arrive(uow, "income", "trauma")
    told, offered = uow.emitted
    brief = ReturneeBrief()
    assert isinstance(told, WorkerRepatriated)
    assert isinstance(offered, custody.HandoverOffered)
    assert offered.brief.Unpack(brief)
    assert brief == ReturneeBrief(
        case_id=K1,
        worker_id="w1",
        country="SAU",
        arrived_on="2024-03-04",
        needs=["income", "trauma"],
    )
    assert (number, offered.due_at.ToDatetime().isoformat()) == (3, "2024-04-04T03:00:00")
    assert offered.regulation.startswith("belum diverifikasi: Perban BP2MI 5/2024 Art 4(4)")


def test_whoever_needs_nothing_is_home() -> None:
    uow = a_way_home()
    assert arrive(uow) == 0
    assert uow.emitted[-1] == custody.MatterClosed(matter_id=R1, ground="home")


def test_nobody_arrives_twice() -> None:
    with refused("ARRIVED"):
        arrive(a_way_home(date(2024, 3, 1)))


def test_nobody_arrives_on_a_day_that_lies_ahead() -> None:
    with refused("DAY_AHEAD"):
        arrive(a_way_home(), day="2024-03-05")


def test_a_day_that_no_calendar_has_is_told_by_field() -> None:
    with pytest.raises(Invalid) as told:
        arrive(a_way_home(), day="2024-02-30")
    assert told.value.fields[0][0] == "arrived_on"


def test_who_has_not_arrived_is_not_offered() -> None:
    with refused("NOT_ARRIVED"):
        api(a_way_home()).OfferReturnee(pb.OfferReturneeRequest(matter_id=R1))


def test_who_came_back_to_us_is_offered_again() -> None:
    uow = a_way_home(date(2024, 3, 1), "income")
    assert api(uow).OfferReturnee(pb.OfferReturneeRequest(matter_id=R1)).offer_no == 3


def test_a_question_is_answered() -> None:
    uow = a_way_home(date(2024, 3, 1), "income")
    uow.read(Custody, R1).offers[0].state = OfferState.ASKED
    api(uow).ClarifyReturnee(pb.ClarifyReturneeRequest(matter_id=R1, text="(contoh)"))
    assert [type(event) for event in uow.emitted] == [custody.HandoverClarified]


def test_a_repatriation_that_nobody_takes_on_may_be_ended() -> None:
    uow = a_way_home(date(2024, 3, 1), "income")
    api(uow).CloseRepatriation(pb.CloseRepatriationRequest(matter_id=R1, text="(contoh)"))
    shown = api(uow).GetRepatriation(pb.GetRepatriationRequest(matter_id=R1)).repatriation
    assert uow.notes[shown.closing_note_id].text == "(contoh)"
    assert uow.emitted == [custody.MatterClosed(matter_id=R1, ground="repatriation_closed")]


def test_a_repatriation_is_shown_with_who_looks_after_it() -> None:
    uow = a_way_home(date(2024, 3, 1), "income")
    shown = api(uow).GetRepatriation(pb.GetRepatriationRequest(matter_id=R1)).repatriation
    assert (shown.arrived_on, shown.holder.service, shown.offer_state) == (
        "2024-03-01",
        "protection",
        "declined",
    )


@pytest.mark.database("protection")
def test_a_case_follows_who_it_is_about(database: sa.Engine) -> None:
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        uow.add(a_known_matter(case_id=K1))
        uow.add(a_case())
    for event, worker_id in (
        (PersonLinked(complaint_id=M1, worker_id="w1"), "w1"),
        (PersonUnlinked(complaint_id=M1, worker_id="w1"), ""),
    ):
        with working(a_runtime(database, "protection"), Work("test")) as uow:
            reactions = worker_factory(ProtectionReactions, uow=uow)
            if isinstance(event, PersonLinked):
                reactions.note_worker(event)
            else:
                reactions.forget_worker(event)
        with working(a_runtime(database, "protection"), Work("test")) as uow:
            assert uow.read(Case, K1).worker_id == worker_id


def test_officers_of_other_deputies_read_only_about_what_they_are_given() -> None:
    uow = a_way_home()
    uow.caller = a_caller("officer:empowerment-1", "empowerment_officer")
    begun.must_concern(uow, R1)
    with pytest.raises(NotFound):
        begun.must_concern(uow, M1)


def test_an_officer_of_protection_reads_about_every_matter() -> None:
    uow = FakeUnitOfWork(service="protection", caller=a_caller("officer:p", "case_officer"))
    begun.must_concern(uow, M1)


@pytest.mark.database("protection")
def test_what_a_case_began_waits_here_while_nobody_is_asked_to_take_it(
    database: sa.Engine,
) -> None:
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        for hours, (name, kind, state) in enumerate(
            (
                ("declined", "sanction", OfferState.DECLINED),
                ("offered", "sanction", OfferState.OFFERED),
                ("asked", "repatriation", OfferState.ASKED),
                ("complaint", "complaint", OfferState.DECLINED),
            )
        ):
            matter = a_custody(an_offer(state, matter_id=name))
            matter.holder, matter.kind = HERE, kind
            matter.held_since = A_MORNING + timedelta(hours=hours)
            uow.add(matter)
    with working(a_runtime(database, "protection"), Work("ListOwnMatters")) as uow:
        first = api(uow).ListOwnMatters(pb.ListOwnMattersRequest(page_size=1))
        token = first.next_page_token
        second = api(uow).ListOwnMatters(pb.ListOwnMattersRequest(page_token=token))
    assert [each.matter_id for each in (*first.matters, *second.matters)] == ["declined", "asked"]


@pytest.mark.database("protection")
def test_to_return_a_case_and_to_begin_something_under_it_wait_for_each_other(
    database: sa.Engine,
) -> None:
    """Both lock the custody first: neither is ended by a deadlock."""
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        uow.add(a_custody(an_offer(OfferState.ACCEPTED)))
        uow.receive_baton(M1, 3)
        uow.add(a_case())
    both, told = Barrier(2, timeout=20), list[str]()

    def act(deed: str) -> None:
        both.wait()
        try:
            with working(a_runtime(database, "protection"), Work(deed)) as uow:
                uow.session.execute(sa.text("SET LOCAL lock_timeout = '10s'"))
                if deed == "return":
                    api(uow).ReturnCase(pb.ReturnCaseRequest(case_id=K1, result="settled"))
                else:
                    request = pb.OpenRepatriationRequest(case_id=K1, country="SAU")
                    api(uow).OpenRepatriation(request)
        except NotAllowed as refusal:
            told.append(refusal.reason)
        else:
            told.append(deed)

    threads = [Thread(target=act, args=(deed,)) for deed in ("return", "repatriate")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "return" in told
    assert set(told) <= {"return", "repatriate", "NOT_HOLDER"}
