"""What protection does when complaint acts, on PostgreSQL, in whatever order it hears of it."""

from itertools import permutations
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.protection.v1.events_pb2 import CaseOpened

from services.chassis.runtime import Work
from services.chassis.testing import FakeUnitOfWork, a_record, worker_factory
from services.chassis.unit_of_work import UnitOfWork
from services.handover.custody import Custody, OfferState
from services.protection import store
from services.protection.domain.case import Case, CaseStatus, KnownMatter
from services.protection.reactions import ProtectionCustody, ProtectionReactions
from tests.databases import a_runtime, working
from tests.protection.builders import (
    K1,
    M1,
    a_brief,
    a_case,
    a_custody,
    a_known_matter,
    an_offer,
    an_office,
)
from tests.support.tables import acts


def custody_of(uow: UnitOfWork) -> ProtectionCustody:
    return worker_factory(ProtectionCustody, uow=uow)


# In memory


def confirmed() -> FakeUnitOfWork:
    uow = an_office(a_case(CaseStatus.PENDING), state=OfferState.ACCEPTED)
    custody = uow.read(Custody, M1)
    custody_of(uow).on_confirmed(custody, custody.offers[0])
    return uow


def test_a_confirmed_acceptance_opens_the_case() -> None:
    assert confirmed().read(Case, K1).status is CaseStatus.OPEN


def test_a_confirmed_case_begins_by_an_act() -> None:
    (act,) = acts(confirmed())
    assert (act.action, act.matter_id, act.state) == ("confirmed", K1, "pending")


def test_a_case_that_has_begun_is_not_confirmed_again() -> None:
    uow = confirmed()
    custody = uow.read(Custody, M1)
    custody_of(uow).on_confirmed(custody, custody.offers[0])
    assert (len(acts(uow)), len(uow.emitted)) == (1, 1)


def test_what_a_ministry_returns_is_an_act_on_the_case() -> None:
    uow = an_office(a_known_matter(case_id=K1), a_case(), state=OfferState.ACCEPTED)
    returned = HandoverReturned(matter_id=M1, result="helped")
    custody_of(uow).on_returned(uow.read(Custody, M1), returned)
    (act,) = acts(uow)
    told = act.action, act.matter_id, act.state, act.reason
    assert told == ("referral_over", K1, "with_ministry", "helped")


def test_an_opened_case_is_told() -> None:
    assert [type(event) for event in confirmed().emitted] == [CaseOpened]


@pytest.mark.parametrize("state", [OfferState.LAPSED, OfferState.WITHDRAWN])
def test_an_acceptance_that_came_too_late_leaves_a_void_case(state: OfferState) -> None:
    uow = an_office(a_case(CaseStatus.PENDING), state=state)
    custody = uow.read(Custody, M1)
    custody.offers[0].pending_id = K1
    custody_of(uow).on_offer_over(custody, custody.offers[0])
    assert uow.read(Case, K1).status is CaseStatus.VOID
    (act,) = acts(uow)
    assert (act.action, act.matter_id, act.reason) == ("voided", K1, state)


def test_an_offer_that_nobody_answered_just_ends() -> None:
    uow = an_office(state=OfferState.LAPSED)
    custody = uow.read(Custody, M1)
    custody_of(uow).on_offer_over(custody, custody.offers[0])
    assert uow.emitted == []


# On PostgreSQL


def hear_offer(engine: sa.Engine) -> None:
    offer = an_offer()
    with working(a_runtime(engine, "protection"), Work("follow_custody")) as uow:
        custody_of(uow).on_offered(a_custody(offer), offer, a_brief(severity=2, triage_no=1))


def hear_triage(engine: sa.Engine, severity: int, seq: int) -> None:
    event = ComplaintTriaged(complaint_id=M1, category="unpaid_wages", severity=severity)
    work = Work("follow_severity", record=a_record(event, service="complaint", seq=seq))
    with working(a_runtime(engine, "protection"), work) as uow:
        worker_factory(ProtectionReactions, uow=uow).follow_severity(event)


def known_severity(engine: sa.Engine) -> int:
    with working(a_runtime(engine, "protection"), Work("test")) as uow:
        return uow.read(KnownMatter, M1).severity


@pytest.mark.database("protection")
@pytest.mark.parametrize("order", list(permutations("123")))
def test_the_newest_triage_wins_whichever_topic_is_read_first(
    database: sa.Engine, order: tuple[str, ...]
) -> None:
    hear = {
        "1": lambda: hear_offer(database),
        "2": lambda: hear_triage(database, 3, seq=2),
        "3": lambda: hear_triage(database, 4, seq=3),
    }
    for step in order:
        hear[step]()
    assert known_severity(database) == 4


@pytest.mark.database("protection")
def test_a_case_in_work_follows_the_severity(database: sa.Engine) -> None:
    hear_offer(database)
    with working(a_runtime(database, "protection"), Work("AcceptOffer")) as uow:
        known = uow.get(KnownMatter, M1)
        uow.add(known.take_up(K1, uow.now))
    hear_triage(database, 4, seq=2)
    with working(a_runtime(database, "protection"), Work("GetCase")) as uow:
        assert uow.read(Case, K1).severity == 4


@pytest.mark.database("protection")
def test_two_consumers_may_hear_of_a_matter_first_at_the_same_time(database: sa.Engine) -> None:
    both = Barrier(2, timeout=10)
    errors: list[BaseException] = []

    def meet(hear: object) -> None:
        try:
            with working(a_runtime(database, "protection"), Work("test")) as uow:
                uow.session.execute(sa.text("SELECT 1"))
                both.wait()
                known = store.know(uow.session, M1)
                known.learn("unpaid_wages", 4, 3) if hear == "triage" else known.offered(a_brief())
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)

    threads = [Thread(target=meet, args=(hear,)) for hear in ("triage", "offer")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (errors, known_severity(database)) == ([], 4)
