"""Empowerment's plans. What may be done with one `workflow.toml` says; who holds a matter, its
custody log."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from estafet.empowerment.v1.briefs_pb2 import ReturneeBrief
from estafet.empowerment.v1.events_pb2 import (
    OutcomeRecorded,
    PlanOpened,
    ReturneeEnrolled,
    WishedToGoAgain,
)

from services.chassis.errors import NotAllowed


class PlanStatus(StrEnum):
    """Where a plan stands; the proto's names."""

    PENDING = "pending"
    OPEN = "open"
    ENDED = "ended"
    VOID = "void"


@dataclass(eq=False)
class Returnee:
    """Somebody who came home, as the offer's brief tells."""

    matter_id: str
    worker_id: str
    country: str
    needs: tuple[str, ...]

    @classmethod
    def of(cls, matter_id: str, brief: ReturneeBrief) -> "Returnee":
        """As offered."""
        return cls(matter_id, brief.worker_id, brief.country, tuple(brief.needs))

    def learn(self, brief: ReturneeBrief) -> None:
        """What is told when they are offered again: who they are may be known better."""
        self.worker_id, self.country = brief.worker_id, brief.country
        self.needs = tuple(brief.needs)

    def take_up(self, plan_id: str, now: datetime) -> "Plan":
        """A plan for them, pending until the giver's service has confirmed it."""
        return Plan(plan_id, self.matter_id, self.worker_id, self.needs, now)


@dataclass(eq=False)
class Enrolment:
    """A returnee's part in a programme."""

    enrolment_id: str
    plan_id: str
    programme: str
    enrolled_at: datetime


@dataclass(eq=False)
class Plan:
    """Empowerment's work with one returnee. `opened_at`: accepted, and once confirmed, open."""

    plan_id: str
    matter_id: str
    worker_id: str
    needs: tuple[str, ...]
    opened_at: datetime
    status: PlanStatus = PlanStatus.PENDING
    outcome: str = ""
    # What became of them, in words.
    note_id: str = ""
    enrolments: list[Enrolment] = field(default_factory=list)

    def confirm(self, now: datetime) -> PlanOpened | None:
        """The matter is ours: the work begins; None if it has begun already."""
        if self.status is PlanStatus.OPEN:
            return None
        if self.status is not PlanStatus.PENDING:
            raise NotAllowed(f"plan {self.plan_id} is {self.status}", reason="PLAN_NOT_PENDING")
        self.status, self.opened_at = PlanStatus.OPEN, now
        return PlanOpened(
            plan_id=self.plan_id,
            matter_id=self.matter_id,
            worker_id=self.worker_id,
        )

    def void(self) -> None:
        """The acceptance came too late, or crossed a withdrawal."""
        if self.is_pending:
            self.status = PlanStatus.VOID

    @property
    def is_pending(self) -> bool:
        """Whether the giver's service has still to confirm it."""
        return self.status is PlanStatus.PENDING

    def has(self, programme: str) -> bool:
        """Whether the returnee takes part in a programme."""
        return programme in {each.programme for each in self.enrolments}

    def enrol(self, enrolment: Enrolment) -> ReturneeEnrolled:
        """Take part in a programme."""
        self.enrolments.append(enrolment)
        return ReturneeEnrolled(
            plan_id=self.plan_id,
            enrolment_id=enrolment.enrolment_id,
            programme=enrolment.programme,
        )

    def wish(self, country: str) -> WishedToGoAgain:
        """The returnee wants to work abroad again."""
        return WishedToGoAgain(plan_id=self.plan_id, worker_id=self.worker_id, country=country)

    def end(self, outcome: str, note_id: str) -> OutcomeRecorded:
        """What became of the returnee is known, and may have been written down."""
        self.status, self.outcome, self.note_id = PlanStatus.ENDED, outcome, note_id
        return OutcomeRecorded(plan_id=self.plan_id, matter_id=self.matter_id, outcome=outcome)
