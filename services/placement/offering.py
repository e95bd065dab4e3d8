"""Workers whom a lock leaves in process: each gets a matter, and protection is offered it.

The decision sets one clock for each of them, due at once, so that it answers however many they
are; each matter is then begun in a transaction, and a journey, of its own.
"""

from collections.abc import Sequence

from services.chassis.unit_of_work import UnitOfWork
from services.handover import holding
from services.handover.custody import Offer, Party
from services.placement.domain.sanction import WorkerMatter
from services.placement.domain.worker import Placement
from services.placement.workflow import WORKFLOW

KIND = "worker_in_process"
BEGIN = "placement.worker_matter"
FIRST = 1
HERE = Party("placement", "kp2mi", "pengawasan")
PROTECTION = Party("protection", "kp2mi", "pelindungan")


def set_matters_off(uow: UnitOfWork, placement_ids: Sequence[str], decision_id: str) -> None:
    """Have a matter begun for each placement that a decision stops."""
    for placement_id in placement_ids:
        matter = WorkerMatter(uow.new_id(), placement_id, decision_id)
        uow.add(matter)
        uow.set_timer(BEGIN, matter.matter_id, FIRST, uow.now, journey_id=matter.matter_id)


def begin(uow: UnitOfWork, matter_id: str) -> None:
    """Open a worker's matter and offer it to protection."""
    holding.open_matter(uow, matter_id, KIND, HERE)
    offer_worker(uow, uow.read(WorkerMatter, matter_id))


def offer_worker(uow: UnitOfWork, matter: WorkerMatter) -> Offer:
    """Offer a worker's matter to protection."""
    brief = matter.brief(uow.read(Placement, matter.placement_id))
    clock = WORKFLOW.clocks["worker_offer"]
    due_at = clock.due_at(uow.now)
    return holding.offer(uow, matter.matter_id, PROTECTION, brief, due_at, clock.regulation)
