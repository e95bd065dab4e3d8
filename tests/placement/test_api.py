"""The placement service's rpcs, each on a unit of work in memory; what asks tables: test_store."""

from uuid import UUID

import pytest
from estafet.handover.v1 import custody_pb2 as custody
from estafet.handover.v1.reply_pb2 import HandoverReply
from estafet.placement.v1 import events_pb2 as events
from estafet.placement.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotAllowed, NotFound
from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.handover.custody import OfferState
from services.placement.domain.sanction import FileStatus, SanctionFile, WorkerMatter
from services.placement.domain.worker import Person, PlacementStatus
from services.placement.offering import HERE, PROTECTION
from tests.placement.builders import (
    A1,
    F1,
    M1,
    P1,
    W1,
    a_custody,
    a_file,
    a_lock,
    a_placement,
    a_recommendation,
    a_worker,
    an_agency,
    an_offer,
    an_office,
    api,
)


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def a_register(*things: object) -> FakeUnitOfWork:
    return FakeUnitOfWork(*things, service="placement")


def depart(uow: FakeUnitOfWork, day: str = "2024-03-04") -> None:
    api(uow).RecordDeparture(pb.RecordDepartureRequest(placement_id=P1, departed_on=day))


def test_a_departure_with_a_free_agency_is_told() -> None:
    uow = a_register(an_agency(), a_placement())
    depart(uow)
    assert [type(event) for event in uow.emitted] == [events.WorkerDeparted]


def test_no_departure_passes_a_lock() -> None:
    uow = a_register(an_agency(a_lock()), a_placement())
    with refused("P3MI_LOCKED"):
        depart(uow)
    assert uow.emitted == []


def test_the_government_needs_no_agency() -> None:
    uow = a_register(a_placement(p3mi_id=""))
    depart(uow)
    assert len(uow.emitted) == 1


def test_a_day_that_no_calendar_has_is_told_by_field() -> None:
    with pytest.raises(Invalid) as told:
        depart(a_register(an_agency(), a_placement()), day="2024-02-30")
    assert told.value.fields[0][0] == "departed_on"


def test_a_placement_is_shown_as_it_stands() -> None:
    uow = a_register(an_agency(), a_placement(PlacementStatus.DEPARTED))
    api(uow).RecordReturn(pb.RecordReturnRequest(placement_id=P1, returned_on="2024-03-04"))
    shown = api(uow).GetPlacement(pb.GetPlacementRequest(placement_id=P1)).placement
    assert (shown.status, shown.departed_on, shown.returned_on) == (
        pb.PLACEMENT_STATUS_RETURNED,
        "2024-03-04",
        "2024-03-04",
    )


def test_a_stopped_placement_is_told() -> None:
    uow = a_register(a_placement())
    api(uow).StopPlacement(pb.StopPlacementRequest(placement_id=P1, code="withdrew"))
    assert uow.emitted == [events.PlacementStopped(placement_id=P1, worker_id=W1, code="withdrew")]


def test_anyone_is_shown_the_decision_that_locks_an_agency() -> None:
    uow = a_register(an_agency(a_lock("MYS"), a_lock(decision_id="d2", ended_as="lifted")))
    (shown,) = api(uow).GetP3mi(pb.GetP3miRequest(p3mi_id=A1)).p3mi.locks
    assert (shown.decision_no, list(shown.countries)) == ("no. d1", ["MYS"])


def test_to_read_who_a_worker_is_takes_a_purpose_and_is_logged() -> None:
    uow = a_register(a_worker(), Person(W1, "Contoh Fiktif", nik="12"))
    request = pb.GetWorkerRequest(worker_id=W1, purpose="to hear the worker")
    assert api(uow).GetWorker(request).name == "Contoh Fiktif"
    assert uow.reads == [(W1, "to hear the worker")]


def test_who_was_erased_is_not_found() -> None:
    somebody = a_worker()
    somebody.erase("requested", A_MORNING)
    with pytest.raises(NotFound, check=lambda error: error.reason == "WORKER_ERASED"):
        api(a_register(somebody)).GetWorker(pb.GetWorkerRequest(worker_id=W1, purpose="test"))


def test_accepting_replies_with_a_pending_file() -> None:
    uow = an_office(a_recommendation())
    file_id = api(uow).AcceptOffer(pb.AcceptOfferRequest(matter_id=M1, offer_no=2)).file_id
    (reply,) = uow.emitted
    assert isinstance(reply, HandoverReply)
    assert UUID(reply.acceptance.resource_id) == UUID(file_id)
    assert uow.read(SanctionFile, file_id).status is FileStatus.PENDING


def test_declining_keeps_the_text_here_and_sends_its_note() -> None:
    uow = an_office(a_recommendation())
    request = pb.DeclineOfferRequest(matter_id=M1, offer_no=2, code="incomplete", text="Bukti?")
    api(uow).DeclineOffer(request)
    (reply,) = uow.emitted
    assert isinstance(reply, HandoverReply)
    assert uow.notes[reply.refusal.note_id].text == "Bukti?"


def test_a_question_is_to_be_answered_in_three_working_days() -> None:
    uow = an_office(a_recommendation())
    api(uow).AskAboutOffer(pb.AskAboutOfferRequest(matter_id=M1, offer_no=2, text="Bukti?"))
    (reply,) = uow.emitted
    assert isinstance(reply, HandoverReply)
    assert reply.question.answer_by.ToDatetime().isoformat() == "2024-03-07T09:00:00"


def test_a_file_without_a_sanction_ends_its_matter() -> None:
    uow = an_office(a_file(), state=OfferState.ACCEPTED)
    api(uow).CloseSanctionFile(pb.CloseSanctionFileRequest(file_id=F1, text="Tidak terbukti."))
    (closed,) = uow.emitted
    assert closed == custody.MatterClosed(matter_id=M1, ground="no_sanction")
    shown = api(uow).GetSanctionFile(pb.GetSanctionFileRequest(file_id=F1)).file
    assert shown.status == pb.FILE_STATUS_CLOSED
    assert uow.notes[shown.note_id].text == "Tidak terbukti."


def test_a_lock_is_lifted_by_its_decision() -> None:
    uow = a_register(an_agency(a_lock()), a_placement())
    api(uow).LiftLock(pb.LiftLockRequest(p3mi_id=A1, decision_id="d1", decision_no="no. 2"))
    depart(uow)
    assert [type(event) for event in uow.emitted] == [events.P3miReleased, events.WorkerDeparted]


def test_what_protection_asks_about_a_worker_is_answered() -> None:
    asked = an_offer(OfferState.ASKED, "m9", giver=HERE, receiver=PROTECTION)
    matter = a_custody(asked, "worker_in_process", parent_id="")
    uow = a_register(matter, WorkerMatter("m9", P1, "d1"), a_placement())
    uow.receive_baton("m9", 2)
    api(uow).ClarifyWorkerMatter(pb.ClarifyWorkerMatterRequest(matter_id="m9", text="Ya."))
    assert [type(event) for event in uow.emitted] == [custody.HandoverClarified]


def test_a_workers_matter_that_came_back_is_offered_again() -> None:
    declined = an_offer(OfferState.DECLINED, "m9", giver=HERE, receiver=PROTECTION)
    uow = a_register(
        a_custody(declined, "worker_in_process", parent_id=""),
        WorkerMatter("m9", P1, "d1"),
        a_placement(),
    )
    uow.receive_baton("m9", 2)
    api(uow).OfferWorkerMatter(pb.OfferWorkerMatterRequest(matter_id="m9"))
    (offered,) = uow.emitted
    assert isinstance(offered, custody.HandoverOffered)
    assert (offered.receiver.service, offered.kind) == (
        "protection",
        "protection.worker_in_process",
    )
