"""A decree moves Idul Fitri: complaints' clocks are counted again, each with a record."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from estafet.complaint.v1 import service_pb2 as pb
from estafet.handover.v1.custody_pb2 import HandoverExtended

from services.chassis.testing import FakeUnitOfWork
from services.complaint import steps
from services.complaint.domain import Complaint
from services.handover.custody import Custody
from services.process.calendars import Calendars
from tests.complaint.agency import Hearing
from tests.complaint.builders import C1, a_complaint, a_filing, acts, an_office, api
from tests.process.decrees import a_decree, calendars

SKB = "SKB (contoh) Idul Fitri"
# Eid is Saturday and Sunday, 21 and 22 March 2026, with leave on the 20th, 23rd and 24th.
BEFORE_EID = datetime(2026, 3, 17, 3, tzinfo=UTC)
DAY_AFTER, LAST_LEAVE = date(2026, 3, 25), date(2026, 3, 24)


def later(folder: Path) -> Calendars:
    """A decree adds a day off after Eid."""
    return calendars(folder, a_decree(SKB, adds=[DAY_AFTER], takes_away=[]))


def earlier(folder: Path) -> Calendars:
    """A decree takes the last day of leave away."""
    return calendars(folder, a_decree(SKB, adds=[], takes_away=[LAST_LEAVE]))


def close_of(day: int) -> datetime:
    return datetime(2026, 3, day, 9, tzinfo=UTC)


def an_offer_before_eid() -> FakeUnitOfWork:
    """Offered on Tuesday, to be answered in three working days: by Friday after Nyepi and Eid."""
    uow = an_office(a_complaint("unpaid_wages", 2))
    uow.now = BEFORE_EID
    api(uow).OfferComplaint(pb.OfferComplaintRequest(complaint_id=C1))
    assert uow.read(Complaint, C1).clock_due_at == close_of(27)
    return uow


def recount(uow: FakeUnitOfWork, known: Calendars) -> Complaint:
    complaint = uow.read(Complaint, C1)
    steps.recount_of(uow, complaint, uow.read(Custody, C1), known)
    return complaint


def test_the_clock_of_an_offer_ends_later_and_whoever_has_to_answer_hears_of_it(
    tmp_path: Path,
) -> None:
    uow = an_offer_before_eid()
    assert recount(uow, later(tmp_path)).clock_due_at == close_of(30)
    offer = uow.read(Custody, C1).open_offer
    assert offer is not None
    assert offer.due_at == close_of(30)
    assert isinstance(uow.emitted[-1], HandoverExtended)
    assert list(uow.timers.values()) == [close_of(30)]


def test_the_clock_of_an_offer_may_end_earlier(tmp_path: Path) -> None:
    uow = an_offer_before_eid()
    recount(uow, earlier(tmp_path))
    offer = uow.read(Custody, C1).open_offer
    assert offer is not None
    assert (offer.due_at, offer.extensions) == (close_of(26), ("calendar_moved",))


def test_the_record_names_the_decree_and_the_new_end(tmp_path: Path) -> None:
    uow = an_offer_before_eid()
    recount(uow, later(tmp_path))
    act = acts(uow)[-1]
    assert (act.action, act.actor, act.regulation) == ("recounted", "calendar", SKB)
    assert (act.clock, act.due_at) == ("offer", close_of(30))


def test_a_clock_that_a_decree_does_not_move_has_no_record(tmp_path: Path) -> None:
    uow = an_offer_before_eid()
    known = calendars(tmp_path, a_decree(SKB, adds=[date(2026, 4, 1)], takes_away=[]))
    before = len(acts(uow))
    complaint = recount(uow, known)
    assert (complaint.clock_due_at, len(acts(uow))) == (close_of(27), before)
    assert complaint.clock_version.startswith(SKB)


def test_counting_again_changes_nothing_more(tmp_path: Path) -> None:
    uow, known = an_offer_before_eid(), later(tmp_path)
    recount(uow, known)
    done = len(acts(uow))
    assert recount(uow, known).clock_due_at == close_of(30)
    assert len(acts(uow)) == done


def test_nobody_is_late_because_of_a_decree(tmp_path: Path) -> None:
    uow = an_offer_before_eid()
    uow.now = datetime(2026, 3, 27, 2, tzinfo=UTC)  # the earlier end is past
    assert recount(uow, earlier(tmp_path)).clock_due_at == close_of(30)


def test_the_day_that_nobody_is_late_by_is_no_correction_of_the_next_decree(
    tmp_path: Path,
) -> None:
    uow = an_offer_before_eid()
    uow.now = datetime(2026, 3, 27, 2, tzinfo=UTC)  # the earlier end is past
    recount(uow, earlier(tmp_path))
    assert acts(uow)[-1].due_at == close_of(30)
    done = len(acts(uow))
    taken = a_decree(SKB, takes_away=[LAST_LEAVE])
    second = a_decree("SKB (contoh) 2", adds=[date(2026, 3, 30)], published_on=date(2026, 3, 27))
    assert recount(uow, calendars(tmp_path, taken, second)).clock_due_at == close_of(31)
    assert [each.regulation for each in acts(uow)[done:]] == ["SKB (contoh) 2"]


def test_whoever_was_late_before_is_late_still(tmp_path: Path) -> None:
    uow = FakeUnitOfWork()
    uow.now = BEFORE_EID
    complaint_id = api(uow).FileComplaint(a_filing()).complaint_id
    complaint, custody = uow.read(Complaint, complaint_id), uow.read(Custody, complaint_id)
    uow.now = datetime(2026, 3, 31, 3, tzinfo=UTC)  # both ends are past
    steps.take_steps_of(uow, complaint, custody)
    steps.recount_of(uow, complaint, custody, later(tmp_path))
    assert (complaint.clock_due_at, complaint.clock_percent) == (close_of(30), 100)


def test_an_offer_that_is_over_lapses_and_is_not_made_longer(tmp_path: Path) -> None:
    uow = an_offer_before_eid()
    uow.now = datetime(2026, 3, 30, 10, tzinfo=UTC)  # both ends are past
    recount(uow, later(tmp_path))
    assert list(uow.timers.values()) == [close_of(27)]


def test_an_agency_has_as_long_to_answer_as_its_clock_says(tmp_path: Path) -> None:
    hearing = Hearing()
    hearing.uow.now = BEFORE_EID
    hearing.invite()
    before = hearing.found.answer_by  # Thursday; then come Good Friday and a weekend
    complaint = recount(hearing.uow, later(tmp_path))
    assert hearing.found.answer_by == complaint.clock_due_at == before + timedelta(days=4)


def test_what_was_promised_moves_no_invitation_that_is_over(tmp_path: Path) -> None:
    hearing = Hearing()
    hearing.uow.now = BEFORE_EID
    hearing.invite()
    before = hearing.found.answer_by
    hearing.hold()  # nothing was promised: a follow-up of five working days
    complaint = recount(hearing.uow, later(tmp_path))
    assert (complaint.clock, hearing.found.answer_by) == ("follow_up", before)
    assert complaint.clock_due_at == datetime(2026, 4, 1, 9, tzinfo=UTC)


def test_more_time_that_was_given_is_counted_again_too(tmp_path: Path) -> None:
    uow = an_offer_before_eid()
    request = pb.ExtendOfferRequest(complaint_id=C1, reason="receiver_asks")
    api(uow).ExtendOffer(request)
    assert recount(uow, later(tmp_path)).clock_due_at == datetime(2026, 4, 1, 9, tzinfo=UTC)


def test_more_time_that_complaint_gave_itself_is_counted_again_too(tmp_path: Path) -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    uow.now = BEFORE_EID
    asked = pb.DistributeComplaintRequest(complaint_id=C1, service=pb.SERVICE_CONSULTATION)
    api(uow).DistributeComplaint(asked)
    request = pb.ExtendClockRequest(complaint_id=C1, reason="word_awaited")
    before = api(uow).ExtendClock(request).due_at.ToDatetime(UTC)
    complaint = recount(uow, later(tmp_path))
    assert complaint.clock_due_at is not None
    assert complaint.clock_due_at > before
    assert complaint.extended("word_awaited") == 1


def test_the_clock_of_what_somebody_else_holds_is_not_counted_again(tmp_path: Path) -> None:
    uow = an_offer_before_eid()
    custody = uow.read(Custody, C1)
    custody.holder = custody.offers[-1].receiver
    assert recount(uow, later(tmp_path)).clock == ""
