"""Placement's tables on PostgreSQL: what is given once, what a decision stops, what waits."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from estafet.placement.v1 import service_pb2 as pb

from services.chassis.errors import NotAllowed, NotFound
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING
from services.chassis.unit_of_work import UnitOfWork
from services.handover.custody import OfferState
from services.placement import store
from services.placement.domain.sanction import FileStatus, WorkerMatter
from services.placement.domain.worker import Person, Placement, PlacementStatus, Worker
from services.placement.offering import BEGIN, HERE, PROTECTION
from tests.databases import a_runtime, working
from tests.placement.builders import (
    A1,
    F1,
    M1,
    P1,
    a_custody,
    a_file,
    a_placement,
    a_recommendation,
    a_worker,
    an_agency,
    an_offer,
    api,
)
from tests.support.waiting import until

pytestmark = pytest.mark.database("placement")
AN_HOUR = timedelta(hours=1)
LOCK = pb.LockP3miRequest(
    file_id=F1, decision_no="12/2024 (contoh)", article="(contoh)", signatory="(contoh)"
)


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def keep(engine: sa.Engine, *things: object) -> None:
    with working(a_runtime(engine, "placement"), Work("test")) as uow:
        for thing in things:
            uow.add(thing)


@contextmanager
def acting(engine: sa.Engine, rpc: str) -> Iterator[UnitOfWork]:
    """A unit of work that waits for a lock as long as a caller would."""
    with working(a_runtime(engine, "placement"), Work(rpc)) as uow:
        uow.session.execute(sa.text("SET LOCAL lock_timeout = '10s'"))
        yield uow


def test_a_licence_is_registered_once(database: sa.Engine) -> None:
    request = pb.RegisterP3miRequest(name="PT Contoh Fiktif", licence_no="fiktif 1")
    with working(a_runtime(database, "placement"), Work("RegisterP3mi")) as uow:
        api(uow).RegisterP3mi(request)
        with refused("LICENCE_TAKEN"):
            api(uow).RegisterP3mi(request)


def test_of_two_who_register_a_licence_at_once_one_is_refused(database: sa.Engine) -> None:
    both = Barrier(2, timeout=20)
    told: list[str] = []

    def register() -> None:
        request = pb.RegisterP3miRequest(name="PT Contoh Fiktif", licence_no="fiktif 1")
        both.wait()
        try:
            with acting(database, "RegisterP3mi") as uow:
                api(uow).RegisterP3mi(request)
        except NotAllowed as refusal:
            told.append(refusal.reason)
        else:
            told.append("registered")

    threads = [Thread(target=register) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["LICENCE_TAKEN", "registered"]


def test_an_identity_number_that_somebody_has_is_a_warning(database: sa.Engine) -> None:
    request = pb.RegisterWorkerRequest(name="Contoh Fiktif", nik="12")
    with working(a_runtime(database, "placement"), Work("RegisterWorker")) as uow:
        assert list(api(uow).RegisterWorker(request).warnings) == ["NIK_MALFORMED"]
        assert list(api(uow).RegisterWorker(request).warnings) == ["NIK_MALFORMED", "NIK_TAKEN"]
        nameless = pb.RegisterWorkerRequest(name="Contoh Fiktif")
        assert [list(api(uow).RegisterWorker(nameless).warnings) for _ in range(2)] == [[], []]


def test_nobody_is_in_process_twice(database: sa.Engine) -> None:
    keep(database, a_worker(), a_placement(PlacementStatus.RETURNED, "old"))
    request = pb.StartPlacementRequest(worker_id="w1", country="MYS")
    with working(a_runtime(database, "placement"), Work("StartPlacement")) as uow:
        placement_id = api(uow).StartPlacement(request).placement_id
        with pytest.raises(NotAllowed, match=placement_id):
            api(uow).StartPlacement(request)


def erase(engine: sa.Engine) -> None:
    with acting(engine, "EraseWorker") as uow:
        request = pb.EraseWorkerRequest(worker_id="w1", ground=pb.ERASURE_GROUND_REQUESTED)
        api(uow).EraseWorker(request)


def count(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_who_is_erased_leaves_a_number_and_nothing_that_tells_who(database: sa.Engine) -> None:
    keep(database, a_worker(), Person("w1", "Contoh Fiktif", nik="12"), Person("w2", "Lain Fiktif"))
    keep(
        database,
        a_placement(PlacementStatus.RETURNED),
        a_placement(placement_id="p2", worker_id="w2"),
    )
    keep(database, WorkerMatter(M1, P1, "d1"), WorkerMatter("m2", "p2", "d1"))
    ended = a_custody(an_offer(OfferState.DECLINED), kind="worker", parent_id="")
    ended.closed_at = A_MORNING
    keep(database, ended)
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        uow.write_note(M1, "a text about this worker (contoh)")
        uow.write_note("m2", "a text about another one (contoh)")
    erase(database)
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        assert uow.find(Person, "w1") is None
        assert uow.find(Person, "w2")
        assert uow.read(Worker, "w1").erased_at
        assert uow.read(Placement, P1).status is PlacementStatus.RETURNED
        texts = uow.session.execute(sa.text("SELECT text FROM note")).scalars().all()
        assert texts == ["a text about another one (contoh)"]


def test_nobody_is_erased_twice(database: sa.Engine) -> None:
    keep(database, a_worker())
    erase(database)
    with pytest.raises(NotFound, check=lambda error: error.reason == "WORKER_ERASED"):
        erase(database)


@pytest.mark.parametrize("status", [PlacementStatus.IN_PROCESS, PlacementStatus.DEPARTED])
def test_who_is_on_the_way_or_abroad_is_not_erased(
    database: sa.Engine, status: PlacementStatus
) -> None:
    keep(database, a_worker(), Person("w1", "Contoh Fiktif"), a_placement(status))
    with refused("PLACEMENT_OPEN"):
        erase(database)
    assert count(database, "person") == 1


def test_who_has_a_matter_that_has_not_ended_is_not_erased(database: sa.Engine) -> None:
    stopped = a_placement(PlacementStatus.STOPPED)
    open_matter = a_custody(an_offer(OfferState.DECLINED), kind="worker", parent_id="")
    keep(database, a_worker(), Person("w1", "Contoh Fiktif"), stopped)
    keep(database, WorkerMatter(M1, P1, "d1"), open_matter)
    with refused("MATTER_OPEN"):
        erase(database)
    assert count(database, "person") == 1


def keep_a_file(engine: sa.Engine, *placements: Placement) -> None:
    """An open sanction file on an agency with these placements."""
    custody = a_custody(an_offer(OfferState.ACCEPTED))
    keep(engine, an_agency(), a_file(), *placements)
    with working(a_runtime(engine, "placement"), Work("test")) as uow:
        uow.add(custody)
        uow.receive_baton(M1, custody.custody_no)


def lock(engine: sa.Engine, *countries: str, expires_on: str = "") -> pb.LockP3miResponse:
    request = pb.LockP3miRequest(countries=countries, expires_on=expires_on)
    request.MergeFrom(LOCK)
    with acting(engine, "LockP3mi") as uow:
        return api(uow).LockP3mi(request)


def timers(engine: sa.Engine, kind: str) -> list[tuple[str, str]]:
    """The matter and the journey of each."""
    statement = sa.text("SELECT matter_id, journey_id FROM timer WHERE kind = :kind")
    with engine.connect() as connection:
        found = connection.execute(statement, {"kind": kind})
        return [(row.matter_id, row.journey_id) for row in found]


def test_a_decision_gives_a_matter_to_every_worker_whom_it_stops(database: sa.Engine) -> None:
    keep_a_file(
        database,
        a_placement(placement_id="one", worker_id="w1"),
        a_placement(placement_id="two", worker_id="w2"),
        a_placement(placement_id="elsewhere", worker_id="w3", country="SAU"),
        a_placement(placement_id="others'", worker_id="w4", p3mi_id="a2"),
        a_placement(PlacementStatus.DEPARTED, placement_id="gone", worker_id="w5"),
    )
    assert lock(database, "MYS").workers_in_process == 2
    set_off = timers(database, BEGIN)
    assert all(matter_id == journey_id for matter_id, journey_id in set_off)
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        stopped = [uow.read(WorkerMatter, matter_id).placement_id for matter_id, _ in set_off]
    assert sorted(stopped) == ["one", "two"]


def test_a_lock_with_a_last_day_has_a_clock(database: sa.Engine) -> None:
    keep_a_file(database)
    answer = lock(database, expires_on="2999-01-01")
    [(key, _)] = timers(database, "placement.lock_expiry")
    assert key == answer.decision_id
    with database.connect() as connection:
        due_at = connection.execute(sa.text("SELECT due_at FROM timer")).scalar_one()
    assert due_at == datetime(2999, 1, 1, 17, tzinfo=UTC)  # midnight in Jakarta


def test_who_has_a_matter_gets_no_second_one_from_a_further_decision(
    database: sa.Engine,
) -> None:
    keep_a_file(database, a_placement(placement_id="one", worker_id="w1"))
    lock(database)
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        assert store.in_process(uow.session, A1, ()) == []
        matter_id = timers(database, BEGIN)[0][0]
        ended = a_custody(an_offer(OfferState.ACCEPTED, matter_id), "worker_in_process")
        ended.closed_at = A_MORNING
        uow.add(ended)
        uow.session.flush()
        assert store.in_process(uow.session, A1, ()) == ["one"]


def test_once_a_decision_has_answered_no_departure_passes(database: sa.Engine) -> None:
    """Many depart while the decision is made: each either came before it, or was refused."""
    workers = 24
    keep_a_file(
        database,
        *(a_placement(placement_id=f"p{n}", worker_id=f"w{n}") for n in range(workers)),
    )
    begun = Barrier(3, timeout=20)
    ended: list[bool] = []
    left_after: list[str] = []

    def depart(numbers: Sequence[int]) -> None:
        begun.wait()
        for number in numbers:
            was_decided = bool(ended)
            request = pb.RecordDepartureRequest(
                placement_id=f"p{number}", departed_on=A_MORNING.date().isoformat()
            )
            try:
                with acting(database, "RecordDeparture") as uow:
                    api(uow).RecordDeparture(request)
            except NotAllowed:
                continue
            if was_decided:
                left_after.append(request.placement_id)

    def decide() -> None:
        begun.wait()
        until(lambda: departed(database) >= workers // 4)
        lock(database)
        ended.append(True)

    order = random.Random(1).sample(range(workers), workers)  # noqa: S311 - it has to be repeatable
    threads = [
        Thread(target=depart, args=(order[: workers // 2],)),
        Thread(target=depart, args=(order[workers // 2 :],)),
        Thread(target=decide),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (ended, left_after) == ([True], [])
    assert departed(database) + len(timers(database, BEGIN)) == workers


def departed(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        found = sa.text("SELECT count(*) FROM placement WHERE status = 'departed'")
        return int(connection.execute(found).scalar_one())


def test_offers_are_shown_by_their_clock_page_by_page(database: sa.Engine) -> None:
    for matter_id, hours in (("second", 2), ("first", 1), ("third", 3)):
        offer = an_offer(matter_id=matter_id)
        offer.due_at = A_MORNING + hours * AN_HOUR
        asked = a_recommendation()
        asked.matter_id = matter_id
        keep(database, asked, a_custody(offer))
    shown, token = list[str](), ""
    with working(a_runtime(database, "placement"), Work("ListOffers")) as uow:
        while True:
            answer = api(uow).ListOffers(pb.ListOffersRequest(page_size=2, page_token=token))
            shown += [offer.matter_id for offer in answer.offers]
            token = answer.next_page_token
            if not token:
                break
    assert shown == ["first", "second", "third"]


def test_a_workers_matter_waits_only_while_placement_holds_it(database: sa.Engine) -> None:
    for matter_id, state in (
        ("back", OfferState.LAPSED),
        ("asked", OfferState.ASKED),
        ("offered", OfferState.OFFERED),
        ("taken", OfferState.ACCEPTED),
    ):
        offer = an_offer(state, matter_id, giver=HERE, receiver=PROTECTION)
        matter = a_custody(offer, "worker_in_process", parent_id="")
        placement_id = f"p {matter_id}"
        placement = a_placement(placement_id=placement_id, worker_id=f"w {matter_id}")
        keep(database, placement, WorkerMatter(matter_id, placement_id, "d1"), matter)
    with working(a_runtime(database, "placement"), Work("ListWorkerMatters")) as uow:
        answer = api(uow).ListWorkerMatters(pb.ListWorkerMattersRequest())
    waiting = sorted((each.matter_id, each.worker_id) for each in answer.matters)
    assert waiting == [("asked", "w asked"), ("back", "w back")]


def test_sanction_files_in_work_are_shown_the_oldest_first(database: sa.Engine) -> None:
    for name, hours, status in (
        ("young", 2, FileStatus.OPEN),
        ("old", 1, FileStatus.PENDING),
        ("done", 0, FileStatus.DECIDED),
    ):
        file = a_file(status)
        file.file_id, file.taken_at = name, A_MORNING + hours * AN_HOUR
        keep(database, file)
    with working(a_runtime(database, "placement"), Work("ListSanctionFiles")) as uow:
        first = api(uow).ListSanctionFiles(pb.ListSanctionFilesRequest(page_size=1))
        token = first.next_page_token
        second = api(uow).ListSanctionFiles(pb.ListSanctionFilesRequest(page_token=token))
    assert [each.file_id for each in (*first.files, *second.files)] == ["old", "young"]
