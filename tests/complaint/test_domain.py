"""The rules of a complaint, without anything around it."""

from datetime import datetime, timedelta

import pytest
from estafet.complaint.v1.events_pb2 import (
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintFiled,
    ComplaintTriaged,
    PersonLinked,
    PersonUnlinked,
)
from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief

from services.chassis.errors import Invalid, NotAllowed
from services.chassis.instants import timestamp
from services.chassis.testing import A_MORNING
from services.complaint.categories import Category, categories, category
from services.complaint.domain import Answer, Complaint, Work
from services.complaint.workflow import LAW
from services.process.calendars import CALENDARS
from services.process.entries import UNVERIFIED
from services.process.workflow import Ground
from tests.complaint.builders import ABUSE, C1, FEES, QUESTION, WAGES, a_complaint

GROUNDS = LAW.base.grounds
A_DAY = timedelta(days=1)
CALENDAR = CALENDARS.of()


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def test_filing_tells_channel_reporter_country_and_instant() -> None:
    assert a_complaint().file() == ComplaintFiled(
        complaint_id=C1,
        channel="web",
        reporter="worker",
        country="MYS",
        filed_at=timestamp(A_MORNING),
    )


def test_who_says_that_a_life_is_in_danger_is_looked_at_first() -> None:
    calm, urgent = a_complaint(), a_complaint(urgent=True)
    calm.file()
    urgent.file()
    assert urgent.rank < calm.rank


def test_triage_tells_category_and_severity() -> None:
    assert a_complaint().triage(WAGES, 2) == ComplaintTriaged(
        complaint_id=C1, category="unpaid_wages", severity=2
    )


def test_the_same_triage_again_says_nothing() -> None:
    assert a_complaint("unpaid_wages", 2).triage(WAGES, 2) is None


def test_a_complaint_can_be_triaged_anew() -> None:
    complaint = a_complaint("unpaid_wages", 2)
    complaint.triage(ABUSE, 4)
    assert (complaint.category, complaint.in_danger) == ("physical_abuse", True)


def test_triage_knows_better_than_the_complainant_whether_a_life_is_in_danger() -> None:
    complaint = a_complaint(urgent=True)
    complaint.triage(WAGES, 2)
    assert not complaint.in_danger


def test_severity_4_goes_to_the_front_of_the_queue() -> None:
    complaint = a_complaint()
    complaint.triage(ABUSE, 4)
    assert complaint.rank == 0


def test_an_information_request_has_no_severity() -> None:
    with refused("INFORMATION_SEVERITY"):
        a_complaint().triage(QUESTION, 3)


def test_an_offered_complaint_cannot_become_one_of_another_receiver() -> None:
    with refused("OFFER_OPEN"):
        a_complaint("unpaid_wages", 2).triage(FEES, 2, offered_to="protection")


def test_the_severity_of_an_offered_complaint_can_change() -> None:
    assert a_complaint("unpaid_wages", 2).triage(WAGES, 4, offered_to="protection") is not None


def test_an_offer_goes_with_what_protection_must_know() -> None:
    assert a_complaint("unpaid_wages", 2).offer(()) == ProtectionCaseBrief(
        complaint_id=C1, category="unpaid_wages", severity=2, country="MYS", triage_no=2
    )


def answered(complaint: Complaint) -> Complaint:
    complaint.answer(Answer("n1", C1, A_MORNING))
    return complaint


def close(complaint: Complaint, ground: Ground, now: datetime) -> ComplaintClosed:
    """As whoever has counted from when the ground may be used."""
    return complaint.close(ground, now, complaint.may_end_at(ground, CALENDAR))


def test_an_answer_is_told_by_its_note() -> None:
    answer = Answer("n1", C1, A_MORNING)
    assert a_complaint().answer(answer) == ComplaintAnswered(complaint_id=C1, note_id="n1")


def test_closing_tells_the_ground() -> None:
    closed = close(answered(a_complaint("unpaid_wages", 2)), GROUNDS["demand_met"], A_MORNING)
    assert closed == ComplaintClosed(complaint_id=C1, ground="demand_met")


def test_only_an_information_request_ends_as_information() -> None:
    with refused("NOT_INFORMATION"):
        close(answered(a_complaint("unpaid_wages", 2)), GROUNDS["information_given"], A_MORNING)


def test_an_answered_information_request_ends_as_information() -> None:
    complaint = answered(a_complaint("information"))
    ended = close(complaint, GROUNDS["information_given"], A_MORNING)
    assert ended.ground == "information_given"


def test_documents_may_be_completed_for_30_days() -> None:
    with refused("TOO_EARLY"):
        close(a_complaint(), GROUNDS["documents_incomplete"], A_MORNING + 29 * A_DAY)


def test_who_ends_it_too_early_is_told_the_article_and_from_when_on_it_may_end() -> None:
    told = r"documents_incomplete before 2024-04-03 10:00 WIB \(Perban BP2MI 6/2024 Art 30\(1\)a\)"
    with pytest.raises(NotAllowed, match=told):
        close(a_complaint(), GROUNDS["documents_incomplete"], A_MORNING + 29 * A_DAY)


def test_who_was_given_more_time_for_documents_has_it_and_that_is_told() -> None:
    until = A_MORNING + 40 * A_DAY
    complaint = a_complaint(work=Work.VALIDATION, clock="documents", clock_due_at=until)
    with pytest.raises(NotAllowed, match="before 2024-04-13 10:00 WIB"):
        close(complaint, GROUNDS["documents_incomplete"], A_MORNING + 35 * A_DAY)


def test_without_documents_a_complaint_ends_after_30_days() -> None:
    complaint = a_complaint()
    close(complaint, GROUNDS["documents_incomplete"], A_MORNING + 30 * A_DAY)
    assert complaint.ground == "documents_incomplete"


def test_the_wait_for_a_clear_answer_counts_from_the_officers_last_words() -> None:
    complaint = a_complaint()
    complaint.answer(Answer("n1", C1, A_MORNING + 20 * A_DAY))
    with refused("TOO_EARLY"):
        close(complaint, GROUNDS["no_clear_answer"], A_MORNING + 30 * A_DAY)


WROTE = A_MORNING + 61 * A_DAY


def test_whoever_wrote_yesterday_can_be_reached() -> None:
    complaint = answered(a_complaint())
    complaint.hear(WROTE)
    with pytest.raises(NotAllowed, match=r"heard from on 2024-05-04 .*Art 30\(1\)c"):
        close(complaint, GROUNDS["unreachable"], WROTE + A_DAY)


@pytest.mark.parametrize("ground", ["no_clear_answer", "unreachable", "unsolvable"])
def test_whoever_was_heard_since_we_asked_was_not_silent(ground: str) -> None:
    complaint = answered(a_complaint())
    complaint.hear(WROTE)
    told = f"was heard from on 2024-05-04 10:00 WIB, after our last answer.*{ground}.*Art 30"
    with pytest.raises(NotAllowed, match=told) as refusal:
        close(complaint, GROUNDS[ground], WROTE + 400 * A_DAY)
    assert refusal.value.reason == "HEARD_SINCE"


@pytest.mark.parametrize("ground", ["no_clear_answer", "unsolvable"])
def test_whoever_was_asked_again_after_they_were_heard_may_be_silent(ground: str) -> None:
    complaint = a_complaint()
    complaint.hear(WROTE)
    complaint.answer(Answer("n2", C1, WROTE + A_DAY))
    assert close(complaint, GROUNDS[ground], WROTE + 200 * A_DAY).ground == ground


def test_an_unsolvable_complaint_stays_open_for_six_months_after_telling_so() -> None:
    with refused("TOO_EARLY"):
        close(answered(a_complaint()), GROUNDS["unsolvable"], A_MORNING + 180 * A_DAY)


def test_a_reopened_complaint_is_open() -> None:
    complaint = a_complaint("unpaid_wages", 2, ground="withdrawn", closed_at=A_MORNING)
    complaint.reopen()
    assert complaint.triage(ABUSE, 4) is not None


def test_a_new_offer_forgets_the_result_of_the_last() -> None:
    complaint = a_complaint("unpaid_wages", 2, result="not_settled")
    complaint.offer(())
    assert complaint.result == ""


def test_an_unknown_category_is_told() -> None:
    with pytest.raises(Invalid, match="not in the table") as told:
        category("nonsense")
    assert told.value.fields[0][0] == "category"


@pytest.mark.parametrize("none", [QUESTION, FEES, None])
def test_a_deputy_takes_what_its_categories_name(none: Category | None) -> None:
    assert Complaint.is_for(WAGES)
    assert not Complaint.is_for(none)


def test_protection_is_the_only_receiver_that_the_table_names() -> None:
    assert {found.handed_to for found in categories().values()} == {"", "protection"}


def test_a_clock_without_an_article_says_that_it_is_not_verified() -> None:
    known = {clock.name for clock in LAW.base.clocks.values() if UNVERIFIED not in clock.regulation}
    assert known == {"documents"}


def test_every_ground_of_the_law_names_its_article() -> None:
    articles = [ground.article for ground in GROUNDS.values() if ground.wait]
    assert articles == [f"Perban BP2MI 6/2024 Art 30(1){letter}" for letter in "abce"]


def test_whom_a_complaint_is_about_is_confirmed_once() -> None:
    complaint = a_complaint()
    assert complaint.link("w1") == PersonLinked(complaint_id=C1, worker_id="w1")
    assert complaint.link("w1") is None


def test_a_complaint_is_about_one_worker_at_a_time() -> None:
    complaint = a_complaint()
    complaint.link("w1")
    with refused("PERSON_LINKED"):
        complaint.link("w2")


def test_a_confirmation_is_taken_back_and_another_given() -> None:
    complaint = a_complaint()
    complaint.link("w1")
    assert complaint.unlink() == PersonUnlinked(complaint_id=C1, worker_id="w1")
    assert complaint.link("w2") == PersonLinked(complaint_id=C1, worker_id="w2")


def test_what_was_never_confirmed_is_not_taken_back() -> None:
    with refused("NOT_LINKED"):
        a_complaint().unlink()
