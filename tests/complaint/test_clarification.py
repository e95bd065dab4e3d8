"""Clarification with a placement agency: invited, heard, and held to what it promised."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotAllowed, NotFound, Refused
from services.chassis.testing import A_MORNING
from services.complaint.clarification import State
from services.complaint.domain import Particulars, Work
from services.complaint.papers import PDF
from services.documents.content import Minutes, Statement
from services.documents.signing import LocalSigner
from services.documents.verify import document_in, verify
from services.process.acts import Act
from tests.complaint.agency import AGENCY, OFFICER, Hearing, a_promise, at, the_parties
from tests.complaint.builders import C1, a_complaint, acts, api, documents

KEY = "a key of thirty-two characters, and more"
A_PNG = b"\x89PNG\r\n\x1a\n and so on"


def refused(reason: str) -> pytest.RaisesExc[NotAllowed]:
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def invalid(reason: str) -> pytest.RaisesExc[Invalid]:
    return pytest.raises(Invalid, check=lambda error: error.reason == reason)


def invited() -> Hearing:
    hearing = Hearing()
    hearing.invite()
    return hearing


def done(hearing: Hearing) -> list[str]:
    return [act.action for act in acts(hearing.uow)]


def last(hearing: Hearing) -> Act:
    return acts(hearing.uow)[-1]


# The invitation


def test_an_agency_is_invited_with_a_clock_for_its_answer() -> None:
    hearing = Hearing()
    answer = hearing.invite()
    assert (answer.session, answer.path) == (1, "/klarifikasi")
    assert (hearing.complaint.work, hearing.complaint.clock) == (
        Work.CLARIFICATION_1,
        "clarification_1",
    )
    assert answer.answer_by.ToDatetime() == (hearing.complaint.clock_due_at or A_MORNING).replace(
        tzinfo=None
    )


def test_whoever_has_no_name_for_the_agency_cannot_invite_it() -> None:
    hearing = Hearing()
    hearing.uow.read(Particulars, C1).p3mi_name = ""
    with invalid("P3MI_UNNAMED"):
        hearing.invite()


def test_nobody_is_invited_for_yesterday() -> None:
    with invalid("MEETING_PAST"):
        Hearing().invite(meets_at=at(A_MORNING - timedelta(days=1)))


def test_another_date_is_the_same_session_and_another_link() -> None:
    hearing = invited()
    hearing.agency("AskAnotherDate", wished_on="2024-03-11", text="Direktur di luar negeri.")
    before = hearing.found.clarification_id
    hearing.invite("another link", meets_at=at(A_MORNING + timedelta(days=7)))
    found = hearing.found
    assert (found.clarification_id, found.session, found.link_no) == (before, 1, 2)
    assert found.state("clarification_1") is State.INVITED


@pytest.mark.parametrize("days", [2, 30])
def test_another_date_gives_the_agency_no_more_time_to_answer(days: int) -> None:
    hearing = invited()
    before = hearing.found.answer_by, hearing.complaint.clock_from, hearing.complaint.clock_due_at
    hearing.uow.now += timedelta(days=days)
    answer = hearing.invite("another link")
    after = hearing.found.answer_by, hearing.complaint.clock_from, hearing.complaint.clock_due_at
    assert after == before
    assert answer.answer_by.ToDatetime(UTC) == before[0]
    assert (last(hearing).action, last(hearing).clock) == ("InviteP3mi", "")


def test_a_second_session_has_a_clock_of_its_own() -> None:
    hearing = Hearing()
    hearing.to_second()
    clock = hearing.complaint.clock, hearing.complaint.clock_from
    assert clock == ("clarification_2", hearing.uow.now)
    assert hearing.found.answer_by == hearing.complaint.clock_due_at


def test_a_first_session_that_has_settled_nothing_leads_to_a_second() -> None:
    hearing = Hearing()
    answer = hearing.to_second()
    assert (answer.session, hearing.complaint.work) == (2, Work.CLARIFICATION_2)


def test_a_first_session_that_may_still_settle_it_leads_to_no_second() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise()])
    with refused("NOT_YET_SECOND"):
        hearing.invite()


def test_a_promise_of_the_first_session_that_was_broken_leads_to_a_second() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise()])
    hearing.uow.now += timedelta(days=5)
    hearing.confirm("BROKEN")
    assert hearing.invite().session == 2


def test_there_is_no_third_session() -> None:
    hearing = Hearing()
    hearing.to_second()
    hearing.hold("HANDED_ON")
    with refused("NO_THIRD"):
        hearing.invite()


def test_the_second_session_knows_the_agency_of_the_first() -> None:
    hearing = Hearing()
    hearing.invite(p3mi_id="r1")
    hearing.hold("SECOND")
    hearing.invite()
    assert hearing.found.p3mi_id == "r1"


# What the agency does


def test_the_agency_reads_what_it_is_asked_and_nothing_of_the_complainant() -> None:
    hearing = invited()
    shown = hearing.agency("GetInvitation")
    assert (shown.asked, shown.p3mi_name) == ("Mengapa gaji tiga bulan belum dibayar?", "PT Contoh")
    told = shown.SerializeToString()
    assert b"ADU-1" not in told
    assert b"Gaji belum dibayar." not in told


def test_an_answer_becomes_a_statement_that_proves_itself() -> None:
    hearing = invited()
    answer = hearing.answer(follow_up="Dibayar.", commitments=[a_promise()])
    pdf = kept(hearing, answer.document_id)
    assert verify(pdf, LocalSigner(KEY).public_key()).genuine
    document, digest = document_in(pdf)
    assert isinstance(document, Statement)
    assert (digest, document.declarant.name) == (answer.digest, AGENCY)
    assert document.commitments[0].amount_rupiah == 9_000_000


def kept(hearing: Hearing, document_id: str) -> bytes:
    """The file of a document, as an officer opens it."""
    reference = hearing.officer("GetDocument", document_id=document_id, purpose="a test").reference
    opened = api(hearing.uow).OpenFile(pb.OpenFileRequest(reference=reference))
    assert opened.media_type == PDF
    content: bytes = opened.content
    return content


def test_a_paper_names_the_complaint_by_a_number_that_opens_nothing() -> None:
    hearing = invited()
    document, _ = document_in(kept(hearing, hearing.answer().document_id))
    assert document.matter_number == hearing.found.number
    assert document.matter_number.startswith("KLA-")


def test_an_agency_answers_once() -> None:
    hearing = invited()
    hearing.answer()
    with refused("ANSWERED"):
        hearing.answer()


def test_a_statement_that_cannot_be_made_names_the_field() -> None:
    with pytest.raises(Invalid, match=r"commitments\.0\.due_on"):
        invited().answer(commitments=[a_promise(due_on="2024-02-31")])


@pytest.mark.parametrize(
    ("action", "fields", "state"),
    [
        ("AskAnotherDate", {"wished_on": "2024-03-11"}, State.DATE_ASKED),
        (
            "ObjectToInvitation",
            {"objection": pb.OBJECTION_NOT_OUR_WORKER, "text": "Bukan kami."},
            State.OBJECTED,
        ),
    ],
)
def test_an_agency_may_still_answer_after(
    action: str, fields: dict[str, Any], state: State
) -> None:
    hearing = invited()
    hearing.agency(action, **fields)
    before = hearing.found.state("clarification_1")
    hearing.answer()
    assert (before, hearing.found.state("clarification_1")) == (state, State.ANSWERED)


def test_an_objection_is_an_act_with_its_reason_in_the_history_of_the_complaint() -> None:
    hearing = invited()
    told = {"objection": pb.OBJECTION_SETTLED_BEFORE, "text": "Sudah dibayar."}
    hearing.agency("ObjectToInvitation", **told)
    act = last(hearing)
    assert (act.matter_id, act.reason, act.actor) == (C1, "settled_before", hearing.found.subject)


def test_whoever_looked_before_the_agency_answered_is_told_so() -> None:
    hearing = invited()
    seen = hearing.complaint.version
    hearing.answer()
    with pytest.raises(NotAllowed, match="last AnswerInvitation by p3mi:") as stale:
        hearing.officer("RenewInvitation", version=seen)
    assert stale.value.reason == "STALE"


def test_a_file_is_shown_to_the_officer_with_its_hash() -> None:
    hearing = invited()
    answer = hearing.agency("AddFile", media_type="image/png", content=A_PNG)
    (shown,) = hearing.officer("GetClarification", purpose="a test").documents
    assert (shown.kind, shown.digest, shown.size) == ("file", answer.digest, len(A_PNG))


def test_a_program_in_the_place_of_a_picture_is_not_taken() -> None:
    with invalid("EVIDENCE_TYPE"):
        invited().agency("AddFile", media_type="image/png", content=b"MZ")


def test_twenty_files_are_enough() -> None:
    hearing = invited()
    for _ in range(20):
        hearing.agency("AddFile", media_type="image/png", content=A_PNG)
    with refused("TOO_MANY_FILES"):
        hearing.agency("AddFile", media_type="image/png", content=A_PNG)


@pytest.mark.parametrize("how", ["held", "offered", "closed"])
def test_an_invitation_is_over_once_the_complaint_has_gone_on(how: str) -> None:
    hearing = invited()
    if how == "held":
        hearing.hold()
    elif how == "offered":
        hearing.officer("OfferComplaint")
    else:
        hearing.officer("CloseComplaint", ground="withdrawn", text="(contoh)")
    with refused("INVITATION_OVER"):
        hearing.answer()


# The session


def test_a_session_becomes_minutes_that_prove_themselves() -> None:
    hearing = invited()
    said = [pb.Saying(by=AGENCY, said="Dana terlambat.")]
    answer = hearing.hold(said=said, admitted=pb.ADMISSION_ADMITTED, commitments=[a_promise()])
    pdf = kept(hearing, answer.document_id)
    assert verify(pdf, LocalSigner(KEY).public_key()).genuine
    minutes, digest = document_in(pdf)
    assert isinstance(minutes, Minutes)
    assert (digest, minutes.violation_admitted) == (answer.digest, True)
    assert (minutes.asked, minutes.commitments[0].by) == (
        "Mengapa gaji tiga bulan belum dibayar?",
        AGENCY,
    )


def test_minutes_say_who_was_absent() -> None:
    hearing = invited()
    answer = hearing.hold("SECOND", parties=the_parties(absent=True))
    minutes, _ = document_in(kept(hearing, answer.document_id))
    assert isinstance(minutes, Minutes)
    assert [party.name for party in minutes.signatories] == [OFFICER]


def test_minutes_say_who_refused_to_sign() -> None:
    hearing = invited()
    answer = hearing.hold("SECOND", parties=the_parties(refused_because="Tidak setuju."))
    minutes, _ = document_in(kept(hearing, answer.document_id))
    assert isinstance(minutes, Minutes)
    assert minutes.parties[1].refused_because == "Tidak setuju."


def test_minutes_that_cannot_be_made_leave_the_session_open() -> None:
    hearing = invited()
    with pytest.raises(Invalid, match="no officer was present"):
        hearing.hold(parties=the_parties()[1:])
    assert hearing.found.held_at is None


def test_a_session_is_not_taken_down_before_it_was_held() -> None:
    with invalid("NOT_HELD_YET"):
        invited().hold(held_at=at(A_MORNING + timedelta(hours=1)))


def test_a_session_is_taken_down_once() -> None:
    hearing = invited()
    hearing.hold()
    with refused("NOT_INVITED"):
        hearing.hold()


def test_without_a_promise_the_officer_goes_on_by_a_clock() -> None:
    hearing = invited()
    hearing.hold("SECOND")
    assert hearing.complaint.clock == "follow_up"


def test_a_hash_is_known_or_not() -> None:
    hearing = invited()
    made = hearing.hold()

    def told(digest: str) -> pb.VerifyDocumentResponse:
        return api(hearing.uow).VerifyDocument(pb.VerifyDocumentRequest(digest=digest))

    known = told(made.digest)
    assert (known.known, known.kind, known.certified) == (True, "minutes", False)
    assert not told("0" * 64).known


def test_who_reads_a_paper_says_why_and_is_logged() -> None:
    hearing = invited()
    made = hearing.hold()
    hearing.officer("GetDocument", document_id=made.document_id, purpose="to check it")
    assert hearing.uow.reads == [(C1, "to check it")]


def test_a_paper_of_another_complaint_is_not_found() -> None:
    hearing = invited()
    made = hearing.hold()
    hearing.uow.add(a_complaint(complaint_id="c9"))
    request = {"complaint_id": "c9", "document_id": made.document_id, "purpose": "a test"}
    with pytest.raises(NotFound):
        api(hearing.uow).GetDocument(pb.GetDocumentRequest(**request))


def test_a_reference_that_somebody_made_up_opens_nothing() -> None:
    with pytest.raises(Refused):
        api(invited().uow).OpenFile(pb.OpenFileRequest(reference="x.y.z.0"))


def test_every_paper_is_in_the_register_of_documents() -> None:
    hearing = invited()
    hearing.answer()
    hearing.hold()
    assert [each.kind for each in documents(hearing.uow)] == ["statement", "minutes"]
    assert done(hearing) == ["InviteP3mi", "AnswerInvitation", "HoldClarification"]


def test_what_is_refused_is_not_kept() -> None:
    hearing = invited()
    hearing.hold()
    before = len(hearing.uow.evidence)
    with refused("INVITATION_OVER"):
        hearing.agency("AddFile", media_type="image/png", content=A_PNG)
    assert len(hearing.uow.evidence) == before


def test_the_first_session_is_read_after_the_second_has_begun() -> None:
    hearing = Hearing()
    hearing.to_second()
    second = hearing.officer("GetClarification", purpose="a test")
    first = hearing.officer("GetClarification", purpose="a test", clarification_id=second.before_id)
    assert (first.session, second.session) == (1, 2)
    assert [each.kind for each in first.documents] == ["minutes"]


def test_a_clarification_of_another_complaint_is_not_found() -> None:
    hearing = invited()
    hearing.uow.add(a_complaint(complaint_id="c9"))
    request = pb.GetClarificationRequest(
        complaint_id="c9", purpose="a test", clarification_id=hearing.found.clarification_id
    )
    with pytest.raises(NotFound):
        api(hearing.uow).GetClarification(request)
