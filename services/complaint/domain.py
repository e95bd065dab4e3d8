"""A complaint and its rules. Who holds it is decided by its custody log (services.handover)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from estafet.complaint.v1.events_pb2 import (
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintFiled,
    ComplaintTriaged,
    PersonLinked,
    PersonUnlinked,
)
from estafet.exchange.v1.briefs_pb2 import ReferralBrief
from estafet.protection.v1.briefs_pb2 import ProtectionCaseBrief

from services.chassis.errors import NotAllowed
from services.complaint.categories import INFORMATION, Category
from services.process.calendar import WorkingCalendar, wib
from services.process.clocks import Clocked
from services.process.workflow import Ground

DANGER = 4
# A proposal: what nobody has looked at yet waits just behind danger to life.
UNSEEN = 3
INCOMPLETE = "documents_incomplete"
# The only deputy that takes complaints so far; another one comes with a brief of its own.
RECEIVER = "protection"


class Progress(StrEnum):
    """How far the deputy that holds the complaint has come, as its events tell."""

    NONE = ""
    CASE_OPENED = "case_opened"
    MEDIATION_HELD = "mediation_held"


class Work(StrEnum):
    """What complaint itself does with a complaint, by the services of the regulation of 2024."""

    NONE = ""
    VALIDATION = "validation"
    CONSULTATION = "consultation"
    CLAIM = "claim"
    CLARIFICATION_1 = "clarification_1"
    CLARIFICATION_2 = "clarification_2"


@dataclass(eq=False)
class Particulars:
    """Who somebody is and what happened to them, with the key to follow it: erased as one row."""

    complaint_id: str
    number: str
    secret_hash: bytes
    narrative: str
    complainant_name: str = ""
    contact: str = ""
    worker_name: str = ""
    employer_name: str = ""
    p3mi_name: str = ""


@dataclass(eq=False)
class Answer:
    """An answer that the complainant reads; its text is the note."""

    note_id: str
    complaint_id: str
    answered_at: datetime


@dataclass(eq=False)
class Complaint(Clocked):
    """A complaint, a question or a wish for advice: codes and clocks, nothing personal.

    Its id is also that of its matter and of its journey.
    """

    complaint_id: str
    channel: str
    reporter: str
    country: str
    urgent: bool
    filed_at: datetime
    category: str = ""
    severity: int = 0
    # The number of the ComplaintTriaged that decided both; 0 before the first.
    triage_no: int = 0
    answered_at: datetime | None = None
    # When whoever complained was heard last, apart from the filing.
    heard_at: datetime | None = None
    progress: Progress = Progress.NONE
    # By when the ministry that holds it owes its result.
    result_due_at: datetime | None = None
    # What the last receiver returned.
    result: str = ""
    work: Work = Work.NONE
    # What the complainant was asked for, as codes.
    documents: str = ""
    ground: str = ""
    closed_at: datetime | None = None
    # Its place in the queue: danger to life is 0.
    rank: int = 0
    # Whom it is about, by the id of placement's register, once an officer has confirmed that.
    worker_id: str = ""
    # The complaint about the same matter that goes on.
    merged_into: str = ""
    # Whoever complained has said how they may be told something.
    has_plan: bool = False
    # How often somebody has acted on it.
    version: int = 0
    # The last clarification with the agency, and the sanction that came of one.
    clarification_id: str = ""
    sanction_id: str = ""

    @property
    def journey_id(self) -> str:
        """The journey that this complaint begins."""
        return self.complaint_id

    @property
    def in_danger(self) -> bool:
        """Danger to life: as the complainant says, until triage knows better."""
        return self.severity == DANGER if self.category else self.urgent

    @property
    def first_clock(self) -> str:
        """The clock of what complaint has to do with it before anything else, or anew."""
        if self.work:
            return self.work
        if self.category:
            return "distribution"
        return "triage_in_danger" if self.in_danger else "triage"

    def file(self) -> ComplaintFiled:
        """Take the complaint in."""
        self.rank = DANGER - (DANGER if self.urgent else UNSEEN)
        filed = ComplaintFiled(
            complaint_id=self.complaint_id,
            channel=self.channel,
            reporter=self.reporter,
            country=self.country,
            urgent=self.urgent,
        )
        filed.filed_at.FromDatetime(self.filed_at)
        return filed

    def triage(
        self, category: Category, severity: int, offered_to: str = ""
    ) -> ComplaintTriaged | None:
        """Decide category and severity; None if they are decided so already.

        While an offer is open, another category must be one of the same receiver.
        """
        if category.is_information and severity:
            raise self._refusal("is an information request: severity 0", "INFORMATION_SEVERITY")
        is_other = category.code != self.category and category.handed_to != offered_to
        if offered_to and is_other:
            raise self._refusal(f"is offered to {offered_to}: withdraw the offer", "OFFER_OPEN")
        if (self.category, self.severity) == (category.code, severity):
            return None
        self.category, self.severity, self.rank = category.code, severity, DANGER - severity
        return ComplaintTriaged(
            complaint_id=self.complaint_id, category=category.code, severity=severity
        )

    def link(self, worker_id: str) -> PersonLinked | None:
        """Confirm which registered worker it is about; None if that was done before."""
        if self.worker_id == worker_id:
            return None
        if self.worker_id:
            raise self._refusal(f"is about {self.worker_id}: unlink first", "PERSON_LINKED")
        self.worker_id = worker_id
        return PersonLinked(complaint_id=self.complaint_id, worker_id=worker_id)

    def unlink(self) -> PersonUnlinked:
        """Take the confirmation back."""
        if not self.worker_id:
            raise self._refusal("is about nobody known", "NOT_LINKED")
        worker_id, self.worker_id = self.worker_id, ""
        return PersonUnlinked(complaint_id=self.complaint_id, worker_id=worker_id)

    @staticmethod
    def is_for(category: Category | None) -> bool:
        """Whether some deputy takes a category."""
        return category is not None and category.handed_to == RECEIVER

    def _give_on(self) -> None:
        self.progress, self.result_due_at, self.result = Progress.NONE, None, ""

    def offer(self, consents: Sequence[str]) -> ProtectionCaseBrief:
        """Get ready to be offered to the deputy that takes the category: its brief. `consents`: the
        ministries that may be asked."""
        self._give_on()
        return ProtectionCaseBrief(
            complaint_id=self.complaint_id,
            category=self.category,
            severity=self.severity,
            country=self.country,
            triage_no=self.triage_no,
            consents=consents,
        )

    def refer(self, request: str) -> ReferralBrief:
        """Get ready to be offered to a ministry: its brief."""
        self._give_on()
        return ReferralBrief(
            request=request,
            category=self.category,
            severity=self.severity,
            country=self.country,
            worker_id=self.worker_id,
        )

    def show(self, progress: Progress) -> None:
        """Say how far the deputy that holds the complaint has come."""
        self.progress = progress

    def come_back(self, result: str) -> None:
        """Take note of a receiver's result; complaint does its own part now. Without a result it
        goes on where it was."""
        self.result = result
        if result:
            self.work = Work.NONE

    def request_documents(self, documents: Sequence[str]) -> None:
        """Take note of what the complainant was asked for."""
        self.work, self.documents = Work.VALIDATION, " ".join(documents)

    def receive_documents(self) -> None:
        """Take note that nothing is missing any more."""
        self.work, self.documents = Work.NONE, ""

    def take_up(self, work: Work) -> None:
        """Begin with a service of complaint's own; what was done before it is over."""
        if self.work is work:
            raise self._refusal(f"is in {work} already", "DISTRIBUTED")
        self.work, self.result = work, ""

    def clarify(self, work: Work, clarification_id: str) -> None:
        """Begin with a clarification, or go on with it on another date."""
        self.work, self.result, self.clarification_id = work, "", clarification_id

    def answer(self, answer: Answer) -> ComplaintAnswered:
        """Take note that the complainant was answered."""
        self.answered_at = answer.answered_at
        return ComplaintAnswered(complaint_id=self.complaint_id, note_id=answer.note_id)

    def hear(self, at: datetime) -> None:
        """Take note that whoever complained was heard."""
        self.heard_at = at

    def close(self, ground: Ground, now: datetime, earliest: datetime) -> ComplaintClosed:
        """End the complaint on a ground, which may be used from `earliest` on."""
        if ground.information_only and self.category != INFORMATION:
            only = f"is no information request, and only one ends as {ground.code}"
            raise self._refusal(f"{only} ({ground.regulation})", "NOT_INFORMATION")
        if ground.silence and self.heard_at and self.heard_at > (self.answered_at or self.filed_at):
            heard = f"{wib(self.heard_at)}, after our last answer: ask again"
            silence = f"{ground.code} rests on no reply ({ground.regulation})"
            raise self._refusal(f"was heard from on {heard}; {silence}", "HEARD_SINCE")
        if now < earliest:
            not_yet = f"may not end as {ground.code} before {wib(earliest)} ({ground.regulation})"
            raise self._refusal(not_yet, "TOO_EARLY")
        self._end(ground, now)
        return ComplaintClosed(complaint_id=self.complaint_id, ground=ground.code)

    def may_end_at(self, ground: Ground, calendar: WorkingCalendar) -> datetime:
        """From when on a ground may be used, its wait counted by the calendar. Whoever was given
        time for documents has that."""
        earliest = ground.earliest(self.filed_at, self.answered_at, calendar, self.heard_at)
        if ground.code == INCOMPLETE and self.work is Work.VALIDATION and self.clock_due_at:
            return max(earliest, self.clock_due_at)
        return earliest

    def merge(self, into_id: str, ground: Ground, now: datetime) -> ComplaintClosed:
        """End the complaint because another one about the same matter goes on."""
        self._end(ground, now)
        self.merged_into = into_id
        return ComplaintClosed(
            complaint_id=self.complaint_id, ground=ground.code, merged_into=into_id
        )

    def _end(self, ground: Ground, now: datetime) -> None:
        self.ground, self.closed_at, self.work, self.documents = ground.code, now, Work.NONE, ""

    def reopen(self) -> None:
        """Take a closed complaint, or one that was merged, up again."""
        self.ground, self.closed_at, self.merged_into = "", None, ""

    def _refusal(self, state: str, reason: str) -> NotAllowed:
        return NotAllowed(f"complaint {self.complaint_id} {state}", reason=reason)
