"""Where placement's things stand for its table, and what guards ask."""

from collections.abc import Callable
from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.handover.acting import done, standing, stands_by_custody
from services.handover.custody import Custody
from services.placement.domain.p3mi import P3mi
from services.placement.domain.sanction import SanctionFile
from services.placement.domain.worker import Placement, Worker
from services.placement.store import SERVICE
from services.placement.workflow import LAW
from services.process.acts import Allowed, Guards, Standing
from services.process.calendar import local_day

FILE, WORKER_MATTER = "sanction_file", "worker_matter"
PLACEMENT, P3MI, WORKER = "placement", "p3mi", "worker"
WAITING = "waiting"
FREE, LOCKED = "free", "locked"
KNOWN, ERASED = "known", "erased"


def act_on(
    uow: UnitOfWork, where: Standing, action: str, guards: Guards | None = None, reason: str = ""
) -> Allowed:
    """What placement's table allows is written down; NotAllowed."""
    return done(uow, LAW, where, action, guards, reason)


def so(must_be: Callable[..., None], *asked: object) -> Callable[[], bool]:
    """A guard that refuses by itself, since it can name what is in the way."""

    def is_so() -> bool:
        must_be(*asked)
        return True

    return is_so


def agency_is_free(uow: UnitOfWork, p3mi_id: str, country: str) -> Callable[[], bool]:
    """Whether no decision stops departures with an agency; the government is none.

    Its row is shared to the end of the transaction: no decision comes between.
    """
    if not p3mi_id:
        return lambda: True
    return so(uow.guard(P3mi, p3mi_id).must_be_free, country, local_day(uow.now))


def of_file(file: SanctionFile, now: datetime) -> Standing:
    """Where a sanction file stands."""
    return standing(FILE, file.file_id, file.status, file.taken_at, now)


def of_worker_matter(custody: Custody, now: datetime) -> Standing:
    """Where the matter of a worker in process stands."""
    state = stands_by_custody(custody, WAITING, SERVICE)
    return standing(WORKER_MATTER, custody.matter_id, state, custody.opened_at, now)


def of_placement(placement: Placement, now: datetime) -> Standing:
    """Where a placement stands."""
    told = placement.placement_id, placement.status, placement.started_at
    return standing(PLACEMENT, *told, now)


def of_p3mi(p3mi: P3mi, now: datetime) -> Standing:
    """Where an agency stands: locked while any decision is in force."""
    state = LOCKED if p3mi.locks_on(local_day(now)) else FREE
    return standing(P3MI, p3mi.p3mi_id, state, p3mi.registered_at, now)


def of_worker(worker: Worker, now: datetime) -> Standing:
    """Where a worker stands."""
    state = ERASED if worker.erased_at else KNOWN
    return standing(WORKER, worker.worker_id, state, worker.registered_at, now)
