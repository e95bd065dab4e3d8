"""Whoever is accountable hears in time that a clock runs, whoever has set it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from estafet.handover.v1.reply_pb2 import Acceptance, HandoverReply, Question, Refusal

from services.chassis.testing import FakeUnitOfWork, a_record, worker_factory
from services.complaint import sanction_steps, steps
from services.complaint.domain import Complaint
from services.complaint.reactions import ComplaintCustody
from services.complaint.sanction import RecommendedSanction
from services.complaint.status import Words
from services.handover.custody import Custody
from services.process.notices import Notice
from tests.complaint.agency import Hearing
from tests.complaint.builders import (
    C1,
    WHEN_TOLD,
    a_complaint,
    a_filing,
    acts,
    an_office,
    api,
    notices,
)
from tests.process.decrees import a_decree, calendars

FRIDAY_EVENING = datetime(2024, 3, 8, 10, tzinfo=UTC)  # 17.00 in Jakarta; Monday is a day off


def a_weekend_after(*, urgent: bool) -> tuple[FakeUnitOfWork, Complaint]:
    """A complaint that nobody looks at; the clock is looked at every half hour."""
    uow = FakeUnitOfWork()
    uow.now = FRIDAY_EVENING
    complaint_id = api(uow).FileComplaint(a_filing(urgent=urgent)).complaint_id
    complaint, custody = uow.read(Complaint, complaint_id), uow.read(Custody, complaint_id)
    while uow.now < FRIDAY_EVENING + timedelta(days=2):
        uow.now += timedelta(minutes=30)
        if complaint.clock_step_at and complaint.clock_step_at <= uow.now:
            steps.take_steps_of(uow, complaint, custody)
    return uow, complaint


def test_danger_filed_on_a_friday_evening_is_told_before_its_day_is_over() -> None:
    uow, complaint = a_weekend_after(urgent=True)
    assert complaint.clock_due_at is not None
    in_time = [each for each in notices(uow) if each.tell_at < complaint.clock_due_at]
    assert [each.deed for each in in_time] == ["remind", "warn"]


def test_what_was_filed_as_no_danger_leaves_the_weekend_alone() -> None:
    uow, _ = a_weekend_after(urgent=False)
    assert notices(uow) == []


@pytest.mark.parametrize(
    ("category", "severity", "urgent", "told"),
    [
        ("", 0, True, 4),
        ("", 0, False, 0),
        ("unpaid_wages", 2, True, 2),
        ("physical_abuse", 4, False, 4),
    ],
)
def test_danger_is_what_was_filed_as_such_until_an_officer_knows_better(
    category: str, severity: int, *, urgent: bool, told: int
) -> None:
    assert steps.severity_of(a_complaint(category, severity, urgent=urgent)) == told


# What others do with an offer.


def custody_of(uow: FakeUnitOfWork) -> ComplaintCustody:
    return worker_factory(ComplaintCustody, uow=uow)


def hear(uow: FakeUnitOfWork) -> None:
    """Complaint reads the record that it wrote last, as it does by the topic."""
    row = uow.outbox[-1]
    uow.record = a_record(row.event, service="complaint", seq=row.seq, time=uow.now)
    custody_of(uow).follow_custody(row.event)
    uow.record = None


def reply(uow: FakeUnitOfWork, matter_id: str, **answer: Any) -> datetime:
    """The receiver of the open offer answers; until when a question waits."""
    offer, answer_by = uow.read(Custody, matter_id).offers[-1], uow.now + timedelta(days=2)
    told = HandoverReply(
        matter_id=matter_id,
        offer_no=offer.offer_no,
        party=offer.receiver.to_proto(),
        giver=offer.giver.to_proto(),
        **answer,
    )
    if "question" in answer:
        told.question.answer_by.FromDatetime(answer_by)
    sent_at = uow.now - timedelta(seconds=1)
    uow.record = a_record(told, service=offer.receiver.service, time=sent_at)
    custody_of(uow).decide_reply(told)
    hear(uow)
    return answer_by


def run_out(uow: FakeUnitOfWork, matter_id: str) -> None:
    """The time of the open offer, or of our answer to a question, is over."""
    ((_, kind, number), due_at), *_ = [
        each for each in uow.timers.items() if each[0][0] == matter_id
    ]
    uow.now = due_at
    for service in ("protection", "placement"):
        topic = f"estafet.{service}.handover.v1"
        uow.heard["complaint.custody", topic] = due_at
    run = {"handover.lapse": "lapse_offer", "handover.answer": "end_question"}[kind]
    getattr(custody_of(uow), run)(matter_id, number)
    hear(uow)


def offered(severity: int = 2) -> FakeUnitOfWork:
    """A complaint that was offered to protection on a Monday morning."""
    uow = an_office(a_complaint("unpaid_wages", severity))
    api(uow).OfferComplaint(pb.OfferComplaintRequest(complaint_id=C1))
    return uow


@pytest.mark.parametrize(("severity", "at"), WHEN_TOLD)
def test_whoever_is_accountable_hears_what_a_receiver_asks_and_until_when_it_waits(
    severity: int, at: datetime
) -> None:
    uow = offered(severity)
    answer_by = reply(uow, C1, question=Question(note_id="n1"))
    (told,) = notices(uow)
    assert (told.deed, told.unit, told.matter_id) == ("asked", "layanan_pengaduan", C1)
    assert (told.due_at, told.tell_at) == (answer_by, at)


def test_what_was_answered_before_it_is_read_is_asked_of_nobody() -> None:
    uow = offered()
    reply(uow, C1, question=Question(note_id="n1"))
    asked = notices(uow)
    api(uow).ClarifyOffer(pb.ClarifyOfferRequest(complaint_id=C1, text="di Penang (contoh)"))
    custody = uow.read(Custody, C1)
    custody_of(uow).on_asked(custody, custody.offers[-1])
    assert notices(uow) == asked


# A sanction that was recommended.


def recommended() -> tuple[FakeUnitOfWork, RecommendedSanction]:
    """Offered to placement, to be answered in three working days."""
    hearing = Hearing()
    hearing.broken(admitted=pb.ADMISSION_ADMITTED)
    hearing.officer("RecommendSanction", p3mi_id="r1", violation="broken_commitment", text="x")
    return hearing.uow, hearing.uow.read(RecommendedSanction, hearing.complaint.sanction_id)


def look(uow: FakeUnitOfWork, sanction: RecommendedSanction, percent: float) -> list[Notice]:
    """Somebody looks at the sanction's clock when so much of its time is over."""
    assert sanction.clock_from is not None
    assert sanction.clock_due_at is not None
    whole = sanction.clock_due_at - sanction.clock_from
    uow.now = sanction.clock_from + whole * percent / 100
    sanction_steps.take_steps_of(uow, sanction)
    return [each for each in notices(uow) if each.clock == "sanction_offer"]


def test_the_head_of_the_unit_is_warned_before_placements_time_is_over() -> None:
    uow, sanction = recommended()
    assert look(uow, sanction, 79) == []
    (told,) = look(uow, sanction, 80)
    assert (told.deed, told.matter_id, told.due_at) == ("warn", C1, sanction.clock_due_at)
    assert look(uow, sanction, 99) == [told]


def test_what_placement_has_taken_is_warned_of_no_more() -> None:
    uow, sanction = recommended()
    reply(uow, sanction.matter_id, acceptance=Acceptance(resource_id="f1"))
    assert look(uow, sanction, 80) == []
    assert sanction.clock == ""


def test_placements_clock_stands_still_while_it_asks_and_begins_anew_with_the_answer() -> None:
    uow, sanction = recommended()
    reply(uow, sanction.matter_id, question=Question(note_id="n1"))
    assert look(uow, sanction, 80) == []
    api(uow).ClarifySanction(pb.ClarifySanctionRequest(complaint_id=C1, text="contoh"))
    assert (sanction.clock, sanction.clock_from) == ("sanction_offer", uow.now)


def test_whoever_is_accountable_hears_what_placement_asks_and_until_when_it_waits() -> None:
    uow, sanction = recommended()
    answer_by = reply(uow, sanction.matter_id, question=Question(note_id="n1"))
    told = notices(uow)[-1]
    assert (told.deed, told.matter_id, told.due_at) == ("sanction_asked", C1, answer_by)


def declined(uow: FakeUnitOfWork, matter_id: str) -> None:
    reply(uow, matter_id, refusal=Refusal(code="not_ours"))


def asked_and_not_answered(uow: FakeUnitOfWork, matter_id: str) -> None:
    reply(uow, matter_id, question=Question(note_id="n1"))
    run_out(uow, matter_id)


@pytest.mark.parametrize(
    ("ends", "deed"),
    [
        (declined, "sanction_declined"),
        (run_out, "sanction_lapsed"),
        (asked_and_not_answered, "sanction_withdrawn"),
    ],
)
def test_whoever_is_accountable_hears_that_placement_takes_no_sanction(
    ends: Any, deed: str
) -> None:
    uow, sanction = recommended()
    ends(uow, sanction.matter_id)
    told = notices(uow)[-1]
    assert (told.deed, told.unit, told.matter_id) == (deed, "layanan_pengaduan", C1)


def test_a_decree_moves_placements_time_and_placement_hears_of_it(tmp_path: Path) -> None:
    uow, sanction = recommended()
    was = sanction.clock_due_at
    assert was is not None
    known = calendars(
        tmp_path, a_decree("SKB (contoh)", adds=[was.date()], published_on=date(2024, 3, 1))
    )
    sanction_steps.recount_of(uow, sanction, known)
    offer = uow.read(Custody, sanction.matter_id).open_offer
    assert offer is not None
    assert offer.due_at == sanction.clock_due_at
    assert offer.due_at > was
    moved = acts(uow)[-1]
    assert (moved.action, moved.matter_id) == ("recounted", sanction.matter_id)


@pytest.mark.parametrize("language", ["id", "en"])
def test_whatever_is_noted_has_a_line_in_both_languages(language: str) -> None:
    told = Words.of(language).texts["steps"]
    noted = ("asked", "message", "question", "unreachable", "ceiling", "in_danger", "other")
    ends = ("asked", "declined", "lapsed", "withdrawn")
    assert {*noted, *(f"sanction_{end}" for end in ends)} <= set(told)
