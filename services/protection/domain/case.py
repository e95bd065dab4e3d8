"""Protection's cases. What may be done with one `workflow.toml` says; who holds a matter, its
custody log."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from estafet.exchange.v1.briefs_pb2 import ReferralBrief
from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief, WorkerInProcessBrief
from estafet.protection.v1.events_pb2 import CaseOpened, CommitmentPromised, MediationHeld

from services.chassis.errors import NotAllowed
from services.protection.domain.repatriation import Repatriation
from services.protection.domain.sanction import RecommendedSanction

DANGER = 4
# What protection calls a matter that placement gives it, and how urgent that is: a proposal.
WORKER_IN_PROCESS = "worker_in_process"
WORKER_IN_PROCESS_SEVERITY = 2
# On what a ministry is asked; a worker in process is a third.
BY_CONSENT, IN_DANGER = "consent", "danger_to_life"


class CaseStatus(StrEnum):
    """Where a case stands; the proto's names."""

    PENDING = "pending"
    OPEN = "open"
    RETURNED = "returned"
    VOID = "void"


class Outcome(StrEnum):
    """What came of a mediation; the proto's names."""

    AGREED = "agreed"
    PARTLY_AGREED = "partly_agreed"
    NOT_AGREED = "not_agreed"
    ABSENT = "absent"


AGREEMENTS = (Outcome.AGREED, Outcome.PARTLY_AGREED)


@dataclass(eq=False)
class KnownMatter:
    """What protection knows of a matter: the newest triage, the last offer, its case.

    Triage comes by two topics, with the offer and as an event: the higher triage_no wins,
    whichever is read first.
    """

    matter_id: str
    category: str = ""
    severity: int = 0
    triage_no: int = 0
    country: str = ""
    case_id: str = ""
    # Empty when nobody has said who it is.
    worker_id: str = ""
    # The ministries that may be asked for help, by consent, and those that may not.
    consents: tuple[str, ...] = ()
    dissents: tuple[str, ...] = ()

    def learn(self, category: str, severity: int, triage_no: int) -> bool:
        """Take a triage over if it is newer than what is known; whether it was."""
        if self.category and triage_no <= self.triage_no:
            return False
        self.category, self.severity, self.triage_no = category, severity, triage_no
        return True

    def link(self, worker_id: str) -> None:
        """Take note of which registered worker it is about; empty: of nobody any more."""
        self.worker_id = worker_id

    def consent(self, ministry: str, *, given: bool) -> None:
        """Whoever complained agrees that a ministry is asked, or does not any more."""
        if given:
            self.consents = _with(self.consents, ministry)
            self.dissents = _without(self.dissents, ministry)
        else:
            self.consents = _without(self.consents, ministry)
            self.dissents = _with(self.dissents, ministry)

    def offered(self, brief: ProtectionCaseBrief) -> None:
        """The matter is offered to protection, with its brief. What was said since by an event,
        which may be read before it, counts more."""
        for ministry in brief.consents:
            if ministry not in self.dissents:
                self.consents = _with(self.consents, ministry)
        self.learn(brief.category, brief.severity, brief.triage_no)
        self.country = brief.country

    def offered_worker(self, brief: WorkerInProcessBrief) -> None:
        """A worker whose agency was locked is offered to protection."""
        self.learn(WORKER_IN_PROCESS, WORKER_IN_PROCESS_SEVERITY, 0)
        self.country, self.worker_id = brief.country, brief.worker_id

    def take_up(self, case_id: str, now: datetime) -> "Case":
        """A case for the matter, pending until the giver's service has confirmed it."""
        self.case_id = case_id
        return Case(
            case_id=case_id,
            matter_id=self.matter_id,
            category=self.category,
            severity=self.severity,
            country=self.country,
            opened_at=now,
            worker_id=self.worker_id,
            consents=self.consents,
        )


@dataclass(eq=False)
class Commitment:
    """What the other side promised at a mediation, by a date (Asia/Jakarta)."""

    commitment_id: str
    case_id: str
    due_on: date
    # In the smallest unit that is used (whole rupiah); None when no money was promised.
    amount: int | None = None
    currency: str = ""


@dataclass(eq=False)
class Case:
    """Protection's work on one matter. `opened_at`: accepted, and from confirmation on, open."""

    case_id: str
    matter_id: str
    category: str
    severity: int
    country: str
    opened_at: datetime
    status: CaseStatus = CaseStatus.PENDING
    mediated_on: date | None = None
    outcome: str = ""
    mediation_note_id: str = ""
    commitment_id: str = ""
    result: str = ""
    # The worker, by the id of placement's register; empty when it is not known.
    worker_id: str = ""
    # With what a ministry has returned the matter.
    referral_result: str = ""
    # The ministries that may be asked for help, by consent.
    consents: tuple[str, ...] = ()

    def follow(self, matter: KnownMatter) -> None:
        """Take a newer triage, and who it is about, over while there is work to do."""
        if self.status in (CaseStatus.PENDING, CaseStatus.OPEN):
            self.category, self.severity = matter.category, matter.severity
            self.worker_id, self.consents = matter.worker_id, matter.consents

    def confirm(self, now: datetime) -> CaseOpened | None:
        """The matter is ours: the work begins; None if it has begun already."""
        if self.status is CaseStatus.OPEN:
            return None
        if self.status is not CaseStatus.PENDING:
            raise NotAllowed(f"case {self.case_id} is {self.status}", reason="CASE_NOT_PENDING")
        self.status, self.opened_at = CaseStatus.OPEN, now
        return CaseOpened(
            case_id=self.case_id,
            matter_id=self.matter_id,
            category=self.category,
            severity=self.severity,
        )

    def void(self) -> None:
        """The acceptance came too late, or crossed a withdrawal."""
        if self.is_pending:
            self.status = CaseStatus.VOID

    def hold_mediation(
        self, outcome: Outcome, held_on: date, promised: Commitment | None
    ) -> list[MediationHeld | CommitmentPromised]:
        """Record that both sides were heard, and what was promised."""
        if promised and outcome not in AGREEMENTS:
            raise NotAllowed(
                f"case {self.case_id}: nothing can be promised when the outcome is {outcome}",
                reason="NOTHING_AGREED",
            )
        self.outcome, self.mediated_on = outcome, held_on
        held = MediationHeld(case_id=self.case_id, matter_id=self.matter_id, outcome=outcome)
        return [held] if promised is None else [held, self._promise(promised, held_on)]

    def _promise(self, promised: Commitment, held_on: date) -> CommitmentPromised:
        if promised.due_on < held_on:
            raise NotAllowed(
                f"case {self.case_id}: a promise of {held_on} cannot be due on {promised.due_on}",
                reason="DUE_IN_PAST",
            )
        self.commitment_id = promised.commitment_id
        event = CommitmentPromised(
            case_id=self.case_id,
            matter_id=self.matter_id,
            commitment_id=promised.commitment_id,
            due_on=promised.due_on.isoformat(),
        )
        if promised.amount is not None:
            event.amount.amount, event.amount.currency = promised.amount, promised.currency
        return event

    def may_ask(self, ministry: str) -> str:
        """On what a ministry may be asked: consent, or danger to life; empty: on nothing. The law
        has placement give a worker in process to protection, of whom nobody was asked."""
        if ministry in self.consents:
            return BY_CONSENT
        if self.severity == DANGER:
            return IN_DANGER
        return WORKER_IN_PROCESS if self.category == WORKER_IN_PROCESS else ""

    def refer(self, request: str) -> ReferralBrief:
        """Get ready to be offered to a ministry: its brief."""
        self.referral_result = ""
        return ReferralBrief(
            request=request,
            category=self.category,
            severity=self.severity,
            country=self.country,
            worker_id=self.worker_id,
        )

    def come_back(self, result: str) -> None:
        """A ministry has done its part, or was silent: the case goes on here."""
        self.referral_result = result

    def recommend(self, matter_id: str, p3mi_id: str, violation: str) -> RecommendedSanction:
        """Recommend a sanction against a placement agency, as a matter of its own."""
        return RecommendedSanction(matter_id, self.case_id, p3mi_id, violation)

    def repatriate(self, matter_id: str, country: str) -> Repatriation:
        """Begin to bring the worker home, as a matter of its own."""
        return Repatriation(matter_id, self.case_id, self.worker_id, country)

    def end(self, result: str) -> None:
        """The work is done: the matter goes back to its giver with a result."""
        self.status, self.result = CaseStatus.RETURNED, result

    @property
    def is_pending(self) -> bool:
        """Whether the giver's service has still to confirm it."""
        return self.status is CaseStatus.PENDING

    @property
    def is_open(self) -> bool:
        """Whether protection works on it."""
        return self.status is CaseStatus.OPEN


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(sorted({*names, name}))


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)
