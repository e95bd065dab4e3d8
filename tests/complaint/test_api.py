"""The complaint service's rpcs, each on a unit of work in memory."""

import re
from datetime import UTC, datetime

import pytest
from estafet.complaint.v1 import events_pb2 as events
from estafet.complaint.v1 import service_pb2 as pb
from estafet.exchange.v1.briefs_pb2 import ReferralBrief
from estafet.handover.v1 import custody_pb2 as custody
from google.protobuf.message import Message

from services.chassis.errors import Invalid, NotAllowed, NotFound, NotHolder
from services.chassis.identity import COMPLAINANT, Caller
from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.complaint.consent import Consent
from services.complaint.domain import Answer, Complaint, Particulars, Work
from services.complaint.workflow import HERE, LAW
from services.handover.custody import Custody, OfferState, Party
from services.process.entries import UNVERIFIED
from tests.complaint.builders import (
    C1,
    PROTECTION,
    MemoryKeys,
    a_complaint,
    a_custody,
    a_filing,
    an_accepted_offer,
    an_access,
    an_offer,
    an_office,
    api,
)

WORDS = "abcdefgh"
KEMLU = Party("exchange", "kemlu")


def held_by_protection() -> Custody:
    return a_custody(an_accepted_offer(), handed_over=True)


def types(uow: FakeUnitOfWork) -> list[type[Message]]:
    return [type(event) for event in uow.emitted]


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


# Filing


def filed(**fields: object) -> tuple[FakeUnitOfWork, pb.FileComplaintResponse]:
    uow = FakeUnitOfWork(secret=WORDS)
    return uow, api(uow).FileComplaint(a_filing(**fields))


def test_filing_opens_a_matter_that_complaint_holds() -> None:
    uow, answer = filed()
    holder = uow.read(Custody, answer.complaint_id).holder
    assert (holder, types(uow)) == (HERE, [custody.MatterOpened, events.ComplaintFiled])


def test_filing_needs_nothing_but_what_happened() -> None:
    uow = FakeUnitOfWork(secret=WORDS)
    answer = api(uow).FileComplaint(pb.FileComplaintRequest(narrative="Tolong"))
    complaint = uow.read(Complaint, answer.complaint_id)
    assert (complaint.channel, complaint.reporter, complaint.country) == ("", "", "")


def test_the_secret_is_kept_as_a_hash_only() -> None:
    uow, answer = filed()
    particulars = uow.read(Particulars, answer.complaint_id)
    assert WORDS.encode() not in particulars.secret_hash
    assert WORDS not in repr(particulars)
    assert answer.secret == ""


def test_number_and_secret_of_a_filing_open_it() -> None:
    keys = MemoryKeys()
    uow = FakeUnitOfWork(secret=WORDS)
    access = an_access(keys)
    answer = api(uow, access).FileComplaint(a_filing())
    kept = uow.read(Particulars, answer.complaint_id)
    keys.kept[kept.number] = kept.complaint_id, kept.secret_hash
    request = pb.OpenAccessRequest(number=answer.number, secret=WORDS)
    assert api(uow, access).OpenAccess(request).complaint_id == answer.complaint_id


def test_no_personal_field_of_a_filing_is_in_an_event() -> None:
    uow, _ = filed(narrative="CANARY", complainant_name="CANARY", contact="CANARY")
    assert all(b"CANARY" not in event.SerializeToString() for event in uow.emitted)


# Reading


def test_personal_data_are_shown_for_a_purpose_that_is_logged() -> None:
    uow = an_office(a_complaint())
    uow.add(Particulars(C1, "ADU-1", b"", "What happened", contact="0812"))
    request = pb.GetComplaintRequest(complaint_id=C1, purpose="clarification")
    answer = api(uow).GetComplaint(request)
    assert (answer.narrative, answer.contact) == ("What happened", "0812")
    assert uow.reads == [(C1, "clarification")]


def test_the_queue_shows_the_question_that_waits() -> None:
    asked = an_offer(OfferState.ASKED, question_note_id="n1", answer_by=A_MORNING)
    uow = an_office(a_complaint("unpaid_wages", 2), a_custody(asked))
    uow.add(Particulars(C1, "ADU-1", b"", "What happened"))
    request = pb.GetComplaintRequest(complaint_id=C1, purpose="clarification")
    shown = api(uow).GetComplaint(request).complaint
    assert (shown.stage, shown.offer_no, shown.question_note_id) == (pb.STAGE_OFFERED, 2, "n1")


def test_a_complainant_reads_no_note_but_answers() -> None:
    uow = an_office(a_complaint())
    uow.caller = Caller("complainant:c1", frozenset({COMPLAINANT}), matter_id=C1)
    note_id = uow.write_note(C1, "Between officers")
    with pytest.raises(NotFound):
        api(uow).GetNote(pb.GetNoteRequest(complaint_id=C1, note_id=note_id, purpose="own"))


# Triage


def triage(uow: FakeUnitOfWork, category: str = "unpaid_wages", severity: int = 2) -> None:
    request = pb.TriageComplaintRequest(complaint_id=C1, category=category, severity=severity)
    api(uow).TriageComplaint(request)


def test_triage_is_told_with_the_number_that_the_brief_repeats() -> None:
    uow = an_office(a_complaint())
    triage(uow)
    assert (types(uow), uow.read(Complaint, C1).triage_no) == ([events.ComplaintTriaged], 1)


def test_a_triage_that_changes_nothing_is_not_told() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    triage(uow)
    assert (uow.emitted, uow.read(Complaint, C1).triage_no) == ([], 2)


def test_triage_takes_codes_of_the_table_only() -> None:
    with pytest.raises(Invalid, match="nonsense"):
        triage(an_office(a_complaint()), "nonsense")


def test_what_another_deputy_holds_is_not_triaged_here() -> None:
    with pytest.raises(NotHolder):
        triage(an_office(a_complaint("unpaid_wages", 2), held_by_protection()), severity=4)


# Hand-over


def offer(uow: FakeUnitOfWork) -> pb.OfferComplaintResponse:
    return api(uow).OfferComplaint(pb.OfferComplaintRequest(complaint_id=C1))


def offered(uow: FakeUnitOfWork) -> custody.HandoverOffered:
    offer(uow)
    event = uow.emitted[-1]
    assert isinstance(event, custody.HandoverOffered)
    return event


def test_a_complaint_is_referred_to_a_ministry_with_what_it_is_asked_for() -> None:
    uow = an_office(a_complaint("sick", 3))
    uow.add(Consent("n1", C1, "kemlu", given=True, how="spoken", said_at=A_MORNING))
    api(uow).ReferComplaint(
        pb.ReferComplaintRequest(complaint_id=C1, ministry="kemlu", request="consular_help")
    )
    event = uow.emitted[-1]
    assert isinstance(event, custody.HandoverOffered)
    assert (event.receiver.service, event.receiver.organisation) == ("exchange", "kemlu")
    brief = ReferralBrief()
    assert event.brief.Unpack(brief)
    assert (brief.request, brief.category, brief.severity) == ("consular_help", "sick", 3)


def test_what_nobody_has_triaged_is_not_referred() -> None:
    request = pb.ReferComplaintRequest(complaint_id=C1, ministry="kemlu", request="consular_help")
    with pytest.raises(NotAllowed, match="is for what is triaged"):
        api(an_office(a_complaint())).ReferComplaint(request)


def test_an_offer_goes_to_the_deputy_that_the_category_names() -> None:
    event = offered(an_office(a_complaint("unpaid_wages", 2)))
    assert (event.receiver, event.kind) == (PROTECTION.to_proto(), "protection.case")


def test_an_offer_says_that_its_clock_is_not_verified() -> None:
    assert offered(an_office(a_complaint("unpaid_wages", 2))).regulation.startswith(UNVERIFIED)


@pytest.mark.parametrize(("severity", "day"), [(3, 7), (4, 5)])
def test_a_life_in_danger_makes_the_clock_shorter(severity: int, day: int) -> None:
    answer = offer(an_office(a_complaint("unpaid_wages", severity)))
    assert answer.due_at.ToDatetime().isoformat() == f"2024-03-0{day}T09:00:00"


def test_an_offer_whose_clock_cannot_be_counted_says_so_and_changes_nothing() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    uow.now = datetime(2031, 3, 3, 3, 0, tzinfo=UTC)
    with refused("CALENDAR_UNKNOWN"):
        offer(uow)
    assert uow.emitted == []


def test_what_is_not_triaged_is_not_offered() -> None:
    with refused("NOT_TRIAGED"):
        offer(an_office(a_complaint()))


def test_an_information_request_is_not_offered() -> None:
    with refused("NO_RECEIVER"):
        offer(an_office(a_complaint("information")))


def test_one_offer_is_open_at_a_time() -> None:
    with refused("OFFER_OPEN"):
        offer(an_office(a_complaint("unpaid_wages", 2), a_custody(an_offer())))


def test_an_offer_can_be_taken_back() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2), a_custody(an_offer()))
    api(uow).WithdrawOffer(pb.WithdrawOfferRequest(complaint_id=C1))
    assert types(uow) == [custody.HandoverWithdrawn]


def test_an_answer_to_a_ministrys_question_gives_it_a_referrals_time() -> None:
    asked = an_offer(OfferState.ASKED, question_note_id="n1", answer_by=A_MORNING, receiver=KEMLU)
    uow = an_office(a_complaint("sick", 4), a_custody(asked))
    api(uow).ClarifyOffer(pb.ClarifyOfferRequest(complaint_id=C1, text="In Penang."))
    event = uow.emitted[-1]
    assert isinstance(event, custody.HandoverClarified)
    assert event.due_at.ToDatetime(UTC) == LAW.base.clocks["referral"].due_at(uow.now)
    assert event.due_at.ToDatetime(UTC) != LAW.base.clocks["offer_in_danger"].due_at(uow.now)


def test_what_is_offered_to_a_ministry_may_be_found_to_be_worse() -> None:
    uow = an_office(a_complaint("sick", 3), a_custody(an_offer(receiver=KEMLU)))
    triage(uow, "sick", 4)
    assert uow.read(Complaint, C1).severity == 4


def test_an_answer_to_the_receivers_question_starts_its_clock_anew() -> None:
    asked = an_offer(OfferState.ASKED, question_note_id="n1", answer_by=A_MORNING)
    uow = an_office(a_complaint("unpaid_wages", 4), a_custody(asked))
    api(uow).ClarifyOffer(pb.ClarifyOfferRequest(complaint_id=C1, text="In Penang."))
    event = uow.emitted[-1]
    assert isinstance(event, custody.HandoverClarified)
    assert event.due_at.ToDatetime().isoformat() == "2024-03-05T09:00:00"
    assert uow.notes[event.note_id].text == "In Penang."


def extend(uow: FakeUnitOfWork, reason: str) -> pb.ExtendOfferResponse:
    return api(uow).ExtendOffer(pb.ExtendOfferRequest(complaint_id=C1, reason=reason))


def test_a_receiver_gets_more_time_for_a_reason_of_the_law() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2), a_custody(an_offer()))
    due_at = extend(uow, "receiver_asks").due_at.ToDatetime(UTC)
    # From Thursday, 7 March: two working days without Nyepi and its collective leave.
    assert due_at == datetime(2024, 3, 13, 9, 0, tzinfo=UTC)
    (event,) = uow.emitted
    assert isinstance(event, custody.HandoverExtended)
    assert (event.code, event.regulation) == (
        "receiver_asks",
        f"{UNVERIFIED}: proposal of this project",
    )


def test_a_reason_gives_more_time_as_often_as_the_law_says() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2), a_custody(an_offer()))
    extend(uow, "receiver_asks")
    extend(uow, "receiver_asks")
    with refused("EXTENDED_BEFORE"):
        extend(uow, "receiver_asks")


def test_another_reason_is_counted_by_itself() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2), a_custody(an_offer()))
    for reason in ("receiver_asks", "papers_abroad", "receiver_asks"):
        extend(uow, reason)
    with refused("EXTENDED_BEFORE"):
        extend(uow, "papers_abroad")


def test_where_a_life_is_in_danger_nobody_waits_for_papers() -> None:
    uow = an_office(a_complaint("physical_abuse", 4), a_custody(an_offer()))
    with refused("NOT_EXTENDABLE"):
        extend(uow, "papers_abroad")


def test_a_reason_that_the_law_does_not_have_is_told_with_those_that_it_has() -> None:
    with pytest.raises(Invalid) as told:
        extend(an_office(a_complaint("unpaid_wages", 2), a_custody(an_offer())), "no_time")
    known = "papers_abroad, receiver_asks, word_awaited, agency_asks"
    assert told.value.fields[0][2] == f"must be one of {known}"


# Answer and end


def answer(uow: FakeUnitOfWork) -> None:
    api(uow).AnswerComplaint(pb.AnswerComplaintRequest(complaint_id=C1, text="We have written."))


def close(uow: FakeUnitOfWork, ground: str, text: str = "(contoh)") -> None:
    api(uow).CloseComplaint(pb.CloseComplaintRequest(complaint_id=C1, ground=ground, text=text))


def test_an_answer_is_a_note_and_an_event_without_text() -> None:
    uow = an_office(a_complaint())
    answer(uow)
    event = uow.emitted[0]
    assert isinstance(event, events.ComplaintAnswered)
    assert uow.notes[event.note_id].text == "We have written."
    assert uow.read(Answer, event.note_id).answered_at == A_MORNING


def test_closing_ends_matter_and_complaint_on_the_same_ground() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2, answered_at=A_MORNING))
    close(uow, "demand_met", text="")
    assert uow.emitted == [
        custody.MatterClosed(matter_id=C1, ground="demand_met"),
        events.ComplaintClosed(complaint_id=C1, ground="demand_met"),
    ]


@pytest.mark.parametrize("text", ["", " \n"])
def test_nobody_withdraws_a_complaint_but_by_the_complainants_own_word(text: str) -> None:
    with refused("NO_WITHDRAWAL"):
        close(an_office(a_complaint("unpaid_wages", 2)), "withdrawn", text)


@pytest.mark.parametrize("ground", ["withdrawn", "demand_met"])
def test_what_the_complainant_said_at_the_end_is_a_note_that_the_event_names(ground: str) -> None:
    uow = an_office(a_complaint("unpaid_wages", 2, answered_at=A_MORNING))
    close(uow, ground, "Saya sudah dibayar.")
    event = uow.emitted[-1]
    assert isinstance(event, events.ComplaintClosed)
    assert uow.notes[event.note_id].text == "Saya sudah dibayar."


def test_an_answered_information_request_is_closed_without_a_hand_over() -> None:
    uow = an_office(a_complaint())
    triage(uow, "information", 0)
    answer(uow)
    close(uow, "information_given")
    assert types(uow) == [
        events.ComplaintTriaged,
        events.ComplaintAnswered,
        custody.MatterClosed,
        events.ComplaintClosed,
    ]


def test_the_article_of_a_ground_goes_into_the_custody_log() -> None:
    uow = an_office(a_complaint(work=Work.VALIDATION))
    uow.now = A_MORNING.replace(month=6)
    close(uow, "documents_incomplete")
    assert uow.emitted[0] == custody.MatterClosed(
        matter_id=C1, ground="documents_incomplete", article="Perban BP2MI 6/2024 Art 30(1)a"
    )


def test_an_unknown_ground_is_told_with_those_that_are_known() -> None:
    with pytest.raises(Invalid) as told:
        close(an_office(a_complaint()), "bored")
    assert "demand_met" in told.value.fields[0][2]


def test_being_handed_to_another_ministry_is_no_end() -> None:
    with pytest.raises(Invalid):
        close(an_office(a_complaint()), "handed_to_other_ministry")


def test_an_offered_complaint_is_not_closed() -> None:
    with refused("OFFER_OPEN"):
        close(an_office(a_complaint("unpaid_wages", 2), a_custody(an_offer())), "withdrawn")


def test_what_another_deputy_holds_is_not_closed_here() -> None:
    with pytest.raises(NotHolder):
        close(an_office(a_complaint("unpaid_wages", 2), held_by_protection()), "withdrawn")


def a_closed_office() -> FakeUnitOfWork:
    uow = an_office(a_complaint())
    close(uow, "withdrawn")
    return uow


def reopen(uow: FakeUnitOfWork) -> None:
    api(uow).ReopenComplaint(pb.ReopenComplaintRequest(complaint_id=C1, code="not_agreed"))


def test_a_closed_complaint_can_be_reopened_and_closed_again() -> None:
    uow = a_closed_office()
    reopen(uow)
    close(uow, "withdrawn")
    assert types(uow).count(custody.MatterClosed) == 2


def test_a_reopened_complaint_has_a_new_clock() -> None:
    uow = a_closed_office()
    reopen(uow)
    assert uow.read(Complaint, C1).clock_due_at == A_MORNING.replace(day=13, hour=9)


def test_after_30_days_a_complaint_stays_closed() -> None:
    uow = a_closed_office()
    uow.now = A_MORNING.replace(month=4, day=5)
    with pytest.raises(NotAllowed, match=re.escape(LAW.base.clocks["reopen"].regulation)) as told:
        reopen(uow)
    assert told.value.reason == "WINDOW_PASSED"


def test_an_open_complaint_is_not_reopened() -> None:
    with refused("MATTER_OPEN"):
        reopen(an_office(a_complaint()))
