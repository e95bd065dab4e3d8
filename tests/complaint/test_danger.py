"""An officer finds out later that a life is in danger."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from estafet.handover.v1.custody_pb2 import HandoverExtended

from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_caller
from services.complaint.domain import Complaint
from services.complaint.officers import Officer
from services.complaint.workflow import HERE, LAW
from services.handover.custody import Custody, Offer, OfferState
from tests.complaint.builders import (
    C1,
    a_complaint,
    a_custody,
    acts,
    an_offer,
    an_office,
    api,
    notices,
)
from tests.complaint.history_steps import KEMLU

IN_A_DAY = LAW.base.clocks["offer_in_danger"].due_at(A_MORNING)
UNIT = "layanan_pengaduan"


def offered() -> FakeUnitOfWork:
    """Offered to protection on a Monday morning, to be answered in three working days."""
    uow = an_office(a_complaint("unpaid_wages", 2))
    api(uow).OfferComplaint(pb.OfferComplaintRequest(complaint_id=C1))
    return uow


def in_danger(uow: FakeUnitOfWork, severity: int = 4) -> FakeUnitOfWork:
    request = pb.TriageComplaintRequest(complaint_id=C1, category="unpaid_wages", severity=severity)
    api(uow).TriageComplaint(request)
    return uow


def the_offer(uow: FakeUnitOfWork) -> Offer:
    return uow.read(Custody, C1).offers[-1]


def test_whoever_is_offered_it_has_the_shorter_time_from_now_on() -> None:
    uow = in_danger(offered())
    complaint = uow.read(Complaint, C1)
    assert (complaint.clock, complaint.clock_due_at) == ("offer_in_danger", IN_A_DAY)
    assert the_offer(uow).due_at == IN_A_DAY
    assert list(uow.timers.values()) == [IN_A_DAY]


def test_the_receiver_is_told_of_the_shorter_time_with_its_rule() -> None:
    told = in_danger(offered()).emitted[-1]
    assert isinstance(told, HandoverExtended)
    assert (told.code, told.regulation) == (
        "in_danger",
        LAW.base.clocks["offer_in_danger"].regulation,
    )


def test_the_triage_is_the_act_that_started_the_shorter_clock() -> None:
    act = acts(in_danger(offered()))[-1]
    assert (act.action, act.clock, act.due_at) == ("TriageComplaint", "offer_in_danger", IN_A_DAY)


def test_the_status_tells_the_shorter_time() -> None:
    uow = in_danger(offered())
    status = api(uow).GetStatus(pb.GetStatusRequest(complaint_id=C1))
    assert status.due_at.ToDatetime(IN_A_DAY.tzinfo) == IN_A_DAY


def test_an_offer_that_ends_sooner_still_ends_then() -> None:
    uow = offered()
    ends_at = the_offer(uow).due_at
    uow.now = ends_at - timedelta(hours=1)
    in_danger(uow)
    complaint = uow.read(Complaint, C1)
    assert (complaint.clock, complaint.clock_due_at) == ("offer", ends_at)
    assert the_offer(uow).due_at == ends_at


def test_a_ministry_has_one_time_for_all() -> None:
    to_kemlu = an_offer(receiver=KEMLU, due_at=A_MORNING + timedelta(days=30))
    uow = in_danger(an_office(a_complaint("unpaid_wages", 2), a_custody(to_kemlu)))
    assert the_offer(uow).due_at == A_MORNING + timedelta(days=30)


def test_the_time_of_who_has_asked_stands_still() -> None:
    asked = an_offer(OfferState.ASKED, answer_by=A_MORNING, due_at=A_MORNING + timedelta(days=9))
    uow = in_danger(an_office(a_complaint("unpaid_wages", 2), a_custody(asked)))
    assert the_offer(uow).due_at == A_MORNING + timedelta(days=9)


def told(uow: FakeUnitOfWork) -> list[tuple[str, str, datetime]]:
    return [(each.deed, each.officer_id, each.tell_at) for each in notices(uow)]


@pytest.mark.parametrize(("caller", "to"), [("o1", ""), ("o2", "o1")])
def test_who_sees_to_it_hears_it_at_once_and_the_head_if_they_found_it_themselves(
    caller: str, to: str
) -> None:
    theirs = a_custody()
    theirs.holder = replace(HERE, unit=UNIT, officer_id="o1")
    uow = an_office(a_complaint("unpaid_wages", 2), theirs)
    uow.add(Officer("o1", UNIT, A_MORNING))
    uow.caller = a_caller(caller)
    assert told(in_danger(uow)) == [("in_danger", to, A_MORNING)]


@pytest.mark.parametrize(("before", "after"), [(4, 4), (2, 3), (4, 2)])
def test_what_is_no_news_of_danger_is_told_to_nobody(before: int, after: int) -> None:
    assert told(in_danger(an_office(a_complaint("unpaid_wages", before)), after)) == []
