"""Complaint's tables on PostgreSQL: what is stored comes back, and the queue is in order."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb
from sqlalchemy.orm import Session

from services.chassis.identity import COMPLAINANT, Caller
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_caller
from services.complaint import asked, queues, store
from services.complaint.consent import Consent
from services.complaint.domain import Answer, Complaint, Particulars
from services.complaint.officers import Load, Officer
from services.complaint.telling import digest_message
from services.complaint.workflow import HERE
from services.messages.message import Message, State
from services.process.notices import Digest, Notice
from tests.complaint.builders import (
    C1,
    MemoryLoad,
    a_complaint,
    a_custody,
    a_filing,
    api,
    consents,
)
from tests.complaint.keeping import keep, two_of_a_unit
from tests.databases import a_runtime, working

pytestmark = pytest.mark.database("complaint")
AN_HOUR = timedelta(hours=1)
UNIT = HERE.unit


def test_a_filing_is_stored_with_all_that_was_told(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    with working(runtime, Work("FileComplaint")) as uow:
        complaint_id = api(uow).FileComplaint(a_filing(contact="0812", urgent=True)).complaint_id
    with working(runtime, Work("GetComplaint")) as uow:
        request = pb.GetComplaintRequest(complaint_id=complaint_id, purpose="test")
        told = api(uow).GetComplaint(request)
    assert (told.contact, told.complaint.channel, told.complaint.urgent) == (
        "0812",
        pb.CHANNEL_WEB,
        True,
    )


def test_an_answer_is_read_in_the_status(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    with working(runtime, Work("FileComplaint")) as uow:
        filed = api(uow).FileComplaint(a_filing())
    for text in ("First.", "Second."):
        with working(runtime, Work("AnswerComplaint")) as uow:
            request = pb.AnswerComplaintRequest(complaint_id=filed.complaint_id, text=text)
            api(uow).AnswerComplaint(request)
    asked = pb.GetStatusRequest(complaint_id=filed.complaint_id)
    complainant = Caller("complainant:1", frozenset({COMPLAINANT}), matter_id=filed.complaint_id)
    with working(runtime, Work("GetStatus", complainant)) as uow:
        status = api(uow).GetStatus(asked)
    assert [answer.text for answer in status.answers] == ["First.", "Second."]
    assert status.number == filed.number
    with working(runtime, Work("GetStatus", a_caller())) as uow:
        shown = api(uow).GetStatus(asked)
    assert (shown.stage, shown.number, list(shown.answers)) == (status.stage, "", [])


def test_when_somebody_was_heard_is_stored(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    with working(runtime, Work("FileComplaint")) as uow:
        complaint_id = api(uow).FileComplaint(a_filing()).complaint_id
    with working(runtime, Work("AskWhy")) as uow:
        api(uow).AskWhy(pb.AskWhyRequest(complaint_id=complaint_id, text="Mengapa?"))
        asked_at = uow.now
    with working(runtime, Work("test")) as uow:
        assert uow.read(Complaint, complaint_id).heard_at == asked_at


def test_a_note_is_read_for_a_purpose(database: sa.Engine) -> None:
    with working(a_runtime(database), Work("GetNote", a_caller())) as uow:
        note_id = uow.write_note(C1, "In Penang.")
        request = pb.GetNoteRequest(complaint_id=C1, note_id=note_id, purpose="test")
        assert api(uow).GetNote(request).text == "In Penang."
        logged = uow.session.execute(sa.text("SELECT subject_id, purpose FROM personal_read"))
        assert [tuple(row) for row in logged] == [(C1, "test")]


def test_a_number_is_given_once(session: Session) -> None:
    session.add(Particulars("c1", "ADU-1", b"", "narrative"))
    session.flush()
    session.add(Particulars("c2", "ADU-1", b"", "narrative"))
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_answers_come_oldest_first(database: sa.Engine, session: Session) -> None:
    with working(a_runtime(database), Work("test")) as uow:
        for hours, text in ((2, "later"), (1, "earlier")):
            note_id = uow.write_note(C1, text)
            uow.add(Answer(note_id, C1, A_MORNING + hours * AN_HOUR))
    assert [text for text, _ in store.answers(session, C1)] == ["earlier", "later"]


@pytest.mark.parametrize("kept", ["in_the_database", "in_memory"])
def test_who_is_accountable_for_what_is_counted_alike(session: Session, kept: str) -> None:
    uow = FakeUnitOfWork()
    for complaint, custody in two_of_a_unit():
        uow.add(custody)
        keep(session, complaint, custody)
    load: Load = asked.SqlLoad() if kept == "in_the_database" else MemoryLoad(uow)
    assert dict(load.open_of(session, HERE.unit)) == {"": 1, "o1": 1}
    assert load.open_of(session, "elsewhere") == {}
    assert [load.open_with(session, HERE.unit, each) for each in ("o1", "o2")] == [1, 0]
    assert load.held_by(session, "o1", 9) == ["taken"]
    assert load.held_by(session, "", 0) == []


@pytest.mark.parametrize("kept", ["in_the_database", "in_memory"])
def test_an_officer_is_found_as_they_are_appointed(session: Session, kept: str) -> None:
    uow = FakeUnitOfWork(Officer("o1", HERE.unit, A_MORNING, released_at=A_MORNING + AN_HOUR))
    session.add(Officer("o1", HERE.unit, A_MORNING, released_at=A_MORNING + AN_HOUR))
    session.flush()
    load: Load = asked.SqlLoad() if kept == "in_the_database" else MemoryLoad(uow)
    found = load.officer(session, "o1")
    assert found is not None
    assert (found.unit, found.appointed_at, found.state) == (HERE.unit, A_MORNING, "released")
    assert load.officer(session, "o2") is None


@pytest.mark.parametrize("kept", ["in_the_database", "in_memory"])
def test_what_was_said_of_ministries_comes_oldest_first(session: Session, kept: str) -> None:
    said = [
        Consent(f"k{number}", C1, "kemlu", number == 1, "spoken", A_MORNING) for number in (2, 1)
    ]
    said.append(Consent("k3", "another", "bpjs", given=True, how="spoken", said_at=A_MORNING))
    uow = FakeUnitOfWork(*said)
    session.add_all(said)
    session.flush()
    in_memory = partial(consents, uow)
    ask = asked.consents if kept == "in_the_database" else in_memory
    found = [(each.consent_id, each.given, each.said_at) for each in ask(session, C1)]
    assert found == [("k1", True, A_MORNING), ("k2", False, A_MORNING)]


@pytest.mark.parametrize("kept", ["in_the_database", "in_memory"])
def test_what_an_officer_was_still_to_be_told_is_readdressed_alike(
    session: Session, kept: str
) -> None:
    uow = FakeUnitOfWork()
    known = {
        "waits": ("o1", ""),
        "was_told": ("o1", "d1"),
        "was_not_sent": ("o1", "d2"),
        "is_anothers": ("o2", ""),
    }
    for name, (officer, digest_id) in known.items():
        at, told = A_MORNING, (A_MORNING if digest_id else None, digest_id)
        told_of = Notice(name, C1, UNIT, officer, "triage", 50, "remind", 2, at, at, at, *told)
        made = [told_of, *([Digest(digest_id, UNIT, officer, digest_id, at)] if digest_id else [])]
        for each in made:
            uow.add(each)
        session.add_all(made)
    session.flush()
    load: Load = asked.SqlLoad() if kept == "in_the_database" else MemoryLoad(uow)
    load.readdress(session, "o1", [digest_message("d2")])
    if kept == "in_the_database":
        session.expire_all()
    found = {name: uow.read(Notice, name) for name in known}
    assert {name: (each.officer_id, each.digest_id) for name, each in found.items()} == {
        **known,
        "waits": ("", ""),
        "was_not_sent": ("", ""),
    }
    assert found["was_not_sent"].told_at is None


def told_of_an_end(
    session: Session, complaint_id: str, *, closed_at: datetime | None = A_MORNING, **changes: Any
) -> None:
    """A complaint that has ended, and the survey that was sent then."""
    keep(session, a_complaint(complaint_id=complaint_id, closed_at=closed_at), a_custody())
    given: dict[str, Any] = {"message_id": str(uuid4())}
    given |= {"matter_id": complaint_id, "recipient": complaint_id}
    given |= {"code": "survey", "severity": 0, "written_at": A_MORNING, "due_at": A_MORNING}
    given |= {"state": State.SENT, "saying": "full", "settled_at": A_MORNING}
    session.add(Message(**(given | changes)))
    session.flush()


def test_the_survey_that_was_sent_last_is_the_one_that_is_answered(session: Session) -> None:
    told_of_an_end(session, "first")
    told_of_an_end(session, "last", settled_at=A_MORNING + AN_HOUR)
    told_of_an_end(session, "of somebody else", settled_at=A_MORNING + 2 * AN_HOUR)
    assert queues.surveyed(session, ["last", "first"]) == "last"


@pytest.mark.parametrize(
    "changes",
    [
        {"closed_at": None},
        {"closed_at": A_MORNING + AN_HOUR},
        {"state": State.WAITING},
        {"saying": "bare"},
        {"code": "matter_closed"},
    ],
    ids=str,
)
def test_nobody_answers_a_survey_that_they_have_not_read(
    session: Session, changes: dict[str, Any]
) -> None:
    told_of_an_end(session, "c", **changes)
    assert queues.surveyed(session, ["c"]) == ""
