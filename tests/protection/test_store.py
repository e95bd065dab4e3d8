"""Protection's tables on PostgreSQL: what waits is shown in the order in which it is due."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from estafet.protection.v1 import service_pb2 as pb
from sqlalchemy.orm import Session

from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, a_caller
from services.handover.custody import OfferState
from services.protection import store
from services.protection.domain.case import CaseStatus
from tests.databases import a_runtime, working
from tests.protection.builders import (
    M1,
    a_case,
    a_custody,
    a_known_matter,
    an_offer,
    api,
)
from tests.support.plans import SORTS, steps

pytestmark = pytest.mark.database("protection")
AN_HOUR = timedelta(hours=1)


def keep(engine: sa.Engine, *things: object) -> None:
    with working(a_runtime(engine, "protection"), Work("test")) as uow:
        for thing in things:
            uow.add(thing)


def offered(engine: sa.Engine, page_size: int = 200) -> list[str]:
    """The ids of all offers, page by page."""
    found, token = list[str](), ""
    with working(a_runtime(engine, "protection"), Work("ListOffers")) as uow:
        while True:
            request = pb.ListOffersRequest(page_size=page_size, page_token=token)
            answer = api(uow).ListOffers(request)
            found += [offer.matter_id for offer in answer.offers]
            token = answer.next_page_token
            if not token:
                return found


def keep_offer(engine: sa.Engine, matter_id: str, severity: int, due_at: datetime) -> None:
    custody = a_custody(an_offer(matter_id=matter_id, due_at=due_at))
    keep(engine, a_known_matter(matter_id, severity), custody)


def keep_queue(engine: sa.Engine) -> list[str]:
    """Five offers, kept in disorder; their ids as the queue must have them."""
    for matter_id, severity, hours in (
        ("third", 1, 3),
        ("second", 4, 9),
        ("fifth", 3, 7),
        ("first", 4, 8),
        ("fourth", 2, 5),
    ):
        keep_offer(engine, matter_id, severity, A_MORNING + hours * AN_HOUR)
    return ["first", "second", "third", "fourth", "fifth"]


def test_severity_4_jumps_the_queue_then_the_clock_decides(database: sa.Engine) -> None:
    assert keep_queue(database) == offered(database)


def test_pages_of_offers_follow_each_other(database: sa.Engine) -> None:
    assert keep_queue(database) == offered(database, page_size=2)


@pytest.mark.parametrize("state", [OfferState.LAPSED, OfferState.ACCEPTED, OfferState.DECLINED])
def test_an_offer_that_is_over_does_not_wait(database: sa.Engine, state: OfferState) -> None:
    keep(database, a_known_matter(), a_custody(an_offer(state)))
    assert offered(database) == []


@pytest.mark.parametrize(("reply", "waits"), [("asked", True), ("accepted", False)])
def test_an_offer_that_was_answered_here_does_not_wait(
    database: sa.Engine, reply: str, *, waits: bool
) -> None:
    offer = an_offer()
    offer.reply = reply
    keep(database, a_known_matter(), a_custody(offer))
    assert bool(offered(database)) is waits


def test_a_matter_of_which_only_the_triage_is_known_is_no_offer(database: sa.Engine) -> None:
    keep(database, a_known_matter())
    assert offered(database) == []


def cases(engine: sa.Engine, status: pb.CaseStatus.ValueType, page_size: int = 200) -> list[str]:
    found, token = list[str](), ""
    with working(a_runtime(engine, "protection"), Work("ListCases")) as uow:
        while True:
            request = pb.ListCasesRequest(status=status, page_size=page_size, page_token=token)
            answer = api(uow).ListCases(request)
            found += [case.case_id for case in answer.cases]
            token = answer.next_page_token
            if not token:
                return found


def keep_cases(engine: sa.Engine) -> None:
    for name, severity, hours, status in (
        ("young", 2, 5, CaseStatus.OPEN),
        ("danger", 4, 9, CaseStatus.PENDING),
        ("old", 3, 1, CaseStatus.OPEN),
        ("done", 4, 0, CaseStatus.RETURNED),
    ):
        case = a_case(status, case_id=name, severity=severity)
        case.opened_at = A_MORNING + hours * AN_HOUR
        keep(engine, case)


@pytest.mark.parametrize("page_size", [1, 200])
def test_cases_in_work_are_shown_danger_first_then_the_oldest(
    database: sa.Engine, page_size: int
) -> None:
    keep_cases(database)
    assert cases(database, pb.CASE_STATUS_UNSPECIFIED, page_size) == ["danger", "old", "young"]


def test_cases_can_be_asked_for_by_status(database: sa.Engine) -> None:
    keep_cases(database)
    assert cases(database, pb.CASE_STATUS_RETURNED) == ["done"]


@pytest.mark.parametrize("after", [None, (1, A_MORNING, "old")])
@pytest.mark.parametrize("status", CaseStatus)
def test_no_page_of_cases_is_sorted_from_all_that_there_are(
    database: sa.Engine, status: CaseStatus, after: store.Place | None
) -> None:
    keep_cases(database)
    with Session(database) as session:
        found = steps(session, lambda: store.cases(session, status, after, 50))
    assert "Index Scan" in found
    assert SORTS.isdisjoint(found), found


def test_a_note_is_read_for_a_purpose(database: sa.Engine) -> None:
    with working(
        a_runtime(database, "protection"), Work("GetNote", a_caller("officer:p", "case_officer"))
    ) as uow:
        note_id = uow.write_note(M1, "Both came.")
        request = pb.GetNoteRequest(matter_id=M1, note_id=note_id, purpose="test")
        assert api(uow).GetNote(request).text == "Both came."
        logged = uow.session.execute(sa.text("SELECT subject_id, purpose FROM personal_read"))
        assert [tuple(row) for row in logged] == [(M1, "test")]
