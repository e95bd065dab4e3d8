"""More time for what complaint does itself, for a reason of the law."""

from datetime import UTC, datetime, timedelta

import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotAllowed
from services.chassis.testing import FakeUnitOfWork
from services.complaint.domain import Complaint
from services.process.entries import UNVERIFIED
from tests.complaint.agency import Hearing
from tests.complaint.builders import C1, a_complaint, acts, an_office, api


def with_a_claim() -> FakeUnitOfWork:
    """A complaint in whose claim an officer helps."""
    uow = an_office(a_complaint("unpaid_wages", 2))
    request = pb.DistributeComplaintRequest(complaint_id=C1, service=pb.SERVICE_CLAIM)
    api(uow).DistributeComplaint(request)
    return uow


def asked_for_documents() -> FakeUnitOfWork:
    uow = an_office(a_complaint("unpaid_wages", 2))
    request = pb.RequestDocumentsRequest(complaint_id=C1, documents=["contract"], text="(contoh)")
    api(uow).RequestDocuments(request)
    return uow


def extend(uow: FakeUnitOfWork, reason: str = "papers_abroad") -> datetime:
    request = pb.ExtendClockRequest(complaint_id=C1, reason=reason)
    return api(uow).ExtendClock(request).due_at.ToDatetime(UTC)


def due_at(uow: FakeUnitOfWork) -> datetime:
    found = uow.read(Complaint, C1).clock_due_at
    assert found is not None
    return found


def test_a_claim_gets_more_time_and_the_act_says_why() -> None:
    uow = with_a_claim()
    before = due_at(uow)
    assert extend(uow) == due_at(uow) > before
    act = acts(uow)[-1]
    assert (act.action, act.reason, act.clock) == ("ExtendClock", "papers_abroad", "papers_abroad")
    assert act.due_at == due_at(uow)
    assert act.regulation == f"{UNVERIFIED}: proposal of this project"


def test_the_time_for_documents_is_longer_for_whoever_may_be_closed_without_them() -> None:
    uow = asked_for_documents()
    before = due_at(uow)
    extend(uow)
    uow.now = before + timedelta(hours=1)
    closing = pb.CloseComplaintRequest(complaint_id=C1, ground="documents_incomplete")
    with pytest.raises(NotAllowed) as refused:
        api(uow).CloseComplaint(closing)
    assert refused.value.reason == "TOO_EARLY"


def test_an_end_for_want_of_documents_could_not_have_been_before_their_longer_time() -> None:
    uow = asked_for_documents()
    until = extend(uow)
    uow.now = until + timedelta(hours=1)
    api(uow).CloseComplaint(
        pb.CloseComplaintRequest(complaint_id=C1, ground="documents_incomplete")
    )
    assert [each.due_at for each in acts(uow) if each.action == "CloseComplaint"] == [until]


def test_a_reason_is_used_as_often_as_the_law_says() -> None:
    uow = with_a_claim()
    extend(uow)
    with pytest.raises(NotAllowed, match="1 times at most") as refused:
        extend(uow)
    assert refused.value.reason == "EXTENDED_BEFORE"
    assert extend(uow, "word_awaited") == due_at(uow)


def test_an_agency_that_is_given_more_time_may_answer_until_then() -> None:
    hearing = Hearing()
    hearing.invite()
    before = hearing.found.answer_by
    extend(hearing.uow, "agency_asks")
    assert hearing.found.answer_by == due_at(hearing.uow) > before


def test_a_reason_of_another_clock_gives_no_time() -> None:
    uow = with_a_claim()
    before = due_at(uow)
    with pytest.raises(NotAllowed, match="gives no more time for claim") as refused:
        extend(uow, "agency_asks")
    assert (refused.value.reason, due_at(uow)) == ("NOT_EXTENDABLE", before)


def test_a_reason_that_is_none_is_refused_with_all_that_there_are() -> None:
    with pytest.raises(Invalid) as refused:
        extend(with_a_claim(), "holidays")
    [(field, _, told)] = refused.value.fields
    assert field == "reason"
    assert "papers_abroad" in told


def test_what_is_late_stays_late() -> None:
    uow = with_a_claim()
    uow.now = due_at(uow) + timedelta(seconds=1)
    with pytest.raises(NotAllowed, match="the clock claim has run out") as refused:
        extend(uow)
    assert refused.value.reason == "CLOCK_OVER"


def test_the_triage_of_a_complaint_cannot_be_put_off() -> None:
    uow = an_office(a_complaint())
    with pytest.raises(NotAllowed) as refused:
        extend(uow, "word_awaited")
    assert refused.value.reason == "NOT_TRIAGED"
