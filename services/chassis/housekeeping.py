"""What every service tidies up by itself: one class of the chassis beside its reactions.

It runs once per service whatever the number of replicas, in real time.
"""

from typing import TYPE_CHECKING, Any

from nameko.extensions import DependencyProvider

from services.chassis import command_log, evidence
from services.chassis.evidence_store import Store
from services.chassis.runtime import Runtime
from services.chassis.timers import every
from services.chassis.unit_of_work import Database

FORGET_SECONDS = 10 * 60
SWEEP_SECONDS = 60 * 60


class EvidenceStore(DependencyProvider):
    """Gives the service's store of evidence itself; None where it keeps none."""

    if TYPE_CHECKING:
        # nameko puts the store in this provider's place.
        def __get__(self, worker: object, cls: type) -> Store | None: ...

    def get_dependency(self, worker_ctx: Any) -> Store | None:  # noqa: ARG002 - one for all workers
        runtime: Runtime = self.container.config["runtime"]
        return evidence.store_of(runtime.settings)


class Housekeeping:
    """Forgets what is kept for a time only."""

    uow = Database()
    store = EvidenceStore()

    @every(FORGET_SECONDS)
    def forget_answers(self) -> None:
        """Answers to commands are kept for 7 days."""
        command_log.forget(self.uow.session)

    @every(SWEEP_SECONDS)
    def sweep_evidence(self) -> None:
        """Bytes of evidence that no row names are of an undone transaction, or erased."""
        if self.store is not None:
            evidence.sweep(self.uow.session, self.store)


def housekeeping_of(service: str) -> type:
    """The nameko class of one service: its name is the ticks' own."""
    return type("Housekeeping", (Housekeeping,), {"name": f"{service}.housekeeping"})
