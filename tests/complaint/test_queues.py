"""The queues of complaints on PostgreSQL: in order, page by page, and never all looked at."""

from datetime import timedelta
from itertools import product

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb
from sqlalchemy.orm import Session

from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING
from services.complaint import queues
from services.complaint.status import Stage
from services.complaint.workflow import HERE
from tests.complaint.builders import C1, a_complaint, a_custody, api
from tests.complaint.keeping import keep, keep_all_situations, two_of_a_unit
from tests.databases import a_runtime, working
from tests.support.plans import SORTS, steps

pytestmark = pytest.mark.database("complaint")
AN_HOUR = timedelta(hours=1)
THE_PAGE = "FROM complaint JOIN matter"
# Of these the queue of all that is open, or ended, has not the order.
OF_THEIR_OWN = (
    *(Stage.RECEIVED, Stage.TRIAGED, Stage.RETURNED, Stage.VALIDATION, Stage.CONSULTATION),
    *(Stage.CLAIM, Stage.CLARIFICATION_1, Stage.CLARIFICATION_2, Stage.MERGED),
)


def ids(
    session: Session, stage: Stage | None = None, after: queues.Place | None = None
) -> list[str]:
    found = queues.queue(session, queues.Wanted(stage), after, 50)
    return [complaint.complaint_id for complaint, _ in found]


@pytest.mark.parametrize("stage", [None, *Stage])
@pytest.mark.parametrize("after", [None, (1, A_MORNING, C1)])
def test_no_page_of_the_queue_is_sorted_from_all_that_there_is(
    session: Session,
    stage: Stage | None,
    after: queues.Place | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queues, "FEW", -1)
    keep_all_situations(session)
    wanted = queues.Wanted(stage)
    found = steps(session, lambda: queues.queue(session, wanted, after, 50), THE_PAGE)
    assert "Index Scan" in found
    assert SORTS.isdisjoint(found), found


@pytest.mark.parametrize("stage", OF_THEIR_OWN)
def test_a_stage_that_few_are_in_is_not_looked_for_among_all(
    session: Session, stage: Stage
) -> None:
    """Its own index has the order, so that it can be read without that of all."""
    keep_all_situations(session)
    session.execute(sa.text("DROP INDEX complaint_queue, complaint_closed"))
    wanted = queues.Wanted(stage)
    found = steps(session, lambda: queues.queue(session, wanted, None, 50), THE_PAGE)
    assert SORTS.isdisjoint(found), found


WANTED = [
    queues.Wanted(*each)
    for each in product([None, *Stage], ["", HERE.unit, "elsewhere"], ["", "o1", "nobody"])
]


@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_a_page_is_the_same_whether_few_are_looked_up_or_the_queue_is_read(
    session: Session, wanted: queues.Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_all_situations(session)
    for complaint, custody in two_of_a_unit():
        keep(session, complaint, custody)
    looked_up = queues.queue(session, wanted, None, 50)
    monkeypatch.setattr(queues, "FEW", -1)
    assert queues.queue(session, wanted, None, 50) == looked_up


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


def test_the_queue_of_a_unit_and_of_an_officer_is_what_they_are_accountable_for(
    session: Session,
) -> None:
    for complaint, custody in two_of_a_unit():
        keep(session, complaint, custody)
    wanted = queues.Wanted(unit=HERE.unit), queues.Wanted(unit=HERE.unit, officer_id="o1")
    found = [queues.queue(session, each, None, 9) for each in wanted]
    assert [[one.complaint_id for one, _ in each] for each in found] == [
        ["free", "taken"],
        ["taken"],
    ]
