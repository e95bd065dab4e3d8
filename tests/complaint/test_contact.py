"""Whoever complained is told by the ways that they have said are safe, and may write to us."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from estafet.complaint.v1.events_pb2 import SurveyAnswered
from sqlalchemy.orm import Session

from services.chassis.clock import real_now
from services.chassis.errors import Invalid, NotAllowed, NotFound, Unauthenticated
from services.chassis.identity import COMPLAINANT, Caller
from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_caller, worker_factory
from services.complaint.api import ComplaintApi
from services.complaint.contact import Unclaimed, plan_of, plan_view, staff
from services.complaint.domain import Complaint, Particulars
from services.complaint.incoming import Keys
from services.complaint.reactions import ComplaintMessages
from services.complaint.survey import Survey
from services.complaint.telling import line_of, tell_digest
from services.complaint.workflow import is_heard
from services.messages import outbox
from services.messages.claiming import Trouble
from services.messages.message import ContactPlan, Content, Message
from services.messages.notice import Channel, Language
from services.messages.signing import signed
from services.process.digests import Contents
from services.process.notices import Digest, Notice
from tests.complaint.builders import (
    C1,
    C2,
    WHEN_TOLD,
    a_complaint,
    a_custody,
    a_filing,
    a_plan,
    a_withdrawal,
    acts,
    an_office,
    api,
    notices,
)

PHONE = "+6281100000001"
NUMBER = "ADU-2024-0001-R"
MISTYPED = "ADU-2024-0001-S"
KEY = "kunci (contoh)"


class OneInbox:
    """Complaints by address and number, in memory."""

    def __init__(self, *senders: str, number: str = NUMBER, surveyed: str = "") -> None:
        self._senders, self._number, self._surveyed = senders, number, surveyed

    def complaints_at(self, session: Session, channel: Channel, address: str) -> Sequence[str]:
        return self._senders if (channel, address) == (Channel.SMS, PHONE) else ()

    def numbered(self, session: Session, number: str) -> str:
        return C1 if number == self._number else ""

    def surveyed(self, session: Session, complaint_ids: Sequence[str]) -> str:
        return self._surveyed


class OneKey:
    """The key of one gateway."""

    def of(self, channel: Channel) -> str:
        return KEY


def told_by_sms(severity: int = 2) -> FakeUnitOfWork:
    """A complaint whose plan names a safe telephone."""
    uow = an_office(a_complaint("unpaid_wages", severity))
    uow.add(Particulars(C1, NUMBER, b"", narrative="(contoh)"))
    api(uow).SetContactPlan(pb.SetContactPlanRequest(complaint_id=C1, plan=a_plan()))
    return uow


def messages(uow: FakeUnitOfWork) -> list[tuple[str, str]]:
    """To whom which message was written."""
    found = [thing for thing in uow._things.values() if isinstance(thing, Message)]
    return [(each.recipient, each.code) for each in found]


def contents(uow: FakeUnitOfWork) -> list[dict[str, object]]:
    found = [thing for thing in uow._things.values() if isinstance(thing, Content)]
    return [cast("dict[str, object]", each.values) for each in found]


def test_a_plan_comes_back_as_it_was_told() -> None:
    told = a_plan(language="en", code_word="melati", bare="greeting", without_content=True)
    told.ways[0].hours.add(weekday="friday", opens="18:30", closes="24:00")
    told.ways.add(channel="email", address="siti@contoh.example", read_by_employer=True)
    shown = plan_view(plan_of(told))
    assert shown.ways[1].hours
    del shown.ways[1].hours[:]
    assert shown == told


@pytest.mark.parametrize(
    ("field", "value"),
    [("zone", "Asia/Nowhere"), ("bare", "unknown"), ("code_word", "x" * 40)],
)
def test_a_plan_that_cannot_be_used_is_refused_by_field(field: str, value: str) -> None:
    told = a_plan()
    setattr(told, field, value)
    with pytest.raises(Invalid) as refused:
        plan_of(told)
    assert refused.value.fields[0][0].startswith(f"plan.{field}")


def test_an_address_that_is_none_is_refused_and_not_repeated() -> None:
    with pytest.raises(Invalid) as refused:
        plan_of(a_plan("rahasia"))
    assert "rahasia" not in f"{refused.value} {refused.value.fields}"


def test_who_files_with_a_plan_can_be_told_at_once() -> None:
    uow = FakeUnitOfWork()
    filing = a_filing()
    filing.plan.CopyFrom(a_plan())
    filed = api(uow).FileComplaint(filing)
    assert uow.read(Complaint, filed.complaint_id).has_plan
    assert outbox.plan_of(uow, filed.complaint_id) is not None


def test_an_answer_is_told() -> None:
    uow = told_by_sms()
    request = pb.AnswerComplaintRequest(complaint_id=C1, text="Gaji dibayar.")
    api(uow).AnswerComplaint(request)
    assert messages(uow) == [(C1, "answer_written")]


def test_without_a_plan_nothing_is_written() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    api(uow).AnswerComplaint(pb.AnswerComplaintRequest(complaint_id=C1, text="Gaji dibayar."))
    assert messages(uow) == []


def test_missing_documents_are_asked_for_and_an_end_is_told_with_a_survey() -> None:
    uow = told_by_sms()
    request = pb.RequestDocumentsRequest(complaint_id=C1, documents=["contract"], text="Kontrak?")
    api(uow).RequestDocuments(request)
    api(uow).ReceiveDocuments(pb.ReceiveDocumentsRequest(complaint_id=C1))
    api(uow).CloseComplaint(a_withdrawal())
    assert messages(uow) == [(C1, "question"), (C1, "matter_closed"), (C1, "survey")]


def test_whoever_complained_is_told_that_the_agency_is_invited() -> None:
    uow = told_by_sms()
    request = pb.InviteP3miRequest(
        complaint_id=C1, p3mi_name="PT Contoh Fiktif", place="online", asked="Mengapa?"
    )
    request.meets_at.FromDatetime(A_MORNING + timedelta(days=7))
    api(uow).InviteP3mi(request)
    assert messages(uow) == [(C1, "clarification")]


def test_doubt_needs_a_plan() -> None:
    request = pb.DoubtContactPlanRequest(complaint_id=C1, why="no_answer")
    with pytest.raises(NotAllowed) as refused:
        api(an_office(a_complaint())).DoubtContactPlan(request)
    assert refused.value.reason == "NO_PLAN"


def test_doubt_comes_and_goes() -> None:
    uow = told_by_sms()
    for why in ("no_answer", ""):
        api(uow).DoubtContactPlan(pb.DoubtContactPlanRequest(complaint_id=C1, why=why))
        plan = outbox.plan_of(uow, C1)
        assert plan is not None
        assert plan.doubt == why


def test_a_plan_is_read_for_a_purpose() -> None:
    uow = told_by_sms()
    request = pb.GetContactPlanRequest(complaint_id=C1, purpose="to call them")
    assert api(uow).GetContactPlan(request).plan.ways[0].address == PHONE
    assert uow.reads == [(C1, "to call them")]


def test_there_may_be_no_plan() -> None:
    request = pb.GetContactPlanRequest(complaint_id=C1, purpose="to call them")
    with pytest.raises(NotFound):
        api(an_office(a_complaint())).GetContactPlan(request)


# What comes in.


def bring(
    uow: FakeUnitOfWork, text: str, *, inbox: OneInbox, sender: str = PHONE, key: str = KEY
) -> None:
    """A gateway brings a message."""
    body = json.dumps({"from": sender, "text": text, "received_at": A_MORNING.isoformat()})
    headers = signed(key, "id-1", real_now(), body.encode())
    made = api(uow)
    made.complaints_at, made.numbered = inbox.complaints_at, inbox.numbered
    made.surveyed = inbox.surveyed
    made.keys = cast("Keys", OneKey())
    made.ReceiveMessage(
        pb.ReceiveMessageRequest(
            channel="sms",
            payload=body.encode(),
            webhook_id=headers["webhook-id"],
            webhook_timestamp=headers["webhook-timestamp"],
            webhook_signature=headers["webhook-signature"],
        )
    )


def test_a_status_is_told_to_an_address_of_the_plan() -> None:
    uow = told_by_sms()
    seen = uow.read(Complaint, C1).version
    bring(uow, f"STATUS#{NUMBER}", inbox=OneInbox(C1))
    assert uow.read(Complaint, C1).version == seen
    assert messages(uow) == [(C1, "status_reply")]
    assert "Pengaduan Anda ditangani oleh" in str(contents(uow)[0]["status"])


def unclaimed(uow: FakeUnitOfWork) -> list[str]:
    return [each.text for each in uow._things.values() if isinstance(each, Unclaimed)]


def noted(uow: FakeUnitOfWork) -> list[str]:
    """Every note but that of what was said at the end."""
    return [note.text for note in uow.notes.values() if note.text != a_withdrawal().text]


@pytest.mark.parametrize("text", [f"STATUS#{NUMBER} Melati", f"melati, status {NUMBER}."])
def test_the_code_word_may_stand_beside_the_number(text: str) -> None:
    uow = told_by_sms()
    plan = a_plan(code_word="melati")
    api(uow).SetContactPlan(pb.SetContactPlanRequest(complaint_id=C1, plan=plan))
    bring(uow, text, inbox=OneInbox(C1))
    assert (messages(uow), noted(uow)) == ([(C1, "status_reply")], [])
    assert uow.read(ContactPlan, C1).read().doubt == ""


def test_a_status_without_the_code_word_may_be_asked_for_by_anybody() -> None:
    uow = told_by_sms()
    plan = a_plan(code_word="melati")
    api(uow).SetContactPlan(pb.SetContactPlanRequest(complaint_id=C1, plan=plan))
    bring(uow, f"STATUS#{NUMBER}", inbox=OneInbox(C1))
    assert (messages(uow), noted(uow)) == ([], [f"STATUS#{NUMBER}"])
    assert uow.read(ContactPlan, C1).read().doubt == "no_code_word"
    assert (acts(uow)[-1].action, acts(uow)[-1].reason) == ("ReceiveMessage", "")


@pytest.mark.parametrize("first", [C1, "c2"])
def test_it_is_the_plan_of_the_complaint_that_is_named_whose_code_word_counts(first: str) -> None:
    uow = told_by_sms()
    plan = a_plan(code_word="melati")
    api(uow).SetContactPlan(pb.SetContactPlanRequest(complaint_id=C1, plan=plan))
    outbox.keep_plan(uow, "c2", plan_of(a_plan(code_word="kenanga")), "c2")
    senders = (first, *({C1, "c2"} - {first}))
    bring(uow, f"STATUS#{NUMBER} kenanga", inbox=OneInbox(*senders))
    assert messages(uow) == []
    doubts = [uow.read(ContactPlan, each).read().doubt for each in (C1, "c2")]
    assert doubts == ["no_code_word", ""]


def test_a_status_with_the_code_word_settles_a_doubt_and_comes() -> None:
    uow = asked_again()
    bring(uow, f"STATUS#{NUMBER} melati", inbox=OneInbox(C1))
    assert messages(uow) == [(C1, "status_reply")]
    assert uow.read(ContactPlan, C1).read().doubt == ""


@pytest.mark.parametrize("number", [NUMBER, MISTYPED])
def test_whoever_asks_from_elsewhere_is_told_nothing_and_an_officer_reads_it(number: str) -> None:
    uow = told_by_sms()
    bring(uow, f"STATUS#{number}", inbox=OneInbox())
    assert (messages(uow), unclaimed(uow)) == ([], [f"STATUS#{number}"])


@pytest.mark.parametrize(
    "text",
    [
        f"STATUS#{MISTYPED}",
        "STATUS#ADU-2024-00",
        f"STATUS#{NUMBER}1",
        f"STATUS#{NUMBER} tolong saya",
        f"Tolong saya. STATUS#{NUMBER}",
    ],
)
def test_a_number_that_is_not_theirs_and_what_stands_beside_one_are_read_by_a_person(
    text: str,
) -> None:
    uow = told_by_sms()
    bring(uow, text, inbox=OneInbox(C1))
    assert (messages(uow), noted(uow)) == ([], [text])
    assert [each.deed for each in notices(uow)] == ["message"]


def test_the_number_of_somebody_elses_complaint_tells_nothing() -> None:
    uow = told_by_sms()
    uow.add(a_complaint("unpaid_wages", 2, complaint_id=C2))
    uow.add(a_custody(matter_id=C2))
    outbox.keep_plan(uow, C2, plan_of(a_plan()), C2)
    bring(uow, f"STATUS#{NUMBER}", inbox=OneInbox(C2))
    assert (messages(uow), noted(uow)) == ([], [f"STATUS#{NUMBER}"])


def test_what_names_one_of_several_complaints_is_a_note_of_that_one() -> None:
    uow = told_by_sms()
    uow.add(a_complaint("unpaid_wages", 2, complaint_id=C2))
    uow.add(a_custody(matter_id=C2))
    bring(uow, f"STATUS#{NUMBER} tolong saya", inbox=OneInbox(C2, C1))
    assert [note.matter_id for note in uow.notes.values()] == [C1]


def test_a_text_is_a_note_and_whoever_is_accountable_sees_to_it() -> None:
    uow = told_by_sms()
    bring(uow, "Saya sudah di rumah.", inbox=OneInbox(C1))
    assert [note.text for note in uow.notes.values()] == ["Saya sudah di rumah."]
    (notice,) = notices(uow)
    assert (notice.deed, notice.unit) == ("message", "layanan_pengaduan")
    assert acts(uow)[-1].action == "ReceiveMessage"


@pytest.mark.parametrize(("severity", "at"), WHEN_TOLD)
def test_a_text_of_whoever_is_in_danger_waits_for_no_morning(severity: int, at: datetime) -> None:
    uow = told_by_sms(severity)
    bring(uow, "Tolong saya.", inbox=OneInbox(C1))
    assert [each.tell_at for each in notices(uow)] == [at]


@pytest.mark.parametrize(
    ("text", "doubt"), [("Ini MELATI, saya aman.", ""), ("Saya aman.", "no_code_word")]
)
def test_without_the_code_word_it_is_not_sure_that_it_was_they(text: str, doubt: str) -> None:
    uow = told_by_sms()
    plan = a_plan(code_word="melati")
    api(uow).SetContactPlan(pb.SetContactPlanRequest(complaint_id=C1, plan=plan))
    bring(uow, text, inbox=OneInbox(C1))
    kept = outbox.plan_of(uow, C1)
    assert kept is not None
    assert kept.doubt == doubt


def asked_again(doubt: str = "no_code_word") -> FakeUnitOfWork:
    """Somebody with a code word whose plan is in doubt was asked once."""
    uow = told_by_sms()
    plan = a_plan(code_word="melati")
    api(uow).SetContactPlan(pb.SetContactPlanRequest(complaint_id=C1, plan=plan))
    kept = uow.read(ContactPlan, C1)
    kept.note(kept.read().doubted(doubt).asked(A_MORNING))
    return uow


@pytest.mark.parametrize(("text", "doubt", "asks"), [("ya", "gone", 1), ("ya, melati", "", 0)])
def test_a_reply_to_the_question_settles_the_doubt_by_the_code_word_and_begins_none_anew(
    text: str, doubt: str, asks: int
) -> None:
    uow = asked_again("gone")
    bring(uow, text, inbox=OneInbox(C1))
    plan = uow.read(ContactPlan, C1).read()
    assert (plan.doubt, plan.asks) == (doubt, asks)


def test_a_reply_settles_the_doubt_of_every_plan_that_it_answers_and_begins_one_in_none() -> None:
    uow = asked_again()
    for recipient, word in (("c2", "melati"), ("c3", "kenanga")):
        outbox.keep_plan(uow, recipient, plan_of(a_plan(code_word=word)), recipient)
    uow.read(ContactPlan, "c2").note(uow.read(ContactPlan, "c2").read().doubted("no_answer"))
    bring(uow, "ya, melati", inbox=OneInbox(C1, "c2", "c3"))
    assert [uow.read(ContactPlan, each).read().doubt for each in (C1, "c2", "c3")] == ["", "", ""]


def surveyed() -> FakeUnitOfWork:
    """A closed complaint of somebody who has a code word, and was sent the survey."""
    uow = told_by_sms()
    plan = a_plan(code_word="melati")
    api(uow).SetContactPlan(pb.SetContactPlanRequest(complaint_id=C1, plan=plan))
    api(uow).CloseComplaint(a_withdrawal())
    return uow


@pytest.mark.parametrize("text", ["Melati 5", "lima, melati"])
def test_a_figure_after_the_survey_is_its_answer_and_puts_nothing_in_doubt(text: str) -> None:
    uow = surveyed()
    bring(uow, text, inbox=OneInbox(C1, surveyed=C1))
    answered = uow.read(Survey, C1)
    assert (answered.score, answered.solved, acts(uow)[-1].action) == (5, None, "AnswerSurvey")
    assert (noted(uow), uow.read(ContactPlan, C1).read().doubt) == ([], "")


def test_a_figure_without_the_code_word_may_be_anybodys() -> None:
    uow = surveyed()
    bring(uow, "5", inbox=OneInbox(C1, surveyed=C1))
    assert (uow.find(Survey, C1), acts(uow)[-1].action) == (None, "ReceiveMessage")
    assert noted(uow) == ["5"]
    assert uow.read(ContactPlan, C1).read().doubt == "no_code_word"


def test_a_figure_is_enough_where_no_code_word_was_agreed() -> None:
    uow = told_by_sms()
    api(uow).CloseComplaint(a_withdrawal())
    bring(uow, "5", inbox=OneInbox(C1, surveyed=C1))
    assert uow.read(Survey, C1).score == 5


def test_a_score_alone_is_told_as_such() -> None:
    uow = surveyed()
    bring(uow, "melati 2", inbox=OneInbox(C1, surveyed=C1))
    assert uow.emitted[-1] == SurveyAnswered(complaint_id=C1, score=2, score_only=True)


def test_a_figure_is_a_note_where_no_survey_was_sent() -> None:
    uow = told_by_sms()
    bring(uow, "5", inbox=OneInbox(C1))
    assert [note.text for note in uow.notes.values()] == ["5"]


def test_a_figure_of_somebody_with_an_open_complaint_answers_what_was_asked_about_that() -> None:
    uow = surveyed()
    uow.add(a_complaint("unpaid_wages", 2, complaint_id=C2))
    uow.add(a_custody(matter_id=C2))
    bring(uow, "melati 2", inbox=OneInbox(C2, C1, surveyed=C1))
    assert uow.find(Survey, C1) is None
    assert noted(uow) == ["melati 2"]


@pytest.mark.parametrize(("ended", "score"), [(A_MORNING, 2), (None, 0)])
def test_a_figure_answers_the_survey_of_a_merged_complaint_while_the_other_one_has_ended(
    ended: datetime | None, score: int
) -> None:
    uow = surveyed()
    uow.add(a_complaint("unpaid_wages", 2, complaint_id=C2, closed_at=ended))
    uow.read(Complaint, C1).merged_into = C2
    bring(uow, "melati 2", inbox=OneInbox(C1, surveyed=C1))
    answered = uow.find(Survey, C1)
    assert (answered.score if answered else 0) == score
    assert noted(uow) == ([] if score else ["melati 2"])


def test_a_later_figure_leaves_what_was_told_on_the_page() -> None:
    uow = surveyed()
    told = pb.AnswerSurveyRequest(complaint_id=C1, score=2, solved=True, text="(contoh)")
    api(uow).AnswerSurvey(told)
    note_id = uow.read(Survey, C1).note_id
    bring(uow, "4 Melati", inbox=OneInbox(C1, surveyed=C1))
    kept = uow.read(Survey, C1)
    assert (kept.score, kept.solved, kept.note_id) == (4, True, note_id)


def say_of_the_plan(uow: FakeUnitOfWork, why: str, caller: Caller) -> None:
    uow.caller = caller
    api(uow).DoubtContactPlan(pb.DoubtContactPlanRequest(complaint_id=C1, why=why))


A_FAMILY = Caller(f"complainant:{C1}", frozenset({COMPLAINANT}), matter_id=C1)


@pytest.mark.parametrize(
    ("done", "is_theirs"),
    [
        (lambda uow: bring(uow, f"STATUS#{NUMBER}", inbox=OneInbox(C1)), True),
        (lambda uow: say_of_the_plan(uow, "", a_caller()), True),
        (lambda uow: say_of_the_plan(uow, "person_doubts", A_FAMILY), True),
        (lambda uow: say_of_the_plan(uow, "no_answer", a_caller()), False),
    ],
)
def test_the_act_itself_tells_whether_they_were_heard(
    done: Callable[[FakeUnitOfWork], None], is_theirs: bool
) -> None:
    uow = told_by_sms()
    uow.now += timedelta(days=1)
    done(uow)
    assert is_heard(acts(uow)[-1]) is is_theirs
    assert (uow.read(Complaint, C1).heard_at == uow.now) is is_theirs


def test_more_than_a_figure_after_the_survey_is_a_note() -> None:
    uow = surveyed()
    bring(uow, "Melati: 5 tahun saya menunggu", inbox=OneInbox(C1, surveyed=C1))
    assert uow.find(Survey, C1) is None
    assert len(noted(uow)) == 1


@pytest.mark.parametrize("text", ["Saya sudah di rumah.", f"STATUS#{NUMBER}"])
def test_whoever_writes_was_heard_and_can_be_reached(text: str) -> None:
    uow = told_by_sms()
    api(uow).AnswerComplaint(pb.AnswerComplaintRequest(complaint_id=C1, text="Apa kabar?"))
    uow.now = A_MORNING + timedelta(days=61)
    bring(uow, text, inbox=OneInbox(C1))
    assert uow.read(Complaint, C1).heard_at == uow.now
    with pytest.raises(NotAllowed) as refused:
        api(uow).CloseComplaint(pb.CloseComplaintRequest(complaint_id=C1, ground="unreachable"))
    assert refused.value.reason == "HEARD_SINCE"


def test_whoever_says_that_the_plan_is_good_was_heard() -> None:
    uow = told_by_sms()
    uow.now += timedelta(days=1)
    api(uow).DoubtContactPlan(pb.DoubtContactPlanRequest(complaint_id=C1, why="no_answer"))
    assert uow.read(Complaint, C1).heard_at == A_MORNING
    api(uow).DoubtContactPlan(pb.DoubtContactPlanRequest(complaint_id=C1))
    assert uow.read(Complaint, C1).heard_at == uow.now


def test_what_is_brought_again_is_taken_once() -> None:
    uow = told_by_sms()
    for _ in range(2):
        bring(uow, "Saya sudah di rumah.", inbox=OneInbox(C1))
    assert len(uow.notes) == 1


def test_what_belongs_to_nobody_is_kept_for_an_officer() -> None:
    uow = told_by_sms()
    bring(uow, "Tolong saya.", inbox=OneInbox(), sender="+6281100000009")
    (kept,) = [each for each in uow._things.values() if isinstance(each, Unclaimed)]
    assert (kept.text, kept.address) == ("Tolong saya.", "+6281100000009")


def test_what_no_gateway_has_signed_is_not_believed() -> None:
    uow = told_by_sms()
    with pytest.raises(Unauthenticated):
        bring(uow, "Tolong saya.", inbox=OneInbox(C1), key="another key")
    assert uow.notes == {}


# Officers.


def test_an_officer_is_told_that_nobody_can_be_reached() -> None:
    uow = told_by_sms()
    trouble = Trouble("m1", C1, C1, "answer_written", 2, "no_safe_way")
    worker_factory(ComplaintMessages, uow=uow).on_trouble(trouble)
    (notice,) = notices(uow)
    assert (notice.deed, notice.matter_id) == ("unreachable", C1)


@pytest.mark.parametrize(("severity", "at"), WHEN_TOLD)
def test_that_whoever_is_in_danger_cannot_be_reached_is_told_at_once(
    severity: int, at: datetime
) -> None:
    uow = told_by_sms(severity)
    trouble = Trouble("m1", C1, C1, "answer_written", severity, "no_safe_way")
    worker_factory(ComplaintMessages, uow=uow).on_trouble(trouble)
    assert [each.tell_at for each in notices(uow)] == [at]


def test_a_message_to_an_officer_that_finds_no_way_is_about_no_complaint() -> None:
    uow = told_by_sms()
    trouble = Trouble("m1", "", staff("layanan_pengaduan", ""), "digest", 2, "no_safe_way")
    worker_factory(ComplaintMessages, uow=uow).on_trouble(trouble)
    assert notices(uow) == []


def a_step() -> Notice:
    at = A_MORNING
    return Notice("n1", C1, "layanan_pengaduan", "", "triage", 80, "warn", 2, at, at, at)


def digested(uow: FakeUnitOfWork, notices: int = 1) -> None:
    """A digest of so many notices is told, of which it shows one."""
    digest = Digest("d1", "layanan_pengaduan", "", "2024-03-04", A_MORNING, notices)
    tell_digest(uow, digest, Contents(A_MORNING.date(), [a_step()], due=3, late=2))


def a_head(language: str = "id") -> FakeUnitOfWork:
    """The head of a unit has a mailbox."""
    uow = FakeUnitOfWork()
    request = pb.SetStaffContactRequest(unit="layanan_pengaduan", email="kepala@contoh.example")
    worker_factory(ComplaintApi, uow=uow).SetStaffContact(request)
    head = staff("layanan_pengaduan", "")
    if plan := outbox.plan_of(uow, head):
        outbox.keep_plan(uow, head, plan.model_copy(update={"language": Language(language)}))
    return uow


def test_a_digest_is_one_mail_with_what_is_due_and_what_is_late() -> None:
    uow = a_head()
    digested(uow)
    assert messages(uow) == [(staff("layanan_pengaduan", ""), "digest")]
    (said,) = contents(uow)
    assert (said["due"], said["late"]) == (3, 2)
    (line,) = cast("list[str]", said["matters"])
    assert C1 in line


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_a_later_release_has_noted_is_told_by_its_code(language: str) -> None:
    uow = a_head(language)
    plan = outbox.plan_of(uow, staff("layanan_pengaduan", ""))
    assert plan is not None
    told = line_of(replace(a_step(), deed="of_tomorrow"), plan)
    assert C1 in told
    assert "(of_tomorrow)" in told


@pytest.mark.parametrize(("language", "last"), [("id", "dan 400 lagi."), ("en", "and 400 more.")])
def test_what_a_mail_leaves_out_is_said_in_its_last_line(language: str, last: str) -> None:
    uow = a_head(language)
    digested(uow, notices=401)
    (said,) = contents(uow)
    assert cast("list[str]", said["matters"])[1:] == [last]


def test_who_has_no_mailbox_reads_the_digest_only() -> None:
    uow = FakeUnitOfWork()
    digested(uow)
    assert messages(uow) == []
