"""Complaint's tables on PostgreSQL: what is stored comes back, and the queue is in order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb
from sqlalchemy.orm import Session

from services.chassis.identity import COMPLAINANT, Caller
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_caller
from services.complaint import store
from services.complaint.domain import Answer, Complaint, Particulars
from services.complaint.officers import Load
from services.complaint.status import Stage
from services.complaint.workflow import HERE
from services.handover.custody import Custody
from tests.complaint.builders import (
    C1,
    MemoryLoad,
    a_complaint,
    a_custody,
    a_filing,
    api,
    situations,
)
from tests.databases import a_runtime, working
from tests.support.plans import SORTS, steps

pytestmark = pytest.mark.database("complaint")
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with Session(database, expire_on_commit=False) as session:
        yield session


def keep(session: Session, complaint: Complaint, custody: Custody) -> None:
    """Store both under the complaint's id."""
    custody.matter_id = custody.journey_id = complaint.complaint_id
    for offer in custody.offers:
        offer.matter_id = complaint.complaint_id
    session.add_all([complaint, custody])
    session.flush()


def keep_all_situations(session: Session) -> dict[Stage, set[str]]:
    """One complaint in every situation; their ids by stage."""
    by_stage: dict[Stage, set[str]] = {stage: set() for stage in Stage}
    for name, (complaint, custody, stage) in situations().items():
        complaint.complaint_id = name
        keep(session, complaint, custody)
        by_stage[stage].add(name)
    return by_stage


def ids(
    session: Session, stage: Stage | None = None, after: store.Place | None = None
) -> list[str]:
    found = store.queue(session, store.Wanted(stage), after, 50)
    return [complaint.complaint_id for complaint, _ in found]


@pytest.mark.parametrize("stage", [None, *Stage])
@pytest.mark.parametrize("after", [None, (1, A_MORNING, C1)])
def test_no_page_of_the_queue_is_sorted_from_all_that_there_is(
    session: Session, stage: Stage | None, after: store.Place | None
) -> None:
    keep_all_situations(session)
    found = steps(session, lambda: store.queue(session, store.Wanted(stage), after, 50))
    assert "Index Scan" in found
    assert SORTS.isdisjoint(found), found


def test_the_stage_in_sql_is_the_stage_in_python(session: Session) -> None:
    by_stage = keep_all_situations(session)
    assert {stage: set(ids(session, stage)) for stage in Stage} == by_stage


def test_the_queue_without_a_stage_holds_all_that_is_open(session: Session) -> None:
    by_stage = keep_all_situations(session)
    ended = by_stage[Stage.CLOSED] | by_stage[Stage.MERGED]
    assert set(ids(session)) == set().union(*by_stage.values()) - ended


def keep_queue(session: Session) -> list[str]:
    """Six complaints, kept in disorder; their ids as the queue must have them."""
    rows = [
        ("new", "", 0, 5),
        ("old wages", "unpaid_wages", 2, 1),
        ("late danger", "physical_abuse", 4, 9),
        ("wages", "unpaid_wages", 2, 3),
        ("early danger", "physical_abuse", 4, 8),
        ("question", "information", 0, 0),
    ]
    for name, category, severity, hours in rows:
        filed_at = A_MORNING + hours * AN_HOUR
        complaint = a_complaint(category, severity, complaint_id=name, filed_at=filed_at)
        if not category:
            complaint.file()
        keep(session, complaint, a_custody())
    return ["early danger", "late danger", "new", "old wages", "wages", "question"]


def test_danger_comes_first_then_severity_then_the_oldest(session: Session) -> None:
    assert keep_queue(session) == ids(session)


def test_pages_follow_each_other_without_gap_or_repetition(
    database: sa.Engine, session: Session
) -> None:
    expected = keep_queue(session)
    session.commit()
    with working(a_runtime(database), Work("ListComplaints")) as uow:
        found, token = list[str](), ""
        while token or not found:
            request = pb.ListComplaintsRequest(page_size=2, page_token=token)
            answer = api(uow).ListComplaints(request)
            found += [complaint.complaint_id for complaint in answer.complaints]
            token = answer.next_page_token
    assert found == expected


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


def two_of_a_unit() -> list[tuple[Complaint, Custody]]:
    """A complaint in a unit's queue, and one that an officer has taken."""
    taken = a_custody(matter_id="taken", holder=replace(HERE, officer_id="o1"))
    free = a_custody(matter_id="free")
    return [(a_complaint(complaint_id=each.matter_id), each) for each in (free, taken)]


def test_the_queue_of_a_unit_and_of_an_officer_is_what_they_are_accountable_for(
    session: Session,
) -> None:
    for complaint, custody in two_of_a_unit():
        keep(session, complaint, custody)
    wanted = store.Wanted(unit=HERE.unit), store.Wanted(unit=HERE.unit, officer_id="o1")
    found = [store.queue(session, each, None, 9) for each in wanted]
    assert [[one.complaint_id for one, _ in each] for each in found] == [
        ["free", "taken"],
        ["taken"],
    ]


@pytest.mark.parametrize("kept", ["in_the_database", "in_memory"])
def test_who_is_accountable_for_what_is_counted_alike(session: Session, kept: str) -> None:
    uow = FakeUnitOfWork()
    for complaint, custody in two_of_a_unit():
        uow.add(custody)
        keep(session, complaint, custody)
    load: Load = store.SqlLoad() if kept == "in_the_database" else MemoryLoad(uow)
    assert dict(load.open_of(session, HERE.unit)) == {"": 1, "o1": 1}
    assert load.open_of(session, "elsewhere") == {}
    assert load.held_by(session, "o1", 9) == ["taken"]
    assert load.held_by(session, "", 0) == []
