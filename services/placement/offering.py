"""Workers whom a lock leaves in process: each gets a matter, and protection is offered it.

The decision sets one clock for each of them, due at once, so that it answers however many they
are; each matter is then begun in a transaction, and a journey, of its own.
"""

from collections.abc import Sequence

from services.chassis.unit_of_work import UnitOfWork
from services.handover import acting, holding
from services.handover.custody import Custody, Offer, OfferState, Party
from services.handover.holding import has_open_child
from services.placement.acting import WORKER_MATTER, act_on, of_worker_matter
from services.placement.domain.sanction import WorkerMatter
from services.placement.domain.worker import Placement, PlacementStatus
from services.placement.workflow import LAW
from services.process.acts import Allowed

KIND = "worker_in_process"
BEGIN = "placement.worker_matter"
END = "placement.worker_matter_end"
WORKER_OFFER = "worker_offer"
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
    """Open a worker's matter and offer it to protection.

    Not for a worker who has left, or will not leave, by now.
    """
    matter = uow.read(WorkerMatter, matter_id)
    if uow.read(Placement, matter.placement_id).status is PlacementStatus.IN_PROCESS:
        allowed = acting.begun(uow, LAW, WORKER_MATTER, matter_id, "begin_worker_matter")
        holding.open_matter(uow, matter_id, KIND, HERE)
        offer_worker(uow, matter, allowed)


def end_handled(uow: UnitOfWork, matter_id: str) -> None:
    """End a worker's matter that protection has looked after and returned.

    `matter_id` may be that of a child: its end is what the matter may have waited for.
    """
    told = uow.read(Custody, matter_id)
    custody = uow.get(Custody, told.parent_id or matter_id)
    was_taken_over = any(offer.state is OfferState.ACCEPTED for offer in custody.offers)
    is_ours = custody.holder.service == uow.service and not custody.closed
    if not (is_ours and was_taken_over) or custody.open_offer or has_open_child(uow, custody):
        return
    allowed = act_on(uow, of_worker_matter(custody, uow.now), "end_worker_matter")
    acting.end(uow, custody, "handled", allowed)


def offer_worker(uow: UnitOfWork, matter: WorkerMatter, allowed: Allowed) -> Offer:
    """Offer a worker's matter to protection, as was allowed."""
    brief = matter.brief(uow.read(Placement, matter.placement_id))
    clock = allowed.law.clocks[WORKER_OFFER]
    due_at = allowed.starts(WORKER_OFFER)
    return holding.offer(uow, matter.matter_id, PROTECTION, brief, due_at, clock.regulation)
