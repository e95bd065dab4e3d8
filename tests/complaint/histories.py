"""Histories of complaints, made by the rpcs and reactions themselves and watched from outside.

What is noted of each complaint is read from itself and its custody after every step: where it
stands, who holds it, which clock runs. No act is looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.chassis.errors import EstafetError
from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_caller
from services.complaint import steps
from services.complaint.domain import Complaint
from services.complaint.officers import Officer
from services.complaint.status import stage_of
from services.complaint.workflow import HERE
from services.handover.custody import Custody, OfferState, Party
from tests.complaint.builders import a_filing, api

OFFICERS = ("o1", "o2")


@dataclass
class Run:
    """One run of a clock, as the complaint itself had it."""

    clock: str
    since: datetime
    due_at: datetime
    holder: Party
    extended: bool = False
    until: datetime | None = None
    lapsed: bool = False
    asked: bool = False


@dataclass
class Watched:
    """What was seen of one complaint: each with the instant from which on it was so."""

    stages: list[tuple[str, datetime]] = field(default_factory=list)
    holders: list[tuple[Party, datetime]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    reopened: set[str] = field(default_factory=set)


def custodian(party: Party) -> Party:
    """As custodians are told apart: within complaint by unit and officer."""
    return party if party.service == "complaint" else Party(party.service, party.organisation)


Step = Callable[["Office", str, int], None]


class Office:
    """A desk on which anything may happen; what is refused leaves everything as it was."""

    def __init__(self) -> None:
        self.uow = FakeUnitOfWork(*(Officer(each, HERE.unit, A_MORNING) for each in OFFICERS))
        self.ids: list[str] = []
        self.seen: dict[str, Watched] = {}

    def complaint(self, complaint_id: str) -> Complaint:
        return self.uow.read(Complaint, complaint_id)

    def custody(self, complaint_id: str) -> Custody:
        return self.uow.read(Custody, complaint_id)

    def do(self, step: Step | None, which: int, after: timedelta, choice: int = 0) -> None:
        """Some time later somebody tries something with one of the complaints; None: files one."""
        self.uow.now += after
        if step is None or not self.ids:
            self._file(choice)
        else:
            try:
                with self.uow.transaction():
                    step(self, self.ids[which % len(self.ids)], choice)
            except EstafetError:
                return
        for each in self.ids:
            self._look(each)

    def _file(self, choice: int) -> None:
        self.uow.caller = a_caller("public")
        country = ("MYS", "TWN")[choice % 2]
        filed = api(self.uow).FileComplaint(a_filing(country=country, urgent=choice % 3 == 0))
        self.ids.append(filed.complaint_id)
        self.seen[filed.complaint_id] = Watched()

    def _look(self, complaint_id: str) -> None:
        complaint, custody = self.complaint(complaint_id), self.custody(complaint_id)
        seen, now = self.seen[complaint_id], self.uow.now
        stage, holder = stage_of(complaint, custody), custodian(custody.holder)
        if not seen.stages or seen.stages[-1][0] != stage:
            seen.stages.append((str(stage), now))
        if not seen.holders or seen.holders[-1][0] != holder:
            seen.holders.append((holder, now))
        self._look_at_clock(complaint, custody, seen, stage)

    def _look_at_clock(
        self, complaint: Complaint, custody: Custody, seen: Watched, stage: str
    ) -> None:
        last, now = seen.runs[-1] if seen.runs else None, self.uow.now
        offer = custody.last_offer
        if last is not None and last.until is None:
            last.asked = last.asked or (offer is not None and offer.state is OfferState.ASKED)
            if (last.clock, last.since) == (complaint.clock, complaint.clock_from):
                last.extended = last.extended or last.due_at != complaint.clock_due_at
                last.due_at = complaint.clock_due_at or last.due_at
                runs_on = last.asked or steps.runs(stage, complaint, custody)
                last.until = None if runs_on else now
            else:
                last.until = now
                last.lapsed = (
                    offer is not None
                    and offer.state is OfferState.LAPSED
                    and (offer.ended_at == now)
                )
        fresh = last is None or last.since != complaint.clock_from
        if complaint.clock and fresh and complaint.clock_from and complaint.clock_due_at:
            of_receiver = complaint.clock in steps.OFFERED and offer is not None
            holder = offer.receiver if of_receiver and offer else custody.holder
            run = Run(complaint.clock, complaint.clock_from, complaint.clock_due_at, holder)
            seen.runs.append(run)
