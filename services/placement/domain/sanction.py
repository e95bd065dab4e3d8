"""Sanction files, and the matters of workers whom a lock leaves in process. What may be done with
one `workflow.toml` says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from estafet.placement.v1.briefs_pb2 import SanctionBrief
from estafet.protection.v1.briefs_pb2 import WorkerInProcessBrief

from services.placement.domain.worker import Placement


class FileStatus(StrEnum):
    """Where a sanction file stands; the proto's names."""

    PENDING = "pending"
    OPEN = "open"
    DECIDED = "decided"
    CLOSED = "closed"
    VOID = "void"


@dataclass(eq=False)
class Recommendation:
    """What an offered sanction asks for, as its brief tells."""

    matter_id: str
    p3mi_id: str
    violation: str
    article: str
    note_id: str

    @classmethod
    def of(cls, matter_id: str, brief: SanctionBrief) -> "Recommendation":
        """As it was offered."""
        return cls(matter_id, brief.p3mi_id, brief.violation, brief.article, brief.note_id)

    def take_up(self, file_id: str, now: datetime) -> "SanctionFile":
        """A file for it, pending until the giver's service has confirmed it."""
        return SanctionFile(file_id, self.matter_id, self.p3mi_id, self.violation, now)


@dataclass(eq=False)
class SanctionFile:
    """Placement's work on one recommendation."""

    file_id: str
    matter_id: str
    p3mi_id: str
    violation: str
    taken_at: datetime
    status: FileStatus = FileStatus.PENDING
    decision_id: str = ""
    # Why there was no sanction.
    note_id: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether the giver's service has still to confirm it."""
        return self.status is FileStatus.PENDING

    def confirm(self) -> None:
        """The matter is ours: the work begins."""
        if self.is_pending:
            self.status = FileStatus.OPEN

    def void(self) -> None:
        """The acceptance came too late, or crossed a withdrawal."""
        if self.is_pending:
            self.status = FileStatus.VOID

    def decide(self, decision_id: str) -> None:
        """The agency is locked by a decision."""
        self.status, self.decision_id = FileStatus.DECIDED, decision_id

    def close(self, note_id: str) -> None:
        """There is no sanction, for a reason that was written down."""
        self.status, self.note_id = FileStatus.CLOSED, note_id


@dataclass(eq=False)
class WorkerMatter:
    """The matter of a worker whom a decision has left in process."""

    matter_id: str
    placement_id: str
    decision_id: str

    def brief(self, placement: Placement) -> WorkerInProcessBrief:
        """What protection is told of it."""
        return WorkerInProcessBrief(
            worker_id=placement.worker_id,
            placement_id=placement.placement_id,
            p3mi_id=placement.p3mi_id,
            decision_id=self.decision_id,
            country=placement.country,
        )
