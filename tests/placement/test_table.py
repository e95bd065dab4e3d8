"""Each rpc of placement in each state of what it is about."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from estafet.placement.v1 import service_pb2 as pb

from services.chassis.catalogue import CUSTODY_TOPIC, methods
from services.chassis.errors import NotAllowed
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head
from services.handover.acting import OFFER
from services.handover.custody import Custody, OfferState
from services.placement.acting import FILE, LOCKED, P3MI, PLACEMENT, WORKER, WORKER_MATTER
from services.placement.domain.sanction import FileStatus, WorkerMatter
from services.placement.domain.worker import PlacementStatus
from services.placement.offering import HERE, PROTECTION
from services.placement.workflow import LAW
from services.process.store import acts_of
from tests.databases import a_runtime, working
from tests.placement.builders import (
    A1,
    F1,
    M1,
    P1,
    W1,
    a_custody,
    a_file,
    a_lock,
    a_placement,
    a_recommendation,
    a_worker,
    an_agency,
    an_offer,
    an_office,
    api,
)
from tests.support.tables import acts, does_as_the_table_says, everywhere

if TYPE_CHECKING:
    import sqlalchemy as sa
    from google.protobuf.message import Message

    from services.process.acts import Act

M9 = "m9"
DAY = "2024-03-04"
OFFERED: dict[str, Any] = {"matter_id": M1, "offer_no": 2}
DECISION: dict[str, Any] = {"article": "Art 9(1)e (contoh)", "signatory": "(contoh)"}
LOCK = pb.LockP3miRequest(file_id=F1, decision_no="no. 1", **DECISION)
ERASE = pb.EraseWorkerRequest(worker_id=W1, ground=pb.ERASURE_GROUND_REQUESTED)
LIFT = pb.LiftLockRequest(p3mi_id=A1, decision_id="d1", decision_no="no. 2")
CLARIFY = pb.ClarifyWorkerMatterRequest(matter_id=M9, text="Ya (contoh).")
DEPART = pb.RecordDepartureRequest(placement_id=P1, departed_on=DAY)
CLOSE = pb.CloseSanctionFileRequest(file_id=F1, text="Tidak terbukti (contoh).")
REQUESTS: dict[str, Message] = {
    "DeclineOffer": pb.DeclineOfferRequest(**OFFERED, code="not_ours"),
    "AskAboutOffer": pb.AskAboutOfferRequest(**OFFERED, text="Bukti (contoh)?"),
    "LockP3mi": LOCK,
    "CloseSanctionFile": CLOSE,
    "ClarifyWorkerMatter": CLARIFY,
    "OfferWorkerMatter": pb.OfferWorkerMatterRequest(matter_id=M9),
    "RecordDeparture": DEPART,
    "RecordReturn": pb.RecordReturnRequest(placement_id=P1, returned_on=DAY),
    "StopPlacement": pb.StopPlacementRequest(placement_id=P1, code="withdrew"),
    "LiftLock": LIFT,
}


def an_office_of(process: str, state: str, action: str) -> FakeUnitOfWork:
    """Something of a process in a state."""
    if process == OFFER:
        given = {"offered": OfferState.OFFERED, "asked": OfferState.ASKED}
        return an_office(a_recommendation(), state=given[state])
    if process == FILE:
        return an_office_with_a_file(FileStatus(state))
    if process == WORKER_MATTER:
        custody = of_a_worker(state, is_asked=action == "ClarifyWorkerMatter")
        uow = a_register(custody, WorkerMatter(M9, P1, "d1"), a_placement())
        is_held = custody.holder.service == "placement"
        uow.heads[CUSTODY_TOPIC, M9] = Head(custody.custody_no, is_held)
        return uow
    if process == PLACEMENT:
        return a_register(an_agency(), a_placement(PlacementStatus(state)))
    return a_register(an_agency(*([a_lock()] if state == LOCKED else [])))


def a_register(*things: object) -> FakeUnitOfWork:
    return FakeUnitOfWork(*things, service="placement")


def an_office_with_a_file(status: FileStatus) -> FakeUnitOfWork:
    """The giver holds the matter of a pending file; that of a void one was taken up anew."""
    is_pending = status is FileStatus.PENDING
    offer = OfferState.OFFERED if is_pending else OfferState.ACCEPTED
    uow = an_office(a_file(status), an_agency(), state=offer)
    is_ended = status in (FileStatus.DECIDED, FileStatus.CLOSED)
    uow.read(Custody, M1).closed_at = A_MORNING if is_ended else None
    return uow


def of_a_worker(state: str, *, is_asked: bool = False) -> Custody:
    """The custody of the matter of a worker in process."""
    offered = OfferState.ASKED if is_asked else OfferState.OFFERED
    given = {"offered": offered, "taken": OfferState.ACCEPTED}.get(state, OfferState.DECLINED)
    offer = an_offer(given, M9, giver=HERE, receiver=PROTECTION)
    custody = a_custody(offer, "worker_in_process", parent_id="")
    custody.closed_at = A_MORNING if state == "ended" else None
    return custody


# Whoever has answered an offer, or let it lapse, is told which of the two: `handover.receiving`.
# What asks the tables is tried on them below.
ON_TABLES = {("LockP3mi", "open"), ("EraseWorker", "known"), ("EraseWorker", "erased")}
EVERYWHERE = everywhere(LAW, OFFER, FILE, WORKER_MATTER, PLACEMENT, P3MI, WORKER)
CASES = [each for each in EVERYWHERE if each[2] != "over" and each[1:] not in ON_TABLES]


@pytest.mark.parametrize(("process", "action", "state"), CASES)
def test_an_rpc_does_what_the_table_allows(process: str, action: str, state: str) -> None:
    uow = an_office_of(process, state, action)
    does_as_the_table_says(LAW, (process, action, state), api(uow), REQUESTS[action])


def test_every_command_is_tried_here() -> None:
    commands = {
        name
        for name, method in methods("placement").items()
        if "request_id" in method.input_type.fields_by_name
    }
    begins = {"AcceptOffer", "RegisterP3mi", "RegisterWorker", "StartPlacement"}
    assert {action for _, action, _ in CASES} | {"EraseWorker"} == commands - begins


def test_an_accepted_offer_begins_a_file_by_an_act() -> None:
    uow = an_office(a_recommendation())
    file_id = api(uow).AcceptOffer(pb.AcceptOfferRequest(**OFFERED)).file_id
    assert [(act.action, act.matter_id, act.state) for act in acts(uow)] == [
        ("AcceptOffer", file_id, "")
    ]


def test_a_refused_departure_names_the_decision_and_its_article() -> None:
    uow = a_register(an_agency(a_lock()), a_placement())
    with pytest.raises(NotAllowed, match=r"decision no\. d1 \(an article \(contoh\)\)"):
        api(uow).RecordDeparture(DEPART)
    assert acts(uow) == []


def test_an_agency_that_one_of_two_decisions_locks_stays_locked() -> None:
    uow = a_register(an_agency(a_lock("MYS"), a_lock("MYS", decision_id="d2")), a_placement())
    api(uow).LiftLock(LIFT)
    with pytest.raises(NotAllowed, match=r"decision no\. d2"):
        api(uow).RecordDeparture(DEPART)
    with pytest.raises(NotAllowed) as refused:
        api(uow).LiftLock(LIFT)
    assert refused.value.reason == "NOT_LOCKED"


def test_a_decision_whose_last_day_is_over_is_not_lifted_before_its_clock_has_run() -> None:
    uow = a_register(an_agency(a_lock(expires_on=date(2024, 3, 3))))
    with pytest.raises(NotAllowed) as refused:
        api(uow).LiftLock(LIFT)
    assert refused.value.reason == "NOT_LOCKED"


# An agency that is locked, W1 in process with it, w3 with an open matter, an open file.
REFUSED: list[tuple[str, str, Message]] = [
    (
        "RegisterP3mi",
        "is_new_licence",
        pb.RegisterP3miRequest(name="PT Contoh Fiktif", licence_no=f"SIP3MI fiktif {A1}"),
    ),
    (
        "StartPlacement",
        "agency_is_free",
        pb.StartPlacementRequest(worker_id="w2", p3mi_id=A1, country="MYS"),
    ),
    ("StartPlacement", "is_in_no_process", pb.StartPlacementRequest(worker_id=W1, country="MYS")),
    ("RecordDeparture", "agency_is_free", DEPART),
    ("EraseWorker", "is_not_on_the_way", ERASE),
    (
        "EraseWorker",
        "has_no_open_matter",
        pb.EraseWorkerRequest(worker_id="w3", ground=pb.ERASURE_GROUND_REQUESTED),
    ),
    (
        "LockP3mi",
        "is_new_decision",
        pb.LockP3miRequest(file_id=F1, decision_no="no. d1", **DECISION),
    ),
    (
        "LiftLock",
        "is_locked_by_it",
        pb.LiftLockRequest(p3mi_id=A1, decision_id="d2", decision_no="no. 2"),
    ),
    ("ClarifyWorkerMatter", "is_asked", CLARIFY),
]


def guarded() -> dict[tuple[str, str], str]:
    """By action and guard, the reason that the table has."""
    return {
        (action.name, guard): reason
        for process in LAW.base.process.values()
        for action in process.actions.values()
        for reason, guard in action.guards.items()
    }


def keep(database: sa.Engine, *things: object) -> None:
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        for thing in things:
            uow.add(thing)


def keep_a_file(database: sa.Engine) -> None:
    """An open file, its matter held here."""
    keep(database, a_file(), a_custody(an_offer(OfferState.ACCEPTED)))
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        uow.receive_baton(M1, 3)


@pytest.mark.database("placement")
@pytest.mark.parametrize(("action", "guard", "request_"), REFUSED, ids=str)
def test_a_guard_refuses_for_the_reason_that_the_table_has(
    database: sa.Engine, action: str, guard: str, request_: Message
) -> None:
    keep(database, an_agency(a_lock()), a_worker(), a_worker("w2"), a_worker("w3"), a_placement())
    keep(database, a_placement(PlacementStatus.STOPPED, "p3", "w3"), WorkerMatter(M9, "p3", "d1"))
    keep(database, of_a_worker("offered"))
    keep_a_file(database)
    with (
        pytest.raises(NotAllowed) as refused,
        working(a_runtime(database, "placement"), Work(action)) as uow,
    ):
        getattr(api(uow), action)(request_)
    assert refused.value.reason == guarded()[action, guard]


def test_every_guard_is_tried_here() -> None:
    assert {(action, guard) for action, guard, _ in REFUSED} == set(guarded())


def done_on(database: sa.Engine, action: str, request: Message, subject_id: str = "") -> Act:
    """The one act by which something is done, or begun."""
    with working(a_runtime(database, "placement"), Work(action)) as uow:
        answer = getattr(api(uow), action)(request)
    begun = "" if subject_id else next(value for _, value in answer.ListFields())
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        (act,) = acts_of(uow.session, subject_id or begun)
        uow.session.expunge(act)
    assert act.action == action
    return act


@pytest.mark.database("placement")
def test_what_is_registered_and_started_begins_by_an_act(database: sa.Engine) -> None:
    keep(database, a_worker())
    requests: dict[str, Message] = {
        "RegisterP3mi": pb.RegisterP3miRequest(name="PT Contoh Fiktif", licence_no="fiktif 1"),
        "RegisterWorker": pb.RegisterWorkerRequest(name="Contoh Fiktif"),
        "StartPlacement": pb.StartPlacementRequest(worker_id=W1, country="MYS"),
    }
    begun = [done_on(database, action, request) for action, request in requests.items()]
    assert {act.state for act in begun} == {""}


@pytest.mark.database("placement")
def test_a_decision_is_an_act_by_the_article_that_it_states(database: sa.Engine) -> None:
    keep(database, an_agency())
    keep_a_file(database)
    act = done_on(database, "LockP3mi", LOCK, F1)
    assert (act.state, act.clock, act.regulation) == ("open", "sanctioned", DECISION["article"])


@pytest.mark.database("placement")
def test_what_locks_and_lifts_is_an_act_on_the_agency_that_names_the_decision(
    database: sa.Engine,
) -> None:
    keep(database, an_agency())
    keep_a_file(database)
    with working(a_runtime(database, "placement"), Work("LockP3mi")) as uow:
        decision_id = api(uow).LockP3mi(LOCK).decision_id
    with working(a_runtime(database, "placement"), Work("LiftLock")) as uow:
        lift = pb.LiftLockRequest(p3mi_id=A1, decision_id=decision_id, decision_no="no. 2")
        api(uow).LiftLock(lift)
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        told = [(act.action, act.state, act.reason) for act in acts_of(uow.session, A1)]
    assert told == [("locked", "free", decision_id), ("LiftLock", "locked", decision_id)]


@pytest.mark.database("placement")
def test_an_erasure_is_an_act_with_its_ground(database: sa.Engine) -> None:
    keep(database, a_worker())
    act = done_on(database, "EraseWorker", ERASE, W1)
    assert (act.state, act.reason, act.regulation) == ("known", "requested", "UU 27/2022 Art 43(1)")


@pytest.mark.database("placement")
def test_the_second_of_two_officers_is_told_what_the_first_did(database: sa.Engine) -> None:
    keep(database, an_agency())
    keep_a_file(database)
    done_on(database, "CloseSanctionFile", CLOSE, F1)
    with (
        pytest.raises(NotAllowed, match="last CloseSanctionFile by") as second,
        working(a_runtime(database, "placement"), Work("LockP3mi")) as uow,
    ):
        api(uow).LockP3mi(LOCK)
    assert second.value.reason == "FILE_NOT_OPEN"
